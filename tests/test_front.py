"""The doors of the book: map, part pages, headers, and the page on how it was made say what the chapters say."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

import address
import chapters
import facts
import front
import made
from pages import HTML

ROOT = chapters.ROOT
KNOWN = facts.chapters()
PLACES = [path.relative_to(ROOT).as_posix() for path in chapters.sources()]
LEVELS = ("introductory", "intermediate", "advanced")

every_notebook = pytest.mark.parametrize("place", PLACES)


class Tags(HTMLParser):
    """The start tags of a piece of HTML, in order, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def first_cell(name: str) -> str:
    return "".join(chapters.load(ROOT / f"notebooks/{name}.ipynb")["cells"][0]["source"])


def prerequisites(name: str) -> set[str]:
    """The chapters' numbers in what a chapter needs, read apart from the tool."""
    (line,) = re.findall(r"^\*\*What you need first\*\*: (.+)$", first_cell(name), re.MULTILINE)
    return set(re.findall(r"(?<![\d.])\d\d(?!\d)", line))


# The map


def test_map_has_every_chapter_in_order_with_its_minutes() -> None:
    tags = Tags(front.chapter_map())
    links = [a["href"] for a in tags.all("a") if "/notebooks/" in a["href"]]
    assert links == [f"../notebooks/{name}.html" for name in KNOWN]
    assert len(links) == 23
    rows = re.findall(r'<li id="map-(\d\d)">.*?(\d+) to read, (\d+) for .*?(\d+) min<', front.chapter_map())
    for (number, reading, solving, both), name in zip(rows, KNOWN, strict=True):
        (said,) = re.findall(r"^\*\*Time\*\*: (\d+) minutes to read, (\d+) for", first_cell(name), re.MULTILINE)
        assert (number, reading, solving) == (name[:2], *said)
        assert int(both) == int(reading) + int(solving)


def test_map_has_an_arc_for_each_prerequisite_and_no_other() -> None:
    arcs = [tuple(re.findall(r"\d\d", path["class"])) for path in Tags(front.chapter_map()).all("path")]
    assert sorted(arcs) == sorted((before, name[:2]) for name in KNOWN for before in prerequisites(name))


def test_no_chapter_builds_on_a_later_one() -> None:
    assert [name for name in KNOWN if any(before >= name[:2] for before in prerequisites(name))] == []


def test_map_can_be_read_without_its_picture() -> None:
    html = front.chapter_map()
    assert Tags(html).all("svg")[0]["aria-hidden"] == "true"
    for name, found in KNOWN.items():
        (told,) = re.findall(rf'id="map-{name[:2]}">.*?visually-hidden">(.*?)</span>', html)
        assert found.level in told
        assert set(re.findall(r"\d\d", told)) == prerequisites(name)


# The parts


def test_part_pages_list_their_chapters_and_quiz() -> None:
    closing = facts.quizzes()
    listed = []
    for _, page, names in front.parts():
        html = front.part_page(page, names)
        cards = re.findall(r'<li><a href="\.\./(?:\.\./)?(\w+)/(\w+)\.html">(.*?)</a>(.*?)</li>', html)
        assert [name for _, name, _, _ in cards] == names
        for folder, name, title, rest in cards:
            if folder == "notebooks":
                found = KNOWN[name]
                assert unescape(title) == found.title
                asked = " ".join(found.question.split())
                assert asked in unescape(re.sub(r"</?em>", "*", rest)), "emphasis is shown as such"
                assert f"{found.level} · {found.reading} minutes to read, {found.solving} for" in rest
            else:
                assert (folder, unescape(title)) == ("wrap_up", closing[name])
        listed += names
    assert sorted(listed) == sorted([*KNOWN, *closing])


def test_part_pages_open_with_the_source_and_its_translation() -> None:
    for _, page, _ in front.parts():
        opening = (ROOT / f"{page}.md").read_text(encoding="utf-8").splitlines()[2:4]
        assert re.fullmatch(r'> <span lang="zh-Hans">[^<]*[\u4e00-\u9fff][^<]*</span>\\', opening[0]), page
        assert re.fullmatch(r"> [(A-Z][ -~]+", opening[1]), page


# The header


@every_notebook
def test_header_says_what_the_first_cell_says(place: str) -> None:
    notebook = chapters.load(ROOT / place)
    found = facts.facts(notebook) if place.startswith("notebooks/") else None
    front.with_header(notebook, place, found)
    header = "".join(notebook["cells"][0]["source"])
    colab, download = Tags(header).all("a")
    owner, name = address.current(ROOT)
    assert colab["href"] == f"https://colab.research.google.com/github/{owner}/{name}/blob/main/{place}"
    assert download["href"] == "../" * place.count("/") + "_sources/" + place
    if found:
        items = re.findall(r"<li>(.*?)</li>", header)
        assert items[:3] == [found.level, f"{found.reading} minutes to read", f"{found.solving} for the exercises"]
        assert found.level in LEVELS
        assert " to run" in items[3]
        assert not items[3].endswith("MB to run"), "what runs is the chapter, not the sentence"
        needs = re.findall(r"\[(\d\d)\]\((\S+?)\)", header)
        assert {number for number, _ in needs} == prerequisites(Path(place).stem)
        for number, file in needs:
            assert file.startswith(number)
            assert (ROOT / "notebooks" / file).exists()
        assert all(f"- {objective}" in header for objective in found.objectives)


@every_notebook
def test_a_mistake_is_reported_with_page_and_version(place: str) -> None:
    notebook = chapters.load(ROOT / place)
    title = "".join(notebook["cells"][0]["source"]).splitlines()[0].removeprefix("# ")
    front.with_header(notebook, place, facts.facts(notebook) if place.startswith("notebooks/") else None)
    (link,) = Tags("".join(notebook["cells"][-1]["source"])).all("a")
    parts = urlsplit(link["href"])
    assert parts.netloc + parts.path == "github.com/" + "/".join(address.current(ROOT)) + "/issues/new"
    released = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    assert parse_qs(parts.query) == {"title": [f"Mistake in {title} (version {released})"]}


def test_a_chapter_without_its_badge_is_refused() -> None:
    notebook = chapters.load(ROOT / PLACES[0])
    notebook["cells"][0]["source"] = "# 01 A chapter\n"
    with pytest.raises(ValueError, match="no link to Colab"):
        front.with_header(notebook, PLACES[0], None)


# What the build writes of itself


@pytest.fixture(scope="module")
def executed() -> dict[str, chapters.Notebook]:
    if not chapters.RECORD.exists():
        pytest.skip("the chapters have not run: make book")
    return {path.stem: chapters.load(path) for path in sorted(chapters.CHAPTERS.glob("[0-9]*.ipynb"))}


@pytest.mark.chapters
def test_made_page_says_what_the_record_says(executed: dict[str, chapters.Notebook]) -> None:
    text = made.page(executed)
    assert "$" not in text
    record = json.loads(chapters.RECORD.read_text(encoding="utf-8"))
    rows = re.findall(r"^\| \[.*?\]\(\.\./notebooks/(\w+)\.ipynb\) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert [name for name, *_ in rows] == list(KNOWN) == list(executed)
    for name, seconds, cpu, seed in rows:
        assert abs(int(seconds) - record[name]["seconds"]) <= 0.5
        assert abs(int(cpu) - record[name]["cpu_seconds"]) <= 0.5
        assert f"start(seed={seed}" in (ROOT / f"notebooks/{name}.ipynb").read_text(encoding="utf-8")
    whole = sum(record[name]["seconds"] for name in executed)
    assert abs(int(re.search(r"counted (\d+) minutes", text)[1]) - whole / 60) <= 0.5  # type: ignore[index]
    assert f"{len(executed)} chapters and {len(record) - len(executed)} quizzes" in text
    assert all(run["machine"] in text and run["python"] in text and run["date"] in text for run in record.values())
    assert f"| tensorflow | {version('tensorflow')} |" in text
    names = set(re.findall(r"# Exercise (E\d\d)", "".join(json.dumps(notebook) for notebook in executed.values())))
    assert f"{len(names)} exercises check themselves" in text


def test_the_citation_is_that_of_the_citation_file() -> None:
    text = front.licence()
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (bibtex,) = re.findall(r"```bibtex\n@\w+\{\w+,\n(.*?)\n\}\n```", text, re.DOTALL)
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", bibtex, re.MULTILINE))
    assert (
        fields
        == {
            "title": cited["title"],
            "author": f"{{{cited['authors'][0]['name']}}}",  # twice in braces: a name that is no person's
            "year": str(cited["date-released"])[:4],
            "version": cited["version"],
            "url": cited["repository-code"],
        }
    )
    assert len(cited["authors"]) == 1, "the page names one author"


def test_the_newest_changes_are_those_of_this_version() -> None:
    released = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    headings = re.findall(r"^## (\S+?),? ", (ROOT / "book/changelog.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == released


# The built pages


@pytest.mark.pages
@every_notebook
def test_built_page_has_its_header(place: str) -> None:
    page = HTML / Path(place).with_suffix(".html")
    if not page.exists():
        pytest.skip("the book is not built: make book")
    html = page.read_text(encoding="utf-8")
    assert html.count('class="buttons"') == html.count('class="report"') == 1
    assert html.index('class="buttons"') < html.index('class="report"')
    name = Path(place).stem
    if name in KNOWN:
        box = html[html.index('class="chapter-head"') : html.index('class="buttons"')]
        assert f"<li>{KNOWN[name].level}</li>" in box
        linked = {a["href"][:2] for a in Tags(box).all("a") if re.match(r"\d\d_\w+\.html", a["href"])}
        assert linked == prerequisites(name)


@pytest.mark.pages
def test_built_welcome_page_holds_map_and_picture() -> None:
    if not (HTML / "book/intro.html").exists():
        pytest.skip("the book is not built: make book")
    html = (HTML / "book/intro.html").read_text(encoding="utf-8")
    assert front.chapter_map().partition("</style>")[2] in html
    pictures = [image["alt"] for image in Tags(html).all("img") if front.HERO in image.get("alt", "")]
    assert pictures, "the first picture of the book has words for who does not see it"
