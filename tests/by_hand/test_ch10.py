"""Chapter 10: attention, masks, heads, positions, norm and tubelets by hand equal Keras's and independent formulas."""

from collections.abc import Callable
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from scipy import special

ByHand = Callable[[str], SimpleNamespace]
SHAPES = [(1, 2, 1, 1), (2, 6, 16, 5), (3, 17, 8, 8)]  # clips, frames, numbers in a key, numbers in a value


def qkv(shape: tuple[int, int, int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng, (clips, frames, keys, values) = np.random.default_rng(seed), shape
    return (
        rng.normal(size=(clips, frames, keys)),
        rng.normal(size=(clips, frames, keys)),
        rng.normal(size=(clips, frames, values)),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_softmax_equals_scipy(by_hand: ByHand, shape: tuple[int, ...]) -> None:
    z = np.random.default_rng(1).normal(scale=300, size=shape)
    np.testing.assert_allclose(by_hand("10").softmax(z), special.softmax(z, axis=-1), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mask", ["none", "causal", "padding"])
def test_attention_equals_keras(by_hand: ByHand, shape: tuple[int, int, int, int], mask: str) -> None:
    Q, K, V = qkv(shape)
    frames = shape[1]
    filled = np.arange(frames) < max(1, frames - 2)
    allowed = {"none": True, "causal": np.tri(frames, dtype=bool), "padding": filled}[mask]
    ours, weights = by_hand("10").attention(Q, K, V, allowed)
    if mask == "padding":  # Keras 3.8 cannot take it as a mask, and leaving the frames out is the same
        V, K = V[:, filled], K[:, filled]
    theirs = layers.Attention()([Q / np.sqrt(shape[2]), V, K], use_causal_mask=mask == "causal")
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-12)
    assert (weights[~np.broadcast_to(allowed, weights.shape)] == 0).all()


def test_attention_equals_a_loop(by_hand: ByHand) -> None:
    Q, K, V = qkv((1, 5, 3, 4), seed=2)
    for t in range(5):
        weights = special.softmax(K[0] @ Q[0, t] / 3**0.5)
        np.testing.assert_allclose(by_hand("10").attention(Q, K, V)[0][0, t], weights @ V[0], atol=1e-12)


@pytest.mark.parametrize(("frames", "width", "heads", "key_dim"), [(2, 3, 1, 2), (7, 12, 3, 4), (10, 6, 2, 5)])
@pytest.mark.parametrize("causal", [False, True])
def test_several_heads_equal_keras(
    by_hand: ByHand, frames: int, width: int, heads: int, key_dim: int, causal: bool
) -> None:
    x = np.random.default_rng(3).normal(size=(2, frames, width)).astype("float32")
    layer = layers.MultiHeadAttention(heads, key_dim, bias_initializer="random_normal")
    layer.build(x.shape, x.shape)
    allowed = np.tri(frames, dtype=bool) if causal else np.ones((frames, frames), bool)
    theirs, maps = layer(x, x, attention_mask=allowed[None], return_attention_scores=True)
    ours, our_maps = by_hand("10").multi_head(x, *layer.get_weights(), allowed)
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)
    np.testing.assert_allclose(our_maps, np.asarray(maps), atol=1e-5)


@pytest.mark.parametrize(("frames", "width"), [(1, 2), (16, 16), (50, 12)])
def test_positions_are_powers_of_complex_rotations(by_hand: ByHand, frames: int, width: int) -> None:
    turns = np.exp(1j / 10000 ** (np.arange(width // 2) * 2 / width))
    wanted = np.cumprod(np.vstack([np.ones(width // 2), np.tile(turns, (frames - 1, 1))]), axis=0)
    places = by_hand("10").positions(frames, width)
    assert places.shape == (frames, width)
    np.testing.assert_allclose(places[:, 1::2] + 1j * places[:, ::2], wanted, atol=1e-10)


@pytest.mark.parametrize("shape", [(4, 3), (2, 5, 48), (2, 3, 4, 7)])
def test_layer_norm_equals_keras(by_hand: ByHand, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(4).normal(3, 5, size=shape).astype("float32")
    layer = layers.LayerNormalization(gamma_initializer="random_normal", beta_initializer="random_normal")
    theirs = np.asarray(layer(x))
    np.testing.assert_allclose(by_hand("10").layer_norm(x, *layer.get_weights()), theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("clip", "size"), [((8, 32, 32, 3), (2, 8, 8)), ((6, 8, 12, 1), (3, 2, 4)), ((2, 3, 4, 5), (1, 1, 1))]
)
def test_tubelets_equal_a_convolution(by_hand: ByHand, clip: tuple[int, ...], size: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    x, kernel = rng.normal(size=clip).astype("float32"), rng.normal(size=(*size, clip[3], 6)).astype("float32")
    theirs = keras.ops.conv(x[None], kernel, strides=size)
    ours = by_hand("10").cut(x, size) @ kernel.reshape(-1, 6)
    np.testing.assert_allclose(ours, np.asarray(theirs)[0], atol=1e-4)


def test_other_weights_are_weights_with_the_same_output(by_hand: ByHand) -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        a, V = rng.dirichlet(np.full(16, 0.3)), rng.normal(size=(16, 4))
        other = by_hand("10").other_weights(a, V)
        assert other.min() >= -1e-9
        assert a @ other <= a @ a + 1e-9
        np.testing.assert_allclose([other.sum(), *(other @ V)], [1, *(a @ V)], atol=1e-7)


def test_the_transformer_takes_clips_of_several_shapes(by_hand: ByHand) -> None:
    for shape in ((8, 32, 32, 3), (4, 16, 24, 3)):
        model = by_hand("10").video_transformer(shape, classes=5, width=16)
        answers = np.asarray(model(np.zeros((2, *shape), "uint8")))
        np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
