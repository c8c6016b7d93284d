"""Run the chapters, and the wrap-up quizzes behind them, that need it: once for the book and the tests.

    python book/tools/chapters.py [--jobs 2] [11 ...]

An executed chapter lies in build/chapters/. It is run again when its code cells, anything in vidtutor/,
constraints.txt or the Python version changes. When only its text has changed, the new text takes over the outputs that
are there. A chapter that fails leaves its notebook, with the error in it, in build/run/ and nothing in build/chapters/.
"""

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
WRAP_UPS = ROOT / "book/wrap_up"
BUILD = ROOT / os.environ.get("CHAPTERS_TO", "build")  # compat.py keeps what other environments make apart
RUN = BUILD / "run"  # where chapters execute: empty afterwards, or they have left something behind
CHAPTERS = BUILD / "chapters"
RECORD = BUILD / "chapters.json"  # per chapter: the key it ran under and what it cost
CELL_TIMEOUT = 300  # seconds

Notebook = dict[str, Any]


def write(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def load(path: Path) -> Notebook:
    """Read a notebook as the JSON that it is."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def sources() -> list[Path]:
    """Return every notebook that is a page of the book: the chapters, then the wrap-up quizzes."""
    return [path for folder in (NOTEBOOKS, WRAP_UPS) for path in sorted(folder.glob("*.ipynb"))]


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """Return the code cells, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def package_digest() -> str:
    """Return a digest of what every chapter depends on: the package, the pinned versions, the Python that runs them."""
    digest = hashlib.sha256(platform.python_version().encode())
    files = [path for path in (ROOT / "vidtutor").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in [ROOT / "constraints.txt", *sorted(files)]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def key(notebook: Notebook, package: str) -> str:
    """Return the key of a chapter's outputs: they hold as long as it stays the same."""
    sources = ["".join(cell["source"]) for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps([package, *sources]).encode()).hexdigest()


def graft(notebook: Notebook, executed: Notebook) -> Notebook:
    """Return the notebook with the outputs of an execution of the same code cells."""
    for cell, done in zip(code_cells(notebook), code_cells(executed), strict=True):
        cell["outputs"], cell["execution_count"] = done["outputs"], done["execution_count"]
    return notebook


def execute(stale: dict[str, Notebook], jobs: int) -> dict[str, dict[str, Any]]:
    """Run notebooks by nbmake in build/run/; return what became of each."""
    import pytest  # takes half a second: not when there is nothing to run

    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    for name, notebook in stale.items():
        write(RUN / f"{name}.ipynb", json.dumps(notebook))
    os.environ.update(
        VIDTUTOR_STATIC="1",  # sliders as plain HTML: a page has no kernel
        VIDTUTOR_PROFILE="cpu",  # the book is the same wherever it is built,
        CUDA_VISIBLE_DEVICES="-1",  # and two chapters do not fight for one GPU's memory
        OPENBLAS_NUM_THREADS="1",  # nor do the threads of NumPy for the cores: they wait by spinning
        TF_CPP_MIN_LOG_LEVEL="2",  # TensorFlow's notes about this machine are no part of the book
        JUPYTER_PREFER_ENV_PATH="1",  # the kernel of this environment, whatever else the user has installed
    )
    options = [
        "-c",
        os.devnull,
        "--rootdir",
        str(RUN),
        "-q",
        "--no-header",
        "--show-capture=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "progress",
    ]
    options += ["--nbmake", "--overwrite", f"--nbmake-timeout={CELL_TIMEOUT}", "-n", str(jobs), "--maxschedchunk=1"]
    # Later chapters train more: they go first, so that no long one is left over at the end.
    pytest.main([*options, *(str(RUN / f"{name}.ipynb") for name in reversed(stale))])
    import progress  # after pytest has loaded it as a plugin

    return progress.finished


def main() -> int:
    """Bring build/chapters/ up to date; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the chapters that need it.")
    parser.add_argument("numbers", nargs="*", metavar="11", help="only these chapters, or quizzes, as in w4")
    parser.add_argument("--jobs", type=int, default=2, help="chapters run at a time")
    wanted = parser.parse_args()

    record: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(FileNotFoundError):
        record = json.loads(RECORD.read_text(encoding="utf-8"))
    package = package_digest()
    paths = sources()
    for name in record.keys() - {path.stem for path in paths}:
        record.pop(name)  # a chapter that is no more
        (CHAPTERS / f"{name}.ipynb").unlink(missing_ok=True)
    if wanted.numbers:
        paths = [path for path in paths if path.name.split("_")[0] in wanted.numbers]

    # Read once: whoever edits a chapter while it runs gets the outputs of what ran, and the edit next time.
    notebooks = {path.stem: load(path) for path in paths}
    stale: dict[str, Notebook] = {}
    keys: dict[str, str] = {}
    for path in paths:
        keys[path.stem] = key(notebooks[path.stem], package)
        if record.get(path.stem, {}).get("key") != keys[path.stem] or not (CHAPTERS / path.name).exists():
            stale[path.stem] = notebooks[path.stem]
            record.pop(path.stem, None)
            (CHAPTERS / path.name).unlink(missing_ok=True)
    write(RECORD, json.dumps(record, indent=1))

    failed: list[str] = []
    if stale:
        print(f"Chapters: {len(stale)} to run, {len(paths) - len(stale)} as they were.", flush=True)
        results = execute(stale, wanted.jobs)
        if left := sorted({path.name for path in RUN.iterdir()} - {f"{name}.ipynb" for name in stale}):
            print(
                f"A chapter left files in its working folder, {RUN.relative_to(ROOT)}: {', '.join(left)}.",
                file=sys.stderr,
            )
            return 1
        for name, result in results.items():
            if not result.pop("passed"):
                failed.append(name)
                continue
            CHAPTERS.mkdir(parents=True, exist_ok=True)
            (RUN / f"{name}.ipynb").replace(CHAPTERS / f"{name}.ipynb")
            record[name] = {
                "key": keys[name],
                **result,
                "python": platform.python_version(),
                "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
                "date": date.today().isoformat(),
            }
            write(RECORD, json.dumps(record, indent=1))
    else:
        print(f"Chapters: {len(paths)} as they were.", flush=True)

    missing = [path.stem for path in paths if path.stem not in record and path.stem not in failed]
    for name in [*failed, *missing]:
        print(f"Chapter {name} did not run through; see {(RUN / name).relative_to(ROOT)}.ipynb.", file=sys.stderr)
    if failed or missing:
        return 1
    for path in paths:
        executed = CHAPTERS / path.name
        text = json.dumps(graft(notebooks[path.stem], load(executed)), indent=1, ensure_ascii=False) + "\n"
        if text != executed.read_text(encoding="utf-8"):
            write(executed, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
