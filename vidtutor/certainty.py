"""How sure is a score, and how sure may a model be? Intervals that draw whole videos, and calibration. Chapter 16."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize


class Reliability(NamedTuple):
    """Mean confidence, accuracy and number of clips of every bin that has any, (B,) each; and the calibration error."""

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    clips: NDArray[np.int64]
    error: float


def interval(
    statistic: Callable[..., float],
    videos: NDArray[Any],
    *arrays: NDArray[Any],
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap interval of `statistic(*arrays)`, from the percentiles of `resamples` draws of whole videos.

    videos: (N,), which video each clip is of: clips of one video are alike, so they are drawn together. arrays: (N, …)
    each, such as labels and predictions, or two models' answers, for their difference. A draw in which the statistic is
    NaN is left out. Raises ValueError for unlike lengths, fewer than two videos, or a level outside 0…1. Chapter 16.
    """
    names, member = np.unique(videos, return_inverse=True)
    if len(names) < 2 or not 0 < level < 1 or any(len(array) != len(videos) for array in arrays):
        raise ValueError(
            f"{len(names)} videos of {len(videos)} clips, arrays of {[len(array) for array in arrays]}, level {level}: "
            "an interval needs two videos or more, a row a clip, and a level between 0 and 1"
        )
    clips = np.split(np.argsort(member, kind="stable"), np.cumsum(np.bincount(member))[:-1])
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = np.concatenate([clips[video] for video in rng.integers(len(names), size=len(names))])
        values.append(statistic(*(array[drawn] for array in arrays)))
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def calibration(confidence: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = 10) -> Reliability:
    """Is it right 80 % of the time where it is 80 % sure? Confidences 0…1 (N,) in equal bins, against being right (N,).

    The error (ECE) is the mean distance of confidence and accuracy, a bin weighing as much as it has clips.
    Raises ValueError for empty or unlike arrays, or confidences outside 0…1. Chapter 16.
    """
    confidence, correct = np.asarray(confidence), np.asarray(correct)
    if confidence.ndim != 1 or confidence.shape != correct.shape or not len(confidence):
        raise ValueError(f"give a confidence and a right or wrong a clip, not {confidence.shape} and {correct.shape}")
    if confidence.min() < 0 or confidence.max() > 1:
        raise ValueError(f"confidences run from {confidence.min()} to {confidence.max()}, outside 0…1")
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    clips = np.bincount(place, minlength=bins)
    filled = clips > 0
    mean, right = (np.bincount(place, values, bins)[filled] / clips[filled] for values in (confidence, correct))
    return Reliability(mean, right, clips[filled], float(np.average(np.abs(mean - right), weights=clips[filled])))


def tempered(probabilities: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Probabilities (N, classes) with their logarithms divided by `temperature`: below 1 they become surer.

    The order of the classes stays. Raises ValueError for a temperature that is not above 0. Chapter 16.
    """
    if not temperature > 0:
        raise ValueError(f"the temperature is {temperature}: it must be above 0")
    logs = np.log(np.maximum(np.asarray(probabilities, float), 1e-30)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature, 0.05…20, at which the cross-entropy of these clips is least: take validation clips.

    probabilities: (N, classes). labels: (N,). Raises ValueError for unlike lengths. Chapter 16.
    """
    if not len(labels) or len(labels) != len(probabilities):
        raise ValueError(f"{len(probabilities)} rows of probabilities and {len(labels)} labels: give one label a row")

    def loss(log_temperature: float) -> float:
        given = tempered(probabilities, np.exp(log_temperature))[np.arange(len(labels)), labels]
        return float(-np.mean(np.log(np.maximum(given, 1e-300))))

    return float(np.exp(optimize.minimize_scalar(loss, bounds=np.log([0.05, 20]), method="bounded").x))
