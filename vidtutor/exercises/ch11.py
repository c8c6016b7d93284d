"""Checks of chapter 11: the parameters of the printed listing, and the listing repaired."""

import itertools
from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_number

import keras
import numpy as np
import tensorflow as tf
from keras import layers

USUAL = (16, 112, 112, 3)
FREE = (None, None, None, None, 3)
BENDS = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU)


@exercise("E10")
def parameters(answer: Callable[..., Any]) -> None:
    """parameters(frames, height, width, classes): the listing's parameters, as Keras counts them."""
    found = expect_number(answer(*USUAL), "The number of parameters")
    # What each usual slip gives at the usual size, against 205,526,915.
    slips = {
        1_644_173_187: "That is the count without pooling: it halves each axis before Flatten.",
        205_526_851: "The convolution's 64 biases are missing.",
        205_526_659: "The normalisation is missing: scale, shift and two running averages make four numbers a channel.",
        205_526_787: "128 are missing: the biases of the first dense layer, or the normalisation's two running "
        "averages, which Keras counts too: four numbers a channel, not two.",
        205_526_912: "The biases of the last layer are missing, one for each class.",
        205_526_528: "The last layer is missing: 128 weights and a bias for each class.",
        205_526_723: "The normalisation has four numbers for each channel: scale, shift and two running averages.",
        205_526_663: "The normalisation has its four numbers for each of the 64 channels.",
        205_523_459: "A kernel reads three colours: 3 × 3 × 3 × 3 weights for each filter.",
        411_047_811: "Pooling by 2 halves all three axes: frames, rows and columns.",
        822_089_603: "Pooling by 2 halves each of the three axes, and so leaves an eighth.",
        3_217_283: "Flatten hands on 64 channels for each place.",
        14_211: "That is the count with a global average: the listing flattens.",
        173_471_619: 'With padding="same" the convolution keeps the size: pooling halves 16, not 14.',
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
    try:
        model = answer(5)
    except ValueError as error:
        if "fully-defined" not in str(error):
            raise
        raise Wrong(
            "A dense layer behind Flatten has a weight for each number of the map, and for clips of any size nobody "
            "knows how many those are: an average over time and space keeps one number a channel."
        ) from None
    if not isinstance(model, keras.Model):
        raise Wrong(f"Return an uncompiled keras.Model, not {type(model).__name__}.")
    if model.count_params() >= 1_000_000:
        raise Wrong(f"{model.count_params():,} parameters, where fewer than a million are asked for.")
    shape = tuple(getattr(model, "input_shape", FREE))[1:]
    if shape != FREE[1:]:
        raise Wrong(f"The input is {shape}: T, H and W should be free, and the three colours fixed.")
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv3D)]
    if not convolutions:
        raise Wrong("There is no Conv3D left: it is a 3D-CNN that wants repair.")
    if any(layer.activation is not keras.activations.linear for layer in convolutions):
        raise Wrong(
            "A convolution still activates before the normalisation: the text says norm first, then activation."
        )
    if hasattr(model, "operations"):  # a subclass of keras.Model does not tell in which order it calls its layers
        _in_order(model.operations, convolutions)
    rng = np.random.default_rng(0)
    for shape in ((2, 8, 32, 32, 3), (2, 5, 20, 28, 3)):
        try:
            scores = np.asarray(model(rng.random(shape, dtype=np.float32)))
        except ValueError as error:
            raise Wrong(f"The model refuses a clip of shape {shape[1:]}: T, H and W should be free.") from error
        except tf.errors.InvalidArgumentError as error:
            raise Wrong(
                f'A clip of shape {shape[1:]} shrinks to nothing on its way: padding="same" and fewer strides in time '
                "leave something of it."
            ) from error
        if scores.shape != (2, 5):
            raise Wrong(f"Two clips and 5 classes should give scores of shape (2, 5), not {scores.shape}.")
        if not np.allclose(scores.sum(axis=1), 1, atol=1e-3) or scores.min() < 0:
            raise Wrong("The scores of a clip do not add up to 1: one of several classes wants a softmax.")


def _in_order(steps: list[Any], convolutions: list[layers.Conv3D]) -> None:
    """Raise Wrong unless normalisation and activation follow each convolution, in this order."""
    ends = [*(steps.index(layer) for layer in convolutions), len(steps)]
    for begin, end in itertools.pairwise(ends):
        block = steps[begin + 1 : end]
        if end == len(steps) and steps[begin].filters == 5:
            continue  # a convolution may stand in place of the last dense layer
        norms = [place for place, layer in enumerate(block) if isinstance(layer, layers.BatchNormalization)]
        bends = [place for place, layer in enumerate(block) if _bends(layer)]
        if not norms:
            raise Wrong("A convolution has no normalisation behind it: the text says convolution, norm, activation.")
        if not bends:
            raise Wrong("A convolution has no activation behind its normalisation, and without a bend depth is idle.")
        if bends[0] < norms[0]:
            raise Wrong("An activation stands before the normalisation: the text says norm first, then activation.")


def _bends(layer: Any) -> bool:
    """Whether a step is an activation, as a layer or as a function; the softmax at the end is none of these."""
    if getattr(layer, "activation", None) is keras.activations.softmax:
        return False
    return isinstance(layer, BENDS) or type(layer).__module__.endswith(("ops.nn", "activations.activations"))
