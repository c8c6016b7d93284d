"""From files to batches: decode once into a cache, and augment behind it, a clip as one. Chapters 05 and 19.

The cache is one array in a file, mapped into memory: a batch costs a copy, whatever the codec did cost. It lies in a
folder whose name is a digest of the files' content and of how they were cut to size, so another file, or another size,
is another cache. The folder gets its name when all is in it, so two programs that want the same never read half of one.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from vidtutor import video
from vidtutor.files import home, sha256
from vidtutor.footage import Footage
from vidtutor.worlds.motion import ClipSet

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from rich.progress import track

Augmentation = Callable[[NDArray[np.uint8], int, np.random.Generator], tuple[NDArray[np.uint8], int]]

FORM = b"4"  # of a cache; another one makes all caches anew
OPPOSITE = {"left": "right", "right": "left", "clockwise": "counterclockwise", "counterclockwise": "clockwise"}


@dataclass(frozen=True)
class Decoded(ClipSet):
    """Clips of video files, with their labels and sources.

    clips: uint8 (N, T, side, side, 3), RGB, mapped from the cache and read-only. sources, official: as of `Footage`.
    bad: the files that were left out, and why.
    """

    sources: tuple[str, ...]
    official: NDArray[np.bool_] | None
    bad: tuple[tuple[Path, str], ...]

    def take(self, chosen: NDArray) -> "Decoded":
        """Copy the clips at these positions, int (M,), or where a mask, bool (N,), is True, into memory."""
        positions = np.arange(len(self))[chosen]
        return Decoded(
            self.clips[positions],
            self.labels[positions],
            self.classes,
            tuple(self.sources[position] for position in positions),
            None if self.official is None else self.official[positions],
            self.bad,
        )


def decode(
    footage: Footage,
    frames: int = 16,
    side: int = 112,
    *,
    bad: str = "skip",
    folder: str | Path | None = None,
    limit: float = 20e9,
) -> Decoded:
    """Decode each file once, on all cores, and keep the clips for the next time.

    Of each file `frames` frames are taken, spread evenly over it (repeated where it has fewer), and of each frame the
    square in the middle, scaled to `side` pixels. A progress bar is shown, but not in the built book.
    bad: what becomes of files that are damaged, cut off, empty or no video: "skip" leaves them out, prints how many and
    lists them by name; "refuse" raises VideoError with that list. Files with too few frames are only listed.
    folder: where caches lie; by default `cache` in `files.home()`. limit: bytes that all caches together may take; the
    ones unused for longest go first.
    Raises ValueError where this one alone would take more than that, or than the disk has; VideoError where no file
    of a class can be used. Chapters 05 and 19.
    """
    if frames < 1 or side < 1 or bad not in ("skip", "refuse"):
        raise ValueError(f"{frames} frames of {side} pixels, bad={bad!r}: take 1 or more, and 'skip' or 'refuse'")
    caches = Path(folder) if folder else home() / "cache"
    caches.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        place = caches / _key(workers.map(_digest, footage.paths), frames, side)
        if not place.is_dir():
            _make_room(caches, len(footage) * frames * side**2 * 3, limit)
            _fill(place, footage, frames, side, workers)
    os.utime(place)  # used now: the last to go
    found = json.loads((place / "found.json").read_text())
    reasons = {int(number): reason for number, reason in found["bad"].items()}
    left_out = tuple((footage.paths[number], reason) for number, reason in reasons.items())
    if short := [_name(footage.paths[number]) for number in found["short"]]:
        print(f"{len(short)} of {len(footage)} files have fewer than {frames} frames and repeat some:")
        print(*(f"  {path}" for path in short), sep="\n")
    good = np.flatnonzero([number not in reasons for number in range(len(footage))])
    kept = footage.take(good)
    if reasons:
        report = f"{len(left_out)} of {len(footage)} files cannot be used:"
        report += "".join(f"\n  {_name(path)}: {reason}" for path, reason in left_out)
        if lost := [footage.classes[label] for label in np.setdiff1d(footage.labels, kept.labels)]:
            raise video.VideoError(f"{report}\nNothing is left of {', '.join(lost)}: give other files or classes")
        if bad == "refuse":
            raise video.VideoError(f"{report}\nMend or remove them, or leave them out with bad='skip'")
        print(report)
    clips = np.load(place / "clips.npy", mmap_mode="r")
    return Decoded(clips, kept.labels, kept.classes, kept.sources, kept.official, left_out)


def centre(clips: ClipSet, frames: int, side: int) -> ClipSet:
    """The frames in the middle, and of each the square in the middle: a view, for tests. `replace` keeps the labels.

    Returns clips uint8 (N, frames, side, side, 3). Raises ValueError for more than there is. Chapter 05.
    """
    return replace(clips, clips=clips.clips[:, *_block(clips.clips.shape[1:], frames, side, lambda spare: spare // 2)])


def augmentation(classes: tuple[str, ...], frames: int, side: int) -> Augmentation:
    """Make a function that augments a clip as one: (clip, label, rng) -> (clip, the label that is then true).

    Of a clip uint8 (T, H, W, 3) it takes `frames` frames from a random one on, a random square of `side` pixels, a
    random light, and half of the time the mirror image. In a mirror "turn left" is "turn right", "clockwise" is
    "counterclockwise"; a class whose partner is not in `classes` is never mirrored.
    The function raises ValueError for a clip that is smaller. Chapter 05.
    """
    partners = mirrored(classes)

    def augment(clip: NDArray[np.uint8], label: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], int]:
        clip = clip[_block(clip.shape, frames, side, lambda spare: int(rng.integers(spare + 1)))]
        contrast, brightness = rng.uniform((0.7, -30), (1.3, 30))
        table = np.clip(np.rint(contrast * (np.arange(256) - 128.0) + 128 + brightness), 0, 255).astype(np.uint8)
        # OpenCV sees the clip as one tall picture: looking up and turning take it a fraction of NumPy's time.
        tall = cv2.LUT(clip.reshape(frames * side, side, 3), table)
        if rng.random() < 0.5 and partners[label] >= 0:
            tall, label = cv2.flip(tall, 1), int(partners[label])
        return np.asarray(tall, np.uint8).reshape(frames, side, side, 3), label

    return augment


def mirrored(classes: tuple[str, ...]) -> NDArray[np.int64]:
    """For each class the position of the class that its mirror image shows; -1 where that is not in `classes`.

    Names decide: the words left and right, clockwise and counterclockwise change places. Chapter 05.
    """
    lower, title = "|".join(OPPOSITE), "|".join(OPPOSITE).title()
    words = re.compile(rf"(?<![A-Za-z])(?:{lower})(?![a-z])|(?:{title})(?![a-z])")  # left, Left, turnLeft; not leftover

    def swap(word: re.Match[str]) -> str:
        other = OPPOSITE[word[0].lower()]
        return other.title() if word[0].istitle() else other

    names = [words.sub(swap, name) for name in classes]
    return np.array([classes.index(name) if name in classes else -1 for name in names])


def batches(
    clips: ClipSet, batch: int, *, augment: Augmentation | None = None, seed: int = 0
) -> "tf.data.Dataset[tuple[tf.Tensor, tf.Tensor]]":
    """Make batches of clips uint8 (batch, T, H, W, 3) and labels int64 (batch,), made while the last one is in use.

    Each epoch has a new order and new draws for `augment`, which stands behind the cache; one seed, one run.
    Raises ValueError for no clips or an impossible batch. Chapters 05 and 19.
    """
    if not len(clips) or batch < 1:
        raise ValueError(f"{len(clips)} clips in batches of {batch}: give at least one of each")

    def take(numbers: NDArray[np.int64], draws: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        if augment is None:
            return clips.clips[numbers], clips.labels[numbers]
        pairs = [
            augment(clips.clips[number], int(clips.labels[number]), np.random.default_rng(draw))
            for number, draw in zip(numbers, draws, strict=True)
        ]
        return np.stack([clip for clip, _ in pairs]), np.array([label for _, label in pairs], np.int64)

    shape = take(np.zeros(1, np.int64), np.zeros(1, np.int64))[0].shape[1:]

    def shaped(numbers: tf.Tensor, draws: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        made, labels = tf.numpy_function(take, (numbers, draws), (tf.uint8, tf.int64))
        return tf.ensure_shape(made, (None, *shape)), tf.ensure_shape(labels, (None,))

    order = tf.data.Dataset.range(len(clips)).shuffle(len(clips), seed)
    draws = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    data = tf.data.Dataset.zip((order, draws)).batch(batch)
    return data.map(shaped, tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)


def _block(shape: tuple[int, ...], frames: int, side: int, place: Callable[[int], int]) -> tuple[slice, slice, slice]:
    """Slices of a block of frames × side × side in a clip of this shape; `place` chooses each start, 0 to the spare."""
    spare = [have - want for have, want in zip(shape, (frames, side, side), strict=False)]
    if min(spare) < 0 or min(frames, side) < 1:
        raise ValueError(f"{frames} frames of {side} × {side} pixels are not in a clip of shape {shape}; decode more")
    start, top, left = (place(room) for room in spare)
    return slice(start, start + frames), slice(top, top + side), slice(left, left + side)


def _digest(path: Path) -> str:
    """The digest of a file's content; its name where it cannot be read, which decoding will report."""
    with suppress(OSError):
        return sha256(path)
    return str(path)


def _name(path: Path) -> str:
    """The file and its class: the same in every run, wherever the data lies."""
    return "/".join(path.parts[-2:])


def _key(digests: Iterable[str], frames: int, side: int) -> str:
    whole = hashlib.sha256(b"%s %d %d" % (FORM, frames, side))
    for digest in digests:
        whole.update(digest.encode())
    return whole.hexdigest()[:32]


def _make_room(caches: Path, size: int, limit: float) -> None:
    """Remove the caches that were unused for longest, until another of `size` bytes is within the limit."""
    old = sorted((place for place in caches.iterdir() if place.is_dir()), key=lambda place: place.stat().st_mtime)
    sizes = [sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) for place in old]
    while old and sum(sizes) + size > limit:
        unused = caches / f".{old[0].name}"
        with suppress(OSError):
            old.pop(0).rename(unused)  # first out of sight: nobody meets half of it
        shutil.rmtree(unused, ignore_errors=True)  # a program that still reads it keeps what it has mapped
        sizes.pop(0)
    free = shutil.disk_usage(caches).free
    if size > min(limit, free):
        raise ValueError(
            f"the decoded clips would take {size / 1e9:.1f} GB, and {caches} may hold {limit / 1e9:.1f} GB on a disk "
            f"with {free / 1e9:.1f} GB free; take fewer frames, a smaller side, fewer files, or another folder or limit"
        )


def _fill(place: Path, footage: Footage, frames: int, side: int, workers: ThreadPoolExecutor) -> None:
    """Decode all files into a new cache, and give it its name."""
    with tempfile.TemporaryDirectory(prefix=".", dir=place.parent, ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        shape = (len(footage), frames, side, side, 3)
        clips = np.lib.format.open_memmap(made / "clips.npy", mode="w+", dtype=np.uint8, shape=shape)
        done: Iterable[int | str] = workers.map(partial(_decode_into, clips, footage.paths), range(len(footage)))
        if "VIDTUTOR_STATIC" not in os.environ:
            done = track(done, "decoding", total=len(footage), transient=True)
        outcomes = list(done)
        bad = {number: outcome for number, outcome in enumerate(outcomes) if isinstance(outcome, str)}
        short = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, int) and outcome < frames]
        if bad:  # close the gaps
            good = np.setdiff1d(np.arange(len(footage)), list(bad))
            kept = np.lib.format.open_memmap(
                made / "kept.npy", mode="w+", dtype=np.uint8, shape=(len(good), *shape[1:])
            )
            for to, source in enumerate(good):
                kept[to] = clips[source]
            os.replace(made / "kept.npy", made / "clips.npy")
        (made / "found.json").write_text(json.dumps({"bad": bad, "short": short}))
        try:
            made.rename(place)
        except OSError:
            if not place.is_dir():  # else another program was first, and has made the same
                raise


def _decode_into(clips: NDArray[np.uint8], paths: tuple[Path, ...], number: int) -> int | str:
    """Decode one file into its place; return how many different frames it gave, or what is wrong with it."""
    frames, side = clips.shape[1:3]
    different = 0

    def square(frame: video.Frame) -> video.Frame:
        nonlocal different
        different += 1
        return _square(frame, side)

    try:
        # A file a core: threads that share one small file mostly wait for each other.
        clips[number] = video.sample(paths[number], frames, strict=True, change=square, threads=1)
    except (video.VideoError, OSError, cv2.error) as error:
        return " ".join(str(error).split()).removeprefix(f"{paths[number]} ")
    return different


def _square(frame: video.Frame, side: int) -> video.Frame:
    """The square in the middle of a frame, scaled: uint8 (side, side, 3)."""
    height, width = frame.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square: np.ndarray = frame[top : top + edge, left : left + edge]
    # Averaging is slow but for whole factors. Down to half, linear interpolation misses no pixel: that comes first.
    factor = -(-edge // (2 * side))
    if edge != factor * side:
        square = cv2.resize(square, (factor * side, factor * side), interpolation=cv2.INTER_LINEAR)
    if factor > 1:
        square = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(square, np.uint8)
