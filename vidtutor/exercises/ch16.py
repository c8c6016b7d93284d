"""Checks of chapter 16: scores out of a confusion matrix, average precision, a draw of videos, calibration."""

import warnings
from collections.abc import Callable
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
            f"{name} is the plain mean of precision and recall; the harmonic one is 2PR / (P + R).": expected[:2].mean(
                0
            ),
        }
        if not np.allclose(mine, right, atol=1e-6):
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
            raise Wrong(f"{when.strip() or 'A matrix'} made NumPy warn ({warning}): divide by at least 1.") from None
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
            "The missed objects are left out: divide by all objects, not by those found.": (precision * flags).sum()
            / found,
            "This is the precision of all boxes together: their order must count.": flags.mean(),
            "This is the recall: it does not look at false boxes at all.": flags.sum() / objects,
        }
        right = float((precision * flags).sum() / objects)
        if not np.isclose(given, right, atol=1e-6):
            message = f"For hits {hits} and {objects} objects you return {given:.3f}, and {right:.3f} is expected."
            raise Wrong(mistake_in(np.array(given), slips) or message)


@exercise("E52")
def one_draw(answer: Callable[..., Any]) -> None:
    """one_draw(values, videos, rng): the mean after a draw of whole videos, against every way to draw two of them."""
    _one_video(answer)
    values, videos = np.array([0.0, 10, 0, 1, 0, 1]), np.array(["b", "a", "b", "b", "b", "b"])
    possible = {10.0: "a twice", 0.4: "b twice", 2.0: "one of each"}
    drawn = [
        expect_number(answer(values.copy(), videos.copy(), np.random.default_rng(seed)), "The mean")
        for seed in range(40)
    ]
    for mean in drawn:
        if not any(np.isclose(mean, right) for right in possible):
            if np.isclose(mean, 5.2):
                raise Wrong("Video a has one clip and b has five: take the mean of all their values, not of two means.")
            raise Wrong(f"{mean:.3f} cannot come from whole videos, of which a is one clip and b five: draw names.")
    kinds = {kind for mean in drawn for right, kind in possible.items() if np.isclose(mean, right)}
    if kinds == {"one of each"}:
        raise Wrong("Every draw takes each video once: draw with replacement, so that one may come twice.")
    if len(kinds) < 3:
        raise Wrong(f"In 40 draws there was only {' or '.join(sorted(kinds))}: a video drawn twice counts twice.")


def _one_video(answer: Callable[..., Any]) -> None:
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
        given = expect_number(answer(confidence.copy(), correct.copy()), "The error")
        bins = certainty.calibration(confidence, correct)
        gaps = bins.confidence - bins.accuracy
        slips = {
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
