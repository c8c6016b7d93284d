import numpy as np
import pytest
from sklearn import metrics

from vidtutor import evaluate, models, worlds

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
