"""How good is it, and does it use time? Accuracy, confusion, and the two controls that belong beside every accuracy."""

import csv
from importlib import resources

import keras
import numpy as np
from numpy.typing import NDArray

from vidtutor.worlds.motion import ClipSet


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


def _pair(labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> tuple[NDArray, NDArray]:
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
