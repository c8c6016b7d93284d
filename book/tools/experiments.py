"""Runs the experiments that do not fit into a chapter's minute and records them as CSV in `vidtutor/recorded/`.

`make experiments` runs all of them; `python book/tools/experiments.py listing_a` runs one.
Each is a file of `book/experiments/` with a function `rows()` that yields one dict for each run.
A record begins with a comment that says when, on what machine and with which versions it was made, and it is replaced
only when its whole experiment has run.
"""

import csv
import importlib
import io
import os
import platform
import sys
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import vidtutor

from chapters import ROOT, write

EXPERIMENTS = ROOT / "book" / "experiments"
RECORDED = Path(vidtutor.__file__).parent / "recorded"


def record(name: str, rows: Iterable[dict[str, object]]) -> Path:
    """Write an experiment's rows to its CSV, once all of them are there."""
    kept = []
    for row in rows:
        print(*row.values(), flush=True)
        kept.append(row)
    target = RECORDED / f"{name}.csv"
    made_with = (
        f"{date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}, "
        f"TensorFlow {version('tensorflow')}, Keras {version('keras')}, NumPy {version('numpy')}"
    )
    text = io.StringIO(f"# {made_with}\n")
    text.seek(0, io.SEEK_END)
    table = csv.DictWriter(text, kept[0].keys(), lineterminator="\n")
    table.writeheader()
    table.writerows(kept)
    write(target, text.getvalue())
    return target


if __name__ == "__main__":
    sys.path.insert(0, str(EXPERIMENTS))
    for chosen in sys.argv[1:] or sorted(path.stem for path in EXPERIMENTS.glob("*.py")):
        print(record(chosen, importlib.import_module(chosen).rows()))
