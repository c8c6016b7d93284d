"""What Jupyter Book brings that this book does not need, taken away, and small changes to what it makes."""

import io
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

UNUSED = ("sphinx-thebe.css", "sphinx-design.min.css", "togglebutton.css")
UNUSED_SCRIPTS = ("design-tabs.js", "togglebutton.js")
LEFT_OVER = (
    "*.map",
    "scripts/fontawesome.js*",
    "vendor/fontawesome/webfonts/*.ttf",
    "locales/*",
    "webpack-macros.html",
)
ICON = re.compile(r"\bfa-([a-z0-9-]+)")
PICTOGRAM = re.compile(r"\\(f[0-9a-f]{3})|([\ue000-\uf8ff])")  # a character of an icon font in a style sheet


def drop_thebe(app: Sphinx) -> None:
    """Silence Thebe: Jupyter Book declares its script twice, an error on every page, and it wants a server."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)


def slim(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Keep style sheets and scripts that no page uses from the page, and let no other script hold up its text."""
    context["css_files"] = [file for file in context["css_files"] if not str(file.filename).endswith(UNUSED)]
    scripts = []
    for script in context["script_files"]:
        body = script.attributes.get("body", "")
        if str(script.filename or "").endswith(UNUSED_SCRIPTS) or "toggle" in body:
            continue
        # The scripts of the search page stand behind these, and are not deferred themselves.
        if script.filename and "documentation_options" not in script.filename and name != "search":
            late = script.attributes | {"defer": "defer"}
            script = type(script)(script.filename, priority=script.priority, **late)  # all pages share the first one
        scripts.append(script)
    context["script_files"] = scripts


def drop_left_overs(app: Sphinx, exception: Exception | None) -> None:
    """Remove files that no page asks for."""
    for pattern in LEFT_OVER:
        for path in (Path(app.outdir) / "_static").rglob(pattern):
            if path.is_file():
                path.unlink()


def cut_icons(app: Sphinx, exception: Exception | None) -> None:
    """Leave in Font Awesome's fonts only the icons that this book shows: kilobytes of 300."""
    static = Path(app.outdir) / "_static"
    if exception or not (static / "vendor/fontawesome").exists():
        return
    theme = (static / "styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    holders = [*Path(app.outdir).rglob("*.html"), *static.glob("scripts/*.js")]
    names = {name for path in holders for name in ICON.findall(path.read_text(encoding="utf-8"))}
    shown = {
        int(code, 16)
        for selectors, code in re.findall(r'([^{}]*)\{content:"\\(\w+)"', theme)
        if names & set(ICON.findall(selectors))
    }
    # Icons that style sheets show without such a name: of admonitions, of links to outside.
    for style in (
        re.sub(r"\.fa-[^{}]*\{[^}]*\}", "", theme),
        (static / "styles/sphinx-book-theme.css").read_text("utf-8"),
    ):
        shown |= {int(code, 16) if code else ord(character) for code, character in PICTOGRAM.findall(style)}
    for path in (static / "vendor/fontawesome/webfonts").glob("*.woff2"):
        font = TTFont(io.BytesIO(path.read_bytes()))
        cutter = subset.Subsetter(subset.Options(notdef_outline=True))
        cutter.populate(unicodes=shown)
        cutter.subset(font)
        font.flavor = "woff2"
        font.save(path)


def mark_boxes(app: Sphinx, doctree: nodes.document) -> None:
    """Tell a question to the reader and a warning, which plain Markdown writes as quotations, from quotations."""
    for quote in doctree.findall(nodes.block_quote):
        for word in ("Predict", "Pitfall"):
            if quote.astext().startswith(f"{word}."):
                quote["classes"].append(word.lower())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    drop_thebe(app)
    app.connect("doctree-read", mark_boxes)
    app.connect("html-page-context", slim, priority=900)  # when all extensions have named their files
    app.connect("build-finished", drop_left_overs)
    app.connect("build-finished", cut_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
