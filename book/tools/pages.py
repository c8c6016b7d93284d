"""Build the book in build/html from the executed chapters, unless nothing has changed.

    python book/tools/pages.py

build/source takes the layout of the repository, so that a page's path is its notebook's path and the theme's Colab link
comes out right; in it lie the chapters with their outputs, and the pages that are made from those outputs.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from vidtutor.check import CLAIM_MIME

import bibliography
import cards
import front
import speed
from chapters import CHAPTERS, NOTEBOOKS, RECORD, ROOT, Notebook, code_cells, load, sources, write
from facts import facts
from ledger import ledger
from made import page as made_page
from pictures import Album

BOOK = ROOT / "book"
SOURCE = ROOT / "build/source"
WORK = ROOT / "build/work"  # Sphinx writes here; the book moves to build/html when it is whole
HTML = ROOT / "build/html"
STAMP = ROOT / "build/html.sha256"
PICTURES = "book/_static/pictures"


def inputs_digest() -> str:
    """Return a digest of all that the pages are made from."""
    files = [path for path in BOOK.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    digest = hashlib.sha256()
    digest.update(os.environ.get("BOOK_URL", "").encode())
    for path in [ROOT / "constraints.txt", ROOT / "CITATION.cff", RECORD, speed.RECORD, *sorted(files), *sources()]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def page(notebook: Notebook, place: str, album: Album) -> Notebook:
    """Return an executed chapter or quiz as its page shows it: with a header, and pictures in files.

    place: its path in the repository.
    """
    front.with_header(notebook, place, facts(notebook) if place.startswith("notebooks/") else None)
    install, imports, *_ = code_cells(notebook)  # needed to run a chapter, not to read it
    install["metadata"]["tags"] = ["remove-cell"]
    imports["metadata"]["tags"] = ["hide-input"]
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            data = output.get("data", {})
            data.pop(CLAIM_MIME, None)
            if "text/html" in data:
                data["text/html"] = album.page("".join(data["text/html"]), "../" * place.count("/"))
    return notebook


def assemble() -> None:
    """Fill build/source."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    no_page = shutil.ignore_patterns("__pycache__", "tools", "experiments", "slides", "assignments", "*.toml", "*.webp")
    shutil.copytree(BOOK, SOURCE / "book", ignore=no_page)
    executed = {path: load(CHAPTERS / path.name) for path in sources() if (CHAPTERS / path.name).exists()}
    chapters = {path.stem: notebook for path, notebook in executed.items() if path.parent == NOTEBOOKS}
    album = Album(SOURCE / PICTURES, "_static/pictures")
    made = {
        "intro": album.page(front.welcome(chapters), "../"),
        "claims": ledger(chapters),
        "bibliography": bibliography.page(),
        "made": made_page(chapters),
        "speed": album.page(speed.page(*speed.record()), "../"),
        "licence": front.licence(),
        "teach/cards": cards.page(chapters, cards.read()),
    }
    made |= {name.removeprefix("book/"): front.part_page(name, names) for _, name, names in front.parts()}
    for name, text in made.items():
        write(SOURCE / f"book/{name}.md", text)
    front.draw_card(chapters, SOURCE / "book/_static/card.png")
    for path, notebook in executed.items():
        place = path.relative_to(ROOT)
        write(SOURCE / place, json.dumps(page(notebook, place.as_posix(), album), ensure_ascii=False))
    album.finish()


def sphinx() -> int:
    """Run Jupyter Book with warnings as errors; return the exit status."""
    shutil.rmtree(WORK, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(SOURCE), "--path-output", str(WORK)]
    command += ["--config", str(SOURCE / "book/_config.yml"), "--toc", str(SOURCE / "book/_toc.yml")]
    command += ["--all", "-W", "-n", "--keep-going", "-q"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)  # its last words name the folder that moves
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode


def main() -> int:
    """Build what needs building, say where the book is; return the exit status."""
    digest = inputs_digest()
    if not (STAMP.exists() and STAMP.read_text() == digest and (HTML / "index.html").exists()):
        STAMP.unlink(missing_ok=True)
        print("Building the pages ...", flush=True)
        assemble()
        if status := sphinx():
            print("The book was not built: every warning above is an error here.", file=sys.stderr)
            return status
        for path in sources():  # what a page's download button gives: the notebook as committed
            if (CHAPTERS / path.name).exists():
                shutil.copy(path, WORK / "_build/html/_sources" / path.relative_to(ROOT))
        shutil.rmtree(HTML, ignore_errors=True)
        (WORK / "_build/html").rename(HTML)
        write(STAMP, digest)
    print(f"The book: {(HTML / 'index.html').as_uri()}  (make read serves it)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
