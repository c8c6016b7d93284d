"""Checks of chapter 12: listing B repaired, and a head for the labels."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SHAPE = (6, 20, 20, 3)
RECURRENT = r"(?s)(lstm|rnn|gru|bidirectional)"
EACH_FRAME = "so flatten each frame, `TimeDistributed(Flatten())`."
REFUSALS = {  # by a part of what Keras says
    "Kernel shape must have": "`Conv2D` wants pictures, (N, H, W, C), and got clips: wrap it in `TimeDistributed`.",
    RECURRENT + ".*found ndim=2": f"The LSTM wants (N, T, D) and got two axes: `Flatten` melts time too, {EACH_FRAME}",
    RECURRENT + ".*found ndim=5": f"The LSTM wants (N, T, D) and got the maps of each frame, {EACH_FRAME}",
    "must be called on a list": "Attention wants a list, `Attention()([x, x])`, for which a `Sequential` has no place.",
    "pooling1d.*found ndim=2": "The LSTM hands on its last state only, and no time is left: `return_sequences=True`.",
}


@exercise("E17")
def repaired(answer: Callable[..., Any]) -> None:
    """repaired(shape, classes): a keras.Model for float clips, in which the frames' order reaches the answer."""
    keras.utils.set_random_seed(0)
    try:
        model = answer(SHAPE, 4)
    except ValueError as error:
        why = next((why for said, why in REFUSALS.items() if re.search(said, str(error))), "")
        if not why:
            raise
        raise Wrong(why) from error
    if not isinstance(model, keras.Model):
        raise Wrong(f"Return an uncompiled keras.Model, not {type(model).__name__}.")
    if not any(_is_convolution(layer) for layer in model.layers):
        raise Wrong("There is no convolution on the frames left: the listing has `Conv2D` before the recurrence.")
    recurrent = [layer for layer in model.layers if isinstance(layer, layers.RNN | layers.Bidirectional)]
    if not recurrent:
        raise Wrong("The recurrence is gone: no LSTM is left, and without it nothing here knows the order of frames.")
    if not isinstance(recurrent[0], layers.Bidirectional):
        raise Wrong("The LSTM reads forwards only: the listing has `Bidirectional` around it.")
    _in_time(recurrent[0], model)
    attention = [layer for layer in model.layers if isinstance(layer, layers.Attention | layers.MultiHeadAttention)]
    if not attention:
        raise Wrong("There is no attention left.")
    if model.layers.index(attention[0]) < model.layers.index(recurrent[0]):
        raise Wrong("Attention stands before the LSTM: it is to compare the states that the LSTM hands on.")
    clips = np.random.default_rng(0).random((3, *SHAPE), dtype=np.float32)
    scores = expect_array(model(clips, training=False), (3, 4), "For three clips and 4 classes the answer")
    if scores.min() < 0 or not np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        raise Wrong("The scores of a clip do not add up to 1: one of several classes wants a softmax.")
    if np.abs(np.asarray(model(clips[:1], training=False)) - scores[:1]).max() > 1e-4:
        raise Wrong("A clip's answer changes with the other clips of its batch: something mixes the batch axis.")
    if np.allclose(model(clips[:, ::-1], training=False), scores, atol=1e-7):
        raise Wrong("Played backwards every clip gets the same answer: time was averaged away before the recurrence.")


def _is_convolution(layer: layers.Layer) -> bool:
    """Whether a layer is a convolution on each frame, or holds one. Raises Wrong where it mixes frames."""
    if isinstance(layer, layers.Conv3D) and layer.kernel_size[0] > 1:
        raise Wrong("The convolution mixes frames: on each frame by itself it is `Conv3D(…, (1, 3, 3))`.")
    inner = layer.layer if isinstance(layer, layers.TimeDistributed) else layer
    if isinstance(inner, keras.Model):
        return any(_is_convolution(part) for part in inner.layers)
    return "Conv" in type(inner).__name__


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
        ("0 to 4 for each clip", np.array([3, 0, 4, 1, 0, 3]), (5, "softmax", sparse)),
        ("rows with a single 1", np.eye(3)[[0, 2, 1, 1]], (3, "softmax", full)),
        ("rows with any number of 1s", several_true, (3, "sigmoid", binary)),
        ("rows with any number of 1s", np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]]), (3, "sigmoid", binary)),
        ("rows with any number of 1s", np.array([[1, 0, 0], [0, 0, 0], [0, 0, 1], [0, 1, 0]]), (3, "sigmoid", binary)),
    ]
    for name, labels, right in cases:
        given = answer(labels)
        if not isinstance(given, tuple | list) or len(given) != 3:
            raise Wrong("Return three things: the number of units, the activation and the loss.")
        for part, mine, theirs in zip(("units", "activation", "loss"), given, right, strict=True):
            if mine != theirs:
                raise Wrong(f"For labels that are {name}, the {part} should not be {mine!r}{_why(labels, given)}")


def _why(labels: NDArray[Any], given: Sequence[Any]) -> str:
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
    if any(str(name) != str(name).lower() for name in given[1:]):
        return ": Keras writes its names in small letters."
    if labels.ndim == 1 and labels.max() > 1 and units != labels.max() + 1:
        return ": the classes count from 0, and a batch need not hold them all, so K is the largest label and 1 more."
    if labels.ndim == 1 and labels.max() <= 1 and (units, activation) == (2, "softmax"):
        return ": one number and a sigmoid say as much as two and a softmax, and go with labels of 0 or 1."
    if labels.ndim == 1 and labels.max() <= 1 and units != 1:
        return ": one question with the answers yes and no wants one number."
    if labels.ndim == 2 and units != labels.shape[1]:
        return ": there are as many units as a row has numbers, and as many rows as clips."
    if labels.ndim == 2 and (labels.sum(axis=1) == 1).all() and activation == "sigmoid":
        return ": every row has a single 1, so the classes exclude each other, and a softmax shares one certainty."
    if labels.ndim == 2 and (labels.sum(axis=1) == 1).all() and loss == "binary_crossentropy":
        return ": it treats the classes as questions of their own, and here exactly one is true."
    if labels.ndim == 2 and loss == "categorical_crossentropy":
        return ": it counts one true class, and with several, or none, each is a question of its own."
    return ": the chapter has a table of heads, by what the labels say."
