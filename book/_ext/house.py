"""What Jupyter Book brings that this book does not need, taken away; what it would fetch, put beside the pages."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# Of MathJax's 18 MB: one file that reads TeX and writes HTML, its fonts, and the packages of TeX that it loads by name.
MATHJAX = ["tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions"]


def copy_mathjax_files(target: Path) -> None:
    """Put the files of MathJax that a page needs into a folder; without the package there is nothing to put."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        return
    source = Path(spec.origin).parent / "static/mathjax"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("mathjax-LICENSE"), target / "LICENSE")  # the package has none
    for name in MATHJAX:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Put MathJax beside the pages: formulas without a network."""
    if not exception and app.builder.format == "html":
        copy_mathjax_files(Path(app.outdir) / "_static/mathjax")


def drop_maps(app: Sphinx, exception: Exception | None) -> None:
    """Remove the theme's source maps: megabytes for its authors alone."""
    for path in Path(app.outdir).rglob("*.map"):
        path.unlink()


def drop_thebe(app: Sphinx) -> None:
    """Silence Thebe: Jupyter Book declares its script twice, an error on every page, and it wants a server."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [file for file in app.registry.css_files if file[0] != "sphinx-thebe.css"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    drop_thebe(app)
    app.connect("build-finished", drop_maps)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
