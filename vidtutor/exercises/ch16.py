"""Checks of chapter 16: scores out of a confusion matrix, average precision, a draw of videos, calibration."""

import warnings
from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

from vidtutor import certainty, evaluate
from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np

NAMES = ("precision", "recall", "F1")
COUNTS = np.array([[50, 3, 7, 0], [10, 20, 0, 0], [2, 1, 4, 0], [0, 0, 0, 0]])


@exercise("E20")
def class_scores(answer: Callable[..., Any]) -> None:
    """class_scores(counts): precision, recall and F1, without NaN where a class is absent or never predicted."""
    whole = COUNTS[:3, :3]
    given = _three(answer, whole)
    expected = np.stack(evaluate.class_scores(whole)[:3])
    if np.allclose(given[:2], expected[1::-1]):
        raise Wrong(
            "Precision and recall have changed places: rows are true classes, so recall divides by a row's sum."
        )
    for name, mine, right in zip(NAMES, given, expected, strict=True):
        slips = {
            f"{name} divides by the whole matrix, not by a row or a column.": np.diag(whole) / whole.sum(),
            f"{name} divides by 1 where precision and recall add up to less: their sum is no count of clips.": (
                2 * expected[0] * expected[1] / np.maximum(expected[:2].sum(0), 1)
            ),
            f"{name} lacks the 2 of 2PR / (P + R).": expected[2] / 2,
            f"{name} divides by TP + FP + FN, which is another measure: it is 2 TP / (2 TP + FP + FN).": expected[2]
            / (2 - expected[2]),
            f"{name} is not in its place: precision, recall and F1, in this order.": expected[2]
            if name != "F1"
            else -1,
            f"{name} is the plain mean of precision and recall; the harmonic one is 2PR / (P + R).": expected[:2].mean(
                0
            ),
        }
        if not np.allclose(mine, right, atol=1e-6):
            if np.allclose(mine, right, atol=1e-3):
                raise Wrong(f"{name} is a little too small everywhere: add nothing to a sum that is not 0.")
            raise Wrong(mistake_in(mine, slips) or f"{name} is {mine.round(3)}, where {right.round(3)} is expected.")
    never = np.array([[5, 0, 3], [2, 0, 1], [0, 0, 4]])
    for counts, what in ((COUNTS, "a class that is absent"), (never, "a class that is never predicted")):
        given, expected = _three(answer, counts, f" With {what}"), np.stack(evaluate.class_scores(counts)[:3])
        if not np.allclose(given, expected, atol=1e-6):
            raise Wrong(f"With {what}, its scores are {given[:, 3 - len(counts) - 1].round(3)}; 0/0 is to be 0 there.")


def _three(answer: Callable[..., Any], counts: np.ndarray, when: str = "") -> np.ndarray:
    """The three arrays that were returned for these counts, as one (3, classes)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            returned = answer(counts.copy())
        except RuntimeWarning as warning:
            raise Wrong(
                f"{when.strip() or 'A matrix'} made NumPy warn ({warning}): with counts, divide by at least 1."
            ) from None
    if not isinstance(returned, tuple | list | np.ndarray) or len(returned) != 3:
        raise Wrong(f"Return three arrays, precision, recall and F1, not {type(returned).__name__}.")
    for name, values in zip(NAMES, returned, strict=True):
        if np.size(values) and np.isnan(np.asarray(values, float)).any():
            raise Wrong(f"{name} has NaN in it{when.lower()}: a ratio 0/0 is to be 0.")
        expect_array(values, (len(counts),), f"{name}, one number a class,")
    return np.stack([np.asarray(values, float) for values in returned])


@exercise("E23")
def average_precision(answer: Callable[..., Any]) -> None:
    """average_precision(hits, objects): by its definition, with false boxes and missed objects."""
    for hits, objects in (([1, 0, 1, 1, 0], 3), ([0, 1, 1, 0], 4), ([0, 0], 2), ([1], 1)):
        given = expect_number(answer(list(hits), objects), "The average precision")
        flags = np.array(hits, float)
        precision = np.cumsum(flags) / np.arange(1, len(hits) + 1)
        found = max(flags.sum(), 1)
        slips = {
            "This is the mean of the precisions at every box: count only the boxes that are hits.": precision.mean(),
            "This divides by the number of boxes: divide by that of the objects.": (precision * flags).sum()
            / len(flags),
            "The precisions at the hits are added up: divide by the number of objects.": (precision * flags).sum(),
            "This begins with the last box: the first one has the highest score.": (
                np.cumsum(flags[::-1]) / np.arange(1, len(flags) + 1) * flags[::-1]
            ).sum()
            / objects,
            "Each hit counts with the best precision there or later, as in COCO's way: here with its own.": (
                np.maximum.accumulate(precision[::-1])[::-1] * flags
            ).sum()
            / objects,
            "This is the area under straight lines: each hit counts with the precision at that box.": float(
                np.trapezoid(precision, np.cumsum(flags) / objects)
            ),
            "The missed objects are left out: divide by all objects, not by those found.": (precision * flags).sum()
            / found,
            "This is the precision of all boxes together: their order must count.": flags.mean(),
            "This is the recall: it does not look at false boxes at all.": flags.sum() / objects,
        }
        right = float((precision * flags).sum() / objects)
        if not np.isclose(given, right, atol=1e-6):
            message = f"For hits {hits} and {objects} objects you return {given:.3f}, and {right:.3f} is expected."
            raise Wrong(mistake_in(np.array(given), slips) or message)


# Three videos of one, two and five clips; every way to draw three of them has a mean of its own.
DRAWN_FROM = {"a": [10.0], "b": [3.0, 4.0], "c": [0.0, 0, 1, 0, 1]}


@exercise("E52")
def one_draw(answer: Callable[..., Any]) -> None:
    """one_draw(values, videos, rng): the mean after a draw of whole videos, against every way to draw three of them."""
    _one_generator(answer)
    videos = np.array(list("cbaccbcc"))
    left = {name: iter(clips) for name, clips in DRAWN_FROM.items()}
    values = np.array([next(left[name]) for name in videos])
    draws = 300
    means = [
        expect_number(answer(values.copy(), videos.copy(), np.random.default_rng(seed)), "The mean")
        for seed in range(draws)
    ]
    ways = list(combinations_with_replacement(DRAWN_FROM, 3))

    def reached(by: Callable[[tuple[str, ...]], list[float]]) -> bool:
        """Whether each mean comes from one of the ways to draw, if a draw consists of these numbers."""
        return bool(np.isclose(np.array(means)[:, None], [np.mean(by(way)) for way in ways]).any(axis=1).all())

    if np.ptp(means) == 0 and np.isclose(means[0], values.mean()):
        raise Wrong("Every draw takes each video once: draw with replacement, so that one may come twice.")
    if not reached(lambda way: [clip for name in way for clip in DRAWN_FROM[name]]):
        if reached(lambda way: [clip for name in set(way) for clip in DRAWN_FROM[name]]):
            raise Wrong("A video that is drawn twice counts once here: take its values as often as it was drawn.")
        if reached(lambda way: [float(np.mean(DRAWN_FROM[name])) for name in way]):
            raise Wrong("A video of one clip counts as much as one of five: take the mean of all values, not of means.")
        raise Wrong(
            f"{means[0]:.3f} cannot come from three whole videos of one, two and five clips: draw three names, and "
            "take every value of each."
        )
    own = np.array([np.mean([clip for name in way for clip in DRAWN_FROM[name]]) for way in ways])
    which = [int(np.abs(own - mean).argmin()) for mean in means]
    drawn = [name for way in which for name in ways[way]]
    for name, clips in DRAWN_FROM.items():
        part = drawn.count(name) / len(drawn)
        if abs(part - 1 / 3) > 0.1:
            raise Wrong(
                f"In {draws} draws {part:.0%} of the videos are the one with {len(clips)} of the 8 clips, where a "
                "third is expected: draw among the names, each of them alike."
            )
    if len(set(which)) < len(ways):
        raise Wrong(
            f"In {draws} draws only {len(set(which))} of {len(ways)} sets of three videos came up: each draw "
            "takes as many videos as there are, with replacement."
        )


def _one_generator(answer: Callable[..., Any]) -> None:
    """Equal generators give equal draws."""
    values, videos = np.arange(12.0), np.repeat([4, 7, 9], 4)
    first, again = (answer(values, videos, np.random.default_rng(5)) for _ in range(2))
    if expect_number(first, "The mean") != expect_number(again, "The mean"):
        raise Wrong("Two equal generators give two means: draw from `rng`, not from a generator of your own.")


@exercise("E53")
def calibration_error(answer: Callable[..., Any]) -> None:
    """calibration_error(confidence, correct): against the packaged one, and against its usual mistakes."""
    rng = np.random.default_rng(53)
    for clips in (200, 40):
        confidence = (rng.integers(2, 10, clips) + rng.uniform(0.1, 0.9, clips)) / 10
        correct = rng.random(clips) < confidence**3
        returned = answer(confidence.copy(), correct.copy())
        if np.isnan(returned if isinstance(returned, float) else 0.0):
            raise Wrong("The error is NaN: a bin without clips has no mean, so leave it out.")
        given = expect_number(returned, "The error")
        bins = certainty.calibration(confidence, correct)
        gaps = bins.confidence - bins.accuracy
        parts = bins.clips / clips
        middle = np.floor(10 * bins.confidence) / 10 + 0.05
        slips = {
            "The clips are not divided by how many there are in all.": np.sum(bins.clips * np.abs(gaps)),
            "This divides by the number of bins: divide by that of the clips.": np.sum(bins.clips * np.abs(gaps)) / 10,
            "This is the largest distance of a bin: take the mean, each bin weighing as much as it has clips.": np.abs(
                gaps
            ).max(),
            "The distances are squared and the root is taken: take the mean of their absolute values.": np.sqrt(
                np.sum(parts * gaps**2)
            ),
            "This compares with the middle of the bin: take the mean of the confidences in it.": np.sum(
                parts * np.abs(middle - bins.accuracy)
            ),
            "This is the squared distance of every single clip: compare the means of each bin.": np.mean(
                (confidence - correct) ** 2
            ),
            "All bins count alike here: weigh each by its clips.": np.abs(gaps).mean(),
            "This divides by ten bins, the empty ones too: weigh each by its clips.": np.abs(gaps).sum() / 10,
            "Distances of either sign cancel, as in one bin for all: take the absolute value in each bin.": abs(
                confidence.mean() - correct.mean()
            ),
            "The distances are squared here: take their absolute values.": np.average(gaps**2, weights=bins.clips),
            "This is the distance of every single clip: compare the means of each bin.": np.abs(
                confidence - correct
            ).mean(),
        }
        if not np.isclose(given, bins.error, atol=1e-6):
            message = f"For {clips} clips you return {given:.4f}, and {bins.error:.4f} is expected."
            raise Wrong(mistake_in(np.array(given), slips) or message)
