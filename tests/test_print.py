"""The book on paper: everything still, nothing cut off, numbered, and linked inside."""

import io
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

import chapters
import pdf
import serve
from pages import HTML

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("print")]

CHAPTER = "notebooks/14_tracking"
A4 = 794  # pixels


@pytest.fixture(scope="module")
def printer(browser: Browser) -> Iterator[tuple[Page, str]]:
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: make book")
    with serve.site() as address:
        yield pdf.paper(browser), address


@pytest.fixture(scope="module")
def printed(printer: tuple[Page, str]) -> dict[str, bytes]:
    return {name: pdf.print_page(*printer, name) for name in ("book/intro", CHAPTER)}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_chapter_stands_still_and_loses_nothing(printer: tuple[Page, str], printed: dict[str, bytes]) -> None:
    page, _ = printer
    reader = PdfReader(io.BytesIO(printed[CHAPTER]))
    text = squeezed("".join(sheet.extract_text() for sheet in reader.pages))
    notebook = chapters.load(chapters.CHAPTERS / "14_tracking.ipynb")
    for cell in chapters.code_cells(notebook)[1:]:
        for line in "".join(cell["source"]).splitlines():
            assert squeezed(line) in text, line
    html = (HTML / f"{CHAPTER}.html").read_text(encoding="utf-8")
    moving = html.count('class="vt-player"') + html.count('class="vt-explore"')
    assert text.count("Itmovesinthebook:notebooks/14_tracking.html") == moving > 0
    assert page.locator(".vt-controls, .vt-explore input, .only-dark").count() == 0
    assert page.locator(".strip img").count() >= 6
    replies = re.findall(r"\*\*(?:No|Right)\.\*\* ", "".join("".join(cell["source"]) for cell in notebook["cells"]))
    assert page.locator(".note").count() > len(replies) > 6, "replies, hints and solutions wait at the end"


def test_nothing_is_wider_than_paper(printer: tuple[Page, str], printed: dict[str, bytes]) -> None:
    page, _ = printer
    page.set_viewport_size({"width": A4 - 114, "height": 1000})  # without the margins
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    for sheet in PdfReader(io.BytesIO(printed[CHAPTER])).pages:
        assert tuple(map(float, sheet.mediabox[2:])) == pytest.approx((595, 842), abs=1.5)


def test_contents_numbers_bookmarks_and_links(printer: tuple[Page, str], printed: dict[str, bytes]) -> None:
    entries = [("book/intro", "Welcome"), ("", "A part · 部分"), (CHAPTER, "14 Tracking")]
    target = io.BytesIO()
    pdf.join(*printer, entries, printed).write(target)
    reader = PdfReader(target)
    pages = [sheet.extract_text() for sheet in reader.pages]
    start = next(i for i, text in enumerate(pages, 1) if "14 Tracking: who is who" in text)
    contents = squeezed(pages[1])
    assert f"Apart·部分{start}14Tracking{start}" in contents
    assert all(re.search(rf"\b{number}\s*$", text) for number, text in enumerate(pages, 1) if number > 1)
    assert [item["/Title"] for item in reader.outline if not isinstance(item, list)] == ["Welcome", "A part · 部分"]
    chapter, inside = reader.outline[-1]
    assert chapter["/Title"] == "14 Tracking"
    sections = {item["/Title"]: reader.get_destination_page_number(item) for item in inside}
    assert start <= sections["Exercises"] + 1 <= len(pages)
    links = [note.get_object() for sheet in reader.pages for note in sheet.get("/Annots", [])]
    assert not [link for link in links if "127.0.0.1" in str(link.get("/A", {}).get("/URI", ""))]
    assert any("/Dest" in link for link in links)
    assert reader.metadata is not None and reader.metadata.title == pdf.TITLE


def test_contents_follow_the_book() -> None:
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: make book")
    entries = pdf.contents()
    assert [name.rpartition("/")[2] for name, _ in entries if name.startswith("notebooks/")] == [
        path.stem for path in sorted(chapters.NOTEBOOKS.glob("*.ipynb"))
    ]
    assert ("notebooks/06_convolution_2d_to_3d", "06 Convolution, from 2D to 3D") in entries
