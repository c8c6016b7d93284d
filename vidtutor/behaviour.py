"""What things do, read off their tracks: who crosses a line, how fast, for how long. Chapter 15.

What is out of the ordinary is in `vidtutor.events`, what needs no tracks in `vidtutor.flow`.
"""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

from vidtutor.rows import Crossing, Line, Tracks

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


class Path(NamedTuple):
    """Where one identity was, in every frame from its first to its last.

    label: the one that most of its rows have. frame: int64 (n,). centre, size: float64 (n, 2), x, y and width, height
    in pixels. Where the thing was not found they lie on a straight line between the frames in which it was.
    """

    identity: int
    label: int
    frame: NDArray[np.int64]
    centre: NDArray[np.float64]
    size: NDArray[np.float64]


def paths(tracks: Tracks) -> list[Path]:
    """The path of each identity, in the order of identities. Chapter 15."""
    found = []
    order = np.argsort(tracks.identity, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(tracks.identity[order])) + 1):
        if not len(rows):
            continue
        box, frame = tracks.box[rows].astype(float), tracks.frame[rows]
        every = np.arange(frame[0], frame[-1] + 1)
        corners = np.stack([np.interp(every, frame, column) for column in box.T], axis=1)
        low, high = corners[:, :2], corners[:, 2:]
        label = int(np.bincount(tracks.label[rows]).argmax())
        found.append(Path(int(tracks.identity[rows[0]]), label, every, (low + high) / 2, high - low))
    return found


def crossings(tracks: Tracks, lines: Mapping[str, Line], *, band: float = 0.1, blind: int = 6) -> list[Crossing]:
    """Who went over which line, in the order of frames.

    lines: from (x, y) to (x, y) in pixels, at any angle; what passes beyond an end does not count. band: what has to be
    left behind on both sides before it counts, as a part of the box's extent across the line; so a box that trembles on
    the line is not counted, and one that turns back before it has passed is not either. A crossing's frame is the one
    in which the middle of the box went over.
    blind: for so many frames a track that ends or begins is thought to go on straight, because trees hide people and
    trackers lose them; what two tracks tell that were never seen at the same time counts once.
    Raises ValueError for a line without length. Chapter 15.
    """
    if not len(tracks):
        return []
    ways = [(path, _continued(path, blind)) for path in paths(tracks)]
    span = int(tracks.frame[0]), int(tracks.frame[-1])
    found = []
    for name, line in lines.items():
        over = [(crossing, path) for path, way in ways for crossing in _passages(way, name, line, band)]
        sure = [path.frame[0] <= crossing.frame <= path.frame[-1] for crossing, path in over]
        kept: list[tuple[Crossing, Path]] = []
        for i in np.argsort(np.logical_not(sure), kind="stable"):
            crossing, path = over[i]
            same = (_same(crossing, path, *other, blind) for other in kept)
            if span[0] <= crossing.frame <= span[1] and (sure[i] or not any(same)):
                kept.append(over[i])
        found += [crossing for crossing, _ in kept]
    return sorted(found)


def _continued(path: Path, frames: int) -> Path:
    """The path and, before and behind it, as many frames in which it goes on as in its first and last dozen."""
    steps = np.arange(1.0, frames + 1)[:, None]
    reach = min(12, len(path.frame) - 1)
    begin, end = ((path.centre[i] - path.centre[j]) / max(reach, 1) for i, j in ((reach, 0), (-1, -1 - reach)))
    early, late = path.centre[0] - steps[::-1] * begin, path.centre[-1] + steps * end
    return Path(
        path.identity,
        path.label,
        np.arange(path.frame[0] - frames, path.frame[-1] + frames + 1),
        np.concatenate([early, path.centre, late]),
        path.size,
    )


def _passages(path: Path, name: str, line: Line, band: float) -> list[Crossing]:
    """Where one path passes from one side of a line to the other."""
    start, end = np.array(line, float)
    length = float(np.hypot(*(end - start)))
    if length == 0:
        raise ValueError(f"the line {name!r} begins and ends at {line[0]}: give it two different ends")
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    across *= np.sign(across[np.abs(across).argmax()])  # to the right or down
    ahead = (path.centre - start) @ across
    sides = np.flatnonzero(np.abs(ahead) > np.median(path.size @ np.abs(across)) * band)
    found = []
    for before, after in itertools.pairwise(sides):
        if ahead[before] * ahead[after] < 0:
            # The last step over the line; the others were trembling.
            step = before + np.flatnonzero(np.diff(ahead[before : after + 1] >= 0))[-1] + 1
            if 0 <= (path.centre[step] - start) @ along <= length:
                direction = 1 if ahead[after] > 0 else -1
                found.append(Crossing(int(path.frame[step]), path.identity, path.label, name, direction))
    return found


def _same(one: Crossing, path: Path, other: Crossing, its: Path, blind: int) -> bool:
    """Whether two tracks, of which at most one was seen at a time, may have told of the same crossing."""
    apart = path.frame[-1] < its.frame[0] or its.frame[-1] < path.frame[0]
    return apart and one.direction == other.direction and abs(one.frame - other.frame) <= blind


def velocities(
    tracks: Tracks, fps: float, metres_per_pixel: float, *, picture: tuple[int, int], seconds: float = 1.5
) -> NDArray[np.float64]:
    """Velocity of each row of the tracks: float64 (M, 2), x, y in metres a second; NaN where it cannot be told.

    A parabola is fitted to the way during `seconds` around each frame: the middle of a box trembles, and the difference
    of two frames is mostly that. picture: height and width in pixels; a box that is cut off at the picture's edge has
    its middle elsewhere than the thing, so such rows are left out, as are those that a tracker filled in.
    Raises ValueError for an fps or a scale that is not positive. Chapter 15.
    """
    if fps <= 0 or metres_per_pixel <= 0:
        raise ValueError(f"fps and metres_per_pixel are above 0, not {fps} and {metres_per_pixel}")
    result = np.full((len(tracks), 2), np.nan)
    reach = max(2, round(seconds * fps / 2))
    for identity in np.unique(tracks.identity):
        rows = np.flatnonzero(tracks.identity == identity)
        rows = rows[_whole(tracks.box[rows], picture) & (tracks.score[rows] > 0)]
        if len(rows):
            frame = tracks.frame[rows] - tracks.frame[rows[0]]
            result[rows] = _slopes(frame, tracks.centre[rows].astype(float), reach) * fps * metres_per_pixel
    return result


def speeds(tracks: Tracks, fps: float, metres_per_pixel: float, *, picture: tuple[int, int]) -> NDArray[np.float64]:
    """Speed of each row of the tracks: float64 (M,) in metres a second; see `velocities`. Chapter 15."""
    return np.linalg.norm(velocities(tracks, fps, metres_per_pixel, picture=picture), axis=1)


def _whole(boxes: NDArray[np.float32], picture: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether the boxes (n, 4) of one thing show all of it: none of its sides is near the picture's edge and short."""
    side = boxes[:, 2:] - boxes[:, :2]
    usual = np.median(side, axis=0)
    room = np.minimum(boxes[:, :2], np.array(picture[::-1]) - boxes[:, 2:])
    return np.all((room > 0.15 * usual) & ((room > usual) | (side > 0.93 * usual)), axis=1)


def _slopes(frame: NDArray[np.int64], values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Slope at each frame of the parabola that fits `values` (n, 2) best, `reach` frames before and after."""
    steps = np.arange(-reach, reach + 1.0)
    there = np.zeros(frame[-1] + 1 + 2 * reach)
    there[frame + reach] = 1
    placed = np.zeros((len(there), values.shape[1]))
    placed[frame + reach] = values - values.mean(axis=0)
    sums = np.stack([np.correlate(there, steps**power) for power in range(5)])[:, frame]
    right = np.stack([[np.correlate(column, steps**power) for column in placed.T] for power in range(3)])[..., frame]
    left = np.stack([[sums[i + j] for j in range(3)] for i in range(3)])  # normal equations
    left, right = np.moveaxis(left, -1, 0), np.moveaxis(right, -1, 0)
    enough = sums[0] > reach  # half of the window, or the parabola follows the trembling
    slopes = np.full(values.shape, np.nan)
    slopes[enough] = np.linalg.solve(left[enough], right[enough])[:, 1]
    return slopes


def dwell(tracks: Tracks, place: Box, fps: float) -> dict[int, float]:
    """For how many seconds the middle of each identity's box was in a place x1, y1, x2, y2 (pixels). Chapter 15."""
    identities, counts = np.unique(tracks.identity[inside(tracks.centre, place)], return_counts=True)
    return {int(identity): float(count) / fps for identity, count in zip(identities, counts, strict=True)}


def inside(points: NDArray[np.floating], place: Box) -> NDArray[np.bool_]:
    """Whether points (M, 2) are in a place x1, y1, x2, y2: bool (M,). Chapter 15."""
    return np.all((points >= place[:2]) & (points <= place[2:]), axis=1)
