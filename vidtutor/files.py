"""Where files go, and how: they appear when they are whole, so a reader of the folder never meets half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole(path: str | Path) -> Iterator[TextIO]:
    """Open a text file to write; it takes its place when the block is left without an error. Chapter 14.

    Raises FileNotFoundError, naming the folder, where there is none to put it into.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {path.parent}; make it first")
    with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
        part = Path(folder) / path.name
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(part, path)


def home() -> Path:
    """The folder for footage, caches and checkpoints: VIDTUTOR_CACHE, or ~/.cache/vidtutor. Chapter 05."""
    return Path(os.environ.get("VIDTUTOR_CACHE") or Path.home() / ".cache" / "vidtutor")
