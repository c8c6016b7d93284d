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
        if after != before:
            path.write_text(after, encoding="utf-8")
    if missing:
        raise ExtensionError(f"The theme has changed; look at accessible.py: {[each.pattern for each in missing]}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
