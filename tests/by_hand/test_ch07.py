"""Chapter 07: norm, folding, activations, pooling and softmax equal Keras's and SciPy's."""

from collections.abc import Callable
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy import special

ByHand = Callable[[str], SimpleNamespace]
SHAPES = [(64, 5), (8, 6, 7, 5), (4, 3, 6, 7, 5)]


def norm_layer(shape: tuple[int, ...], seed: int, momentum: float = 0.9) -> keras.Layer:
    """A layer of Keras with random gamma, beta, mean and variance."""
    rng = np.random.default_rng(seed)
    layer = layers.BatchNormalization(momentum=momentum)
    layer.build(shape)
    layer.set_weights([*rng.normal(size=(3, shape[-1])), rng.uniform(0.2, 3, shape[-1])])
    return layer


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_equals_keras_in_training(by_hand: ByHand, shape: tuple[int, ...], seed: int) -> None:
    layer = norm_layer(shape, seed)
    x = np.random.default_rng(seed).normal(2, 3, shape).astype("float32")
    x[..., 0] = 7  # a constant channel: only eps keeps it from dividing by zero
    gamma, beta = layer.get_weights()[:2]
    ours, mean, variance = by_hand("07").batch_norm(x, gamma, beta)
    np.testing.assert_allclose(ours, layer(x, training=True), atol=2e-5)
    np.testing.assert_allclose(mean, np.mean(x, axis=tuple(range(x.ndim - 1)), dtype=float), atol=1e-5)
    assert variance[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.99])
def test_running_statistics_and_prediction_equal_keras(by_hand: ByHand, momentum: float) -> None:
    batches = np.random.default_rng(3).normal(1, 2, (7, 4, 3, 5, 6, 2)).astype("float32")
    layer = layers.BatchNormalization(momentum=momentum)
    for batch in batches:
        layer(batch, training=True)
    kept = by_hand("07").running(batches, momentum)
    np.testing.assert_allclose(kept, [layer.moving_mean.numpy(), layer.moving_variance.numpy()], atol=1e-5)
    ours = by_hand("07").predict_norm(batches[0], 1, 0, *kept)
    np.testing.assert_allclose(ours, layer(batches[0], training=False), atol=1e-4)


@pytest.mark.parametrize(("strides", "padding"), [(1, "valid"), (2, "same"), ((1, 2, 2), "same")])
def test_a_folded_convolution_equals_convolution_and_norm(by_hand: ByHand, strides: int, padding: str) -> None:
    x = np.random.default_rng(4).normal(size=(2, 5, 9, 8, 3)).astype("float32")
    convolution = layers.Conv3D(6, 3, strides=strides, padding=padding, bias_initializer="random_normal")
    norm = norm_layer((1, 1, 1, 1, 6), seed=5)
    theirs = norm(convolution(x), training=False)
    one = layers.Conv3D(6, 3, strides=strides, padding=padding)
    one.build(x.shape)
    one.set_weights(by_hand("07").fold(*convolution.get_weights(), *norm.get_weights()))
    np.testing.assert_allclose(one(x), theirs, atol=2e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradients_of_batch_norm_equal_keras(by_hand: ByHand, shape: tuple[int, ...]) -> None:
    rng, layer = np.random.default_rng(6), norm_layer(shape, seed=6)
    x, g = tf.Variable(rng.normal(2, 3, shape), dtype="float32"), rng.normal(size=shape).astype("float32")
    with tf.GradientTape() as tape:
        y = layer(x, training=True)
    theirs = tape.gradient(y, [x, layer.gamma.value, layer.beta.value], output_gradients=tf.constant(g))
    ours = by_hand("07").batch_norm_gradient(g, x.numpy(), layer.gamma.numpy())
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-4)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "gelu"])
def test_activations_and_slopes_equal_keras(by_hand: ByHand, name: str) -> None:
    z = tf.constant(np.linspace(-9, 9, 200), dtype="float32")  # 0 is not among them
    with tf.GradientTape() as tape:
        tape.watch(z)
        theirs = keras.activations.get(name)(z)
    function, slope = by_hand("07").ACTIVATIONS[name]
    np.testing.assert_allclose(function(z.numpy().astype(float)), theirs, atol=2e-6)
    np.testing.assert_allclose(slope(z.numpy().astype(float)), tape.gradient(theirs, z), atol=2e-6)


def test_the_sigmoid_does_not_overflow(by_hand: ByHand) -> None:
    z = np.array([-1e4, -40, -1, 0, 1, 40, 1e4])
    with np.errstate(all="raise"):
        np.testing.assert_allclose(by_hand("07").sigmoid(z), special.expit(z), atol=1e-15)


@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_gradient_sizes_equal_a_tape(by_hand: ByHand, name: str) -> None:
    rng, gain, starts = np.random.default_rng(0), 2 if name == "relu" else 1, []
    h = tf.constant(rng.normal(size=(64, 32)))
    with tf.GradientTape() as tape:
        tape.watch(h)
        for _ in range(4):
            starts.append(h)
            h = keras.activations.get(name)(h @ rng.normal(0, np.sqrt(gain / 32), (32, 32)))
    g = rng.normal(size=h.shape)
    theirs = [np.std(step) / g.std() for step in tape.gradient(h, starts[::-1], output_gradients=tf.constant(g))]
    np.testing.assert_allclose(by_hand("07").gradient_sizes(name, depth=4, width=32), [1, *theirs], rtol=1e-6)


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 2, 2), (1, 3, 2), (5, 9, 8)])
def test_pooling_equals_keras(by_hand: ByHand, size: tuple[int, int, int]) -> None:
    x = np.random.default_rng(7).normal(size=(2, 5, 9, 8, 3)).astype("float32")
    for layer, reduce in ((layers.MaxPooling3D, np.max), (layers.AveragePooling3D, np.mean)):
        np.testing.assert_allclose(by_hand("07").pool(x, size, reduce), layer(size)(x), atol=1e-6)


@pytest.mark.parametrize("tau", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("scale", [1, 30, 1000])
def test_softmax_equals_scipy_at_every_temperature(by_hand: ByHand, scale: float, tau: float) -> None:
    z = np.random.default_rng(8).normal(size=(50, 6)) * scale
    with np.errstate(over="raise", invalid="raise"):
        p = by_hand("07").softmax(z, tau)
    np.testing.assert_allclose(p, special.softmax(z / tau, axis=1), atol=1e-12)
    assert (np.diff(np.take_along_axis(p, z.argsort(axis=1), axis=1), axis=1) >= 0).all()  # the order stays


def test_softmax_of_two_logits_is_a_sigmoid(by_hand: ByHand) -> None:
    z = np.random.default_rng(9).normal(0, 20, (100, 2))
    np.testing.assert_allclose(by_hand("07").softmax(z)[:, 0], special.expit(z[:, 0] - z[:, 1]), atol=1e-14)
