"""Chapter 16: what it writes by hand equals scikit-learn and SciPy, and the packaged form."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import certainty, evaluate
from vidtutor.rows import Tracks

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

ByHand = Callable[[str], SimpleNamespace]


def answers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions out of four classes, some of which are absent or never predicted."""
    rng = np.random.default_rng(seed)
    labels, predicted = (rng.choice(rng.permutation(4)[: rng.integers(1, 5)], 30) for _ in range(2))
    return labels, np.where(rng.random(30) < 0.5, labels, predicted)


@pytest.mark.parametrize("seed", range(30))
def test_confusion_and_scores_equal_scikit_learn(by_hand: ByHand, seed: int) -> None:
    chapter, (labels, predicted) = by_hand("16"), answers(seed)
    counts = chapter.confusion(labels, predicted, 4)
    np.testing.assert_array_equal(counts, metrics.confusion_matrix(labels, predicted, labels=range(4)))
    for undefined in (0.0, np.nan):
        theirs = metrics.precision_recall_fscore_support(
            labels, predicted, labels=range(4), average=None, zero_division=undefined
        )
        np.testing.assert_allclose(chapter.scores(counts, undefined), theirs[:3])
        np.testing.assert_allclose(chapter.scores(counts, undefined), evaluate.class_scores(counts, undefined)[:3])


@pytest.mark.parametrize("seed", range(30))
def test_averages_equal_scikit_learn(by_hand: ByHand, seed: int) -> None:
    chapter, (labels, predicted) = by_hand("16"), answers(seed)
    counts = chapter.confusion(labels, predicted, 4)
    ours = chapter.averages(counts)
    for how in ("macro", "weighted", "micro"):
        theirs = metrics.f1_score(labels, predicted, labels=range(4), average=how, zero_division=0)
        assert ours[f"{how} F1"] == pytest.approx(theirs)
        assert evaluate.average_scores(counts, how).f1 == pytest.approx(theirs)
    assert ours["accuracy"] == ours["micro F1"] == metrics.accuracy_score(labels, predicted)


@pytest.mark.parametrize("levels", [1, 3, 1000])
@pytest.mark.parametrize("seed", range(10))
def test_curves_equal_scikit_learn(by_hand: ByHand, seed: int, levels: int) -> None:
    chapter, rng = by_hand("16"), np.random.default_rng(seed)
    positive = rng.permutation(np.arange(50) < rng.integers(1, 50))
    scores = rng.integers(levels, size=50) / levels
    x, y, area = chapter.roc(positive, scores)
    np.testing.assert_allclose((x, y), metrics.roc_curve(positive, scores, drop_intermediate=False)[:2])
    assert area == pytest.approx(metrics.roc_auc_score(positive, scores))
    recall, precision, average = chapter.precision_recall(positive, scores)
    theirs = metrics.precision_recall_curve(positive, scores)
    np.testing.assert_allclose((precision, recall), [side[-2::-1] for side in theirs[:2]])
    assert average == pytest.approx(metrics.average_precision_score(positive, scores))
    for mine, packaged in (((x, y, area), evaluate.roc), ((recall, precision, average), evaluate.precision_recall)):
        curve = packaged(positive, scores)
        np.testing.assert_allclose(mine[:2], curve[:2])
        assert mine[2] == pytest.approx(curve.area)
    hits, warnings = chapter.sweep(positive, scores)[1:]
    best = [metrics.f1_score(positive, scores >= threshold) for threshold in theirs[2][::-1]]
    np.testing.assert_allclose(chapter.f1_of(positive.sum(), hits, warnings), best)


def test_the_roc_area_is_the_chance_to_rank_a_pair_right(by_hand: ByHand) -> None:
    event, score = by_hand("16").alarm(400, 0.2, 0)
    assert event.sum() == 80
    pairs = score[event][:, None] - score[~event]
    assert by_hand("16").roc(event, score)[2] == pytest.approx(np.mean(pairs > 0))


@pytest.mark.parametrize("vote", [False, True])
def test_videos_equal_the_packaged_ones(by_hand: ByHand, vote: bool) -> None:
    rng = np.random.default_rng(1)
    videos, given = rng.integers(5, size=40), rng.dirichlet(np.ones(3), 40)
    packaged = evaluate.per_video(given, videos, vote=vote)[1]
    np.testing.assert_allclose(by_hand("16").per_video(given, videos, vote), packaged)


@pytest.mark.parametrize("sizes", [[1] * 30, [4] * 30, [1, 2, 9, 3, 1, 5] * 6])
def test_bootstrap_equals_scipy_and_the_packaged_one(by_hand: ByHand, sizes: list[int]) -> None:
    rng = np.random.default_rng(0)
    videos = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    values = rng.normal(size=len(sizes))[videos] + rng.normal(0, 0.2, len(videos))
    ours = by_hand("16").bootstrap(values, videos, 4000)
    np.testing.assert_allclose(ours, certainty.interval(np.mean, videos, values, resamples=4000), atol=0.05)
    totals = np.bincount(videos, values), np.bincount(videos)
    theirs = stats.bootstrap(
        totals,
        lambda total, clips, axis: total.sum(axis) / clips.sum(axis),
        paired=True,
        n_resamples=4000,
        method="percentile",
        random_state=0,
    ).confidence_interval
    np.testing.assert_allclose(ours, theirs, atol=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_calibration_equals_scikit_learn(by_hand: ByHand, seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.choice([rng.random(150), rng.integers(11, size=150) / 10])
    correct = rng.random(150) < confidence
    mean, part, clips, error = by_hand("16").calibration(confidence, correct)
    accuracy, predicted = calibration_curve(correct, confidence, n_bins=10)
    np.testing.assert_allclose((part, mean), (accuracy, predicted))
    packaged = certainty.calibration(confidence, correct)
    np.testing.assert_array_equal(clips, packaged.clips)
    assert error == pytest.approx(packaged.error)


@pytest.mark.parametrize("temperature", [0.3, 1, 4])
def test_tempered_equals_the_packaged_one(by_hand: ByHand, temperature: float) -> None:
    given = np.random.default_rng(0).dirichlet(np.ones(4), 30)
    packaged = certainty.tempered(given, temperature)
    np.testing.assert_allclose(by_hand("16").tempered(given, temperature), packaged)


@pytest.mark.parametrize(
    ("identity", "ghosts"), [([1] * 10, 0), ([1] + [2] * 9, 0), ([1] * 5 + [2] * 5, 0), ([1, 0] * 5, 0), ([1] * 10, 20)]
)
def test_one_object_is_rated_as_chapter_14_rates_tracks(by_hand: ByHand, identity: list[int], ghosts: int) -> None:
    pytest.importorskip("motmetrics")
    mot = pytest.importorskip("vidtutor.mot")
    object_box, names = [[0, 0, 10, 10]], np.array(identity)
    truth = tracks_of(np.arange(10), np.ones(10, int), np.repeat(object_box, 10, axis=0))
    frame = np.repeat(np.arange(10), ghosts // 10 + 1)
    name = 100 + np.arange(len(frame))
    box = np.tile([50, 0, 60, 10], (len(frame), 1)) + 20 * (np.arange(len(frame)) % 3)[:, None]
    first = np.flatnonzero(np.diff(frame, prepend=-1))
    name[first], box[first] = names, object_box
    found = tracks_of(frame[name > 0], name[name > 0], box[name > 0])
    theirs = mot.rate(truth, found)
    ours = by_hand("16").one_object(identity, ghosts)
    np.testing.assert_allclose(ours, [theirs["MOTA"], theirs["IDF1"], theirs["HOTA"]])


def tracks_of(frame: np.ndarray, identity: np.ndarray, box: np.ndarray) -> Tracks:
    ones = np.ones(len(frame))
    return Tracks(frame, ones.astype(int), box.astype(np.float32), ones.astype(np.float32), identity)
