"""Checks of chapter 02: bytes of a raw clip, uniform sampling, and what one frame costs a decoder."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number
from vidtutor.video import sample_indices

import numpy as np


@exercise("E02")
def raw_bytes(answer: Callable[..., Any]) -> None:
    """Bytes of a colour clip in memory, against the formula and against arrays that are small enough to make."""
    for seconds, fps, height, width, dtype in (
        (2, 5, 6, 8, "uint8"),
        (3600, 25, 1080, 1920, "uint8"),
        (10, 25, 720, 1280, "float32"),
        (0.5, 12, 4, 10, "float16"),
    ):
        call = f"raw_bytes({seconds}, {fps}, {height}, {width}, {dtype!r})"
        given = expect_number(answer(seconds, fps, height, width, dtype), call)
        size = np.dtype(dtype).itemsize
        frames = round(seconds * fps)
        right = frames * height * width * 3 * size
        mistakes = {
            right / 3: "a pixel has three numbers.",
            right / frames: "that is one frame: a clip has seconds times fps of them.",
            right / fps: "there are `fps` frames in a second.",
            right / 8: "the formula counts bytes already: nothing is to be divided by eight.",
            right / size: f"a number of type {dtype} takes {size} bytes.",
            right * 4 / size: f"a number of type {dtype} takes {size}, and only float32 takes 4 bytes.",
            right * 8 / size: f"a number of type {dtype} takes {size}, and only float64 takes 8 bytes.",
            right * 8: "those are bits, and a byte has eight.",
            **dict.fromkeys((right / 1e3, right / 2**10), "those are kilobytes: return bytes."),
            **dict.fromkeys((right / 1e6, right / 2**20), "those are megabytes: return bytes."),
            **dict.fromkeys((right / 1e9, right / 2**30), "those are gigabytes: return bytes."),
            right * 4 / 3: "a colour has three numbers, red, green and blue.",
            right / frames / 3 / size: "that is the number of pixels in a frame.",
            right / frames * int(seconds) * fps: "`seconds` may be a fraction: half a second at 12 fps are 6 frames.",
        }
        if given != right:
            why = next((why for value, why in mistakes.items() if np.isclose(given, value, rtol=1e-9)), "")
            raise Wrong(f"{call} is {right:,}, not {given:,.10g}: {why or 'frames × rows × columns × 3 × bytes each.'}")


@exercise("E03")
def uniform(answer: Callable[..., Any]) -> None:
    """The centres of equal parts, against the book's own sampling."""
    for total, count in ((10, 5), (9, 3), (360, 8), (7, 1), (5, 5), (100, 7), (3, 6), (1, 4)):
        call = f"uniform({total}, {count})"
        given = expect_array(answer(total, count), (count,), call)
        right = sample_indices(total, count)
        if np.array_equal(given, right):
            if not np.issubdtype(given.dtype, np.integer):
                raise Wrong(f"{call} has the right values as {given.dtype}: an index is an integer, so divide by `//`.")
            continue
        raise Wrong(f"{call} is {right.tolist()}, not {given.tolist()}: {_slip(given, total, count)}")


def _slip(given: np.ndarray, total: int, count: int) -> str:
    """What went wrong, told by the numbers that came."""
    parts = np.arange(count)
    ends = np.linspace(0, total - 1, count)
    mistakes = [
        (parts, "those are the first frames, and the rest of the film is never seen."),
        (parts * total // count, "those are the beginnings of the parts; take their centres, or the end is left out."),
        (parts * (total // count), "the stride is rounded down, so the end of the film is left out."),
        (
            parts * (total // count) + total // count // 2,
            "a part may have a fraction of a frame: round the centre, and not the length of a part.",
        ),
        ((parts + 1) * total // count, "those are the ends of the parts, the last of them after the film."),
        (ends.round(), "those run from the first to the last frame; the parts' centres lie half a part inside."),
        (ends.astype(int), "those run from the first to the last frame; the parts' centres lie half a part inside."),
        (
            ((parts + 0.5) * total / count).round(),
            "a centre at 7.5 lies in frame 7, which covers everything from 7 up to 8: drop the fraction, do not round.",
        ),
        (np.ceil((parts + 0.5) * total / count), "the fraction is dropped, not rounded up: 7.5 lies in frame 7."),
        ((parts + 1) * total // (count + 1), "that cuts the film into T + 1 parts: cut it into T, and take centres."),
    ]
    for wrong, why in mistakes:
        if np.array_equal(given, wrong):
            return why
    if given.max() >= total or given.min() < 0:
        return f"there are only the frames 0 to {total - 1}."
    return "part i goes from i·n/T to (i + 1)·n/T; take the frame in which its centre lies."


@exercise("E40")
def frames_to_decode(answer: Callable[..., Any]) -> None:
    """Frames that a decoder needs, against a decoder that walks back to a key frame."""
    for keyframes in ([0, 12, 24, 36], [0, 5, 30], [0]):
        for n in (0, 29, 13, 11, 1, 12, 30, 40):
            call = f"frames_to_decode({n}, {keyframes})"
            given = expect_number(answer(n, list(keyframes)), call)
            right, start = 1, n
            while start not in keyframes:
                start, right = start - 1, right + 1
            after = [key for key in keyframes if key > n]
            even = n % (keyframes[1] if len(keyframes) > 1 else 12) + 1
            mistakes = {
                1: "a P frame is only a rest: the frames that it leans on are decoded as well.",
                even: "the distances of key frames may differ: look for the last one at or before the wanted frame.",
                n % 12 + 1: "the distances of key frames may differ: take them from `keyframes`.",
                n + 1: "the decoder need not start at the beginning of the file: a key frame needs nothing before it.",
                right - 1: "the key frame and the wanted frame are both decoded, so add 1.",
                right + 1: "one too many: from frame 12 to frame 12 there is one frame.",
                (after or [n])[0] - n + 1: "a P frame leans on frames before it: start at the key frame at or before.",
                (after or [n])[0] - n: "a P frame leans on frames before it: start at the key frame at or before.",
                n - max([0, *(key for key in keyframes if key < n)]) + 1: f"{n} is a key frame itself: start there.",
            }
            if given != right:
                why = mistakes.get(int(given), "count from the last key frame at or before the wanted frame.")
                if given < 0:
                    why = "that key frame lies after the wanted frame, and a decoder only goes forwards."
                raise Wrong(f"{call} is {right}, not {given:g}: {why}")
