"""Chapter 09: its recurrent layers equal Keras's, its gradients TensorFlow's tape."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

ByHand = Callable[[str], SimpleNamespace]
SHAPES = [(1, 1, 3, 2), (3, 12, 5, 4), (2, 25, 1, 8), (4, 7, 6, 1)]  # clips, frames, features, units
LAYERS = [("rnn_step", layers.SimpleRNN, 1), ("lstm_step", layers.LSTM, 2), ("gru_step", layers.GRU, 1)]


def random_layer(layer: layers.Layer, shape: tuple[int, ...], seed: int) -> layers.Layer:
    rng = np.random.default_rng(seed)
    layer.build(shape)
    layer.set_weights([rng.normal(scale=0.5, size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("clips", "frames", "features", "units"), SHAPES)
@pytest.mark.parametrize(("step", "make", "parts"), LAYERS, ids=[name for name, _, _ in LAYERS])
def test_every_state_equals_keras(
    by_hand: ByHand, step: str, make: type, parts: int, clips: int, frames: int, features: int, units: int, seed: int
) -> None:
    chapter = by_hand("09")
    x = np.random.default_rng(seed).normal(size=(clips, frames, features)).astype("float32")
    layer = random_layer(make(units, return_sequences=True), x.shape, seed)
    start = [np.random.default_rng(seed + 9).normal(size=(clips, units)).astype("float32")] * parts
    ours, end = chapter.read(getattr(chapter, step), x, layer.get_weights(), *start)
    theirs = layer(x, initial_state=start if parts == 2 else start[0])
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)
    assert len(end) == parts
    np.testing.assert_array_equal(end[0], ours[:, -1])


@pytest.mark.parametrize(("clips", "frames", "features", "units"), SHAPES[:3])
@pytest.mark.parametrize(("step", "make", "parts"), LAYERS, ids=[name for name, _, _ in LAYERS])
def test_both_ways_equals_keras(
    by_hand: ByHand, step: str, make: type, parts: int, clips: int, frames: int, features: int, units: int
) -> None:
    chapter = by_hand("09")
    x = np.random.default_rng(2).normal(size=(clips, frames, features)).astype("float32")
    layer = random_layer(layers.Bidirectional(make(units, return_sequences=True)), x.shape, 2)
    weights, zeros = layer.get_weights(), [np.zeros((clips, units))] * parts
    ours = chapter.both_ways(getattr(chapter, step), x, weights[:3], weights[3:], *zeros)
    np.testing.assert_allclose(ours, np.asarray(layer(x)), atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("shape", [(2, 12, 3, 4), (1, 5, 2, 6), (3, 1, 2, 2)])
def test_jacobians_multiply_to_what_the_tape_finds(by_hand: ByHand, shape: tuple[int, ...], seed: int) -> None:
    clips, frames, features, units = shape
    chapter, rng = by_hand("09"), np.random.default_rng(seed)
    x = rng.normal(size=(clips, frames, features)).astype("float32")
    layer, start = random_layer(layers.SimpleRNN(units), x.shape, seed), tf.Variable(tf.zeros((clips, units)))
    with tf.GradientTape() as tape:
        end = layer(x, initial_state=start)
    jacobian = tape.batch_jacobian(end, start).numpy()
    states, _ = chapter.read(chapter.rnn_step, x, layer.get_weights(), np.zeros((clips, units)))
    for n, factors in enumerate(chapter.jacobians(states, layer.get_weights()[1])):
        product = np.linalg.multi_dot(factors) if frames > 1 else factors[0]
        np.testing.assert_allclose(product, jacobian[n].T, atol=1e-5)


def test_what_arrives_is_the_root_mean_square_of_random_nudges(by_hand: ByHand) -> None:
    chapter, rng = by_hand("09"), np.random.default_rng(3)
    x, U = rng.normal(size=(1, 9, 2)), chapter.with_radius(1.2, units=6)
    weights = rng.normal(size=(2, 6)), U, np.zeros(6)
    states, _ = chapter.read(chapter.rnn_step, x, weights, np.zeros((1, 6)))
    assert np.abs(np.linalg.eigvals(U)).max() == pytest.approx(1.2)
    for lag in (0, 3, 8):
        at = states[:, 8 - lag]
        nudges = 1e-5 * np.eye(6)
        moved = (
            [chapter.read(chapter.rnn_step, x[:, 9 - lag :], weights, at + d)[1][0] for d in nudges] if lag else nudges
        )
        ends = np.array([m - (states[:, -1] if lag else 0) for m in moved]) / 1e-5
        assert chapter.arrives(states, U)[lag] == pytest.approx(np.sqrt(np.sum(ends**2) / 6), rel=1e-3)


def test_movement_finds_a_shift(by_hand: ByHand) -> None:
    waves = np.sin(2 * np.pi * np.arange(64) / 32)
    frame = 128 + 60 * waves[None, :] + 60 * waves[:, None]
    clip = np.stack([np.roll(frame, (t, -t), axis=(0, 1)) for t in range(5)])[None, ..., None]
    found = by_hand("09").movement(clip)
    assert found.shape == (1, 4, 2)
    np.testing.assert_allclose(found, np.broadcast_to([-1.0, 1.0], found.shape), atol=0.1)  # left and down
