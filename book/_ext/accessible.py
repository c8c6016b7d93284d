"""What the theme leaves in the way of readers who listen or use the keyboard, mended in the finished pages."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

# What is found, and what takes its place. Each must occur somewhere, or a new version of the theme writes it otherwise.
MENDED = (
    # A name that leaves out what is to be read on the button.
    (re.compile(r'(<button class="btn search-button-field[^>]*) aria-label="Search"'), r"\1"),
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # The title and the search field of the book, outside of every landmark.
    (
        re.compile(r'<div id="pst-primary-sidebar"'),
        r'<div id="pst-primary-sidebar" role="region" aria-label="The book"',
    ),
    # The empty corner of a table heads nothing.
    (re.compile(r'<th class="head"><p></p></th>'), "<td></td>"),
)

PIECES = re.compile(r"(<(script|style|title|pre)\b.*?</\2>|<[^>]+>)", re.DOTALL)
CHINESE = re.compile(
    r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]*[\u3400-\u9fff][\u3000-\u303f\u3400-\u9fff\uff00-\uffef]*"
)
MARKED = re.compile(r'<(\w+)[^>]* lang="zh')


def say_what_is_chinese(html: str) -> str:
    """Mark Chinese words as such, or a screen reader spells them or passes over them."""
    pieces, inside = PIECES.split(html), ""
    for place, piece in enumerate(pieces):
        if place % 3 == 1:
            if inside and piece == f"</{inside}>":
                inside = ""
            elif match := MARKED.match(piece):
                inside = match[1]
        elif place % 3 == 2:
            pieces[place] = ""  # the name of a tag, which its piece holds
        elif not inside:
            pieces[place] = CHINESE.sub(r'<span lang="zh-Hans">\g<0></span>', piece)
    return "".join(pieces)


def mend(app: Sphinx, exception: Exception | None) -> None:
    """Change the pages where they lie; ExtensionError where there was nothing to change."""
    if exception or app.builder.format != "html":
        return
    missing = {found for found, _ in MENDED}
    for path in Path(app.outdir).rglob("*.html"):
        before = after = path.read_text(encoding="utf-8")
        for found, instead in MENDED:
            after, times = found.subn(instead, after)
            if times:
                missing.discard(found)
        after = say_what_is_chinese(after)
        if after != before:
            path.write_text(after, encoding="utf-8")
    if missing:
        raise ExtensionError(f"The theme has changed; look at accessible.py: {[each.pattern for each in missing]}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
