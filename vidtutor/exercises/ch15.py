"""Checks of chapter 15: a counter that does not tremble, speed from a trembling box, density and flow of traffic."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, mistake_in

import numpy as np
from numpy.typing import NDArray


@exercise("E26")
def count_crossings(answer: Callable[..., Any]) -> None:
    """Passages over a line in both directions, for paths whose counts are plain to see."""
    nan = np.nan
    wait = [-6, -3, 0.4, -0.3, 1.5, -1.6, 0.2, 3, 6]
    cases: list[tuple[list[float], tuple[int, int], str]] = [
        ([-9, -5, -1, 3, 7], (1, 0), "A path straight over the line"),
        ([8, 4, 0, -4, -8], (0, 1), "A path straight back"),
        ([float(x) for x in wait], (1, 0), "Somebody who waits on the line, and goes on,"),
        ([-5, -1, 0.5, 1, -1, -5], (0, 0), "Somebody who comes to the line, trembles on it, and turns back,"),
        ([-5, 5, -5, 5], (2, 1), "Somebody who goes to and fro"),
        ([-7, -4, nan, nan, nan, 4, 7], (1, 0), "Somebody who is hidden while crossing"),
        ([1.0, -1.0, 0.0, 1.5], (0, 0), "Somebody who is on the line all the time"),
        ([-4, -1, 2, 1, -4], (0, 0), "Somebody who comes just to the edge of the band, and turns back,"),
    ]
    for ahead, right, who in cases:
        path = np.array(ahead)
        given = expect_array(
            answer(path.copy(), 2.0), (2,), "count_crossings(ahead, 2.0), (to the right, to the left),"
        )
        if np.array_equal(given, right):
            continue
        if why := mistake_in(given, _mistakes(path)):
            raise Wrong(f"{who} counts as {_pair(given)}, where {right} is right: {why}")
        raise Wrong(f"{who} counts as {_pair(given)}, where {right} is right; the path was {ahead} with a band of 2.")


def _mistakes(ahead: NDArray[np.float64]) -> dict[str, tuple[int, int]]:
    """What the usual mistakes count with a band of 2."""
    every = np.diff(np.sign(ahead[np.isfinite(ahead)]))
    gapless = np.diff(np.sign(ahead))
    every_frame = np.where((np.abs(ahead[1:]) > 2) & (np.abs(ahead[:-1]) > 2), gapless, 0)
    clear = np.sign(ahead[np.abs(ahead) > 2])
    right, left = int((np.diff(clear) > 0).sum()), int((np.diff(clear) < 0).sum())
    return {
        "on the edge of the band it is not above it yet: take `>`, not `>=`.": _both(
            np.diff(np.sign(ahead[np.abs(ahead) >= 2]))
        ),
        "every change of sides is counted. Throw away what is within the band first.": _both(every),
        "a step from or to a gap tells nothing, so the passage is lost. Throw away the NaN first.": _both(gapless),
        "the band reaches `band` to either side of the line, and what is within it belongs to neither.": _both(
            np.diff(np.sign(ahead[np.abs(ahead) > 1]))
        ),
        "each passage counts twice. Count the changes instead of adding them up, and throw away what is within the "
        "band, rather than call it a side of its own.": (2 * right, 2 * left),
        "from one frame to the next it may well be in the band: throw away what is within it first.": _both(
            every_frame
        ),
        "right and left are exchanged.": (left, right),
        "it counts how often the path enters the band, and not whether it comes out on the other side.": (
            _both(np.diff((np.abs(ahead) <= 2).astype(int)))
        ),
    }


def _both(change: NDArray[Any]) -> tuple[int, int]:
    return int((change > 0).sum()), int((change < 0).sum())


def _pair(given: NDArray[Any]) -> str:
    return f"({given[0]:g}, {given[1]:g})"


@exercise("E49")
def steady_speed(answer: Callable[..., Any]) -> None:
    """Speed by a least-squares line, against the exact one on clean places and on many trembling ones."""
    rng, fps, scale = np.random.default_rng(49), 12.0, 0.14
    step = np.array([2.4, -1.0])
    clean = 30 + np.arange(25)[:, None] * step
    right = float(np.hypot(*step)) * fps * scale * 3.6
    first = _number(answer(clean.copy(), fps, scale))
    for wrong, why in (
        (right / 3.6, "this is in metres a second: a metre a second is 3.6 km/h."),
        (right / 3.6**2, "a metre a second is 3.6 km/h: multiply by it."),
        (right * fps, "`fps` counts twice: a slope over seconds is one a second already."),
        (
            float(np.hypot(*clean[0])) * fps * scale * 3.6,
            "this is where it began: `np.polyfit` gives the slopes first.",
        ),
        (right / fps, "this is the way in one frame: there are `fps` of them in a second."),
        (right / scale, "this is in pixels: a pixel is `metres_per_pixel` metres."),
        (abs(step[0]) * fps * scale * 3.6, "only x is used, and the thing moves in y as well."),
        (float(np.abs(step).sum()) * fps * scale * 3.6, "the parts along x and y are added; Pythagoras adds squares."),
        (right * 24 / 25, "from 25 frames to the next there are 24 steps."),
    ):
        if np.isclose(first, wrong, rtol=1e-3):
            raise Wrong(f"Without any trembling the answer is {right:.2f} km/h, not {first:.2f}: {why}")
    if not np.isclose(first, right, rtol=1e-3):
        raise Wrong(f"Without any trembling, 2.6 pixels a frame, the answer is {right:.2f} km/h, not {first:.2f}.")
    trials = [clean + rng.normal(0, 1.5, clean.shape) for _ in range(40)]
    given = np.array([_number(answer(places.copy(), fps, scale)) for places in trials])
    off, best = (
        np.abs(given - right).mean(),
        np.abs([_by_line(places) * fps * scale * 3.6 - right for places in trials]),
    )
    if given.mean() > 1.15 * right:
        raise Wrong(
            f"With trembling the speed comes out {given.mean() / right:.1f} times too high: "
            "the lengths of single steps were added up, and trembling makes every step longer. Fit a line."
        )
    if off > 1.25 * best.mean():
        raise Wrong(
            f"With trembling it errs by {off:.2f} km/h on average, where a fitted line errs by {best.mean():.2f}: "
            "fit one straight line to all places. The first and the last place alone, or the mean of all steps, which "
            "is the same, waste what is between."
        )


def _by_line(places: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.polyfit(np.arange(len(places)), places, 1)[0]))


def _number(value: Any) -> float:
    return float(expect_array(value, (), "steady_speed(places, fps, metres_per_pixel)"))


@exercise("E50")
def edie_numbers(answer: Callable[..., Any]) -> None:
    """Density, flow and speed by Edie's definitions."""
    times, ways, length, seconds = [4.0, 4.0, 20.0], [50.0, 60.0, 25.0], 60.0, 30.0
    right = np.array([28 / 1800 * 1000, 135 / 1800 * 3600, 135 / 28 * 3.6])
    given = expect_array(
        answer(list(times), list(ways), length, seconds), (3,), "edie_numbers, (density, flow, speed),"
    )
    each = np.array(ways) / times * 3.6
    mistakes = {
        "density comes first, flow second.": (right[1], right[0], right[2]),
        "the speed is flow by density, and not density by flow.": (right[0], right[1], right[0] / right[1]),
        "time spent makes the density, way driven the flow: you have them the other way round.": (
            135 / 1800 * 1000,
            28 / 1800 * 3600,
            28 / 135 * 3.6,
        ),
        "the times and ways of all vehicles are added up here, not averaged.": (right[0] / 3, right[1] / 3, right[2]),
        "density is per kilometre and flow per hour: multiply by 1000 and by 3600.": (28 / 1800, 135 / 1800, 135 / 28),
        "both sums are divided by length *times* seconds, and each of yours by one of the two.": (
            28 / length * 1000,
            135 / seconds * 3600,
            135 / seconds * 3600 / (28 / length * 1000),
        ),
        "the speed is the mean of the vehicles' speeds; one that creeps is there for longer and counts for more. "
        "Divide flow by density.": (right[0], right[1], each.mean()),
        "density is per kilometre: multiply by 1000.": (right[0] / 1000, right[1], right[1] / (right[0] / 1000)),
        "flow is per hour: multiply by 3600.": (right[0], right[1] / 3600, right[1] / 3600 / right[0]),
        "the speed is in metres a second: flow in vehicles an hour by density in vehicles a kilometre is km/h.": (
            right[0],
            right[1],
            right[2] / 3.6,
        ),
        "the density is the number of vehicles by the length; they are not there all the time.": (
            3 / length * 1000,
            right[1],
            right[1] / (3 / length * 1000),
        ),
        "the flow is the number of vehicles by the time; not all of them drove through.": (
            right[0],
            3 / seconds * 3600,
            3 / seconds * 3600 / right[0],
        ),
    }
    if not np.allclose(given, right):
        why = mistake_in(given, mistakes) or "divide both sums by length times seconds, then change the units."
        raise Wrong(f"The answer {np.round(given, 2).tolist()} should be {np.round(right, 2).tolist()}: {why}")
    empty = np.asarray(answer([], [], length, seconds), float)
    if not np.array_equal(empty, np.zeros(3)):
        raise Wrong(f"Without vehicles all three are 0, not {empty.tolist()}.")
