"""Data sets of the layout of real ones, with tiny films: for tests and rehearsals without a network."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from vidtutor.datasets import UCF101_CLASSES

import cv2
import numpy as np


def film(path: Path, kind: int, seed: int, frames: int = 40, height: int = 60, width: int = 80) -> Path:
    """Write an .avi in which dark stripes cross a coloured ground; colour, width and speed tell its kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng((kind, seed))
    hue = np.full((height, width, 3), (17 * kind % 180, 200, 220), np.uint8)
    ground = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR) * 0.7 + rng.integers(0, 60, (height, width, 1))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"XVID"), 25, (width, height))
    for t in range(frames):
        stripes = np.sin((np.arange(width) + (kind - 5) * t + 7 * seed) * 2 * np.pi / (12 + 3 * kind)) > 0
        writer.write((ground * np.where(stripes, 1, 0.4)[:, None]).astype(np.uint8))
    writer.release()
    return path


def ucf101_mirror(folder: str | Path, classes: int = 10, groups: Iterable[int] = (1, 2, 8, 9), clips: int = 1) -> Path:
    """Fill a folder that VIDTUTOR_MIRROR can name: the first classes of UCF101, `clips` films of each group."""
    home = Path(folder) / "ucf101"
    for kind, name in enumerate(UCF101_CLASSES[:classes]):
        for group in groups:
            for clip in range(1, clips + 1):
                film(home / name / f"v_{name}_g{group:02}_c{clip:02}.avi", kind, 10 * group + clip)
    index(home)
    return Path(folder)


def index(home: Path) -> None:
    """Write the index of a data set's folder."""
    files = sorted(path for path in home.glob("*/**/*") if path.is_file())
    with (home / "index.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "bytes", "sha256"])
        for path in files:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            table.writerow([path.relative_to(home).as_posix(), path.stat().st_size, digest])


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack files by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()
