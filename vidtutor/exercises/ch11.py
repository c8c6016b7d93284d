"""Checks of chapter 11: the parameters of the printed listing, and the listing repaired."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_number

import keras
import numpy as np
from keras import layers

USUAL = (16, 112, 112, 3)


@exercise("E10")
def parameters(answer: Callable[..., Any]) -> None:
    """parameters(frames, height, width, classes): the listing's parameters, as Keras counts them."""
    found = expect_number(answer(*USUAL), "The number of parameters")
    # What each usual slip gives at the usual size, against 205,526,915.
    slips = {
        1_644_173_187: "That is the count without pooling: it halves each axis before Flatten.",
        205_526_851: "The convolution's 64 biases are missing.",
        205_526_659: "The normalisation is missing: scale, shift and two running averages make four numbers a channel.",
        205_526_787: "Keras counts the normalisation's two running averages too: four numbers a channel, not two.",
        205_526_784: "The biases of the dense layers are missing.",
    }
    if found in slips:
        raise Wrong(slips[int(found)])
    if found != 205_526_915:
        raise Wrong(f"At 16 × 112 × 112 and 3 classes Keras counts 205,526,915, and your function {found:,.0f}.")
    # 9 × 33 × 31 pooled by 2 is 4 × 16 × 15: the remainder is dropped.
    if expect_number(answer(9, 33, 31, 8), "The number of parameters") != 7_870_984:
        raise Wrong("Right for even sizes. Pooling by 2 drops an odd row: 9 frames become 4.")


@exercise("E18")
def repaired(answer: Callable[..., Any]) -> None:
    """repaired(classes): a keras.Model for float clips of any shape, with fewer than a million parameters."""
    model = answer(5)
    if not isinstance(model, keras.Model):
        raise Wrong(f"Return an uncompiled keras.Model, not {type(model).__name__}.")
    if model.count_params() >= 1_000_000:
        raise Wrong(f"{model.count_params():,} parameters, where fewer than a million are asked for.")
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv3D)]
    if not convolutions:
        raise Wrong("There is no Conv3D left: it is a 3D-CNN that wants repair.")
    if any(layer.activation is not keras.activations.linear for layer in convolutions):
        raise Wrong(
            "A convolution still activates before the normalisation: the text says norm first, then activation."
        )
    rng = np.random.default_rng(0)
    for shape in ((2, 8, 32, 32, 3), (2, 5, 20, 28, 3)):
        try:
            scores = np.asarray(model(rng.random(shape, dtype=np.float32)))
        except ValueError as error:
            raise Wrong(f"The model refuses a clip of shape {shape[1:]}: T, H and W should be free.") from error
        if scores.shape != (2, 5):
            raise Wrong(f"Two clips and 5 classes should give scores of shape (2, 5), not {scores.shape}.")
        if not np.allclose(scores.sum(axis=1), 1, atol=1e-3) or scores.min() < 0:
            raise Wrong("The scores of a clip do not add up to 1: one of several classes wants a softmax.")
