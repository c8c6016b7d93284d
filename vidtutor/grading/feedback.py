"""Turn a graded notebook into a page for its student: self-contained, and safe to open.

nbgrader's template draws the page. What students wrote is cleaned after it has become HTML, of their output only text
and pictures stay, and the page forbids scripts and outside addresses by its Content-Security-Policy. Hidden tests are
shown by what they say, not by their code; who sets out to read them from within the kernel that runs them can.
"""

import copy
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import bleach
import nbformat
import nbgrader
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, LimitOutput
from traitlets.config import Config

TAGS = (
    bleach.sanitizer.ALLOWED_TAGS
    | {"br", "dd", "del", "details", "div", "dl", "dt", "hr", "img", "p", "pre", "span", "sub", "summary", "sup"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "th", "thead", "tr"}
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions/formgrader"
BY_HAND = -1.0  # nbgrader's template shows a number for every answer
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


class Exporter(HTMLExporter):
    """nbconvert's exporter with nbgrader's template for feedback, which cleans whatever Markdown becomes."""

    def __init__(self) -> None:
        """Set it up once for many pages."""
        config = Config()
        config.HTMLExporter.template_name = "feedback"
        config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES / "templates")]
        config.HTMLExporter.extra_template_paths = [str(TEMPLATES / "static/node_modules/bootstrap/dist/css")]
        config.HTMLExporter.exclude_anchor_links = True
        config.HTMLExporter.preprocessors = [LimitOutput, CSSHTMLHeaderPreprocessor]
        config.Exporter.default_preprocessors = []
        super().__init__(config=config)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown as HTML without scripts, styles, outside addresses and pictures from elsewhere."""
        made = super().markdown2html(context, source)
        return bleach.clean(made, tags=TAGS, attributes=_allowed, protocols={"data"}, strip=True)


def page(
    exporter: Exporter, notebook: NotebookNode, title: str, remarks: list[str], points: Mapping[str, float]
) -> str:
    """Return the HTML of a graded notebook.

    notebook: executed, with nbgrader's metadata. points: by grade_id; a cell that is missing there is read by hand.
    """
    shown, _ = ClearHiddenTests(enforce_metadata=False).preprocess(copy.deepcopy(notebook), {})
    out_of = 0.0
    for cell, full in zip(shown.cells, notebook.cells, strict=True):
        own = cell.metadata.get("nbgrader", {})
        if own.get("grade"):
            out_of += own["points"]
            own["score"] = points.get(own["grade_id"], BY_HAND)
        if own.get("grade") and own.get("solution"):
            own["comment"] = "This answer is read by a person; its points are not in the score yet."
        if cell.cell_type == "code":
            cell.outputs = [_only_text_and_pictures(output) for output in cell.outputs]
            if cell.source != full.source:  # the rest of its output quotes the hidden tests
                cell.outputs = [_only_message(output) for output in cell.outputs if output.output_type == "error"]
    if remarks:
        listed = "\n".join(f"- {escape(remark)}" for remark in remarks)
        shown.cells.insert(0, nbformat.v4.new_markdown_cell(f"**Remarks**\n\n{listed}"))
    graded = {"notebook": escape(title), "score": sum(points.values()), "max_score": out_of, "late_penalty": 0}
    html, _ = exporter.from_notebook_node(shown, resources={"nbgrader": graded})
    html = html.replace(f"Score: {BY_HAND} / ", "Score: by hand / ")
    html = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL | re.IGNORECASE)
    html = re.sub(r"@font-face\s*\{[^}]*\}", "", html)  # Bootstrap's icons, in files that are not there
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return html.replace("<html>\n<head>", f'<html lang="en">\n<head>\n{policy}', 1)


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img":
        return name == "alt" or (name == "src" and value.startswith("data:image/"))
    return tag == "a" and name == "href" and value.startswith("#")


def _only_text_and_pictures(output: NotebookNode) -> NotebookNode:
    if "data" in output:
        picture = ("image/png", "image/jpeg")
        output.data = {
            kind: value
            for kind, value in output.data.items()
            if isinstance(value, str) and (kind == "text/plain" or (kind in picture and BASE64.fullmatch(value)))
        }
        output.metadata = {}
    return output


def _only_message(output: NotebookNode) -> NotebookNode:
    output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
    return output
