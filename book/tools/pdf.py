"""The whole book as one PDF: Chromium prints the built pages, pypdf joins them with contents, numbers and bookmarks.

    python book/tools/pdf.py

What moves on a page stands still on paper: a player becomes a row of its frames, sliders the values that they show, and
a link says where they move. What a reader unfolds, replies, hints and solutions, lies at the end of its chapter.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, TextStringObject

from chapters import ROOT
from pages import HTML
from serve import site as serve_site
from shots import BROWSER_OPTIONS, browser_path

TARGET = ROOT / "build/deep-learning-for-video-analysis.pdf"
TITLE = "Deep Learning for Video Analysis"
MARGIN = {"top": "16mm", "bottom": "18mm", "left": "15mm", "right": "15mm"}
STILL = Path(__file__).with_name("still.js").read_text(encoding="utf-8")
FRONT = """<meta charset="utf-8"><title>{title}</title><style>
body {{ font-family: sans-serif; }} h1 {{ font-size: 34pt; margin: 50mm 0 6mm; }} p {{ font-size: 13pt; }}
img {{ width: 100%; margin-top: 12mm; }} h2 {{ break-before: page; }} a {{ color: inherit; text-decoration: none; }}
ol {{ list-style: none; margin: 0; padding: 0; }} li {{ display: flex; font-size: 10.5pt; line-height: 1.55; }}
i {{ flex: 1; border-bottom: 1px dotted #999; margin: 0 4pt 4pt; }} .part {{ margin-top: 8pt; font-weight: bold; }}
</style><h1>{title}</h1><p>A book that runs</p><img src="{hero}" alt=""><h2>Contents</h2><ol>{lines}</ol>"""
NUMBERS = """<style>
@page {{ margin: 0 }} body {{ margin: 0 }}
div {{ height: 297mm; position: relative; break-after: page }}
p {{ position: absolute; bottom: 4mm; width: 100%; text-align: center; font: 9pt sans-serif }}
</style>{lines}"""

Entry = tuple[str, str]  # a page's path without suffix, or "" for a part; and its title


def contents() -> list[Entry]:
    """Return parts and pages in the order of the book."""
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    found = [(toc["root"], "Welcome")]
    for part in toc["parts"]:
        found.append(("", part["caption"]))
        found += [(page["file"], page.get("title") or _heading(page["file"])) for page in part["chapters"]]
    return found


def _heading(name: str) -> str:
    heading = re.search(r"<article.*?<h1>(.*?)<a ", (HTML / f"{name}.html").read_text(encoding="utf-8"), re.DOTALL)
    return re.sub(r"<[^>]*>", "", heading[1]).strip() if heading else name


@contextmanager
def printer() -> Iterator[tuple[Page, str]]:
    """Lend a page of Chromium that prints, and the address of the book; SystemExit where there is no Chromium."""
    executable = browser_path()
    if executable is None:
        raise SystemExit("No browser found: install Chromium (Debian: apt install chromium), which prints the pages.")
    with serve_site() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=BROWSER_OPTIONS)
        yield paper(browser), address
        browser.close()


def paper(browser: Browser) -> Page:
    """Return a page of a browser that looks as it will on paper."""
    page = browser.new_page(color_scheme="light")
    page.emulate_media(media="print")
    return page


def print_page(page: Page, site: str, name: str) -> bytes:
    """Print a page of the book, everything on it still."""
    page.goto(f"{site}{name}.html", wait_until="networkidle")
    page.evaluate(STILL, f"{os.environ.get('BOOK_URL', '').rstrip('/')}/{name}.html")
    return page.pdf(format="A4", margin=MARGIN, print_background=True, outline=True, tagged=True)  # type: ignore[arg-type]


def join(page: Page, site: str, entries: list[Entry], printed: dict[str, bytes]) -> PdfWriter:
    """Join printed pages, by name, behind a cover and contents."""
    lengths = {name: len(PdfReader(BytesIO(pdf)).pages) for name, pdf in printed.items()}
    room = len(PdfReader(BytesIO(_front(page, site, entries, dict.fromkeys(lengths, 0)))).pages)
    starts: dict[str, int] = {}
    for name, length in lengths.items():
        starts[name] = room + 1
        room += length
    writer = PdfWriter()
    writer.append(BytesIO(_front(page, site, entries, starts)))
    part = None
    for name, title in entries:
        if not name:
            part = writer.add_outline_item(title=title, page_number=len(writer.pages))
            continue
        reader = PdfReader(BytesIO(printed[name]))
        begin = len(writer.pages)
        writer.append(reader, import_outline=False)
        item = writer.add_outline_item(title=title, page_number=begin, parent=part)
        for section in _sections(reader.outline):
            place = reader.get_destination_page_number(section)
            writer.add_outline_item(title=str(section.title), page_number=begin + (place or 0), parent=item)
    _lead_inside(writer, site, starts)
    _number(page, writer)
    writer.add_metadata({"/Title": TITLE, "/Author": "the vidtutor authors"})
    writer.root_object[NameObject("/Lang")] = TextStringObject("en-GB")
    return writer


def _front(page: Page, site: str, entries: list[Entry], starts: dict[str, int]) -> bytes:
    """Print cover and contents; a part has the number of its first page."""
    lines = []
    for place, (name, title) in enumerate(entries):
        first = name or entries[place + 1][0]
        if first in starts:
            kind = "" if name else ' class="part"'
            lines.append(f'<li{kind}><a href="{first}.html">{escape(title)}</a><i></i>{starts[first]}</li>')
    path = HTML / "_front.html"  # beside the pages that it links
    hero = re.search(r'class="only-light" src="../([^"]+)"', (HTML / f"{entries[0][0]}.html").read_text("utf-8"))
    text = FRONT.format(title=TITLE, hero=hero[1] if hero else "", lines="".join(lines))
    path.write_text(text, encoding="utf-8")
    page.goto(f"{site}{path.name}?{max(starts.values())}", wait_until="networkidle")  # not the one of before
    path.unlink()
    return page.pdf(format="A4", margin=MARGIN, tagged=True)  # type: ignore[arg-type]


def _sections(outline: Any) -> Any:
    """The bookmarks of a chapter's sections: the second level of what Chromium made of its headings."""
    return [item for inner in outline if isinstance(inner, list) for item in inner if not isinstance(item, list)]


def _lead_inside(writer: PdfWriter, site: str, starts: dict[str, int]) -> None:
    """Let links between pages of the book lead to their pages here; links to other files of the book go."""
    places = {f"{site}{name}.html": start - 1 for name, start in starts.items()}
    for sheet in writer.pages:
        kept = ArrayObject()
        for reference in sheet.get("/Annots", ArrayObject()):
            link = reference.get_object()
            address = str(link.get("/A", {}).get("/URI", ""))
            if address.startswith(site):
                place = places.get(address.partition("#")[0])
                if place is None:
                    continue
                del link["/A"]
                link[NameObject("/Dest")] = ArrayObject([writer.pages[place].indirect_reference, NameObject("/Fit")])
            kept.append(reference)
        sheet[NameObject("/Annots")] = kept


def _number(page: Page, writer: PdfWriter) -> None:
    """Stamp page numbers, but not on the cover."""
    lines = "".join(f"<div><p>{number if number > 1 else ''}</p></div>" for number in range(1, len(writer.pages) + 1))
    page.set_content(NUMBERS.format(lines=lines))
    stamps = PdfReader(BytesIO(page.pdf(format="A4")))
    for sheet, stamp in zip(writer.pages, stamps.pages, strict=False):
        sheet.merge_page(stamp)
        sheet.compress_content_streams()  # merging has unpacked them


def main() -> None:
    """Print the book."""
    entries = contents()
    with printer() as (page, site):
        printed = {}
        for name, title in entries:
            if name:
                print(f"  {title}", flush=True)
                printed[name] = print_page(page, site, name)
        writer = join(page, site, entries, printed)
    part = TARGET.with_suffix(".part")
    writer.write(part)
    part.replace(TARGET)
    print(f"{len(writer.pages)} pages, {TARGET.stat().st_size / 1e6:.1f} MB: {TARGET.as_uri()}")


if __name__ == "__main__":
    main()
