"""Chapter 05: what it writes by hand equals TensorFlow, OpenCV and scikit-learn."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import worlds

import cv2
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import Ridge
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier

ByHand = Callable[[str], SimpleNamespace]
SHAPES = [(1, 28, 28, 3), (4, 30, 45, 3), (5, 47, 31, 3)]


def a_clip(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
def test_mirror_and_crops_equal_tensorflow(by_hand: ByHand, shape: tuple[int, ...]) -> None:
    chapter, clip = by_hand("05"), a_clip(shape)
    np.testing.assert_array_equal(chapter.mirror(clip), tf.image.flip_left_right(clip))
    np.testing.assert_array_equal(chapter.mirror(chapter.mirror(clip)), clip)
    np.testing.assert_array_equal(chapter.crop(clip, 28), tf.image.resize_with_crop_or_pad(clip, 28, 28))
    bottom, right = shape[1] - 20, shape[2] - 20
    cut = tf.image.crop_to_bounding_box(clip, bottom, right, 20, 20)
    np.testing.assert_array_equal(chapter.crop(clip, 20, (bottom, right)), cut)
    np.testing.assert_array_equal(chapter.crop(clip, 20, (0, 0)), clip[:, :20, :20])


@pytest.mark.parametrize(
    ("shape", "size"), [((2, 48, 64, 3), (32, 43)), ((3, 90, 40, 3), (72, 32)), (SHAPES[0], (32, 32))]
)
def test_shorter_side_equals_opencv(by_hand: ByHand, shape: tuple[int, ...], size: tuple[int, int]) -> None:
    clip = a_clip(shape)
    scaled = by_hand("05").shorter_side(clip, 32)
    method = cv2.INTER_AREA if size[0] < shape[1] else cv2.INTER_LINEAR
    np.testing.assert_array_equal(scaled, [cv2.resize(frame, size[::-1], interpolation=method) for frame in clip])


@pytest.mark.parametrize("seed", range(5))
def test_light_equals_opencv(by_hand: ByHand, seed: int) -> None:
    clip = a_clip((2, 20, 24, 3), seed)
    contrast, brightness = np.random.default_rng(seed).uniform((0.7, -30), (1.3, 30))
    shift = 128 - 128 * contrast + brightness
    theirs = [cv2.addWeighted(frame, contrast, frame, 0, shift) for frame in clip]
    ours = by_hand("05").light(clip, np.random.default_rng(seed))
    # OpenCV computes in 32 bits, so that a value just between two may go the other way.
    np.testing.assert_allclose(ours.astype(int), np.array(theirs, int), atol=1)
    assert np.mean(ours == theirs) > 0.99


@pytest.mark.parametrize("seed", range(8))
def test_random_crop_is_a_block_of_the_clip(by_hand: ByHand, seed: int) -> None:
    clip = a_clip((10, 32, 43, 3))
    block = by_hand("05").random_crop(clip, np.random.default_rng(seed))
    assert block.shape == (8, 28, 28, 3)
    places = np.ndindex(3, 5, 16)
    assert any(np.array_equal(block, clip[t : t + 8, y : y + 28, x : x + 28]) for t, y, x in places)
    assert by_hand("05").random_crop(clip[:1], np.random.default_rng(seed)).shape == (1, 28, 28, 3)


def test_labels_after_augmenting_are_true(by_hand: ByHand) -> None:
    chapter = by_hand("05")
    clip = np.zeros((10, 28, 28, 3), np.uint8)
    for t in range(10):
        clip[t, 8:20, 4 + 2 * t] = 255  # a bar that moves to the right
    for seed in range(30):
        changed, label = chapter.augment(clip, 0, seed)
        places = np.abs(changed.mean(axis=(1, 3)) - np.median(changed)).argmax(axis=1)
        assert label == (0 if places[-1] > places[0] else 1)
    np.testing.assert_array_equal(*(part[0] for part in (chapter.augment(clip, 0, 5), chapter.augment(clip, 0, 5))))


def test_frame_by_frame_draws_anew(by_hand: ByHand) -> None:
    chapter, still = by_hand("05"), np.repeat(a_clip((1, 32, 43, 3)), 8, axis=0)
    assert not np.diff(chapter.random_crop(still, np.random.default_rng(0)).astype(int), axis=0).any()
    shaken = chapter.frame_by_frame(chapter.random_crop, still, np.random.default_rng(0))
    assert shaken.shape == (8, 28, 28, 3)
    assert np.diff(shaken.astype(int), axis=0).any()


def test_misfit_equals_its_definition_and_mirrors_with_the_clip(by_hand: ByHand) -> None:
    chapter, clips = by_hand("05"), worlds.motion(3, size=16, frames=3).clips
    grey = clips.astype(float).mean(axis=-1) / 255
    ours = chapter.misfit(clips).reshape(3, 7, 7)
    for y, x in ((-3, 2), (0, 0), (3, -1)):
        gaps = np.abs(grey[:, 1:, 3 + y : 13 + y, 3 + x : 13 + x] - grey[:, :-1, 3:13, 3:13])
        np.testing.assert_allclose(ours[:, y + 3, x + 3], gaps.mean(axis=(1, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(chapter.misfit(clips[:, :, :, ::-1]).reshape(3, 7, 7), ours[:, :, ::-1], atol=1e-6)


@pytest.mark.parametrize(("rows", "features", "price"), [(40, 5, 0.1), (30, 49, 0.1), (200, 7, 1e-4)])
def test_linear_layer_equals_ridge(by_hand: ByHand, rows: int, features: int, price: float) -> None:
    rng = np.random.default_rng(rows)
    x, labels, new = rng.normal(3, 2, (rows, features)), rng.integers(4, size=rows), rng.normal(3, 2, (500, features))
    mean, spread = x.mean(axis=0), x.std(axis=0)
    theirs = Ridge(alpha=price * rows).fit((x - mean) / spread, np.eye(4)[labels]).predict((new - mean) / spread)
    ours = by_hand("05").linear_layer(x, labels, price=price)
    np.testing.assert_array_equal(ours(new), theirs.argmax(axis=1))


@pytest.mark.parametrize("seed", range(3))
def test_nearest_equals_scikit_learn(by_hand: ByHand, seed: int) -> None:
    rng = np.random.default_rng(seed)
    train, test, labels = rng.random((60, 30)), rng.random((25, 30)), rng.integers(4, size=60)
    theirs = KNeighborsClassifier(1).fit(train, labels)
    gaps, places = theirs.kneighbors(test)
    found, gap = by_hand("05").nearest(train, test)
    np.testing.assert_array_equal(found, places[:, 0])
    np.testing.assert_allclose(gap, gaps[:, 0], atol=1e-9)
    np.testing.assert_array_equal(labels[found], theirs.predict(test))
    np.testing.assert_allclose(by_hand("05").nearest(train, train)[1], 0, atol=1e-6)  # the distance to itself


@pytest.mark.parametrize("seed", range(4))
def test_split_keeps_what_scikit_learn_keeps(by_hand: ByHand, seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.repeat(rng.permutation(1000)[:60], rng.integers(3, 6, 60))
    kind = dict(zip(np.unique(groups), rng.permutation(np.arange(60) % 3), strict=True))
    labels = np.array([kind[group] for group in groups])
    sets = by_hand("05").split(groups, labels, seed=seed)
    members = [set(groups[sets == part]) for part in range(3)]
    assert [len(part) for part in members] == [36, 12, 12]
    assert not members[0] & members[1] | members[0] & members[2] | members[1] & members[2]
    _, test = next(StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(groups, labels, groups))
    theirs = np.bincount(labels[test], minlength=3) / len(test)
    ours = np.bincount(labels[sets == 2], minlength=3) / np.sum(sets == 2)
    whole = np.bincount(labels) / len(labels)
    assert np.abs(ours - whole).max() < max(0.12, 2 * np.abs(theirs - whole).max())
    np.testing.assert_array_equal(sets, by_hand("05").split(groups, labels, seed=seed))
    assert not np.array_equal(sets, by_hand("05").split(groups, labels, seed=seed + 1))


def test_split_of_single_clips_and_other_shares(by_hand: ByHand) -> None:
    split, labels = by_hand("05").split, np.arange(100) % 4
    np.testing.assert_array_equal(np.bincount(split(np.arange(100), labels)), [60, 20, 20])
    np.testing.assert_array_equal(np.bincount(split(np.arange(100), labels, (0.8, 0.2))), [80, 20])
