"""What search engines and messengers are told of a page: title, description, picture, and where it lives.

Absolute addresses need the public address of the book: BOOK_URL, as in BOOK_URL=https://you.github.io/book make book.
"""

import os
import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

CARD = "_static/card.png"
LONGEST = 200  # characters of a description


def base(app: Sphinx, config: Config) -> None:
    """Take the public address from the environment; Sphinx links the canonical address of each page from it."""
    if url := os.environ.get("BOOK_URL"):
        config.html_baseurl = url.rstrip("/") + "/"


def description(doctree: nodes.document) -> str:
    """Return the first words of a page: a chapter's begin with its question."""
    words = ""
    for paragraph in doctree.findall(nodes.paragraph):
        texts = (text for text in paragraph.findall(nodes.Text) if not isinstance(text.parent, nodes.raw))
        if not (line := " ".join("".join(texts).split())).startswith("Time"):  # of a quiz
            words += " " + line
        if len(words) > 60:
            break
    words = words.strip()
    if len(words) <= LONGEST:
        return words
    whole = re.match(rf".{{40,{LONGEST}}}[.?!](?= )", words)
    return whole[0] if whole else words[:LONGEST].rpartition(" ")[0] + " …"


def tell(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Add a page's tags."""
    if name == app.config.root_doc:
        context["docstitle"] = ""  # the book's name once, not twice
    book = app.config.html_title
    title = re.sub(r"<[^>]*>", "", context.get("title", "")) or {"genindex": "Index", "search": "Search"}.get(name, "")
    told = description(doctree) if doctree is not None else f"{title} of the book {book}."
    tags = {"og:title": title, "og:description": told, "og:site_name": book, "og:type": "article"}
    html = f'<meta name="description" content="{escape(told)}">\n'
    if app.config.html_baseurl:
        tags |= {"og:url": context["pageurl"], "og:image": app.config.html_baseurl + CARD}
        html += '<meta name="twitter:card" content="summary_large_image">\n'
    html += "".join(f'<meta property="{key}" content="{escape(value)}">\n' for key, value in tags.items())
    context["metatags"] = context.get("metatags", "") + html


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """List the pages for search engines, where the book has an address."""
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    places = [app.config.html_baseurl + app.builder.get_target_uri(name) for name in sorted(app.env.found_docs)]
    listed = "".join(f"<url><loc>{escape(place)}</loc></url>\n" for place in places)
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{listed}</urlset>\n'
    (Path(app.outdir) / "sitemap.xml").write_text(xml, encoding="utf-8")
    robots = f"User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n"
    (Path(app.outdir) / "robots.txt").write_text(robots, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", base)
    app.connect("html-page-context", tell)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
