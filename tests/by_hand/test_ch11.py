"""Chapter 11: parameters and receptive field, against Keras's count and against a gradient."""

from collections.abc import Callable
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize(("frames", "height", "width", "classes"), [(8, 32, 32, 8), (5, 9, 12, 3), (2, 2, 2, 2)])
def test_parameters_equal_keras(by_hand: ByHand, frames: int, height: int, width: int, classes: int) -> None:
    listing = keras.Sequential(
        [
            keras.Input((frames, height, width, 3)),
            layers.Conv3D(64, 3, padding="same"),
            layers.BatchNormalization(),
            layers.MaxPooling3D(2),
            layers.Flatten(),
            layers.Dense(128),
            layers.Dense(classes),
        ]
    )
    parts = by_hand("11").listing_parameters(frames, height, width, classes)
    assert sum(parts.values()) == listing.count_params()


@pytest.mark.parametrize(("kernels", "strides"), [([3, 2], [1, 2]), ([3, 3, 3], [2, 2, 2]), ([5, 1, 3], [1, 3, 2])])
def test_reach_is_what_a_gradient_touches(by_hand: ByHand, kernels: list[int], strides: list[int]) -> None:
    line = tf.Variable(tf.ones((1, 60, 1)))
    with tf.GradientTape() as tape:
        x = line
        for kernel, stride in zip(kernels, strides, strict=True):
            x = keras.ops.conv(x, np.ones((kernel, 1, 1), "float32"), strides=stride)
        one_output = x[0, 3, 0]
    touched = np.flatnonzero(tape.gradient(one_output, line).numpy())
    assert by_hand("11").reach(kernels, strides)[-1] == touched[-1] - touched[0] + 1
