"""Checks of chapter 01: axes of a clip, and a speed from places."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number

import numpy as np


@exercise("E01")
def to_thwc(answer: Callable[..., Any]) -> None:
    """The axes of a clip in the order T, H, W, C, whatever order they come in."""
    clip = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    for layout in ("THWC", "CTHW", "TCHW", "HWCT", "WCTH"):
        given = np.transpose(clip, ["THWC".index(axis) for axis in layout])
        before = given.copy()
        call = f"to_thwc(clip of shape {given.shape}, {layout!r})"
        answered = answer(given, layout)
        if answered is not None and np.ndim(answered) == clip.ndim and np.shape(answered) != clip.shape:
            raise Wrong(
                f"{call} has shape {np.shape(answered)}, where {clip.shape} is expected: the four numbers for "
                "`transpose` say where T, H, W and C, in this order, stand in the input."
            )
        returned = expect_array(answered, clip.shape, call)
        if not np.array_equal(given, before):
            raise Wrong(f"{call} has changed the array that it was given: return a new view of it instead.")
        if np.array_equal(returned, given.reshape(clip.shape)) and layout != "THWC":
            raise Wrong(
                f"{call} has the right shape but the wrong pixels: `reshape` deals the same numbers out in the same "
                "order, so rows, frames and colours get mixed up. Axes change places with `transpose`."
            )
        if not np.array_equal(returned, clip):
            raise Wrong(
                f"{call} has the right shape but the wrong pixels: for each axis of the result, `transpose` wants to "
                "know where that axis is in the input, and not the other way round."
            )


@exercise("E31")
def speed_kmh(answer: Callable[..., Any]) -> None:
    """Kilometres an hour from the centres of one object's boxes."""
    straight = np.array([[10.0 + 5 * t, 40.0] for t in range(13)])
    cases = (
        (straight, 12, 0.1, "12 steps of 0.5 m in one second are 6 m/s, which is 21.6 km/h."),
        (straight[:, ::-1].copy(), 12, 0.1, "it moves down the picture: y counts as well as x."),
        (np.array([[0.0, 0], [3, 4], [6, 8]]), 10, 0.5, "two steps of 5 pixels take 0.2 s."),
        (
            np.array([[50.0, 60], [51, 60], [50, 61], [50, 60]]),
            12,
            0.1,
            "the boxes only tremble: take the way from the first place to the last, or else noise adds up to speed.",
        ),
    )
    for places, fps, metres_per_pixel, why in cases:
        call = f"speed_kmh({len(places)} places, {fps=}, {metres_per_pixel=})"
        given = expect_number(answer(places, fps, metres_per_pixel), call)
        way = float(np.hypot(*(places[-1] - places[0]))) * metres_per_pixel
        right = way * fps / (len(places) - 1) * 3.6
        if abs(given - right) > 1e-6 * max(1.0, right):
            across, down = np.abs(places[-1] - places[0])
            if down and np.isclose(given * np.hypot(across, down), right * (across + down)):
                why = "the way is the length of the difference, the root of x² + y², and not x + y."
            raise Wrong(
                f"{call} is {right:.1f}, not {given:.1f}: {_slip(given, right, len(places), metres_per_pixel, why)}"
            )


def _slip(given: float, right: float, places: int, metres_per_pixel: float, why: str) -> str:
    """What went wrong, told by the factor."""
    factors = {
        3.6**-2: "a metre a second is 3.6 km/h, so multiply by 3.6.",
        1000.0: "a kilometre has 1,000 metres.",
        float(places - 1): f"that is the whole way in one step: divide by the {places - 1} steps.",
        metres_per_pixel**-2: "multiply by the metres of a pixel, and do not divide by them.",
        (places - 1) / places: f"between {places} places lie {places - 1} steps.",
        1 / 3.6: "that is in metres a second; an hour has 3,600 seconds, a kilometre 1,000 metres.",
        1 / metres_per_pixel: "that is in pixels: multiply by the metres of a pixel.",
        1 / 12: "that is the way in one frame: there are `fps` frames in a second.",
    }
    for factor, sentence in factors.items():
        if right and abs(given / right - factor) < 1e-6:
            return sentence
    return why
