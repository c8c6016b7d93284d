"""Video files with labels, and with the source video of each: what a split must keep together. Chapter 05."""

import csv
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeVar

from vidtutor import video, worlds
from vidtutor.files import sha256

import numpy as np
from numpy.typing import NDArray

SUFFIXES = tuple(".3gp .avi .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .vob .webm .wmv".split())  # noqa: SIM905
ALREADY_SPLIT = {"train", "training", "test", "testing", "val", "valid", "validation"}
# How names tell the source: UCF101's group, KTH's person, Kinetics' start and end, and numbered parts of a film.
TELLING = (
    re.compile(r"(?P<source>.+_g\d+)_c\d+"),
    re.compile(r"(?P<source>person\d+)_.+"),
    re.compile(r"(?P<source>.+)_\d{6}_\d{6}"),
    re.compile(r"(?P<source>.+?)[_ -]?(clip|part|segment|seg|shot|scene)[_ -]?\d+", re.IGNORECASE),
)
MOVES = ("right", "left", "down", "up")


class Sourced(Protocol):
    """What can be split: `Footage`, or `pipeline.Decoded`, its clips."""

    @property
    def labels(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def classes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def sources(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def official(self) -> NDArray[np.bool_] | None: ...  # noqa: D102
    def take(self, chosen: NDArray) -> Self: ...  # noqa: D102


S = TypeVar("S", bound=Sourced)


@dataclass(frozen=True)
class Footage:
    """Video files, not yet read, with what is known of them.

    paths: N files. labels: int64 (N,), positions in `classes`. classes: names of the classes.
    sources: N names; clips that share one come from one source video, or show one person, and stay on one side of a
    split. official: bool (N,), True where the data set's authors test; None where they say nothing. Chapter 05.
    """

    paths: tuple[Path, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    official: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        """Number of files, N."""
        return len(self.paths)

    def take(self, chosen: NDArray) -> "Footage":
        """Return the files at these positions, int (M,), or where a mask, bool (N,), is True."""
        positions = np.arange(len(self))[chosen]
        return Footage(
            tuple(self.paths[i] for i in positions),
            self.labels[positions],
            self.classes,
            tuple(self.sources[i] for i in positions),
            None if self.official is None else self.official[positions],
        )


def folder(path: str | Path, sources: str | Path | None = None) -> Footage:
    """Take a folder of your own: one folder for each class, with video files in it, `class/clip.mp4`.

    sources: a CSV with the columns `file` (its path in the folder, or its name) and `source`; without it, the file
    `sources.csv` in the folder, if there is one; else the names, where they tell: `v_Archery_g07_c02`,
    `person01_walking`, `film_clip03`, `film_000010_000020`. A warning says where nothing tells, what was passed over
    as no video, and which clips were left out because the same file lies in two classes.
    Raises ValueError for a folder that is missing, split already, or has not two classes, and for a CSV that does not
    fit. Chapter 05.
    """
    path = Path(path)
    if not path.is_dir():
        raise ValueError(f"{path} is no folder; give one that holds a folder for each class, class/clip.mp4")
    kinds = sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith((".", "__")))
    if kinds and {kind.name.lower() for kind in kinds} <= ALREADY_SPLIT:
        raise ValueError(
            f"{path} is split already, into {', '.join(kind.name for kind in kinds)}; open each part by itself, "
            f"as in folder({str(kinds[0])!r})"
        )
    # A link that leads nowhere is a clip as well, a bad one: decoding will say so.
    inside = {kind: sorted(file for file in kind.rglob("*") if not file.is_dir()) for kind in kinds}
    videos = {kind: [file for file in files if _is_video(file)] for kind, files in inside.items()}
    beside = [file for file in path.iterdir() if file.is_file() and _is_video(file)]
    _pass_over(path, beside + [file for files in inside.values() for file in files if not _is_video(file)])
    if empty := [kind.name for kind in kinds if not videos[kind]]:
        warnings.warn(f"{path}: no video in {_few(empty)}, so this is no class", stacklevel=2)
    kinds = [kind for kind in kinds if videos[kind]]
    if len(kinds) < 2:
        raise ValueError(
            f"{path} holds {len(kinds)} folder(s) with videos; give a folder for each of two or more classes"
        )
    paths = [file for kind in kinds for file in videos[kind]]
    labels = np.repeat(np.arange(len(kinds)), [len(videos[kind]) for kind in kinds])
    names = _told_by_csv(path, paths, sources) or _told_by_names(path, paths)
    footage = Footage(tuple(paths), labels, tuple(kind.name for kind in kinds), tuple(names))
    return _without_twins(path, footage)


def split(footage: S, share: float = 0.25, seed: int = 0) -> tuple[S, S]:
    """Split into training and test so that no source video lies on both sides.

    footage: files, or their clips as `pipeline.decode` gives them, which is better where some files may be bad: they
    are gone by then. Parts of clips are copies in memory; a set that does not fit is split as files, then decoded.
    Where the data set's authors said which clips test, they decide. Else about `share` of the sources of each class,
    at least one, are drawn by lot with `seed`; a person who shows every class is drawn once, for all of them.
    Raises ValueError where a class would be missing on one side, because it has one source only. Chapter 05.
    """
    if footage.official is not None:
        test = footage.official
    else:
        shown = defaultdict(set)
        for source, label in zip(footage.sources, footage.labels.tolist(), strict=True):
            shown[source].add(label)
        alike = defaultdict(list)  # the sources that show the same classes
        for source in sorted(shown):
            alike[frozenset(shown[source])].append(source)
        rng, drawn = np.random.default_rng(seed), set()
        for labels in sorted(alike, key=sorted):
            some = rng.permutation(alike[labels]).tolist()
            count = min(max(round(share * len(some)), 1), len(some) - 1)
            drawn.update(some[:count])
        test = np.array([source in drawn for source in footage.sources])
    for label, name in enumerate(footage.classes):
        here = test[footage.labels == label]
        if here.all() or not here.any():
            raise ValueError(
                f"class {name!r} has clips on one side of the split only: it needs two source videos or more, and has "
                f"{len({s for s, known in zip(footage.sources, footage.labels, strict=True) if known == label})}"
            )
    return footage.take(~test), footage.take(test)


def made_up(to: str | Path, clips: int = 96, seed: int = 0) -> Footage:
    """Write a small data set of the motion world, to try things on where there is no network, and open it.

    Textured things move right, left, down or up in short H.264 files of 24 frames, 64 by 48 pixels, 12 a second, four
    clips of each source film: `right/v_right_g01_c01.mp4`. About a tenth of a second each. clips: a multiple of 16.
    Raises ValueError for another number, VideoError where the folder cannot be written. Chapter 05.
    """
    if clips < 16 or clips % 16:
        raise ValueError(f"{clips} clips: take a multiple of 16, four clips each of a film for each of four classes")
    films = worlds.motion(clips // 4, frames=96, size=64, classes=MOVES, speed=0.25, seed=seed)
    for number, (film, label) in enumerate(zip(films.clips, films.labels.tolist(), strict=True)):
        name = MOVES[label]
        home = Path(to) / name
        home.mkdir(parents=True, exist_ok=True)
        for part, clip in enumerate(np.split(film[:, 8:56], 4)):
            video.write(home / f"v_{name}_g{number // 4 + 1:02}_c{part + 1:02}.mp4", clip, fps=12)
    return folder(to)


def _is_video(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _few(names: Iterable[object], shown: int = 5) -> str:
    """Name the first few."""
    known = [str(name) for name in names]
    return ", ".join(known[:shown]) + (f" and {len(known) - shown} more" if len(known) > shown else "")


def _pass_over(path: Path, files: list[Path]) -> None:
    """Say which files are no clips: those of another kind, and those outside the classes."""
    if files := [file.relative_to(path) for file in files if not file.name.startswith(".")]:
        warnings.warn(
            f"{path}: {len(files)} file(s) passed over, being no video by their names or in no class: {_few(files)}",
            stacklevel=3,
        )


def _told_by_csv(path: Path, paths: list[Path], table: str | Path | None) -> list[str] | None:
    """Read the sources out of a CSV; None where there is none."""
    if table is None and not (path / "sources.csv").is_file():
        return None
    table = Path(table or path / "sources.csv")
    if not table.is_file():
        raise ValueError(f"{table} does not exist; give a CSV with the columns file,source")
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    if not rows or not {"file", "source"} <= set(rows[0]):
        raise ValueError(f"{table} needs a first line that names the columns file,source, and a line for each clip")
    told = {Path(row["file"] or ""): (row["source"] or "").strip() for row in rows}
    names = Counter(file.name for file in paths)
    found = [
        told.get(file.relative_to(path)) or (told.get(Path(file.name)) if names[file.name] == 1 else None)
        for file in paths
    ]
    if silent := [file.relative_to(path) for file, source in zip(paths, found, strict=True) if not source]:
        raise ValueError(
            f"{table} names no source for {len(silent)} clip(s): {_few(silent)}; add a line for each, its path in the "
            "folder and its source"
        )
    return [str(source) for source in found]


def _told_by_names(path: Path, paths: list[Path]) -> list[str]:
    """Read the sources off the names; a clip whose name does not tell counts as a source of its own."""
    matches = [next((m for kind in TELLING if (m := kind.fullmatch(file.stem))), None) for file in paths]
    if silent := [file.relative_to(path) for file, match in zip(paths, matches, strict=True) if not match]:
        warnings.warn(
            f"{path}: nothing says which source video {len(silent)} of {len(paths)} clips are of ({_few(silent, 3)}), "
            "so each counts as one of its own, and a split may put clips of one video on both sides; "
            "name them like film_clip01.mp4, or add a sources.csv with the columns file,source",
            stacklevel=3,
        )
    return [
        match["source"] if match else str(file.relative_to(path)) for file, match in zip(paths, matches, strict=True)
    ]


def _without_twins(path: Path, footage: Footage) -> Footage:
    """Leave out files that lie in two classes, and let copies within one class share a source."""
    lengths = [file.stat().st_size if file.exists() else 0 for file in footage.paths]
    counted, alike = Counter(lengths), defaultdict(list)
    for position, (file, length) in enumerate(zip(footage.paths, lengths, strict=True)):
        if length and counted[length] > 1:
            alike[sha256(file)].append(position)
    sources, kept = list(footage.sources), np.ones(len(footage), bool)
    for positions in alike.values():
        if len(set(footage.labels[positions])) > 1:
            kept[positions] = False
            shown = _few(footage.paths[i].relative_to(path) for i in positions)
            warnings.warn(
                f"{path}: the same file lies in two classes, so all its copies are left out: {shown}", stacklevel=3
            )
        for position in positions:
            sources[position] = sources[positions[0]]
    return Footage(footage.paths, footage.labels, footage.classes, tuple(sources)).take(kept)
