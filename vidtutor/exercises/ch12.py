"""Checks of chapter 12: listing B repaired, and a head for the labels."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SHAPE = (6, 20, 20, 3)


@exercise("E17")
def repaired(answer: Callable[..., Any]) -> None:
    """repaired(shape, classes): a keras.Model for float clips, in which the frames' order reaches the answer."""
    keras.utils.set_random_seed(0)
    model = answer(SHAPE, 4)
    if not isinstance(model, keras.Model):
        raise Wrong(f"Return an uncompiled keras.Model, not {type(model).__name__}.")
    recurrent = [layer for layer in model.layers if isinstance(layer, layers.RNN | layers.Bidirectional)]
    if not recurrent:
        raise Wrong("The recurrence is gone: no LSTM is left, and without it nothing here knows the order of frames.")
    if not isinstance(recurrent[0], layers.Bidirectional):
        raise Wrong("The LSTM reads forwards only: the listing has `Bidirectional` around it.")
    _in_time(recurrent[0], model)
    attention = [layer for layer in model.layers if isinstance(layer, layers.Attention | layers.MultiHeadAttention)]
    if not attention:
        raise Wrong("There is no attention left.")
    clips = np.random.default_rng(0).random((3, *SHAPE), dtype=np.float32)
    scores = expect_array(model(clips, training=False), (3, 4), "For three clips and 4 classes the answer")
    if scores.min() < 0 or not np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        raise Wrong("The scores of a clip do not add up to 1: one of several classes wants a softmax.")
    if np.abs(np.asarray(model(clips[:1], training=False)) - scores[:1]).max() > 1e-4:
        raise Wrong("A clip's answer changes with the other clips of its batch: something mixes the batch axis.")
    if np.allclose(model(clips[:, ::-1], training=False), scores, atol=1e-7):
        raise Wrong("Played backwards every clip gets the same answer: time was averaged away before the recurrence.")


def _in_time(layer: layers.Layer, model: keras.Model) -> None:
    if tuple(layer.input.shape[:2]) != (None, SHAPE[0]):
        raise Wrong(
            f"The LSTM gets {tuple(layer.input.shape)} for clips of {SHAPE[0]} frames: "
            "its second axis should be time, a step for each frame."
        )
    if len(layer.output.shape) != 3:
        raise Wrong("The LSTM hands on its last state only, and attention has no frames: `return_sequences=True`.")


@exercise("E51")
def head(answer: Callable[..., Any]) -> None:
    """head(labels): (units, activation, loss) for the last layer, from an array of labels."""
    binary, sparse, full = "binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"
    several_true = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])
    cases = [
        ("0 or 1 for each clip", np.array([0, 1, 1, 0]), (1, "sigmoid", binary)),
        ("0 to 4 for each clip", np.array([3, 0, 4, 1, 2]), (5, "softmax", sparse)),
        ("rows with a single 1", np.eye(3)[[0, 2, 1, 1]], (3, "softmax", full)),
        ("rows with any number of 1s", several_true, (3, "sigmoid", binary)),
    ]
    for name, labels, right in cases:
        given = answer(labels)
        if not isinstance(given, tuple) or len(given) != 3:
            raise Wrong("Return three things: the number of units, the activation and the loss.")
        for part, mine, theirs in zip(("units", "activation", "loss"), given, right, strict=True):
            if mine != theirs:
                raise Wrong(f"For labels that are {name}, the {part} should not be {mine!r}{_why(labels, given)}")


def _why(labels: NDArray[Any], given: tuple[Any, ...]) -> str:
    """The reason behind the usual wrong heads."""
    units, activation, loss = given
    if activation == "softmax" and units == 1:
        return ": a softmax over one number is always 1."
    if labels.ndim == 1 and labels.max() > 1 and loss == "binary_crossentropy":
        return ": with labels above 1 this loss falls below zero, and the net says 1 to everything."
    if labels.ndim == 2 and (labels.sum(axis=1) != 1).any() and activation == "softmax":
        return ": a softmax shares one certainty among the classes, and here several may be true, or none."
    if labels.ndim == 2 and loss == "sparse_categorical_crossentropy":
        return ": it wants one number a clip, and these are rows."
    if labels.ndim == 1 and loss == "categorical_crossentropy":
        return ": it wants a row for each clip, and these are numbers."
    return "."
