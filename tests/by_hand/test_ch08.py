"""Chapter 08: its losses, gradients, optimisers, schedule and clipping equal Keras's and TensorFlow's."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

ByHand = Callable[[str], SimpleNamespace]
# What 32 bits hold exactly agrees to 64: Keras rounds the other momenta and decay rates to 32 bits.
OPTIMISERS = [
    ("sgd", keras.optimizers.SGD, {}, 1e-12),
    ("sgd", keras.optimizers.SGD, {"momentum": 0.5}, 1e-12),
    ("sgd", keras.optimizers.SGD, {"momentum": 0.9}, 2e-6),
    ("sgd", keras.optimizers.SGD, {"momentum": 0.75, "nesterov": True}, 1e-12),
    ("adam", keras.optimizers.Adam, {}, 1e-5),
    ("adam", keras.optimizers.Adam, {"beta_1": 0.75, "beta_2": 1 - 2**-7}, 1e-9),
    ("adam", keras.optimizers.Adam, {"beta_1": 0.0, "beta_2": 0.5}, 1e-9),
]


def softmax_batch(seed: int, count: int, classes: int, size: float) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    return rng.normal(0, size, (count, classes)), labels, np.eye(classes)[labels]


@pytest.mark.parametrize(("count", "classes", "size"), [(1, 2, 1.0), (7, 10, 1.0), (5, 3, 300.0)])
def test_cross_entropy_equals_keras(by_hand: ByHand, count: int, classes: int, size: float) -> None:
    z, labels, one_hot = softmax_batch(1, count, classes, size)
    ours = by_hand("08").cross_entropy(z, one_hot)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, z)
    np.testing.assert_allclose(ours, float(theirs), rtol=1e-5)
    np.testing.assert_allclose(by_hand("08").log_softmax(z), tf.nn.log_softmax(z), rtol=1e-12, atol=1e-12)


def test_cross_entropy_of_a_certain_model(by_hand: ByHand) -> None:
    z = np.array([[1000.0, 0.0]])
    assert by_hand("08").cross_entropy(z, np.array([[1, 0]])) == 0
    assert by_hand("08").cross_entropy(z, np.array([[0, 1]])) == 1000


@pytest.mark.parametrize("seed", range(3))
def test_numeric_gradient_equals_the_tape(by_hand: ByHand, seed: int) -> None:
    theta = np.random.default_rng(seed).normal(size=6)
    with tf.GradientTape() as tape:
        variable = tf.Variable(theta)
        value = tf.reduce_sum(tf.sin(variable) * tf.exp(variable))
    ours = by_hand("08").numeric_gradient(lambda x: np.sum(np.sin(x) * np.exp(x)), theta)
    np.testing.assert_allclose(ours, tape.gradient(value, variable), atol=1e-8)


@pytest.mark.parametrize("widths", [(4, 3), (4, 5, 3), (4, 6, 5, 2)])
def test_network_equals_the_tape(by_hand: ByHand, widths: tuple[int, ...]) -> None:
    chapter = by_hand("08")
    theta = chapter.first_guess(widths, 2)
    x = np.random.default_rng(3).normal(size=(9, 4))
    y = softmax_batch(4, 9, widths[-1], 1.0)[2]
    with tf.GradientTape() as tape:
        weights = [tf.Variable(w) for w in chapter.unpack(theta, widths)]
        h = tf.constant(x)
        for w in weights[:-1]:
            h = tf.nn.relu(h @ w)
        value = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, h @ weights[-1]))
    theirs = np.concatenate([np.ravel(part) for part in tape.gradient(value, weights)])
    loss, gradient = chapter.loss_and_gradient(theta, widths, x, y)
    np.testing.assert_allclose(loss, float(value), rtol=1e-12)
    np.testing.assert_allclose(gradient, theirs, atol=1e-12)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("name", "optimiser", "settings", "tolerance"), OPTIMISERS)
def test_optimisers_equal_keras(
    by_hand: ByHand, name: str, optimiser: Any, settings: dict[str, float], tolerance: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    theta, state = rng.normal(size=(3, 4)), dict[str, Any]()
    variable = keras.Variable(theta, dtype="float64")
    # Keras adds epsilon before the correction of the mean square: the places agree where it is tiny.
    tiny = {"epsilon": 1e-14} if name == "adam" else {}
    theirs = optimiser(2**-6, **settings, **tiny)
    for gradient in rng.normal(size=(30, 3, 4)):
        ours = {key.replace("_", ""): value for key, value in settings.items()} | tiny
        theta = getattr(by_hand("08"), name)(theta, gradient, state, 2**-6, **ours)
        theirs.apply([tf.constant(gradient)], [variable])
    np.testing.assert_allclose(theta, np.asarray(variable), atol=tolerance)


def test_first_step_of_adam_has_the_length_of_the_rate(by_hand: ByHand) -> None:
    step = by_hand("08").adam(np.zeros(3), np.array([1e-3, -5.0, 0.0]), {}, 0.1)
    np.testing.assert_allclose(step, [-0.1, 0.1, 0], rtol=1e-3)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_limit_of_descent(by_hand: ByHand, momentum: float) -> None:
    chapter, curvatures = by_hand("08"), np.array([0.5, 4.0])
    for share, settles in ((0.99, True), (1.01, False)):
        rate = share * 2 * (1 + momentum) / 4
        path = chapter.walk(
            chapter.sgd, lambda theta: curvatures * theta, np.ones(2), 2000, rate=rate, momentum=momentum
        )
        assert (np.abs(path[-1]).max() < 1e-3) == settles


@pytest.mark.parametrize(("steps", "warm_up", "highest"), [(512, 51, 3e-3), (100, 1, 0.5), (64, 32, 1.0)])
def test_schedule_equals_keras(by_hand: ByHand, steps: int, warm_up: int, highest: float) -> None:
    theirs = keras.optimizers.schedules.CosineDecay(
        highest / 10, steps - warm_up, warmup_target=highest, warmup_steps=warm_up
    )
    t = np.arange(steps + 1)
    ours = by_hand("08").warm_up_cosine(t, steps, warm_up, highest)
    np.testing.assert_allclose(ours, [float(theirs(step)) for step in t], atol=1e-6 * highest)


@pytest.mark.parametrize("limit", [0.1, 1.0, 1000.0])
def test_clipping_equals_tensorflow(by_hand: ByHand, limit: float) -> None:
    rng = np.random.default_rng(5)
    pieces = [rng.normal(size=shape) for shape in ((4, 3), (3,), (2, 2, 2))]
    theirs, _ = tf.clip_by_global_norm([tf.constant(piece) for piece in pieces], limit)
    ours = by_hand("08").clip_norm(np.concatenate([piece.ravel() for piece in pieces]), limit)
    np.testing.assert_allclose(ours, np.concatenate([np.ravel(piece) for piece in theirs]), atol=1e-12)


def test_clipping_leaves_zero_alone(by_hand: ByHand) -> None:
    assert not by_hand("08").clip_norm(np.zeros(3), 1.0).any()
