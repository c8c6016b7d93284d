"""A video file through the whole book: what is in it (chapter 13), who is who (14), what they do (15).

    python -m vidtutor analyse clip.mp4

`analyse` is the composition; the rest writes down what it found and draws it.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vidtutor import behaviour, detect, events, flow, track, video
from vidtutor.drawn import PAINT, Pen
from vidtutor.files import whole
from vidtutor.rows import Crossing, Event, Line, Tracks

import cv2
import numpy as np

Watch = Callable[[Iterable[video.Frame], str], Iterable[video.Frame]]

LABELS = ("car", "lorry", "person")  # of the street's detector
LEAST_SCORE = 0.3  # of a detection that is followed
TRAIL = 1.5  # seconds of its way that are drawn behind a thing
GRID = (8, 12)  # rows and columns in which the usual way is learned
LEAST_HEIGHT = 360  # pixels of the annotated video: smaller pictures are enlarged, or nobody could read them


@dataclass(frozen=True)
class Analysis:
    """What was found in a video file.

    info: the file. labels: names of the labels in `tracks`; what is found by movement, without a scale, is "moving".
    tracks: everything found, with identities. velocity: float64 (M, 2) for each row of `tracks`, in metres a second
    where the scale was given, else in pixels a second; NaN where it cannot be told. crossings: of `lines`, which are
    in pixels. events: what needs metres is only looked for where the scale was given.
    """

    info: video.VideoInfo
    labels: tuple[str, ...]
    tracks: Tracks
    velocity: np.ndarray
    lines: Mapping[str, Line]
    crossings: list[Crossing]
    events: list[Event]
    metres_per_pixel: float | None


def analyse(
    path: str | Path,
    *,
    model: Any = None,
    lines: Mapping[str, Line] | None = None,
    metres_per_pixel: float | None = None,
    road: behaviour.Box | None = None,
    watch: Watch = lambda frames, _: frames,
) -> Analysis:
    """Detect, track, and read off what happens in a video file; the memory is that of a few frames.

    model: a trained detector, such as `models.street_detector`; without one, whatever moves before a camera that stands
    still is found by background subtraction, and nothing that stands. lines: counting lines by name; one across the
    middle of the picture by default. metres_per_pixel: the picture's scale where things are; it
    gives speeds, names what was found by movement after its size, and finds people who loiter and vehicles that go the
    wrong way. road: x1, y1, x2, y2 in pixels, where a person may be hit; with a scale it gives near collisions. watch:
    wraps the frames on their way, with a word for what is done; a progress bar.
    Raises VideoError for a file that cannot be used, ValueError for a scale that is not positive, a line without
    length, and a model for frames of another size. Chapters 13 to 15.
    """
    if metres_per_pixel is not None and not metres_per_pixel > 0:
        raise ValueError(f"metres_per_pixel is {metres_per_pixel}; give a number above 0, or leave it out")
    info = video.probe(path)
    lines = lines or {"middle": ((info.width / 2, 0), (info.width / 2, info.height))}
    frames = watch(video.frames(path), "detecting")
    if model is not None:
        found = detect.find(model, frames, score=LEAST_SCORE)
    else:
        # What is smaller than this is noise in most footage; in the street's 128 × 192 pixels it is 12.
        found = detect.moving(frames, smallest=info.width * info.height / 2000)
    tracks = track.track(found)
    if model is None and metres_per_pixel:
        tracks = _named(tracks, metres_per_pixel)
    scale, picture = metres_per_pixel or 1, (info.height, info.width)
    velocity = behaviour.velocities(tracks, info.fps, scale, picture=picture)
    return Analysis(
        info=info,
        labels=LABELS if model is not None or metres_per_pixel else ("moving",),
        tracks=tracks,
        velocity=velocity,
        lines=lines,
        crossings=behaviour.crossings(tracks, lines),
        events=_events(tracks, velocity, info.fps, metres_per_pixel, picture, road) if metres_per_pixel else [],
        metres_per_pixel=metres_per_pixel,
    )


def _named(tracks: Tracks, metres_per_pixel: float) -> Tracks:
    """Tracks of moving patches with the label that each one's usual size has: a patch is not a car and then a lorry."""
    label = detect.by_size(metres_per_pixel)
    names = {
        path.identity: label(np.array([[0, 0, *np.median(path.size, axis=0)]]))[0] for path in behaviour.paths(tracks)
    }
    return replace(tracks, label=np.array([names[identity] for identity in tracks.identity.tolist()], np.int64))


def _events(
    tracks: Tracks,
    velocity: np.ndarray,
    fps: float,
    scale: float,
    picture: tuple[int, int],
    road: behaviour.Box | None,
) -> list[Event]:
    """What is out of the ordinary, by the order of first frames; which way is the usual one, the film itself tells."""
    person = tracks.label == LABELS.index("person")
    people, vehicles = tracks.where(person), tracks.where(~person)
    found = events.loitering(people, fps, scale)
    if road:
        found += events.near_collisions(people, vehicles, fps, scale, picture=picture, road=road)
    # One that goes the wrong way is part of the film that tells which way is usual: so a majority has to do.
    usual = flow.usual_way(vehicles, velocity[~person], GRID, picture, agreed=0.4)
    found += events.wrong_way(vehicles, usual, fps, scale, picture=picture)
    return sorted(found, key=lambda event: event.first)


def save(analysis: Analysis, folder: str | Path, watch: Watch = lambda frames, _: frames) -> dict[str, Path]:
    """Write `annotated.mp4`, `tracks.txt` (MOTChallenge's form) and `events.csv` into a folder, which is made.

    Each file appears when it is whole. Returns the paths by those names. Raises VideoError where the video cannot be
    written, OSError where the folder cannot be made. Chapters 14 and 15.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    targets = {name: folder / name for name in ("annotated.mp4", "tracks.txt", "events.csv")}
    track.write_mot(targets["tracks.txt"], analysis.tracks)
    with whole(targets["events.csv"]) as file:
        csv.writer(file, lineterminator="\n").writerows(_table(analysis))
    frames = watch(video.frames(analysis.info.path), "drawing")
    video.write(targets["annotated.mp4"], annotated(frames, analysis), analysis.info.fps)
    return targets


def summary(analysis: Analysis) -> str:
    """A few lines that say what was found. Chapter 15."""
    info, tracks = analysis.info, analysis.tracks
    who = Counter(_label_of(analysis).values())
    things = ", ".join(f"{count} × {analysis.labels[label]}" for label, count in sorted(who.items())) or "nothing"
    text = [f"{info.path.name}: {info.width} × {info.height}, {info.fps:g} frames a second; followed: {things}"]
    for name in analysis.lines:
        over = [crossing for crossing in analysis.crossings if crossing.line == name]
        there = sum(crossing.direction > 0 for crossing in over)
        text.append(f"line {name!r}: {there} to the right or down, {len(over) - there} to the left or up")
    kinds = Counter(event.kind for event in analysis.events)
    text += [f"{kind.replace('_', ' ')}: {count}" for kind, count in sorted(kinds.items())]
    if not len(tracks):
        text.append("Nothing was found: does anything move, and does the camera stand still?")
    return "\n".join(text)


def annotated(frames: Iterable[video.Frame], analysis: Analysis) -> Iterator[video.Frame]:
    """The frames with boxes, identities, ways, lines and running counts; small ones enlarged. Chapter 15."""
    scale = max(1, -(-LEAST_HEIGHT // analysis.info.height))
    ways = {path.identity: path for path in behaviour.paths(analysis.tracks)}
    speed = np.linalg.norm(analysis.velocity, axis=1) * 3.6
    for t, frame in enumerate(frames):
        size = (frame.shape[1] * scale, frame.shape[0] * scale)
        canvas = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        pen = Pen(canvas, scale)
        for line in analysis.lines.values():
            pen.way(np.array(line), (255, 255, 255))
        first, last = np.searchsorted(analysis.tracks.frame, (t, t + 1))
        for row in range(first, last):
            identity = int(analysis.tracks.identity[row])
            paint, way = PAINT[identity % len(PAINT)], ways[identity]
            past = (way.frame <= t) & (way.frame > t - TRAIL * analysis.info.fps)
            pen.way(way.centre[past], paint)
            known = analysis.metres_per_pixel and np.isfinite(speed[row])
            pen.box(analysis.tracks.box[row], f"{identity}: {speed[row]:.0f} km/h" if known else f"{identity}", paint)
        for place, text in enumerate(_counts(analysis, t)):
            pen.text(6, round((20 * place + 20) * pen.size), text, (255, 255, 255))
        yield canvas


def _counts(analysis: Analysis, t: int) -> Iterator[str]:
    """How often each line has been crossed up to a frame, in words."""
    for name, ((x1, y1), (x2, y2)) in analysis.lines.items():
        there, back = ("right", "left") if abs(x2 - x1) < abs(y2 - y1) else ("down", "up")
        over = [crossing.direction for crossing in analysis.crossings if crossing.line == name and crossing.frame <= t]
        yield f"{name}: {over.count(1)} {there}, {over.count(-1)} {back}"


def _label_of(analysis: Analysis) -> dict[int, int]:
    """The label of each identity."""
    return {path.identity: path.label for path in behaviour.paths(analysis.tracks)}


def _table(analysis: Analysis) -> Iterator[tuple[Any, ...]]:
    """The rows of events.csv: what, from when to when, who, and for a crossing where and which way."""
    yield "kind", "first_frame", "last_frame", "first_second", "identities", "label", "line", "direction"
    fps, label_of = analysis.info.fps, _label_of(analysis)
    rows: list[tuple[Any, ...]] = [
        (
            "crossing",
            c.frame,
            c.frame,
            f"{c.frame / fps:.2f}",
            c.identity,
            analysis.labels[c.label],
            c.line,
            c.direction,
        )
        for c in analysis.crossings
    ]
    for e in analysis.events:
        labels = " ".join(analysis.labels[label_of[identity]] for identity in e.identities)
        who = " ".join(map(str, e.identities))
        rows.append((e.kind, e.first, e.last, f"{e.first / fps:.2f}", who, labels, "", ""))
    yield from sorted(rows, key=lambda row: row[1])
