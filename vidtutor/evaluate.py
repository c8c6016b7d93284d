"""How good is it, and does it use time? Scores of classes and of rankings, and the two controls beside every accuracy.

Every definition is scikit-learn's. How sure a score is stands in `certainty`.
"""

import csv
from importlib import resources
from typing import Any, Literal, NamedTuple

from vidtutor.worlds.motion import ClipSet

import keras
import numpy as np
from numpy.typing import NDArray


class Scores(NamedTuple):
    """Precision, recall and F1 in 0…1, and the support, the number of true examples: arrays (classes,), or numbers."""

    precision: Any
    recall: Any
    f1: Any
    support: Any


class Curve(NamedTuple):
    """Points (x, y) from the strictest threshold to the loosest: float64 (K,) each; and the area under them, 0…1."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    threshold: NDArray[np.float64]
    area: float


def predict(model: keras.Model, clips: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities float32 (N, classes) for clips uint8 (N, T, H, W, 3).

    Raises ValueError where the clips have another shape than the model was built for. Chapter 11.
    """
    if clips.shape[1:] != model.input_shape[1:]:
        raise ValueError(f"the model was built for clips of shape {model.input_shape[1:]}, not {clips.shape[1:]}")
    return np.asarray(model.predict(clips, batch_size=64, verbose=0))


def accuracy(labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> float:
    """The part of the labels, 0…1, predicted right. Raises ValueError for empty or unlike arrays. Chapter 11."""
    labels, predicted = _pair(labels, predicted)
    return float(np.mean(labels == predicted))


def confusion(labels: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """Counts int64 (classes, classes): row = true class, column = predicted class.

    Raises ValueError for empty or unlike arrays, or a label outside 0…classes - 1. Chapters 11 and 16.
    """
    labels, predicted = _pair(labels, predicted)
    both = np.concatenate([labels, predicted])
    if both.min() < 0 or both.max() >= classes:
        raise ValueError(f"labels run from {both.min()} to {both.max()}, outside 0…{classes - 1}")
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def class_scores(counts: NDArray[np.integer], undefined: float = 0.0) -> Scores:
    """Precision, recall, F1 and support of every class, out of its counts in `confusion`: arrays (classes,).

    undefined: what 0/0 is, 0.0 or NaN: the precision of a class that is never predicted, the recall of one that never
    occurs, F1 where both. It is scikit-learn's zero_division. Raises ValueError for anything but a square. Chapter 16.
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a confusion has a row and a column for every class, not the shape {counts.shape}")
    right, true, named = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return Scores(
        precision=_ratio(right, named, undefined),
        recall=_ratio(right, true, undefined),
        f1=_ratio(2 * right, true + named, undefined),
        support=true,
    )


def average_scores(
    counts: NDArray[np.integer], how: Literal["macro", "micro", "weighted"], undefined: float = 0.0
) -> Scores:
    """Precision, recall and F1 of all classes as one number each, out of `confusion`.

    how: "macro", every class counts alike; "weighted", by its support; "micro", all clips in one pot, which is accuracy
    where each clip has one label. undefined: as in `class_scores`; NaN leaves the class out of the average.
    Raises ValueError for another `how`, and for counts that are no square. Chapter 16.
    """
    each = class_scores(counts, undefined)
    whole = int(each.support.sum())
    if how == "micro":
        share = float(np.trace(counts) / whole) if whole else undefined
        return Scores(share, share, share, whole)
    if how not in ("macro", "weighted"):
        raise ValueError(f"{how!r} is no average: choose macro, micro or weighted")
    weights = each.support if how == "weighted" else np.ones(len(each.support))
    precision, recall, f1 = (_average(values, weights) for values in each[:3])
    return Scores(precision, recall, f1, whole)


def roc(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> Curve:
    """x: false alarms as a part of the negatives; y: recall; one point a distinct score, after (0, 0) at infinity.

    positive: bool (N,). scores: (N,), the higher the surer. The area is the chance that a positive gets a higher score
    than a negative, a tie counting one half. Raises ValueError unless there are positives and negatives. Chapter 16.
    """
    threshold, hits, alarms = _operating_points(positive, scores)
    x = np.concatenate([[0.0], (alarms - hits) / (len(positive) - hits[-1])])
    y = np.concatenate([[0.0], hits / hits[-1]])
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
    return Curve(x, y, np.concatenate([[np.inf], threshold]), area)


def precision_recall(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> Curve:
    """x: recall; y: precision; one point a distinct score. The area is the average precision, without interpolation.

    positive: bool (N,). scores: (N,), the higher the surer.
    Raises ValueError unless there are positives and negatives. Chapter 16.
    """
    threshold, hits, alarms = _operating_points(positive, scores)
    recall, precision = hits / hits[-1], hits / alarms
    return Curve(recall, precision, threshold, float(np.sum(np.diff(recall, prepend=0) * precision)))


def per_video(
    probabilities: NDArray[np.floating], videos: NDArray[Any], *, vote: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What the clips of a video say together: the place of each video's first clip (V,), and scores (V, classes).

    probabilities: (N, classes). videos: (N,), which video each clip is of; V of them, in sorted order. The scores are
    the mean of the probabilities, or, with `vote`, the part of the clips that name each class. `labels[first]` are the
    videos' labels. Raises ValueError for unlike lengths. Chapter 16.
    """
    if not len(videos) or len(videos) != len(probabilities):
        raise ValueError(f"{len(probabilities)} rows of probabilities and {len(videos)} videos: give one video a row")
    _, first, member, clips = np.unique(videos, return_index=True, return_inverse=True, return_counts=True)
    said = np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)] if vote else probabilities
    total = np.zeros((len(first), probabilities.shape[1]))
    np.add.at(total, member, said)
    return first, total / clips[:, None]


def one_frame(clips: ClipSet, seed: int = 0) -> ClipSet:
    """The first control: of every clip one frame, taken at random, as a clip of its own: uint8 (N, 1, H, W, 3).

    A model trained and tested on these cannot use movement. What it still gets right, the scene gave away. Chapter 11.
    """
    chosen = np.random.default_rng(seed).integers(clips.clips.shape[1], size=len(clips))
    return ClipSet(clips.clips[np.arange(len(clips)), chosen][:, None], clips.labels, clips.classes)


def shuffled_frames(clips: ClipSet, seed: int = 0) -> ClipSet:
    """The second control: the frames of every clip in random order, uint8 (N, T, H, W, 3).

    A trained model that is as good on these does not use the order of frames. Chapter 11.
    """
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(clips.clips.shape[1]), (len(clips), 1)), axis=1)
    return ClipSet(clips.clips[np.arange(len(clips))[:, None], order], clips.labels, clips.classes)


def with_controls(model: keras.Model, frame_model: keras.Model, test: ClipSet) -> dict[str, float]:
    """Accuracies, 0…1, of a model and of its two controls on the same test clips.

    frame_model: trained on `one_frame` of the training clips. Returns "clips", "one frame", "shuffled frames", and
    "chance", the accuracy of always naming the commonest class. Chapter 11.
    """
    runs = {
        "clips": (model, test),
        "one frame": (frame_model, one_frame(test)),
        "shuffled frames": (model, shuffled_frames(test)),
    }
    scores = {name: accuracy(test.labels, predict(net, data.clips).argmax(1)) for name, (net, data) in runs.items()}
    return scores | {"chance": float(np.bincount(test.labels).max() / len(test))}


def _ratio(part: NDArray[Any], whole: NDArray[Any], undefined: float) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), undefined)


def _average(values: NDArray[np.float64], weights: NDArray[Any]) -> float:
    """The weighted mean of what is not NaN; NaN where nothing is left, a plain mean where no weight is."""
    known = ~np.isnan(values)
    if not known.any():
        return float("nan")
    return float(np.average(values[known], weights=weights[known] if weights[known].any() else None))


def _operating_points(
    positive: NDArray[np.bool_], scores: NDArray[np.floating]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Distinct scores, falling; and how many positives, and how many in all, score at least that much."""
    positive, scores = _pair(positive, scores)
    positive = positive.astype(bool)
    if positive.all() or not positive.any():
        raise ValueError(f"{positive.sum()} of {len(positive)} are positive: a curve needs positives and negatives")
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))  # equal scores pass a threshold together
    return scores[order][last], np.cumsum(positive[order])[last], last + 1


def _pair(labels: NDArray[Any], predicted: NDArray[Any]) -> tuple[NDArray, NDArray]:
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    if labels.ndim != 1 or labels.shape != predicted.shape or not len(labels):
        raise ValueError(f"give two lists of equal length, one label a clip, not {labels.shape} and {predicted.shape}")
    return labels, predicted


def recorded(name: str) -> list[dict[str, str]]:
    """Rows of an experiment that takes longer than a chapter may, as `make experiments` recorded them.

    name: a file of `vidtutor/recorded`, without ".csv"; the file's first line says when, where and with which versions
    it was made. Raises FileNotFoundError for an unknown name. Chapter 11.
    """
    text = (resources.files("vidtutor") / "recorded" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
