from vidtutor import evaluate, models, worlds

import numpy as np
import pytest
from sklearn import metrics

CLIPS = worlds.motion(24, frames=5, size=16)


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_and_confusion_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, predicted = rng.integers(0, 5, (2, 60))
    assert evaluate.accuracy(labels, predicted) == pytest.approx(metrics.accuracy_score(labels, predicted))
    # Six classes, of which the last never occurs.
    expected = metrics.confusion_matrix(labels, predicted, labels=range(6))
    assert np.array_equal(evaluate.confusion(labels, predicted, 6), expected)


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([], [], "equal length"),
        ([0, 1], [0], "equal length"),
        ([[0]], [[0]], "one label a clip"),
        ([0, 7], [0, 1], "outside"),
    ],
)
def test_labels_that_do_not_fit_get_a_sentence(labels, predicted, message) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate.confusion(np.array(labels, int), np.array(predicted, int), 3)


def test_one_frame_is_a_frame_of_its_own_clip() -> None:
    alone = evaluate.one_frame(CLIPS, seed=1)
    assert alone.clips.shape == (24, 1, 16, 16, 3) and np.array_equal(alone.labels, CLIPS.labels)
    found = [
        np.flatnonzero((clip == frame).all(axis=(1, 2, 3)))
        for clip, frame in zip(CLIPS.clips, alone.clips, strict=True)
    ]
    assert all(len(place) for place in found)
    assert len({int(place[0]) for place in found}) == 5, "every position is drawn"


def test_shuffled_frames_are_the_same_frames_in_another_order() -> None:
    mixed = evaluate.shuffled_frames(CLIPS, seed=1)
    assert mixed.clips.shape == CLIPS.clips.shape and not np.array_equal(mixed.clips, CLIPS.clips)
    for before, after in zip(CLIPS.clips, mixed.clips, strict=True):
        assert sorted(frame.tobytes() for frame in before) == sorted(frame.tobytes() for frame in after)


def test_the_controls_are_the_accuracies_of_what_they_name() -> None:
    model, alone = models.conv3d_net((5, 16, 16, 3), 8), models.conv3d_net((1, 16, 16, 3), 8)
    scores = evaluate.with_controls(model, alone, CLIPS)
    assert list(scores) == ["clips", "one frame", "shuffled frames", "chance"]
    assert scores["chance"] == 1 / 8
    assert scores["clips"] == np.mean(evaluate.predict(model, CLIPS.clips).argmax(1) == CLIPS.labels)


def test_clips_of_another_shape_get_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"built for clips of shape \(5, 16, 16, 3\), not \(8, 32, 32, 3\)"):
        evaluate.predict(models.conv3d_net((5, 16, 16, 3), 8), worlds.motion(2).clips)


def test_recorded_experiments_say_where_they_come_from() -> None:
    rows = evaluate.recorded("listing_a")
    assert {row["setting"] for row in rows} >= {"as printed", "mended", "one frame"}
    assert all(0 <= float(row["test_accuracy"]) <= 1 for row in rows)
    with pytest.raises(FileNotFoundError):
        evaluate.recorded("listing_z")


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Labels and predictions in which classes may be missing, never predicted, or all there is."""
    rng = np.random.default_rng(seed)
    classes, clips = int(rng.integers(2, 7)), int(rng.integers(1, 40))
    labels, predicted = (rng.choice(rng.permutation(classes)[: rng.integers(1, classes + 1)], clips) for _ in range(2))
    return labels, np.where(rng.random(clips) < 0.5, labels, predicted), classes


@pytest.mark.parametrize("undefined", [0.0, np.nan])
@pytest.mark.parametrize("seed", range(40))
def test_scores_of_classes_and_their_averages_are_scikit_learns(seed: int, undefined: float) -> None:
    labels, predicted, classes = random_case(seed)
    counts = evaluate.confusion(labels, predicted, classes)
    for how in (None, "macro", "micro", "weighted"):
        theirs = metrics.precision_recall_fscore_support(
            labels, predicted, labels=range(classes), average=how, zero_division=undefined
        )
        ours = evaluate.average_scores(counts, how, undefined) if how else evaluate.class_scores(counts, undefined)
        for mine, expected in zip(ours[:3], theirs[:3], strict=True):
            np.testing.assert_allclose(mine, expected)
    assert evaluate.average_scores(counts, "micro").f1 == evaluate.accuracy(labels, predicted)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_curves_are_scikit_learns_ties_and_all(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    positive = rng.permutation(np.arange(60) < rng.integers(1, 60))
    scores = rng.integers(levels, size=60) / levels + 0.2 * positive * (levels > 5)
    curve = evaluate.roc(positive, scores)
    x, y, threshold = metrics.roc_curve(positive, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve[:3], (x, y, threshold))
    assert curve.area == pytest.approx(metrics.roc_auc_score(positive, scores))
    curve = evaluate.precision_recall(positive, scores)
    precision, recall, threshold = metrics.precision_recall_curve(positive, scores)
    # Scikit-learn goes the other way, and appends a point that no threshold has.
    np.testing.assert_allclose(curve[:3], (recall[-2::-1], precision[-2::-1], threshold[::-1]))
    assert curve.area == pytest.approx(metrics.average_precision_score(positive, scores))


@pytest.mark.parametrize("vote", [False, True])
def test_a_video_says_what_its_clips_say(vote: bool) -> None:
    rng = np.random.default_rng(0)
    videos = rng.permutation(np.repeat(["b", "a", "c"], [1, 4, 3]))
    given = rng.dirichlet(np.ones(3), 8)
    first, said = evaluate.per_video(given, videos, vote=vote)
    assert videos[first].tolist() == ["a", "b", "c"]
    for video, place, row in zip("abc", first, said, strict=True):
        clips = given[videos == video]
        assert place == np.flatnonzero(videos == video)[0]
        np.testing.assert_allclose(row, np.eye(3)[clips.argmax(axis=1)].mean(axis=0) if vote else clips.mean(axis=0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluate.class_scores(np.zeros((2, 3), int)), r"not the shape \(2, 3\)"),
        (lambda: evaluate.average_scores(np.eye(2, dtype=int), "mean"), "'mean' is no average"),
        (lambda: evaluate.roc(np.ones(3, bool), np.ones(3)), "3 of 3 are positive"),
        (lambda: evaluate.precision_recall(np.zeros(3, bool), np.ones(3)), "0 of 3 are positive"),
        (lambda: evaluate.roc(np.ones(3, bool), np.ones(2)), "equal length"),
        (lambda: evaluate.per_video(np.ones((3, 2)), np.arange(2)), "3 rows of probabilities and 2 videos"),
    ],
)
def test_what_cannot_be_scored_gets_a_sentence(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
