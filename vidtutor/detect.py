"""What is where in a frame: a trained detector's answers read, a classical one, and both scored against the truth.

Nothing here needs TensorFlow: the network is in `vidtutor.models`, its training in `vidtutor.train`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from vidtutor.rows import Detections, Rows

import cv2
import numpy as np
from numpy.typing import NDArray

CELL = 2  # a detector's map has a cell for each CELL × CELL pixels
COCO_IOUS = tuple(np.arange(10) * 0.05 + 0.5)

Boxes = NDArray[np.floating]
AnyRows = TypeVar("AnyRows", bound=Rows)
Frames = NDArray[np.uint8] | Iterable[NDArray[np.uint8]]


def iou(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    """Intersection over union of every box of one (A, 4) with every box of the other (B, 4): (A, B), 0…1.

    Boxes are x1, y1, x2, y2; two boxes without area have an IoU of 0.
    Raises ValueError for boxes of another shape. Chapter 13.
    """
    one, other = _boxes(one), _boxes(other)
    low = np.maximum(one[:, None, :2], other[:, :2])
    high = np.minimum(one[:, None, 2:], other[:, 2:])
    # A negative side means that the boxes are apart; two of them would multiply to a positive area.
    sides = np.maximum(high - low, 0)
    shared = sides[..., 0] * sides[..., 1]
    union = _area(one)[:, None] + _area(other) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def nms(
    boxes: Boxes, scores: NDArray[np.floating], labels: NDArray[np.integer] | None = None, limit: float = 0.5
) -> NDArray[np.int64]:
    """Non-maximum suppression: positions int64 (K,) of the boxes that stay, the best score first.

    Of boxes (N, 4) with one label that overlap by an IoU above `limit`, the one with the best score stays. Without
    labels all boxes count as one. Raises ValueError for columns of unlike length. Chapter 13.
    """
    boxes = _boxes(boxes)
    labels = np.zeros(len(boxes), np.int64) if labels is None else np.asarray(labels)
    if not len(boxes) == len(scores) == len(labels):
        raise ValueError(f"every box needs a score and a label, not {len(boxes)}, {len(scores)} and {len(labels)}")
    clash = (iou(boxes, boxes) > limit) & (labels[:, None] == labels)
    free, kept = np.ones(len(boxes), bool), []
    for best in np.argsort(-np.asarray(scores), kind="stable"):
        if free[best]:
            kept.append(best)
            free &= ~clash[best]
    return np.array(kept, np.int64)


def find(model: Any, frames: Frames, *, score: float = 0.1, limit: float = 0.5, batch: int = 16) -> Detections:
    """Everything that a detector finds in a film.

    model: a `models.centre_net`. frames: uint8 (T, H, W, 3), or an iterator of frames (H, W, 3), of which only a batch
    is held. score: the least that is kept. limit: see `nms`.
    Raises ValueError for frames of another size than the model was built for. Chapter 13.
    """
    length, *picture = model.input_shape[1:]
    found = []
    for first, clips in _clips(frames, length, batch):
        height, width = clips.shape[2:4]
        # The network halves three times: sides grow to a multiple of 8, and boxes are cut off at the true edge.
        # The last batch grows too: TensorFlow would compile the network once more for a shorter one.
        more = [(0, batch - len(clips)), (0, 0), (0, -height % 8), (0, -width % 8), (0, 0)]
        grown = np.pad(clips, more, mode="edge")
        if any(want not in (None, have) for want, have in zip(picture, grown.shape[2:], strict=True)):
            raise ValueError(f"the model was built for frames of {tuple(picture)}, not {clips.shape[2:]}")
        maps = model.predict_on_batch(grown)[: len(clips)]
        found += [read_map(cells, (height, width), first + i, score, limit) for i, cells in enumerate(maps)]
    return _joined(found)


def read_map(
    cells: NDArray[np.float32], picture: tuple[int, ...], frame: int = 0, score: float = 0.1, limit: float = 0.5
) -> Detections:
    """Boxes out of a detector's map (h, w, labels + 4): scores, log of width and height, offset of the centre.

    picture: height and width in pixels, where boxes are cut off. A box begins as a cell whose score is no smaller than
    its eight neighbours'. Chapter 13.
    """
    heat, shape = cells[..., :-4], cells[..., -4:]
    peaks = (heat >= score) & (heat == cv2.dilate(heat, np.ones((3, 3))).reshape(heat.shape))
    row, column, label = np.nonzero(peaks)
    scores, shape = heat[row, column, label], shape[row, column]
    centre = (np.stack([column, row], axis=1) + 0.5 + shape[:, 2:]) * CELL
    half = np.exp(shape[:, :2]) / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    boxes = np.clip(boxes, 0, np.array([picture[1], picture[0]] * 2)).astype(np.float32)
    kept = nms(boxes, scores, label, limit)
    return Detections(np.full(len(kept), frame), label[kept].astype(np.int64), boxes[kept], scores[kept])


def targets(truth: Any, frames: int, picture: tuple[int, int], labels: int, seen: float = 0.25) -> NDArray[np.float32]:
    """What a detector's maps should say: float32 (frames, h, w, labels + 4), as `read_map` reads them.

    truth: a street's objects. picture: height and width in pixels. A label's heat is 1 in the cell of a centre and
    falls off as a Gaussian that is wide where the box is; for what is visible by less than `seen` it stays below 1, so
    that the loss hardly minds what the detector says. Sizes and offsets are written near each centre. Chapter 13.
    """
    shape = np.array([-(-picture[1] // CELL), -(-picture[0] // CELL)])
    maps = np.zeros((frames, shape[1], shape[0], labels + 4), np.float32)
    for i in np.argsort(-_area(truth.box), kind="stable"):  # large things first: the small ones write over them
        sides, middle = truth.box[i, 2:] - truth.box[i, :2], (truth.box[i, :2] + truth.box[i, 2:]) / 2 / CELL
        sigma = np.maximum(sides / CELL / 7, 0.6)
        cell = np.minimum(middle.astype(int), shape - 1)
        low, high = np.maximum(cell - np.ceil(3 * sigma), 0).astype(int), cell + np.ceil(3 * sigma).astype(int) + 1
        here = maps[truth.frame[i], low[1] : high[1], low[0] : high[0]]
        places = np.stack(np.meshgrid(*(np.arange(here.shape[1 - k]) + low[k] for k in (0, 1))), axis=-1)
        near = np.exp(-0.5 * (((places - cell) / sigma) ** 2).sum(axis=-1))
        heat = here[..., truth.label[i]]
        np.maximum(heat, near if truth.visibility[i] >= seen else np.minimum(near, 0.95), out=heat)
        shape_of = here[near > 0.3]
        shape_of[:, labels : labels + 2] = np.log(sides)
        shape_of[:, labels + 2 :] = (middle - places - 0.5)[near > 0.3]
        here[near > 0.3] = shape_of
    return maps


def examples(film: Any, every: int, length: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Every so many frames of a street, as a detector is trained on them.

    film: a `worlds.street`. Returns clips uint8 (N, length, H, W, 3), each a frame and the ones before it, and its
    `targets`. Raises ValueError for a film that is too short for one clip. Chapter 13.
    """
    at = np.arange(max(every, length) - 1, len(film.frames), every)
    if not len(at):
        raise ValueError(f"a film of {len(film.frames)} frames has no clip of {length}, taken every {every}")
    rows = film.objects.where(np.isin(film.objects.frame, at))
    maps = targets(rows, len(film.frames), film.frames.shape[1:3], len(film.labels))
    return film.frames[at[:, None] + np.arange(1 - length, 1)], maps[at]


def moving(
    frames: Frames,
    *,
    label: Callable[[Boxes], NDArray[np.integer]] | None = None,
    smallest: float = 12,
    memory: int = 500,
) -> Detections:
    """Everything that moves in a film from a camera that stands still: background subtraction, without training.

    What has stood for about `memory` frames becomes background, and so do people who wait; things that touch are one.
    frames: uint8 (T, H, W, 3), or an iterator of frames of which one is held. label: names boxes (K, 4) with numbers
    (K,), as `by_size`; without it all labels are 0. smallest: the least area of a patch in square pixels. The score
    is the part of the box that moved. In the first few seconds the background is not yet known. Chapter 13.
    """
    model = cv2.createBackgroundSubtractorMOG2(history=memory, varThreshold=12, detectShadows=True)
    found = []
    for t, frame in enumerate(frames):
        mask = model.apply(frame)
        if not t:
            continue  # nothing is known yet, so all of it would be new
        # Gaps as wide as a coat is from a shirt are closed: 3 pixels of the street's 128, 11 of 432.
        gap = 2 * (len(frame) // 85) + 1
        solid = cv2.morphologyEx((mask == 255).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(solid)
        patches = stats[1:count][stats[1:count, cv2.CC_STAT_AREA] >= smallest]
        corner, sides, area = patches[:, :2], patches[:, 2:4], patches[:, cv2.CC_STAT_AREA]
        boxes = np.concatenate([corner, corner + sides], axis=1).astype(np.float32)
        labels = np.zeros(len(boxes), np.int64) if label is None else np.asarray(label(boxes), np.int64)
        score = (area / sides.prod(axis=1)).astype(np.float32)
        found.append(Detections(np.full(len(boxes), t), labels, boxes, score))
    return _joined(found)


def by_size(metres_per_pixel: float) -> Callable[[Boxes], NDArray[np.int64]]:
    """Labels for `moving` in a street seen from above, by the longer side: person to 2 m, car to 6.5 m, else lorry."""

    def label(boxes: Boxes) -> NDArray[np.int64]:
        longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) * metres_per_pixel
        return np.select([longer < 2, longer < 6.5], [2, 0], 1)

    return label


def _boxes(boxes: Any) -> NDArray[np.float64]:
    boxes = np.asarray(boxes, np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes are (N, 4), x1, y1, x2, y2 in each row, not {boxes.shape}")
    return boxes


def _area(boxes: Boxes) -> NDArray[np.floating]:
    return (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)


def _clips(frames: Frames, length: int, batch: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Batches of clips, each of a frame and the `length` - 1 before it, with the number of their first frame."""
    stream, done, before = iter(frames), 0, None
    while some := list(islice(stream, batch)):
        new = np.stack(some)
        # Before the first frame nothing is known: as if the picture had stood still.
        old = np.repeat(new[:1], length - 1, axis=0) if before is None else before
        run = np.concatenate([old, new])
        yield done, np.stack([run[i : i + len(new)] for i in range(length)], axis=1)
        done, before = done + len(new), run[len(run) - length + 1 :]


def _joined(found: list[Detections]) -> Detections:
    none = np.zeros(0, np.int64)
    first = Detections(none, none, np.zeros((0, 4), np.float32), none.astype(np.float32))
    return one_film([first, *found], 0)


def one_film(parts: Sequence[AnyRows], frames: int) -> AnyRows:
    """Rows of several films of so many frames each, as if they were shown one after the other. Chapter 13."""
    columns = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(parts[0])}
    later = np.repeat(np.arange(len(parts)) * frames, [len(part) for part in parts])
    return type(parts[0])(**columns | {"frame": columns["frame"] + later})


def match(
    found: Detections, truth: Rows, limit: float = 0.5, ignored: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Which true row each found row stands for: int64 (M,), -1 for a false alarm, -2 for one that does not count.

    In each frame and label the found rows choose in the order of their scores: each the free true row with the largest
    IoU of at least `limit`. ignored: bool, true rows that are no loss to miss; what finds only such a one does not
    count. Chapter 13.
    """
    counts = np.ones(len(truth), bool) if ignored is None else ~ignored
    chosen = np.full(len(found), -1, np.int64)
    order = np.argsort(-found.score, kind="stable")
    for frame in np.unique(found.frame):
        there = np.arange(*np.searchsorted(truth.frame, (frame, frame + 1)))
        if not len(there):
            continue
        here = order[found.frame[order] == frame]
        worth = iou(found.box[here], truth.box[there])
        worth[(worth < limit - 1e-10) | (found.label[here][:, None] != truth.label[there])] = 0
        worth[(worth > 0) & counts[there]] += 1  # a true row that counts goes before one that does not
        for i, row in zip(here, worth, strict=True):
            best = row.argmax()
            if row[best] > 0:
                chosen[i] = there[best] if counts[there[best]] else -2
                worth[:, best] = 0
    return chosen


class Curve(NamedTuple):
    """Precision and recall, each float64 (K,), 0…1, as the threshold falls through the scores (K,)."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    score: NDArray[np.float32]


def curve(found: Detections, truth: Rows, limit: float = 0.5, ignored: NDArray[np.bool_] | None = None) -> Curve:
    """The precision–recall curve of all rows, whatever their label. See `match`. Chapter 13."""
    ignored = np.zeros(len(truth), bool) if ignored is None else ignored
    chosen = match(found, truth, limit, ignored)
    counts = np.flatnonzero(chosen != -2)
    counts = counts[np.argsort(-found.score[counts], kind="stable")]
    right = np.cumsum(chosen[counts] >= 0)
    return Curve(right / np.arange(1, len(right) + 1), right / max(1, (~ignored).sum()), found.score[counts])


def average_precision(
    found: Detections, truth: Rows, label: int, limit: float = 0.5, ignored: NDArray[np.bool_] | None = None
) -> float:
    """COCO's average precision of one label, 0…1: the mean precision at 101 recalls, 0, 0.01, … 1.

    The precision at a recall is the best that any threshold gives at that recall or a higher one. NaN where the truth
    holds no such label. Chapter 13.
    """
    true = truth.label == label
    left = None if ignored is None else ignored[true]
    if (true if ignored is None else true & ~ignored).sum() == 0:
        return float("nan")
    line = curve(found.where(found.label == label), truth.where(true), limit, left)
    best = np.maximum.accumulate(line.precision[::-1])[::-1]
    places = np.searchsorted(line.recall, np.linspace(0, 1, 101))
    return float(np.append(best, 0)[np.minimum(places, len(best))].mean())
