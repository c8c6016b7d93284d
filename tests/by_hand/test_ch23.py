"""Chapter 23: the camera of its archive, the simple features, and what is measured with them."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor.worlds import ClipSet

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

ByHand = Callable[[str], SimpleNamespace]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(23)


@pytest.mark.parametrize("way", [-1, 0, 1])
def test_the_camera_turns_the_way_that_it_is_told(by_hand: ByHand, way: int) -> None:
    film = np.broadcast_to(np.arange(144, dtype=np.uint8)[None, None, :, None], (16, 96, 144, 3))
    for seed in range(20):
        seen = by_hand("23").shot(film, way, np.random.default_rng(seed))
        assert seen.shape == (16, 72, 72, 3)
        left = seen[:, 0, 0, 0].astype(int)
        assert (np.diff(seen[0, 0, :, 0].astype(int)) == 1).all()
        moved = left[-1] - left[0]
        assert moved * way >= 2 if way else abs(moved) <= 3


def test_colours_are_counted(by_hand: ByHand, rng: np.random.Generator) -> None:
    clip = rng.integers(0, 256, (8, 12, 16, 3), np.uint8)
    expected, _ = np.histogramdd(clip[4].reshape(-1, 3), bins=4, range=[(0, 256)] * 3)
    np.testing.assert_allclose(by_hand("23").colours(clip), expected.ravel() / 192)


def test_movement_is_found_in_its_field(by_hand: ByHand) -> None:
    clip = np.full((5, 48, 48, 3), 90, np.uint8)
    clip[2:, 12:24, 36:, :] = 80  # the second row of fields, the last column; changes once in four steps
    expected = np.zeros((4, 4))
    expected[1, 3] = 10 / 4
    np.testing.assert_allclose(by_hand("23").movement(clip), expected.ravel())


def test_a_neighbour_is_the_nearest(by_hand: ByHand, rng: np.random.Generator) -> None:
    vectors, labels, testing = rng.random((60, 5)), rng.integers(0, 3, 60), rng.random(60) < 0.3
    judge = KNeighborsClassifier(1).fit(vectors[~testing], labels[~testing])
    expected = judge.score(vectors[testing], labels[testing])
    assert by_hand("23").neighbour(vectors, labels, testing) == pytest.approx(expected)


def test_the_linear_layer_separates_what_can_be_separated(by_hand: ByHand, rng: np.random.Generator) -> None:
    def of(labels: np.ndarray) -> ClipSet:
        light = 40 + 60 * labels + rng.integers(-9, 10, len(labels))
        clips = np.tile(light.astype(np.uint8)[:, None, None, None, None], (1, 2, 4, 4, 3))
        clips[:, 0, 0, 0] = 7  # the same everywhere: a feature without spread
        return ClipSet(clips, labels, ("dark", "light"))

    def feature(clip: np.ndarray) -> np.ndarray:
        return np.array([clip[1, 1, 1, 0], clip[0, 0, 0, 0]], float)

    labels = rng.integers(0, 2, 40)
    known, asked = of(labels), of(1 - labels)
    assert by_hand("23").linear(feature, known, asked).tolist() == asked.labels.tolist()


def test_small_helpers(by_hand: ByHand) -> None:
    chapter = by_hand("23")
    assert [chapter.span(values) for values in ([], [8, 8], [2.5, 10])] == ["0", "8", "2.5–10"]
    assert chapter.rank(np.array([30, 10, 20])).tolist() == [1, 0, 0.5]
    assert chapter.gain(np.array([0, 1, 1, 0]), np.array([0, 1, 1, 1]), np.array([1, 1, 0, 0])) == 0.25
