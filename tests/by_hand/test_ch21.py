"""Chapter 21: what it computes by hand equals SciPy, scikit-learn and NumPy."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor.rows import Detections, Tracks
from vidtutor.worlds.street import Objects

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance
from sklearn import metrics
from sklearn.neighbors import KNeighborsClassifier

ByHand = Callable[[str], SimpleNamespace]


def rows_of(frame: np.ndarray, box: np.ndarray, identity: np.ndarray | None = None) -> Detections:
    columns = frame, np.full(len(frame), 2), box.astype(np.float32), np.ones(len(frame), np.float32)
    return Detections(*columns) if identity is None else Tracks(*columns, identity)


def film_of(seed: int, frames: int, people: int) -> tuple[np.ndarray, Tracks]:
    """Noise, and boxes for so many people in every frame, in an order of their own each time."""
    rng = np.random.default_rng(seed)
    film = rng.integers(0, 256, (frames, 40, 50, 3), np.uint8)
    corner = rng.uniform(0, 30, (frames * people, 2))
    box = np.concatenate([corner, corner + rng.uniform(3, 9, corner.shape)], axis=1)
    names = np.concatenate([rng.permutation(people) for _ in range(frames)])
    return film, rows_of(np.repeat(np.arange(frames), people), box, names)  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(3))
def test_looks_equal_numpys_histogram_and_their_distance_hellingers(by_hand: ByHand, seed: int) -> None:
    chapter, (film, rows) = by_hand("21"), film_of(seed, 2, 4)
    given = chapter.looks(film, rows)
    parts = []
    for t, (x1, y1, x2, y2) in zip(rows.frame, rows.box, strict=True):
        patch = film[t, int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))].reshape(-1, 3)
        counts = np.histogramdd(patch, bins=4, range=[(0, 256)] * 3)[0]
        parts.append(counts.ravel() / len(patch))
    np.testing.assert_allclose(given**2, parts, atol=1e-6)
    affinity = np.sqrt(parts) @ np.sqrt(parts).T
    hellinger = np.sqrt(np.maximum(1 - affinity, 0))
    np.testing.assert_allclose(distance.cdist(given, given) / np.sqrt(2), hellinger, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_reidentified_equals_scikit_learns_nearest_neighbour(by_hand: ByHand, seed: int) -> None:
    chapter, (film, rows) = by_hand("21"), film_of(seed, 30, 5)
    given = chapter.looks(film, rows)
    right = []
    for t in range(0, 30 - chapter.SECOND, 4):
        now, later = rows.frame == t, rows.frame == t + chapter.SECOND
        nearest = KNeighborsClassifier(1).fit(given[later], rows.identity[later])
        right.append(nearest.score(given[now], rows.identity[now]))
    np.testing.assert_allclose(chapter.reidentified(film, rows), (np.mean(right), 1 / 5))


def test_looks_that_are_all_alike_are_told_apart_by_lot(by_hand: ByHand) -> None:
    chapter, (film, rows) = by_hand("21"), film_of(0, 30, 5)
    np.testing.assert_allclose(chapter.reidentified(np.full_like(film, 128), rows), (1 / 5, 1 / 5))


@pytest.mark.parametrize("how", ["blur", "squares", "grey"])
def test_hiding_changes_boxes_and_nothing_else(by_hand: ByHand, how: str) -> None:
    chapter, (film, rows) = by_hand("21"), film_of(1, 3, 2)
    before = film.copy()
    after = chapter.changed(film, rows, getattr(chapter, how))
    np.testing.assert_array_equal(film, before)
    inside = chapter.changed(np.zeros(film.shape[:3], np.uint8), rows, np.ones_like) > 0
    np.testing.assert_array_equal(after[~inside], film[~inside])
    assert (after[inside] != film[inside]).any(axis=-1).mean() > 0.9


def test_fading_takes_its_part_of_the_contrast(by_hand: ByHand) -> None:
    chapter, (film, rows) = by_hand("21"), film_of(2, 3, 1)
    before, after = (chapter.contrast(frames, rows) for frames in (film, chapter.changed(film, rows, chapter.faded)))
    np.testing.assert_allclose(after, chapter.FADED * before, atol=1.5)


def test_exposed_is_who_is_not_covered(by_hand: ByHand) -> None:
    chapter, (frames, rows) = by_hand("21"), film_of(3, 4, 1)
    ones = np.ones(len(rows), np.float32)
    objects = Objects(rows.frame, rows.label, rows.box, rows.identity, ones, rows.centre, 0 * rows.centre)
    film = SimpleNamespace(frames=frames, objects=objects)
    assert chapter.exposed(film, rows)[:2] == (0, 0)
    assert chapter.exposed(film, rows.where(slice(0, 0))) == (1, 1, 0)
    assert chapter.exposed(film, rows.where(rows.frame > 0))[:2] == (0.25, 1)


@pytest.mark.parametrize("seed", range(5))
def test_rates_equal_scikit_learn(by_hand: ByHand, seed: int) -> None:
    chapter, rng = by_hand("21"), np.random.default_rng(seed)
    street, pale, score = rng.integers(6, size=200), rng.integers(2, size=200), rng.random(200)
    right, guess = rng.integers(2, size=200), rng.integers(2, size=200)
    persons, boxes = np.c_[street, pale, score, score], np.c_[street, score, score, right]
    chapter.rates.__globals__.update(persons=persons, boxes=boxes, guess=guess)
    chosen = np.arange(6) >= 2
    for group, (recall, precision, false) in enumerate(chapter.rates((0.4, 0.7), chosen)):
        there, passes = street >= 2, score >= (0.4, 0.7)[group]
        mine, theirs = there & (pale == group), there & (guess == group)
        assert recall == pytest.approx(metrics.recall_score(np.ones(mine.sum()), passes[mine]))
        assert precision == pytest.approx(metrics.precision_score(right[theirs], passes[theirs]))
        counts = metrics.confusion_matrix(right[theirs], passes[theirs], labels=[0, 1])
        assert false == pytest.approx(counts[0, 1] / 4 / 24)


@pytest.mark.parametrize(("listed", "wrong"), [(1, 0.3), (20, 0.01), (1000, 1e-4)])
def test_alarms_equal_the_binomial_distribution(by_hand: ByHand, listed: int, wrong: float) -> None:
    true, false, precision = by_hand("21").alarms(1000, 40, listed, wrong, 0.7, 3)
    any_alike = stats.binom.sf(0, listed, wrong)
    np.testing.assert_allclose((true, false), (40 * 0.7 * 3, 960 * any_alike * 3))
    assert precision == pytest.approx(28 / (28 + 960 * any_alike))


@pytest.mark.parametrize("target", [0.5, 0.85, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_threshold_equals_the_first_of_scikit_learns_with_enough_recall(
    by_hand: ByHand, seed: int, target: float
) -> None:
    scores = np.random.default_rng(seed).random(37).round(2)
    _, recall, thresholds = metrics.roc_curve(np.append(np.ones(37), 0), np.append(scores, -1), drop_intermediate=False)
    assert by_hand("21").threshold_for(scores, target) == thresholds[recall >= target - 1e-9][0]


def test_a_sheet_is_complete_only_with_every_answer(by_hand: ByHand) -> None:
    chapter = by_hand("21")
    whole = dict.fromkeys(chapter.FIELDS, "An answer.")
    assert chapter.gaps(whole) == []
    assert chapter.gaps({}) == chapter.FIELDS
    assert chapter.gaps(whole | {"law": "Checked: ", "appeal": None, "data": " "}) == ["data", "law", "appeal"]
