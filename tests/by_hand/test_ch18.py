"""Chapter 18: split kernels, the shift, pairs of tokens and masks by hand, against SciPy, Keras and loops."""

from collections.abc import Callable
from itertools import product
from types import SimpleNamespace

from vidtutor import evaluate, models

import keras
import numpy as np
import pytest
from scipy import ndimage

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize("shape", [(3, 3, 3), (5, 3, 3), (2, 1, 4)])
def test_a_split_kernel_convolves_as_the_whole_one(by_hand: ByHand, shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    kernel, clip = rng.normal(size=shape), rng.normal(size=(6, 8, 9))
    space, time = by_hand("18").split(kernel)
    assert len(space) == len(time) == np.linalg.matrix_rank(kernel.reshape(shape[0], -1))
    halves = (ndimage.correlate(clip, s[None], mode="constant") for s in space)
    again = sum(ndimage.correlate1d(half, t, axis=0, mode="constant") for half, t in zip(halves, time, strict=True))
    np.testing.assert_allclose(again, ndimage.correlate(clip, kernel, mode="constant"), atol=1e-9)


def test_a_product_splits_into_one(by_hand: ByHand) -> None:
    rng = np.random.default_rng(1)
    kernel = np.multiply.outer(rng.normal(size=3), rng.normal(size=(3, 3)))
    assert len(by_hand("18").split(kernel)[0]) == 1


@pytest.mark.parametrize(("shape", "part"), [((2, 5, 3, 4, 16), 2), ((1, 1, 2, 2, 8), 1), ((1, 4, 1, 1, 9), 4)])
def test_the_shift_is_a_convolution_with_fixed_kernels(by_hand: ByHand, shape: tuple[int, ...], part: int) -> None:
    x = np.random.default_rng(2).normal(size=shape).astype("float32")
    before, after, own = [1, 0, 0], [0, 0, 1], [0, 1, 0]
    kernels = [before] * part + [after] * part + [own] * (shape[-1] - 2 * part)
    wanted = [ndimage.correlate1d(x[..., c], k, axis=1, mode="constant") for c, k in enumerate(kernels)]
    np.testing.assert_array_equal(by_hand("18").shift(x, part), np.stack(wanted, axis=-1))


def test_the_packaged_layer_is_the_same_shift(by_hand: ByHand) -> None:
    x = np.random.default_rng(3).normal(size=(2, 6, 4, 4, 24)).astype("float32")
    np.testing.assert_array_equal(np.asarray(models.Shift()(x)), by_hand("18").shift(x, 3))


@pytest.mark.parametrize(("steps", "places"), [(3, 4), (1, 5), (6, 2)])
def test_pairs_are_as_many_as_a_loop_counts(by_hand: ByHand, steps: int, places: int) -> None:
    tokens = list(product(range(steps), range(places)))
    within = sum(a[0] == b[0] for a, b in product(tokens, tokens))
    along = sum(a[1] == b[1] for a, b in product(tokens, tokens))
    assert by_hand("18").pairs(steps, places) == (len(tokens) ** 2, within + along)


def test_pairs_are_the_sizes_of_the_maps_of_attention(by_hand: ByHand) -> None:
    x = np.zeros((1, 4, 6, 8), "float32")
    maps = []
    for axes in ((1, 2), (2,), (1,)):
        layer = keras.layers.MultiHeadAttention(1, 8, attention_axes=axes)
        maps.append(np.asarray(layer(x, x, return_attention_scores=True)[1]).size)
    assert by_hand("18").pairs(4, 6) == (maps[0], maps[1] + maps[2])


def test_tubes_hide_a_place_for_good_and_scattered_masks_do_not(by_hand: ByHand) -> None:
    hand, rng = by_hand("18"), np.random.default_rng(4)
    tubes, scattered = hand.tubes(8, 64, 0.9, rng), hand.scattered(8, 64, 0.9, rng)
    assert (tubes.sum(axis=1) == 6).all() and (scattered.sum(axis=1) == 6).all()
    assert (tubes == tubes[0]).all() and not (scattered == scattered[0]).all()
    clip = rng.integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    seen = hand.covered(clip, scattered)
    for t, place in product(range(8), range(64)):
        patch = np.s_[t, 4 * (place // 8) : 4 * (place // 8) + 4, 4 * (place % 8) : 4 * (place % 8) + 4]
        assert np.array_equal(seen[patch], clip[patch]) if scattered[t, place] else (seen[patch] == 120).all()


def test_every_idea_has_a_picture(by_hand: ByHand) -> None:
    hand = by_hand("18")
    for idea in hand.IDEAS:
        assert hand.looks(idea).shape == (8, 8) and set(np.unique(hand.looks(idea))) <= {0, 1, 2, 3}


def test_published_rows_are_numbers_of_the_right_size(by_hand: ByHand) -> None:
    for line in by_hand("18").PUBLISHED.splitlines():
        name, year, top1, gflops, views, parameters, _, source = line.split("|")
        assert name and 2014 <= int(year) <= 2022 and 60 < float(top1) < 90 and source in "MTVXZ"
        assert float(gflops) > 0 and float(parameters) > 0 and (views == "?" or int(views) >= 1)


def test_the_backbone_stays_frozen_and_takes_clips(by_hand: ByHand) -> None:
    model = by_hand("18").backbone_net((2, 32, 32, 3), 5, None)
    assert [tuple(weight.shape) for weight in model.trainable_weights] == [(576, 5), (5,)]
    clips = np.random.default_rng(5).integers(0, 256, (3, 2, 32, 32, 3), dtype=np.uint8)
    scores = evaluate.predict(model, clips)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(evaluate.predict(model, clips[:, ::-1]), scores, atol=1e-5)  # blind to order
