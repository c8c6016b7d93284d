"""Chapter 06: its convolution equals SciPy's and Keras's."""

from collections.abc import Callable
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from scipy import signal

ByHand = Callable[[str], SimpleNamespace]
SHAPES = [((40,), (3,)), ((17, 24), (4, 3)), ((9, 16, 18), (2, 3, 5))]


@pytest.mark.parametrize(("size", "kernel"), SHAPES)
def test_correlate_equals_scipy(by_hand: ByHand, size: tuple[int, ...], kernel: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=size), rng.normal(size=kernel)
    np.testing.assert_allclose(by_hand("06").correlate(x, w), signal.correlate(x, w, mode="valid"), atol=1e-12)


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)])
@pytest.mark.parametrize(("size", "kernel"), SHAPES)
def test_correlate_equals_keras(
    by_hand: ByHand, size: tuple[int, ...], kernel: tuple[int, ...], stride: int, dilation: int
) -> None:
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=size).astype("float32"), rng.normal(size=kernel).astype("float32")
    theirs = keras.ops.conv(x[None, ..., None], w[..., None, None], strides=stride, dilation_rate=dilation)
    ours = by_hand("06").correlate(x, w, stride, dilation)
    np.testing.assert_allclose(ours, np.asarray(theirs)[0, ..., 0], atol=1e-5)


def test_the_hand_made_kernels_are_for_keras(by_hand: ByHand) -> None:
    kernels = by_hand("06").hand_made()
    assert kernels.shape == (5, 7, 7, 3, 8)
    assert kernels.dtype == np.float32
    # No kernel answers to even light: what moves counts, not how bright it is.
    np.testing.assert_allclose(kernels.sum(axis=(0, 1, 2, 3)), 0, atol=0.02)
