"""What is out of the ordinary, read off tracks: who stays, who goes the wrong way, who nearly collides. Chapter 15.

Limits are in metres and seconds. An event is a beginning: somebody has to look at it.
"""

import itertools
from collections.abc import Sequence
from typing import Any

from vidtutor.behaviour import Box, Path, inside, paths, velocities
from vidtutor.rows import Event, Tracks

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components


def loitering(
    tracks: Tracks,
    fps: float,
    metres_per_pixel: float,
    *,
    seconds: float = 12,
    metres: float = 1.5,
    waiting: Sequence[Box] = (),
) -> list[Event]:
    """Who stayed on one spot: through `seconds` or longer within a circle of about `metres` around its middle.

    waiting: places x1, y1, x2, y2 in pixels where it is usual to stand, such as a kerb or a bus stop; who stays there
    is left out. Give it only people's tracks, or every car that waits loiters too. Chapter 15.
    """
    window = round(seconds * fps)
    found = []
    for path in paths(tracks):
        if len(path.frame) >= window:
            spans = np.lib.stride_tricks.sliding_window_view(path.centre, window, axis=0)
            stays = np.hypot(*np.ptp(spans, axis=-1).T) * metres_per_pixel < 2 * metres
            for place in waiting:
                stays &= ~inside(spans.mean(axis=-1), place)
            for first, last in _spells(path.frame[: -window + 1][stays], gap=window):
                found.append(Event("loiter", first, last + window - 1, (path.identity,)))
    return _in_order(found)


def wrong_way(
    tracks: Tracks,
    usual: NDArray[np.floating],
    fps: float,
    metres_per_pixel: float,
    *,
    picture: tuple[int, int],
    seconds: float = 1.5,
    least: float = 0.5,
) -> list[Event]:
    """Who moved against the usual way for `seconds` or longer, at more than `least` metres a second.

    usual: float (rows, columns, 2), a unit vector in each cell of a grid over the picture, NaN where there is no usual
    way; see `flow.usual_way`. Against it is what points more than 120 degrees away from it. Vehicles and people have
    ways of their own: give the tracks and the grid of one kind. Chapter 15.
    """
    velocity = velocities(tracks, fps, metres_per_pixel, picture=picture)
    row, column = (tracks.centre[:, ::-1] * np.array(usual.shape[:2]) / picture).astype(int).T
    way = usual[row.clip(0, usual.shape[0] - 1), column.clip(0, usual.shape[1] - 1)]
    with np.errstate(invalid="ignore"):
        speed = np.linalg.norm(velocity, axis=1)
        against = (speed > least) & ((velocity * way).sum(axis=1) < -0.5 * speed)
    found = []
    for identity in np.unique(tracks.identity[against]):
        frames = tracks.frame[against & (tracks.identity == identity)]
        for first, last in _spells(frames, gap=3 * fps):  # on its way it comes through cells without a usual way
            if ((frames >= first) & (frames <= last)).sum() >= seconds * fps:
                found.append(Event("wrong_way", first, last, (int(identity),)))
    return _in_order(found)


def counterflow(
    tracks: Tracks, against: Sequence[Event], metres_per_pixel: float, *, group: int = 3, metres: float = 4
) -> list[Event]:
    """Groups that walk against the stream: `group` or more of the people in `against`, together.

    against: what `wrong_way` found in these tracks. metres: how close a member comes to the next one. Chapter 15.
    """
    ways = [path for path in paths(tracks) if any(path.identity in event.identities for event in against)]
    near = np.array([[_closest(one, other) * metres_per_pixel < metres for one in ways] for other in ways], bool)
    groups = connected_components(near.reshape(len(ways), len(ways)), directed=False)[1]
    found = []
    for number in np.unique(groups):
        who = tuple(ways[i].identity for i in np.flatnonzero(groups == number))
        if len(who) >= group:
            events = [event for event in against if event.identities[0] in who]
            first, last = min(event.first for event in events), max(event.last for event in events)
            found.append(Event("counterflow", first, last, who))
    return _in_order(found)


def near_collisions(
    people: Tracks,
    vehicles: Tracks,
    fps: float,
    metres_per_pixel: float,
    *,
    picture: tuple[int, int],
    road: Box,
    seconds: float = 1.0,
    closing: float = 2.0,
) -> list[Event]:
    """Who would have been hit within `seconds`, had both gone on as they went: a time to collision under a limit.

    The boxes are moved on with their velocities of the moment until they touch. road: x1, y1, x2, y2 in pixels; only
    people on it count, because those who come up to the kerb mostly stop there. closing: the least speed, in metres a
    second, at which the two come closer. identities: the person, the vehicle. Chapter 15.
    """
    moving = [
        (tracks, velocities(tracks, fps, metres_per_pixel, picture=picture, seconds=0.5) / metres_per_pixel)
        for tracks in (people, vehicles)
    ]
    close: dict[tuple[int, int], list[int]] = {}
    for frame in np.intersect1d(people.frame, vehicles.frame):
        (one, u), (other, v) = ((t, w[slice(*np.searchsorted(t.frame, (frame, frame + 1)))]) for t, w in moving)
        one, other = one.at(frame), other.at(frame)
        for i, j in itertools.product(np.flatnonzero(inside(one.centre, road)), range(len(other))):
            apart, speed = other.centre[j] - one.centre[i], v[j] - u[i]
            reach = ((one.box[i, 2:] - one.box[i, :2]) + (other.box[j, 2:] - other.box[j, :2])) / 2
            coming = -(apart @ speed) / max(np.hypot(*apart), 1e-6) * metres_per_pixel
            if coming > closing and time_to_collision(apart, speed, reach) < seconds:
                close.setdefault((int(one.identity[i]), int(other.identity[j])), []).append(int(frame))
    return _in_order(
        [
            Event("near_collision", first, last, pair)
            for pair, frames in close.items()
            for first, last in _spells(np.array(frames), gap=fps)
            if last > first
        ]
    )


def time_to_collision(apart: NDArray[Any], speed: NDArray[Any], reach: NDArray[Any]) -> float:
    """Seconds until two boxes touch if both go on as they go; infinite if they never do, 0 if they touch already.

    apart, speed: (2,), place and velocity of one as seen from the other. reach: (2,), how far apart their middles are,
    in x and in y, when they touch. Any unit of length. Chapter 15.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.stack([(-reach - apart) / speed, (reach - apart) / speed])
    still = speed == 0
    if (still & (np.abs(apart) > reach)).any():
        return np.inf
    enter = np.where(still, -np.inf, times.min(axis=0)).max()
    leave = np.where(still, np.inf, times.max(axis=0)).min()
    return float(max(enter, 0)) if enter <= leave and leave >= 0 else np.inf


def _closest(one: Path, other: Path) -> float:
    """The least distance in pixels of two paths in the frames that they share; infinite where they share none."""
    first, last = max(one.frame[0], other.frame[0]), min(one.frame[-1], other.frame[-1])
    if last < first:
        return np.inf
    places = [path.centre[first - path.frame[0] : last - path.frame[0] + 1] for path in (one, other)]
    return float(np.linalg.norm(places[0] - places[1], axis=1).min())


def _spells(frames: NDArray[np.integer], gap: float) -> list[tuple[int, int]]:
    """First and last frame of each run of frames, in ascending order, between which there is no gap above `gap`."""
    if not len(frames):
        return []
    runs = np.split(frames, np.flatnonzero(np.diff(frames) > gap) + 1)
    return [(int(run[0]), int(run[-1])) for run in runs]


def _in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.first, event.identities))
