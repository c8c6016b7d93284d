"""Make a lecture deck of every executed chapter: what is to be seen on the slides, the prose in the speaker's notes.

Everything follows from the chapter's own structure. A `##` section is a column of slides; each thing in it that can be
looked at, such as a picture, a player, a table, a formula, a quotation or a question to predict, is a slide. What the
chapter says about it lies in that slide's notes: what leads to it, then a line, then what is said when it is seen.
"""

import ast
import importlib.util
import itertools
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from vidtutor.check import CLAIM_MIME
from vidtutor.exercises.notebooks import parse

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

import cards
from cards import Card
from chapters import CHAPTERS, NOTEBOOKS, ROOT, Notebook, load, write

sys.path.append(str(ROOT / "book/_ext"))
import formulas  # drawn as on the book's pages

PARTS = ROOT / "book/slides"  # templates, stylesheet, script
REVEAL = ["LICENSE", "dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js"]
OPEN_CODE = 6  # lines of code that are shown beside what they print,
WIDEST_CODE = 100  # and their letters
LONGEST_CODE = 20  # lines that a room can read
LONGEST_LIST = 600  # letters; a longer one is prose
LONGEST_LINE = 200  # letters of a sentence to take away
FORMULAS = 3  # on one slide,
STEP = 2  # with at most so many sentences between one and the next
QUOTED = 800  # letters of HTML of several quotations on one slide
CLAIMS = 4  # on one slide
REFERENCES = 5  # on one slide
CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass
class Block:
    """A piece of a section, in order: Markdown of one kind, or a code cell with its outputs."""

    kind: str
    source: str
    outputs: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Slide:
    """One slide, all texts HTML; its notes are `before`, what leads to it, and `after`, what is said about it."""

    kind: str
    title: str
    body: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    take_aways: list[str] = field(default_factory=list)
    code: str = ""


def _formula(content: str, options: dict[str, Any]) -> str:
    return formulas.formula(content.strip(), options["display_mode"])


def _highlighted(source: str, language: str, _: str = "") -> str:
    lexer = get_lexer_by_name(language or "text")
    return highlight(source, lexer, HtmlFormatter(cssclass="highlight", wrapcode=True))


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, renderer=_formula)


def _code(source: str) -> str:
    return _highlighted(source, "python")


def _inline(source: str) -> str:
    return str(MARKDOWN.renderInline(source))


# Reading a chapter


def blocks(markdown: str) -> Iterator[Block]:
    """Cut Markdown into its outermost pieces: "heading", "paragraph", "table", "math_block", "details" …"""
    for place, part in enumerate(re.split(r"(<details.*?</details>)", markdown, flags=re.DOTALL)):
        if place % 2:
            yield Block("details", part)
            continue
        lines = part.split("\n")
        for token in MARKDOWN.parse(part):
            if token.level == 0 and token.nesting >= 0 and token.map:
                yield Block(token.type.removesuffix("_open"), "\n".join(lines[slice(*token.map)]).strip())


def sections(notebook: Notebook) -> list[tuple[str, list[Block]]]:
    """Cut a chapter at its `##` headings; the first part, without a title, is what stands above them."""
    parts: list[tuple[str, list[Block]]] = [("", [])]
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            parts[-1][1].append(Block("code", source, cell["outputs"]))
            continue
        for block in blocks(source):
            if block.kind == "heading" and block.source.startswith("## "):
                parts.append((block.source.removeprefix("## "), []))
            else:
                parts[-1][1].append(block)
    return parts


# What is to be seen


def pieces(outputs: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give what a cell shows, in order, each with its kind and as HTML; never stderr."""
    found: list[tuple[str, str]] = []
    printed: list[int] = []
    for output in outputs:
        data = {kind: "".join(text) for kind, text in output.get("data", {}).items() if isinstance(text, str | list)}
        if output.get("name") == "stdout":
            text = "".join(output["text"])
            if printed and printed[-1] == len(found) - 1:  # one print after another
                found[-1] = ("text", found[-1][1].removesuffix("</pre>") + "\n" + escape(text.rstrip()) + "</pre>")
            else:
                printed.append(len(found))
                found.append(("text", f"<pre>{escape(text.rstrip())}</pre>"))
        elif "text/html" in data:
            html = data["text/html"].replace(' loading="lazy"', "")  # a slide's picture is there when its turn comes
            kind = re.match(r'\s*<(?:div class="vt-(\w+)"|(img|video))', html)
            found.append((next(filter(None, kind.groups()), "html") if kind else "html", html))
        elif "text/markdown" in data:
            kind_of_words = "table" if re.search(r"^\|", data["text/markdown"], re.MULTILINE) else "words"
            found.append((kind_of_words, MARKDOWN.render(data["text/markdown"])))
        elif "text/plain" in data:
            found.append(("text", f"<pre>{escape(data['text/plain'])}</pre>"))
    return found


def _wrapped(found: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f'<div class="{kind}">{html}</div>' for kind, html in found)


def _defined(source: str) -> list[str]:
    """Names of the functions and classes of a cell that defines something and draws nothing."""
    if re.search(r"\b(plt|axes|display|player|picture)\b", source):
        return []
    return [node.name for node in parse(source) if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def take_aways(paragraph: str) -> list[str]:
    """Find the sentences of a paragraph that are set in bold, as a whole or in their main clause.

    A few bold words that open a paragraph are a heading in disguise, and a question is no answer.
    """
    found = []
    lines = paragraph.split("\n")
    for place, line in enumerate(lines):
        for bold in re.finditer(r"\*\*(.+?)\*\*", line):
            words, whole = len(bold[1].split()), bold[1].endswith((".", "!"))
            heading = whole and place == 0 and len(lines) > 1 and bold.start() == 0
            if words < 5 or bold[1].endswith("?") or (heading and (words < 6 or bold[1].startswith(("What", "From")))):
                continue
            sentence = bold[1] if whole else line.replace("**", "")
            if sentence.endswith((".", "!")) and len(sentence) <= LONGEST_LINE and sentence not in found:
                found.append(sentence)
    return found


def quotation(source: str) -> str:
    """Render a blockquote, with its Chinese lines marked as Chinese."""
    lines = [line for line in re.sub(r"^> ?", "", source, flags=re.MULTILINE).split("\n") if line]
    paragraphs = ""
    for chinese, run in itertools.groupby(lines, lambda line: bool(CHINESE.search(line))):
        language = ' lang="zh-Hans"' if chinese else ""
        paragraphs += f"<p{language}>{_inline(' '.join(run))}</p>"
    return f"<blockquote>{paragraphs}</blockquote>"


def shown(block: Block, title: str, prose: str, said: list[str]) -> Slide | None:
    """Make a slide of what a block lets be seen; None where that is nothing.

    prose: the section's Markdown, which says what it is about. said: the paragraphs since the slide before, whose last
    sentence introduces a formula, a table, a list, a quotation or what is printed.
    """
    last = said[-1].split("\n")[-1] if said else ""
    lead = f'<p class="lead">{_inline(last)}</p>' if last.endswith(":") or (last and block.kind == "math_block") else ""
    if block.kind == "code":
        return _of_code(block, title, prose, lead)
    if block.kind == "blockquote":
        if word := re.match(r"> \*\*(Predict|Pitfall)\.\*\*", block.source):
            text = re.sub(r"^> ?", "", block.source[word.end() :].strip(), flags=re.MULTILINE)
            text = "\n\n".join(text.split("\n"))  # a sentence a line: easier to take in
            return Slide(word[1].lower(), title, f'<p class="label">{word[1]}</p>\n{MARKDOWN.render(text)}')
        return Slide("quote", title, lead + quotation(block.source))
    if block.kind == "math_block":
        return Slide("formula", title, lead + MARKDOWN.render(block.source))
    if block.kind in ("table", "bullet_list", "ordered_list"):
        kind = "table" if block.kind == "table" else "words"
        return Slide(kind, title, f'{lead}<div class="{kind}">{MARKDOWN.render(block.source)}</div>')
    if block.kind == "fence":
        language, _, source = block.source.strip("`").partition("\n")
        return Slide("listing", title, lead + _highlighted(source, language))
    return None


def _of_code(block: Block, title: str, prose: str = "", lead: str = "") -> Slide | None:
    found = pieces(block.outputs)
    lines = block.source.count("\n") + 1
    names = _defined(block.source)
    code = _code(block.source)
    if not found:
        about = any(re.search(rf"`{name}\b", prose) for name in names)
        return Slide("listing", title, code) if about and lines <= LONGEST_CODE else None
    kinds = {kind for kind, _ in found}
    printed = sum(html.count("\n") + 1 for _, html in found)
    short = lines <= OPEN_CODE and max(map(len, block.source.split("\n"))) <= WIDEST_CODE
    if kinds == {"text"} and (short or (names and printed <= 3 and lines <= LONGEST_CODE)):
        return Slide("both", title, lead + code + _wrapped(found))
    if not kinds <= {"text", "words", "table"}:
        lead = ""  # a picture needs the room, and speaks for itself
    return Slide("result " + " ".join(sorted(kinds)), title, lead + _wrapped(found), code=code)


def lecture(title: str, parts: list[Block]) -> list[Slide]:
    """Make the slides of one section: one for each thing to be seen, the prose between in their notes."""
    slides: list[Slide] = []
    prose = "\n".join(block.source for block in parts if block.kind != "code")
    said: list[str] = []
    silent: list[str] = []  # code since the last slide that shows nothing by itself
    running = _inline(title)
    for block in parts:
        if block.kind == "heading":
            if slides:
                _tell(said, slides, None)
                said = []
            running = f"{_inline(title)} · {_inline(block.source.lstrip('# '))}"
            continue
        listed = block.kind in ("bullet_list", "ordered_list") and len(block.source) > LONGEST_LIST
        if listed or block.kind in ("paragraph", "details"):
            said.append(block.source)
            continue
        slide = shown(block, running, prose, said)
        if slide is None:
            silent.append(block.source)
            continue
        if slides and _belongs(slide, slides[-1], said):
            slides[-1].body += slide.body
            _tell(said, slides, None)
            said = []
            continue
        if slide.code:
            slide.code = "".join(map(_code, silent)) + slide.code
            silent = []
        _tell(said, slides, slide)
        said = []
        slides.append(slide)
    if not slides and said:  # a section of words alone
        points = [line for text in said for line in take_aways(text)] or [said[0].split("\n")[0]]
        body = "".join(f"<p>{_inline(point)}</p>" for point in points)
        return [Slide("point", running, body, before=[_note(text) for text in said])]
    if slides:
        _tell(said, slides, None)
    return slides


def _belongs(slide: Slide, before: Slide, said: list[str]) -> bool:
    """Whether a quotation or a step of a derivation goes onto the slide of the one before it."""
    if slide.kind != before.kind or slide.title != before.title:
        return False
    if slide.kind == "quote":
        return not said and len(before.body + slide.body) <= QUOTED
    lines = sum(text.count("\n") + 1 for text in said)
    return slide.kind == "formula" and lines <= STEP and before.body.count("math block") < FORMULAS


def _tell(said: list[str], slides: list[Slide], slide: Slide | None) -> None:
    """Give paragraphs to the notes: the last one leads to the next slide, those before it speak of the slide before."""
    behind, ahead = (said[:-1], said[-1:]) if slide and slides else (said, []) if slides else ([], said)
    result = next((seen for seen in reversed(slides) if seen.kind not in ("predict", "pitfall", "quote")), None)
    for text in behind:
        slides[-1].after.append(_note(text))
        (result or slides[-1]).take_aways += map(_inline, take_aways(text))
    for text in ahead:
        assert slide
        slide.before.append(_note(text))
        receiver = slide if slide.kind not in ("predict", "pitfall", "quote") else result
        if receiver:
            receiver.take_aways += map(_inline, take_aways(text))


def _note(source: str) -> str:
    """Render a paragraph for the notes; what a reader unfolds lies open there, but for solutions."""
    details = re.fullmatch(r"<details[^>]*><summary>(.*?)</summary>(.*?)</details>", source, re.DOTALL)
    if details:
        return "" if "Solution" in details[1] else MARKDOWN.render(f"**{details[1]}**\n\n{details[2].strip()}")
    return str(MARKDOWN.render(source))


# The chapter's fixed parts


def opening(parts: list[Block], card: Card) -> list[list[Slide]]:
    """Make the title slide, with the teacher's card in its notes, and the slide of what one will be able to do."""
    text = "\n\n".join(block.source for block in parts if block.kind != "code")
    title = re.search(r"^# (\d\d) (.+)$", text, re.MULTILINE)
    question = re.search(r"^\*\*The question\.\*\*\s*(.+?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    able = re.search(r"^\*\*(What you will be able to do)\*\*\s*((?:^- .*\n?)+)", text, re.MULTILINE)
    if not (title and question and able):
        raise ValueError("a chapter opens with its title, with What you will be able to do, and with The question")
    body = f'<p class="over">Deep Learning for Video Analysis · chapter {title[1]}</p><h1>{_inline(title[2])}</h1>'
    body += MARKDOWN.render("\n\n".join(question[1].split("\n")))
    facts = re.findall(r"^\*\*(?:What you need first|Time)\*\*.*$", text, re.MULTILINE)
    first = Slide("title", "", body, before=[*map(_note, facts), _of_card(card)])
    return [[first], [Slide("words", able[1], MARKDOWN.render(able[2]))]]


def _of_card(card: Card) -> str:
    """The teacher's card as Markdown turned to HTML; nothing where a chapter has none."""
    lists = {"misconceptions": "What they may believe", "show": "Show live", "skip": "Skip, if time is short"}
    text = f"**How to begin.** {card['hook']}\n\n" if "hook" in card else ""
    for name, heading in lists.items():
        if card.get(name):
            text += f"**{heading}**\n\n" + "\n".join(f"- {item}" for item in card[name]) + "\n\n"
    if card.get("questions"):
        text += "**Likely questions**\n\n" + "\n".join(f"- *{asked}* {answer}" for asked, answer in card["questions"])
    return str(MARKDOWN.render(text))


def learned(title: str, parts: list[Block]) -> list[Slide]:
    """Make the slide of what was learned."""
    lists = [MARKDOWN.render(block.source) for block in parts if block.kind == "bullet_list"]
    notes = [_note(block.source) for block in parts if block.kind == "paragraph"]
    return [Slide("words", title, "".join(lists), before=notes)]


def quiz(title: str, parts: list[Block]) -> list[Slide]:
    """Make a slide for each question; its choices stay closed until somebody opens one."""
    slides: list[Slide] = []
    for block in parts:
        choice = re.fullmatch(r'<details name="(\w+)"><summary>(.*?)</summary>(.*?)</details>', block.source, re.DOTALL)
        if block.source.startswith("**") and block.kind == "paragraph":
            slides.append(Slide("quiz", title, MARKDOWN.render(block.source)))
        elif choice and slides:
            summary, reply = _inline(choice[2].strip()), MARKDOWN.render(choice[3].strip())
            slides[-1].body += f'<details name="{choice[1]}"><summary>{summary}</summary>{reply}</details>'
        elif slides:
            slides[-1].body += MARKDOWN.render(block.source)
    return slides


def exercises(title: str, parts: list[Block]) -> list[Slide]:
    """Make a slide for each exercise: task and stub; the hint is in the notes, the solution nowhere."""
    slides: list[Slide] = []
    name, task = title, ""
    for block in parts:
        if block.kind == "heading":
            name, task = block.source.lstrip("# "), ""
        elif block.kind == "details":
            if slides and "<summary>Hint</summary>" in block.source:
                slides[-1].before.append(_note(block.source))
        elif block.kind != "code":
            task += MARKDOWN.render(block.source)
        elif block.source.startswith("# Exercise"):
            stub = re.sub(r"\n+check\(.*\)\s*$", "", block.source)
            slides.append(Slide("exercise", _inline(name), task + _code(stub)))
        elif slide := _of_code(block, _inline(name)):
            slides.append(slide)
    return slides


def _even(items: list[str], most: int) -> list[list[str]]:
    """Cut a list into as few groups of at most `most` as there must be, all of about one length."""
    groups = -(-len(items) // most)
    return [items[len(items) * i // groups : len(items) * (i + 1) // groups] for i in range(groups)]


def reading(title: str, parts: list[Block]) -> list[Slide]:
    """Make the slides of the references, a few on each."""
    items = re.findall(r"^- .*$", "\n".join(block.source for block in parts), re.MULTILINE)
    return [Slide("reading", title, MARKDOWN.render("\n".join(group))) for group in _even(items, REFERENCES)]


def claims(title: str, parts: list[Block]) -> list[Slide]:
    """Make the slides of the verdicts on the source's claims, a few on each, after the sentences that are quoted."""
    slides = lecture(title, [block for block in parts if block.kind == "blockquote"])
    notes = [_note(block.source) for block in parts if block.kind == "paragraph"]
    outputs = [output for block in parts for output in block.outputs if CLAIM_MIME in output.get("data", {})]
    boxes = ["".join(output["data"]["text/html"]) for output in outputs]
    slides += [Slide("claims", title, "".join(group)) for group in _even(boxes, CLAIMS)]
    if slides:
        slides[0].before = notes + slides[0].before
    return slides


FIXED = {
    "What you learned": learned,
    "Quiz": quiz,
    "Exercises": exercises,
    "Further reading": reading,
    "The source's claims, tested": claims,
    "The source's claim, tested": claims,
}


def columns(notebook: Notebook, card: Card) -> list[list[Slide]]:
    """Make all slides of an executed chapter, column by column."""
    (_, front), *rest = sections(notebook)
    return [*opening(front, card), *(FIXED.get(title, lecture)(title, parts) for title, parts in rest)]


# Writing


def _html(slide: Slide) -> str:
    head = f"<h2>{slide.title}</h2>\n" if slide.title else ""
    foot = "".join(f'<p class="take-away">{line}</p>\n' for line in slide.take_aways)
    if slide.code:
        foot += f'<details class="code"><summary>Code</summary><div>{slide.code}</div></details>\n'
    notes = "\n".join(slide.before) + ("\n<hr>\n" + "\n".join(slide.after) if slide.after else "")
    notes = formulas.speech(notes)  # the speaker's window has none of the deck's style sheets
    aside = f'\n<aside class="notes">{notes}</aside>' if notes.strip() else ""
    return (
        f'<section><div class="slide {slide.kind}">\n{head}<div class="body">\n{slide.body}\n</div>\n{foot}</div>'
        f"{aside}</section>"
    )


def heading(notebook: Notebook) -> str:
    """Return a chapter's number and title, such as "06 Convolution, from 2D to 3D"."""
    return "".join(notebook["cells"][0]["source"]).partition("\n")[0].removeprefix("# ")


def deck(notebook: Notebook, card: Card) -> str:
    """Turn an executed chapter and its teacher's card into the HTML of a deck.

    card: `hook`, `misconceptions`, `show`, `skip`, `questions`, each of which may be missing. Raises ValueError where
    the chapter does not open as chapters do.
    """
    slides = "\n".join(
        "<section>\n" + "\n".join(map(_html, column)) + "\n</section>" for column in columns(notebook, card) if column
    )
    template = Template((PARTS / "deck.html").read_text(encoding="utf-8"))
    return template.substitute(title=escape(heading(notebook)), slides=slides)


def copy_reveal(target: Path) -> None:
    """Put the files of reveal.js that a deck needs into a folder, without their pointers to source maps."""
    spec = importlib.util.find_spec("sphinx_revealjs")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("sphinx-revealjs, which carries reveal.js, is not installed: make course installs it")
    source = Path(spec.origin).parent / "_static/revealjs"
    for name in REVEAL:
        text = (source / name).read_text(encoding="utf-8")
        write(target / name, re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE))


def build(target: Path) -> None:
    """Write the decks of all chapters, their index and all that they need into a folder.

    Raises FileNotFoundError, naming the chapter, where one has not run.
    """
    by_chapter = cards.read()
    executed = [CHAPTERS / path.name for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    for path in executed:
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there: the chapter has not run; make book runs it")
    shutil.rmtree(target, ignore_errors=True)
    entries = []
    for path in executed:
        notebook = load(path)
        write(target / f"{path.stem}.html", deck(notebook, by_chapter.get(path.stem[:2], {})))
        entries.append(f'<li><a href="{path.stem}.html">{escape(heading(notebook))}</a></li>')
    index = Template((PARTS / "index.html").read_text(encoding="utf-8"))
    write(target / "index.html", index.substitute(decks="\n".join(entries)))
    colours = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    write(target / "deck.css", (PARTS / "deck.css").read_text(encoding="utf-8") + "\n" + colours)
    shutil.copy(PARTS / "deck.js", target)
    copy_reveal(target / "reveal")
    formulas.write_style(target)
