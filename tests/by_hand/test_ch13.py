"""Chapter 13: IoU, matching, curve, AP, NMS, heat-maps, loss and network by hand equal others' and the package's."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import detect, models, train, worlds
from vidtutor.rows import Detections, Rows

import cv2
import keras
import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

ByHand = Callable[[str], SimpleNamespace]


def boxes(rng: np.random.Generator, count: int, room: int = 40) -> np.ndarray:
    corner = rng.integers(0, room, (count, 2))
    return np.concatenate([corner, corner + rng.integers(1, 20, (count, 2))], axis=1).astype(float)


def test_iou_counts_pixels(by_hand: ByHand) -> None:
    rng = np.random.default_rng(0)
    for a, b in zip(boxes(rng, 200, 12), boxes(rng, 200, 12), strict=True):
        masks = np.zeros((2, 40, 40), bool)
        for mask, (x1, y1, x2, y2) in zip(masks, (a.astype(int), b.astype(int)), strict=True):
            mask[y1:y2, x1:x2] = True
        counted = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
        assert by_hand("13").iou(a, b) == pytest.approx(counted)
        assert detect.iou([a], [b]).item() == pytest.approx(counted)


@pytest.mark.parametrize("limit", [0.1, 0.5, 0.9])
def test_nms_equals_opencv_and_the_package(by_hand: ByHand, limit: float) -> None:
    rng = np.random.default_rng(1)
    some, scores = boxes(rng, 60), rng.random(60).astype(np.float32)
    ours = by_hand("13").nms(some, scores, limit)
    sides = np.concatenate([some[:, :2], some[:, 2:] - some[:, :2]], axis=1)
    assert ours == list(cv2.dnn.NMSBoxes(sides.tolist(), scores.tolist(), 0.0, limit))
    assert ours == detect.nms(some, scores, limit=limit).tolist()


def test_matching_curve_and_area_equal_the_package_and_scikit_learn(by_hand: ByHand) -> None:
    chapter, rng = by_hand("13"), np.random.default_rng(2)
    true, frame = boxes(rng, 120, 60), np.repeat(np.arange(20), 6)
    found = true + rng.integers(-2, 3, true.shape)
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
    scores, label = (rng.permutation(120) / 120).astype(np.float32), np.zeros(120, np.int64)
    rows = Detections(frame, label, found.astype(np.float32), scores)
    truth = Rows(frame, label, true.astype(np.float32))
    each = [(rows.at(t), truth.at(t)) for t in range(20)]
    right = np.concatenate([chapter.match(a.box, a.score, b.box) for a, b in each])
    assert (right == (detect.match(rows, truth) >= 0)).all()
    assert 0.2 < right.mean() < 0.9
    precision, recall = chapter.precision_recall(right, scores, 120)
    theirs = precision_recall_curve(right, scores)
    np.testing.assert_allclose(precision, theirs[0][-2::-1])
    np.testing.assert_allclose(recall * 120 / right.sum(), theirs[1][-2::-1])
    assert chapter.average_precision(precision, recall) == pytest.approx(detect.average_precision(rows, truth, 0))


def test_heat_maps_are_the_targets(by_hand: ByHand) -> None:
    film = worlds.street(3, seed=5, traffic=40, pedestrians=60)
    rows = film.objects.at(2)
    maps = detect.targets(rows, 3, (128, 192), 3, seen=0)[2]
    for label in range(3):
        ours = by_hand("13").heat_map(rows.box[rows.label == label], 128, 192)
        np.testing.assert_allclose(ours, maps[..., label], atol=0.012)  # the package cuts hills off at three sigma
        assert ((ours == 1) == (maps[..., label] == 1)).all()


def test_loss_equals_the_package_and_a_sum_cell_by_cell(by_hand: ByHand) -> None:
    film = worlds.street(3, seed=6, traffic=40, pedestrians=60)
    true = detect.targets(film.objects, 3, (128, 192), 3)
    said = np.random.default_rng(3).uniform(0.01, 0.99, true.shape).astype(np.float32)
    ours, theirs = (float(loss(true, said)) for loss in (by_hand("13").centre_loss, train.centre_loss))
    assert ours == pytest.approx(theirs, rel=1e-5)
    y, p = true[..., :3].astype(float), said[..., :3].astype(float)
    at, off = y == 1, y != 1
    focal = -((1 - p[at]) ** 2 * np.log(p[at])).sum() - ((1 - y[off]) ** 4 * p[off] ** 2 * np.log(1 - p[off])).sum()
    near = y.max(axis=-1)
    near[near <= 0.3] = 0
    apart = (near[..., None] * np.abs(true - said)[..., 3:]).sum() / near.sum()
    assert ours == pytest.approx(focal / at.sum() + 2 * apart, rel=1e-4)


def test_the_network_is_the_package_s(by_hand: ByHand) -> None:
    ours, theirs = by_hand("13").centre_net((2, 64, 96, 3), 3), models.centre_net((2, 64, 96, 3), 3)
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    theirs.set_weights(ours.get_weights())
    clips = np.random.default_rng(4).integers(0, 256, (2, 2, 64, 96, 3), np.uint8)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(ours(clips)), theirs(clips), atol=1e-5)


def test_flicker_counts_changes_of_things_in_view(by_hand: ByHand) -> None:
    frame, nothing = np.arange(6), np.zeros(6, np.int64)
    box = np.tile(np.float32([0, 0, 9, 9]), (6, 1))
    two = np.zeros((6, 2), np.float32)
    truth = worlds.street(1, seed=0).objects
    truth = type(truth)(frame, nothing, box, nothing, np.float32([1, 1, 1, 1, 1, 0.2]), two, two)
    seen = np.array([0, 1, 3])  # found, found, missed, found, missed, hidden
    found = Detections(frame[seen], nothing[seen], box[seen], np.ones(3, np.float32))
    assert by_hand("13").flicker(found, truth) == pytest.approx(3 / 4)
