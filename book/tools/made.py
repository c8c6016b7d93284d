"""The page that says how the book was made: text by hand in `book/made.md`, every number out of the build."""

import json
import statistics
from importlib.metadata import version
from pathlib import Path
from string import Template

import facts
import ledger
from chapters import RECORD, ROOT, Notebook, code_cells

TEXT = ROOT / "book/made.md"
RECORDED = ROOT / "vidtutor/recorded"
NAMED = ["tensorflow", "keras", "numpy", "scipy", "opencv-python-headless", "matplotlib", "motmetrics", "ipywidgets"]
NAMED += ["jupyter-book", "Sphinx", "sphinx-book-theme", "nbmake"]


def page(executed: dict[str, Notebook]) -> str:
    """Return the page, in Markdown, from the executed chapters by name."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    chapters = {name: run for name, run in record.items() if name in executed}
    known = facts.chapters()
    found = ledger.records(executed)
    seconds = [run["seconds"] for run in chapters.values()]
    cells = ["".join(cell["source"]) for notebook in executed.values() for cell in code_cells(notebook)]
    tables = list(RECORDED.glob("*.csv"))
    return Template(TEXT.read_text(encoding="utf-8")).substitute(
        chapters=len(chapters),
        quizzes=len(record) - len(chapters),
        dates=" and ".join(sorted({run["date"] for run in record.values()})),
        machine=" and ".join(sorted({run["machine"] for run in record.values()})),
        python=" and ".join(sorted({run["python"] for run in record.values()})),
        minutes=round(sum(seconds) / 60),
        jobs_note=f"several at a time; one takes {statistics.median(seconds):.0f} seconds, in the median",
        cpu_minutes=round(sum(run["cpu_seconds"] for run in chapters.values()) / 60),
        runs=_table(
            ("Chapter", "seconds", "of processor time", "seed"),
            [
                (
                    f"[{known[name].title}](../notebooks/{name}.ipynb)",
                    f"{run['seconds']:.0f}",
                    f"{run['cpu_seconds']:.0f}",
                    str(known[name].seed),
                )
                for name, run in sorted(chapters.items())
            ],
        ),
        records=_table(("Record", "rows", "made"), [_recorded(path) for path in sorted(tables)]),
        cells=len(cells),
        lines=f"{sum(len(cell.splitlines()) for cell in cells):,}",
        kilobytes=round(sum(path.stat().st_size for path in tables) / 1000),
        claims=sum(len(each) for each in found.values()),
        rows=len(found),
        exercises=len({exercise for each in known.values() for exercise in each.exercises}),
        versions=_table(("Package", "version"), [(name, version(name)) for name in NAMED]),
    )


def _recorded(path: Path) -> tuple[str, str, str]:
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    return f"`{path.stem}`", str(len(rows) - 1), first.removeprefix("# ")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
