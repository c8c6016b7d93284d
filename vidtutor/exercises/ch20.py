"""Checks of chapter 20: eight bits by hand, a causal convolution in a stream, a queue that turns frames away."""

from collections.abc import Callable, Iterator
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array

import keras
import numpy as np


@exercise("E29")
def quantise(answer: Callable[..., Any]) -> None:
    """Affine codes and what they stand for, against the definition."""
    x = np.array([-2.3, -0.5, -0.013, 0.0, 0.0191, 0.7, 1.499, 2.5, 9.0])
    for low, high in ((-0.6, 2.4), (0.0, 2.0), (-1.9, 1.0)):
        returned = answer(x.copy(), low, high)
        call = f"quantise(x, {low}, {high})"
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise Wrong(f"{call} should return two arrays, (codes, restored), not {type(returned).__name__}.")
        codes = expect_array(returned[0], x.shape, "codes")
        _codes_right(call, x, codes, low, high)
        if codes.dtype != np.int8:
            raise Wrong(f"The codes are right, but of type {codes.dtype}: eight bits are `np.int8`.")
        scale, zero = _affine(low, high)
        right = scale * (codes.astype(float) - zero)
        given = expect_array(returned[1], x.shape, "restored")
        if np.allclose(given, scale * codes.astype(float), atol=1e-5) and zero:
            raise Wrong(f"{call}: restored lacks the zero point: 0.0 comes back as {given[3]:.3g}.")
        off = np.abs(given - right)
        if off.max() > 1e-4 and np.allclose(off[off > 1e-4], 256 * scale):
            raise Wrong(f"{call}: q - z leaves the range of int8 and wraps: turn the codes into floats before.")
        if off.max() > 1e-4:
            worst = int(off.argmax())
            raise Wrong(
                f"{call}: code {codes[worst]} stands for {right[worst]:.4g}, not for {given[worst]:.4g}: s · (q - z)."
            )


def _affine(low: float, high: float) -> tuple[float, int]:
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


def _codes_right(call: str, x: np.ndarray, codes: np.ndarray, low: float, high: float) -> None:
    scale, zero = _affine(low, high)
    free = np.rint(x / scale) + zero
    right = np.clip(free, -128, 127)
    own = _affine(float(x.min()), float(x.max()))
    even, step = max(abs(low), abs(high)) / 127, (high - low) / 256
    mistakes = {
        "between 256 codes lie 255 steps: divide the range by those.": np.clip(
            np.rint(x / step) + round(-128 - low / step), -128, 127
        ),
        "this is the symmetric way, largest value over 127: here low has code -128, and high has 127.": np.clip(
            np.rint(x / even), -128, 127
        ),
        "these are codes from 0 to 255: those of int8 begin at -128.": np.clip(np.rint((x - low) / scale), 0, 255),
        "the zero point has the wrong sign: -128 - low / s.": np.clip(
            np.rint(x / scale) + round(-128 + low / scale), -128, 127
        ),
        "the zero point is a code, so round it: 0.0 is to be exact.": np.clip(
            np.rint(x / scale) - 128 - low / scale, -128, 127
        ).astype(np.int8),
        "round x / s by itself, and add a rounded zero point: 0.0 is to be exact.": np.clip(
            np.rint((x - low) / scale - 128), -128, 127
        ),
        "they are rounded down: round to the nearest.": np.clip(np.floor(x / scale) + zero, -128, 127),
        "the zero point is missing: low should have code -128.": np.clip(np.rint(x / scale), -128, 127),
        "the scale is the largest value itself: divide the range by the 255 steps between 256 codes.": np.clip(
            np.rint(x / max(abs(low), abs(high))), -128, 127
        ),
        "the range was taken from x: low and high are given, and what lies outside is cut off.": np.clip(
            np.rint(x / own[0]) + own[1], -128, 127
        ),
        "they are cut down to whole numbers: round to the nearest instead.": np.clip(
            np.trunc(x / scale) + zero, -128, 127
        ),
    }
    if np.array_equal(codes, right):
        return
    if np.array_equal(codes.astype(np.int64) & 255, free.astype(np.int64) & 255):
        raise Wrong(f"{call}: {x[-1]} gets code {codes[-1]}: numbers outside -128…127 must be cut off, or they wrap.")
    for why, wrong in mistakes.items():
        if np.array_equal(codes, wrong):
            raise Wrong(f"{call}: the codes are not right: {why}")
    worst = int(np.argmax(np.abs(codes - right)))
    raise Wrong(f"{call}: {x[worst]} has code {right[worst]:.0f}, not {codes[worst]}: round(x / s) + z, then clip.")


@exercise("E30")
def stream(answer: Callable[..., Any]) -> None:
    """Outputs of a causal convolution as the frames come, against Keras."""
    rng = np.random.default_rng(30)
    for taps in (3, 1, 4):
        frames, kernel = rng.normal(size=(9, 2)), rng.normal(size=(taps, 2, 3))
        taken: list[int] = []
        given = []
        for t, output in enumerate(_outputs(answer(_one_by_one(frames, taken), kernel.copy()))):
            if len(taken) > t + 1:
                raise Wrong(
                    f"Output {t} came after {len(taken)} frames were read: a stream answers frame {t} before it asks "
                    "for the next one, so neither collect the film nor look ahead."
                )
            given.append(expect_array(output, (3,), f"Output {t}"))
        if len(given) != len(frames):
            raise Wrong(f"{len(frames)} frames came and {len(given)} outputs: each frame has one, the first ones too.")
        _stream_right(frames, kernel, np.array(given))


def _outputs(returned: Any) -> Iterator[Any]:
    if returned is None or isinstance(returned, np.ndarray) or not hasattr(returned, "__iter__"):
        raise Wrong("stream should give its outputs one by one: `yield` each.")
    return iter(returned)


def _one_by_one(frames: np.ndarray, taken: list[int]) -> Iterator[np.ndarray]:
    for number, frame in enumerate(frames):
        taken.append(number)
        yield frame.copy()


def _stream_right(frames: np.ndarray, kernel: np.ndarray, given: np.ndarray) -> None:
    taps = len(kernel)

    def by_keras(weights: np.ndarray, front: int) -> np.ndarray:
        padded = np.pad(frames, ((front, 0), (0, 0)))
        return np.asarray(keras.ops.conv(padded[None].astype("float32"), weights.astype("float32")))[0]

    if np.allclose(given, by_keras(kernel, taps - 1), atol=1e-4):
        return
    why = "which frame meets which tap? The last tap meets the newest frame."
    if np.allclose(given, by_keras(kernel[::-1], taps - 1), atol=1e-4):
        why = "the kernel runs backwards: its last tap meets the newest frame."
    elif np.allclose(given, frames @ kernel[-1], atol=1e-4):
        why = "the buffer stays empty: keep the last k - 1 frames."
    elif np.allclose(given[taps - 1 :], by_keras(kernel, taps - 1)[taps - 1 :], atol=1e-4):
        why = f"only the first {taps - 1} are wrong: before the film lie frames of zeros."
    elif np.allclose(given * taps, by_keras(kernel, taps - 1), atol=1e-4):
        why = "the taps are added up, not averaged."
    elif np.allclose(given[1:], by_keras(kernel, taps - 1)[:-1], atol=1e-4):
        why = "each output comes a frame late: the buffer holds k - 1 frames, beside the one that has just come."
    elif np.allclose(given[0], by_keras(kernel, taps - 1)[0], atol=1e-4):
        why = "the first is right and later ones are not: a buffer gives away its oldest frame, and no more."
    raise Wrong(f"With {taps} taps the outputs are not those of a causal convolution: {why}")


@exercise("E65")
def ages(answer: Callable[..., Any]) -> None:
    """Ages of answers of a queue that turns new frames away, against a simulation with a clock."""
    cases = [
        (np.arange(6) / 10, 0.05, 1, "the reader is faster than the frames: nothing waits."),
        (np.arange(8) / 10, 0.27, 0, "without room a frame is dropped as soon as the reader is busy."),
        (np.arange(12) / 10, 0.33, 2, "the reader is slower than the frames."),
        (np.array([0, 0.01, 0.02, 0.03, 5.0]), 0.4, 1, "four frames at once, then a long pause."),
    ]
    for arrive, seconds, room, when in cases:
        call = f"ages({arrive.round(2).tolist()}, {seconds}, {room})"
        returned = np.asarray(answer(arrive.copy(), seconds, room), dtype=float)
        if returned.shape != arrive.shape:
            raise Wrong(f"{call} has shape {returned.shape}, where {arrive.shape} is expected: NaN for dropped frames.")
        right = _ages(arrive, seconds, room)
        if np.allclose(returned, right, equal_nan=True):
            continue
        raise Wrong(f"{call}, {when} {_why(returned, right, arrive, seconds, room)}")


def _why(given: np.ndarray, right: np.ndarray, arrive: np.ndarray, seconds: float, room: int) -> str:
    if np.isnan(right).any() and not np.isnan(given).any():
        return "Nothing was dropped, though there is room for only so many."
    if np.allclose(given, arrive + right, equal_nan=True):
        return "These are the moments of the answers: take off the moment at which each frame came."
    if np.allclose(given, right - seconds, equal_nan=True):
        return "This is how long each frame waits: the reader's own time belongs to its age too."
    if np.nanmin(given, initial=0) < 0:
        return "An age is below 0: a reader who is idle begins when the frame comes, not before."
    if np.allclose(given, _ages(arrive, seconds, room + 1), equal_nan=True):
        return "One frame too many waits: turn away where `room` frames wait already."
    if room and np.allclose(given, _ages(arrive, seconds, 0), equal_nan=True):
        return "A frame that finds the reader busy may wait, if there is room."
    dropped, should = np.flatnonzero(np.isnan(given)).tolist(), np.flatnonzero(np.isnan(right)).tolist()
    if not room and 0 in dropped:
        return "The frame that is being answered takes no room: one that finds the reader free is let in without any."
    if room and np.allclose(given, _ages(arrive, seconds, room - 1), equal_nan=True):
        return "The frame that is being answered does not wait: it takes no room."
    if dropped == should and np.allclose(given[~np.isnan(given)], seconds):
        return "The time that a frame waits belongs to its age."
    if len(dropped) == len(should) and dropped != should:
        return f"Frames {should} are dropped, not {dropped}: here the newcomer is turned away, not the oldest."
    if dropped != should:
        return f"Frames {should} are dropped, not {dropped}."
    return f"The ages are {right.round(3).tolist()}, not {given.round(3).tolist()}."


def _ages(arrive: np.ndarray, seconds: float, room: int) -> np.ndarray:
    """The same by a list of what is in the house: the moments at which admitted frames will be done."""
    done: list[float] = []
    out = np.full(len(arrive), np.nan)
    for i, now in enumerate(arrive):
        inside = [end for end in done if end > now]
        if len(inside) <= room:
            done.append(max([now, *inside]) + seconds)
            out[i] = done[-1] - now
    return out
