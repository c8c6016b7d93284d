"""Where files go, and how: they appear when they are whole, so a reader of the folder never meets half of one."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TextIO

DRIVE = Path("/content/drive/MyDrive")  # Google Drive, where Colab has mounted it


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


def scratch() -> Path:
    """A folder that is gone when the program ends. Chapter 05."""
    return Path(_temporary().name)


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="vidtutor-")


def sha256(path: Path) -> str:
    """The digest of a file's content, hexadecimal. Raises OSError where it cannot be read. Chapter 05."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
