"""The doors of the book: the map of its chapters, the pages of its parts, and the box at the head of a chapter.

All of it is made out of what the chapters say of themselves.
"""

import base64
import io
import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

import yaml
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

import address
from chapters import ROOT, Notebook, code_cells
from facts import NUMBER, Facts, chapters, quizzes

TOC = ROOT / "book/_toc.yml"
COLAB = re.compile(r"^\[!\[Open in Colab\]\([^)]*\)\]\(([^)]+)\)$", re.MULTILINE)
HERO = "One frame four times"
CARD = (("Deep Learning", 46), ("for", 46), ("Video", 46), ("Analysis", 46), ("A book that runs", 30))
ROW, HEAD, WIDE = 44, 40, 120  # heights of the map's rows, in pixels; its arcs' width, of which a telephone shows half


def parts() -> list[tuple[str, str, list[str]]]:
    """Return caption, page and names of chapters of each part that has chapters, as the contents list them."""
    found = []
    for part in yaml.safe_load(TOC.read_text(encoding="utf-8"))["parts"]:
        page, *files = (chapter["file"] for chapter in part["chapters"])
        if page.startswith("book/parts/"):
            found.append((part["caption"], page, [file.rpartition("/")[2] for file in files]))
    return found


def chapter_map(up: str = "../") -> str:
    """Return the map as HTML: chapters in reading order, each with its minutes, and arcs from what it builds on."""
    known, rows, middle, y = chapters(), [], {}, 0
    for caption, page, names in parts():
        title, _, chinese = caption.partition(" · ")
        rows.append(
            f'<li class="map-part"><a href="{up}{page}.html">{title} <span lang="zh-Hans">{chinese}</span></a></li>'
        )
        y += HEAD
        for name in (name for name in names if name in known):
            middle[name[:2]] = y + ROW // 2
            rows.append(_row(name, known[name], up))
            y += ROW
    arcs = [
        _arc(before, each[:2], middle) for each, found in known.items() for before in found.after if before in middle
    ]
    style = "".join(
        f".map:has(#map-{n}:is(:hover,:focus-within)) :is(.from-{n},.to-{n}){{opacity:1;stroke:var(--map-near)}}"
        for n in middle
    )
    size = f'viewBox="0 0 {WIDE} {y}" height="{y}" preserveAspectRatio="none"'
    return (
        f'<style>{style}</style><div class="map" style="--row:{ROW}px;--head:{HEAD}px">'
        f'<svg {size} aria-hidden="true">{"".join(arcs)}</svg><ol>{"".join(rows)}</ol></div>'
        '<p class="map-legend"><i></i> minutes of reading <i></i> minutes for the exercises</p>'
    )


def _row(name: str, found: Facts, up: str) -> str:
    number, _, title = found.title.partition(":")[0].partition(" ")
    after = f", after {', '.join(found.after)}" if found.after else ""
    told = f'<span class="visually-hidden">, {found.level}{after}, </span>'
    bar = f'<i style="width:{found.reading / 2}px"></i><i style="width:{found.solving / 2}px"></i>'
    return (
        f'<li id="map-{number}"><a href="{up}notebooks/{name}.html"><b>{number}</b> <span>{escape(title)}</span>{told}'
        f'<small title="{found.reading} to read, {found.solving} for the exercises">{bar}'
        f"{found.reading + found.solving} min</small></a></li>"
    )


def _arc(before: str, after: str, middle: dict[str, int]) -> str:
    begin, end = middle[before], middle[after]
    bend = WIDE - 8 - min(WIDE - 12, 14 + 0.19 * (end - begin))
    return (
        f'<path class="from-{before} to-{after}" vector-effect="non-scaling-stroke" '
        f'd="M{WIDE - 4} {begin}C{bend:.0f} {begin} {bend:.0f} {end} {WIDE - 4} {end}"/>'
    )


def part_page(page: str, names: list[str]) -> str:
    """Return the page of a part, with its chapters and its quiz."""
    text = (ROOT / f"{page}.md").read_text(encoding="utf-8")
    known, closing = chapters(), quizzes()
    cards = [_card(name, known[name]) for name in names if name in known]
    cards += [
        f'<li><a href="../wrap_up/{name}.html">{escape(closing[name])}</a>'
        "<p>Questions that only your own code answers.</p></li>"
        for name in names
        if name in closing
    ]
    return Template(text).substitute(chapters=f'<ul class="chapters">{"".join(cards)}</ul>')


def _card(name: str, found: Facts) -> str:
    question = re.sub(r"\*(.+?)\*", r"<em>\1</em>", escape(" ".join(found.question.split()), quote=False))
    return (
        f'<li><a href="../../notebooks/{name}.html">{escape(found.title)}</a><p>{question}</p>'
        f"<small>{found.level} · {found.reading} minutes to read, {found.solving} for {len(found.exercises)} exercises"
        f", {found.runs.removesuffix(' on a CPU')}</small></li>"
    )


def welcome(executed: dict[str, Notebook]) -> str:
    """Return the first page of the book, from the executed chapters."""
    text = (ROOT / "book/intro.md").read_text(encoding="utf-8")
    return Template(text).substitute(hero=_hero(executed), map=chapter_map())


def licence() -> str:
    """Return the page on licences, with the citation that CITATION.cff asks for."""
    cited = _citation()
    author, year = cited["authors"][0]["name"], str(cited["date-released"])[:4]
    version, url = cited["version"], cited["repository-code"]
    fields = {"title": cited["title"], "author": f"{{{author}}}", "year": year, "version": version, "url": url}
    bibtex = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    words = f"> {author}: *{cited['title']}*, version {version}, {year}. <{url}>"
    text = (ROOT / "book/licence.md").read_text(encoding="utf-8")
    return Template(text).substitute(words=words, bibtex=f"@book{{vidtutor,\n{bibtex}\n}}")


def _citation() -> dict[str, Any]:
    cited: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return cited


def draw_card(executed: dict[str, Notebook], path: Path) -> None:
    """Draw the picture that messengers show beside a link: 1200 × 630 pixels."""
    encoded = re.search(r"base64,([^\"]+)", _hero(executed))[1]  # type: ignore[index]
    hero = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    hero = hero.resize((700, round(700 * hero.height / hero.width)), Image.Resampling.LANCZOS)
    card = Image.new("RGBA", (1200, 630), "white")
    card.alpha_composite(hero, (480, (630 - hero.height) // 2))
    pen = ImageDraw.Draw(card)
    for line, (text, size) in enumerate(CARD):
        font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)
        pen.text((44, 150 + 72 * line), text, font=font, fill="#0072B2" if line < 4 else "#333333")
    card.convert("RGB").save(path, optimize=True)


def _hero(executed: dict[str, Notebook]) -> str:
    """The picture of chapter 01 that answers four questions about one frame, out of its outputs."""
    for cell in code_cells(executed["01_what_video_analysis_is"]):
        for output in cell["outputs"]:
            html = "".join(output.get("data", {}).get("text/html", ""))
            if html.startswith("<img") and HERO in html:
                return html
    raise ValueError(f"chapter 01 shows no picture that is described as {HERO!r}")


def with_header(notebook: Notebook, place: str, found: Facts | None) -> None:
    """Turn the first cell of a chapter or quiz into the header of its page, and add the link for mistakes at its end.

    place: the notebook's path in the repository. found: facts of a chapter, None for a quiz.
    """
    first = notebook["cells"][0]
    text = "".join(first["source"])
    colab = COLAB.search(text)
    if colab is None:
        raise ValueError(f"{place} has no link to Colab in its first cell")
    up = "../" * place.count("/")
    source = up + "_sources/" + place
    links = f'<a href="{colab[1]}">Open in Colab</a> <a href="{source}" download>Download the notebook</a>'
    buttons = f'<p class="buttons">{links}</p>'
    if found:
        items = [
            found.level,
            f"{found.reading} minutes to read",
            f"{found.solving} for the exercises",
            found.runs.removesuffix(" on a CPU"),
        ]
        facts = "".join(f"<li>{escape(item)}</li>" for item in items)
        able = "\n".join(f"- {objective}" for objective in found.objectives)
        text = (
            f'# {found.title}\n\n<div class="question">\n\n{found.question}\n\n</div>\n\n'
            f'<div class="chapter-head">\n<ul class="facts">{facts}</ul>\n\n'
            f"**You need** {_linked(found.needs)}\n\n{buttons}\n</div>\n\n**You will be able to**\n\n{able}\n"
        )
    else:
        text = COLAB.sub(lambda _: buttons, text, count=1)
    first["source"] = text
    title = text.splitlines()[0].removeprefix("# ")
    subject = quote(f"Mistake in {title} (version {_citation()['version']})")
    issue = f"https://github.com/{'/'.join(address.current(ROOT))}/issues/new?title={subject}"
    closing = f'<p class="report"><a href="{issue}">Report a mistake on this page</a></p>'
    notebook["cells"].append({"cell_type": "markdown", "id": "report", "metadata": {}, "source": closing})


def _linked(needs: str) -> str:
    """Prerequisites whose chapter numbers are links."""
    names = {path.stem[:2]: path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    return NUMBER.sub(lambda number: f"[{number[0]}]({names[number[0]]})", needs)
