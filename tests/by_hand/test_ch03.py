"""Chapter 03: its forward and backward pass, loss, training loop and motion features against Keras and NumPy."""

from collections.abc import Callable
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

ByHand = Callable[[str], SimpleNamespace]
Arrays = tuple[np.ndarray, np.ndarray, list[np.ndarray]]
SIZES = [(1, 1, 1), (1, 2, 8), (16, 2, 8), (7, 5, 3), (40, 30, 64)]  # clips, inputs, hidden nodes


def drawn(clips: int, inputs: int, hidden: int, seed: int) -> Arrays:
    rng = np.random.default_rng(seed)
    shapes = [(inputs, hidden), (hidden,), (hidden, 1), (1,)]
    y = rng.integers(0, 2, (clips, 1)).astype(float)
    return rng.normal(size=(clips, inputs)), y, [rng.normal(size=shape) for shape in shapes]


def network(params: list[np.ndarray], activation: str | None = None) -> keras.Model:
    inputs, hidden = params[0].shape
    one, two = keras.layers.Dense(hidden, "relu", dtype="float64"), keras.layers.Dense(1, activation, dtype="float64")
    model = keras.Sequential([keras.Input((inputs,), dtype="float64"), one, two])
    model.set_weights(params)
    return model


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("size", SIZES)
def test_forward_and_loss_equal_keras(by_hand: ByHand, size: tuple[int, int, int], seed: int) -> None:
    hand = by_hand("03")
    x, y, params = drawn(*size, seed)
    z = hand.forward(x, params)[-1]
    np.testing.assert_allclose(z, np.asarray(network(params)(x)), atol=1e-10)
    p = np.asarray(network(params, "sigmoid")(x))
    np.testing.assert_allclose(hand.sigmoid(z), p, atol=1e-12)
    theirs = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")(y, z)
    np.testing.assert_allclose(hand.loss(z, y), float(theirs), rtol=1e-10)


def test_the_loss_does_not_overflow(by_hand: ByHand) -> None:
    z, y = np.array([[1000.0], [-1000.0]]), np.array([[0.0], [0.0]])
    assert by_hand("03").loss(z, y) == pytest.approx(500.0)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("size", SIZES)
def test_backward_equals_a_tape_over_keras(by_hand: ByHand, size: tuple[int, int, int], seed: int) -> None:
    x, y, params = drawn(*size, seed)
    model, mean = network(params), keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
    with tf.GradientTape() as tape:
        value = mean(y, model(x))
    theirs = tape.gradient(value, [variable.value for variable in model.trainable_variables])
    for ours, reference in zip(by_hand("03").backward(x, y, params), theirs, strict=True):
        assert ours.shape == reference.shape
        np.testing.assert_allclose(ours, reference, atol=1e-12)


def test_the_two_checks_of_the_gradient_agree(by_hand: ByHand) -> None:
    hand = by_hand("03")
    x, y, params = drawn(9, 4, 5, seed=2)
    kept = [p.copy() for p in params]
    numeric, tape = hand.numeric_gradient(x, y, params), hand.tape_gradient(x, y, params)
    assert hand.furthest(numeric, tape) < 1e-8
    assert hand.furthest(params, kept) == 0, "the numeric gradient leaves the parameters alone"


@pytest.mark.parametrize(("clips", "batch", "rate"), [(32, 16, 0.125), (20, 5, 0.5), (8, 8, 0.0625)])
def test_training_equals_sgd_of_keras(by_hand: ByHand, clips: int, batch: int, rate: float) -> None:
    x, y, params = drawn(clips, 3, 6, seed=3)
    ours, losses = by_hand("03").train(x, y, params, epochs=10, rate=rate, batch=batch, seed=4)
    model = network(params)
    model.compile(keras.optimizers.SGD(rate), keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64"))
    rng = np.random.default_rng(4)
    for _ in range(10):
        for rows in np.split(rng.permutation(clips), clips // batch):
            model.train_on_batch(tf.constant(x[rows]), tf.constant(y[rows]))
    for a, b in zip(ours, model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)
    assert len(losses) == 10
    np.testing.assert_allclose(losses[-1], by_hand("03").loss(np.asarray(model(x)), y), rtol=1e-9)


def test_one_node_finds_what_least_loss_is(by_hand: ByHand) -> None:
    hand = by_hand("03")
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 2))
    y = (x @ [[1.0], [0.5]] + rng.normal(size=(60, 1)) > 0.3).astype(float)
    w, b = hand.train_node(x, y, steps=3000)
    slope = x.T @ (hand.sigmoid(x @ w + b) - y) / len(x)
    assert np.abs(slope).max() < 1e-6  # the loss of one node has one lowest place, and there it is level


@pytest.mark.parametrize(("u", "v"), [(0.6, 0.0), (-0.4, 0.0), (0.0, 0.5), (0.0, -0.7), (0.0, 0.0)])
def test_motion_features_know_a_texture_that_moves(by_hand: ByHand, u: float, v: float) -> None:
    t, rows, columns = np.meshgrid(np.arange(6), np.arange(64), np.arange(64), indexing="ij")
    waves = np.sin(2 * np.pi * (columns - u * t) / 16) + np.sin(2 * np.pi * (rows - v * t) / 16)
    clips = np.repeat((127 + 60 * waves)[None, ..., None], 3, axis=-1)
    features = by_hand("03").two_numbers(clips)
    assert features.shape == (1, 2)
    np.testing.assert_allclose(features[0], [u, v], atol=0.06)  # a gradient of neighbours, on a wave of 16 pixels
