"""Detection: overlaps, suppression, maps and boxes, background subtraction, matching and average precision."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import resources

from vidtutor import detect, models, train, worlds
from vidtutor.rows import Detections, Rows
from vidtutor.worlds import Street

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve


@pytest.fixture(scope="module")
def calm() -> Street:
    return worlds.street(84, seed=41, traffic=24, pedestrians=40)


def some_boxes(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    corner = rng.integers(0, 40, (count, 2))
    return np.concatenate([corner, corner + rng.integers(1, 20, (count, 2))], axis=1)


def rows(boxes: NDArray[np.integer], frames: NDArray[np.int64], labels: NDArray[np.int64]) -> Rows:
    return Rows(frames, labels, boxes.astype(np.float32))


def test_iou_counts_pixels_as_masks_do() -> None:
    rng = np.random.default_rng(0)
    one, other = some_boxes(rng, 30), some_boxes(rng, 40)
    masks = [np.zeros((len(boxes), 64, 64), bool) for boxes in (one, other)]
    for boxes, mask in zip((one, other), masks, strict=True):
        for i, (x1, y1, x2, y2) in enumerate(boxes):
            mask[i, y1:y2, x1:x2] = True
    shared = (masks[0][:, None] & masks[1]).sum(axis=(2, 3))
    union = (masks[0][:, None] | masks[1]).sum(axis=(2, 3))
    assert np.allclose(detect.iou(one, other), shared / union)


def test_iou_of_boxes_apart_without_area_and_none() -> None:
    assert detect.iou([[0, 0, 1, 1]], [[2, 2, 3, 3]]).item() == 0
    assert detect.iou([[1, 1, 1, 1]], [[1, 1, 1, 1]]).item() == 0
    assert detect.iou(np.zeros((0, 4)), np.ones((3, 4))).shape == (0, 3)
    with pytest.raises(ValueError, match=r"boxes are \(N, 4\)"):
        detect.iou(np.zeros(4), np.zeros((1, 4)))


@pytest.mark.parametrize("limit", [0.2, 0.5, 0.8])
def test_nms_keeps_what_opencv_keeps(limit: float) -> None:
    rng = np.random.default_rng(1)
    boxes, scores = some_boxes(rng, 200), rng.random(200).astype(np.float32)
    as_corner_and_sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    theirs = cv2.dnn.NMSBoxes(as_corner_and_sides.tolist(), scores.tolist(), 0.0, limit)
    assert detect.nms(boxes, scores, limit=limit).tolist() == list(theirs)


def test_nms_leaves_other_labels_alone() -> None:
    boxes, scores = np.array([[0, 0, 9, 9]] * 3), np.array([0.5, 0.9, 0.7])
    assert detect.nms(boxes, scores).tolist() == [1]
    assert detect.nms(boxes, scores, np.array([0, 1, 0])).tolist() == [1, 2]
    assert detect.nms(np.zeros((0, 4)), np.zeros(0)).tolist() == []
    with pytest.raises(ValueError, match="a score and a label"):
        detect.nms(boxes, scores[:2])


def test_maps_of_the_truth_give_the_truth_back(calm: Street) -> None:
    maps = detect.targets(calm.objects, len(calm.frames), calm.frames.shape[1:3], 3, seen=0)
    found = detect.one_film([detect.read_map(cells, calm.frames.shape[1:3]) for cells in maps], 1)
    for label in np.unique(calm.objects.label):
        assert detect.average_precision(found, calm.objects, label, limit=0.9) > 0.97
    hidden = detect.targets(calm.objects, len(calm.frames), calm.frames.shape[1:3], 3)
    assert hidden[..., :3].max() == 1
    assert 0 < (hidden[..., :3] == 1).sum() < (maps[..., :3] == 1).sum()


def test_examples_are_frames_with_the_one_before(calm: Street) -> None:
    clips, maps = detect.examples(calm, every=8, length=2)
    assert clips.shape == (10, 2, 128, 192, 3)
    assert maps.shape == (10, 64, 96, 7)
    assert (clips[1, 1] == calm.frames[15]).all()
    assert (clips[1, 0] == calm.frames[14]).all()
    assert (maps[1] == detect.targets(calm.objects.at(15), 16, (128, 192), 3)[15]).all()
    with pytest.raises(ValueError, match="has no clip"):
        detect.examples(calm, every=100, length=2)


def test_the_recorded_detector_finds_things_in_a_street_it_has_not_seen(calm: Street) -> None:
    model = models.street_detector()
    found = detect.find(model, calm.frames[::2])
    truth = calm.objects.where(calm.objects.frame % 2 == 0)
    found = Detections(found.frame * 2, found.label, found.box, found.score)
    hidden = truth.visibility < 0.25
    assert detect.average_precision(found, truth, 0, ignored=hidden) > 0.85
    assert detect.average_precision(found, truth, 2, ignored=hidden) > 0.75
    kept = resources.files("vidtutor") / "recorded" / "street_detector.npz"
    assert len(kept.read_bytes()) < 200_000


def test_find_takes_an_iterator_and_any_size(calm: Street) -> None:
    model = models.street_detector()
    whole = detect.find(model, calm.frames[:20], batch=20)
    streamed = detect.find(model, iter(calm.frames[:20]), batch=7)
    assert (whole.frame == streamed.frame).all()
    assert np.allclose(whole.box, streamed.box, atol=1e-3)
    odd = detect.find(model, calm.frames[:3, :101, :147])
    assert len(odd) and (odd.box[:, 2:] <= (147, 101)).all()
    assert len(detect.find(model, iter([]))) == 0
    with pytest.raises(ValueError, match="built for frames"):
        detect.find(models.centre_net((1, 64, 64, 3), 1), calm.frames[:2])


def test_a_detector_learns() -> None:
    street = worlds.street(48, seed=3, traffic=40, pedestrians=40)
    clips, maps = detect.examples(street, every=4, length=1)
    model = models.centre_net((1, None, None, 3), 3, width=4)
    losses = train.fit_detector(model, clips, maps, epochs=5, batch=4, verbose=False)["loss"]
    assert losses[-1] < losses[0]
    with pytest.raises(ValueError, match="a map for each"):
        train.fit_detector(model, clips, maps[:-1], epochs=1)
    with pytest.raises(ValueError, match="multiples of 8"):
        models.centre_net((1, 60, 64, 3), 3)


def test_what_moves_is_found_and_named_frame_by_frame(calm: Street) -> None:
    def one_at_a_time() -> Iterator[NDArray[np.uint8]]:
        yield from calm.frames

    found = detect.moving(one_at_a_time(), label=detect.by_size(calm.metres_per_pixel))
    late, truth = found.where(found.frame >= 50), calm.objects.where(calm.objects.frame >= 50)
    assert detect.average_precision(late, truth, 2, ignored=truth.visibility < 0.25) > 0.4
    assert ((found.score >= 0) & (found.score <= 1)).all()
    assert not len(detect.moving(np.zeros((5, 40, 50, 3), np.uint8)))
    assert set(detect.moving(calm.frames[:30]).label) == {0}


def noisy(rng: np.random.Generator, frames: int = 30) -> tuple[Detections, Rows]:
    """Made-up truth, and boxes shaken from it, some missing, some doubled, some from nowhere."""
    labels = rng.integers(0, 2, frames * 6)
    frame, boxes = np.repeat(np.arange(frames), 6), some_boxes(rng, frames * 6)
    picked = np.sort(rng.integers(0, len(boxes), len(boxes)))
    shaken = boxes[picked] + rng.integers(-2, 3, (len(picked), 4))
    shaken[:, 2:] = np.maximum(shaken[:, 2:], shaken[:, :2] + 1)
    score = rng.permutation(len(picked)) / len(picked)
    found = Detections(frame[picked], labels[picked], shaken.astype(np.float32), score.astype(np.float32))
    return found, rows(boxes, frame, labels)


def test_the_curve_is_that_of_scikit_learn() -> None:
    found, truth = noisy(np.random.default_rng(2))
    right = detect.match(found, truth) >= 0
    assert 0.2 < right.mean() < 0.8
    theirs_precision, theirs_recall, _ = precision_recall_curve(right, found.score)
    ours = detect.curve(found, truth)
    assert np.allclose(ours.precision, theirs_precision[-2::-1])
    assert np.allclose(ours.recall * len(truth) / right.sum(), theirs_recall[-2::-1])


def test_average_precision_of_simple_cases() -> None:
    found, truth = noisy(np.random.default_rng(3))
    best = Detections(truth.frame, truth.label, truth.box, np.ones(len(truth), np.float32))
    assert detect.average_precision(best, truth, 0, limit=0.95) == 1
    assert detect.average_precision(best.where(slice(0, 0)), truth, 0) == 0
    assert np.isnan(detect.average_precision(best, truth, 5))
    false_alarms_last = detect.average_precision(found, truth, 1)
    assert 0 < false_alarms_last < 1


def test_what_is_ignored_neither_helps_nor_harms() -> None:
    truth = rows(np.array([[0, 0, 9, 9], [20, 20, 29, 29]]), np.zeros(2, np.int64), np.zeros(2, np.int64))
    found = Detections(truth.frame, truth.label, truth.box, np.array([0.5, 0.9], np.float32))
    ignored = np.array([False, True])
    assert detect.match(found, truth, ignored=ignored).tolist() == [0, -2]
    assert detect.average_precision(found, truth, 0, ignored=ignored) == 1
    assert detect.average_precision(found.where([1]), truth, 0, ignored=ignored) == 0
    assert np.isnan(detect.average_precision(found, truth, 0, ignored=np.array([True, True])))


def test_without_tensorflow() -> None:
    code = "import sys, vidtutor.detect; assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
