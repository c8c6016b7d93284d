"""Who is who from frame to frame: a Kalman filter for each thing, and the best assignment of boxes to things.

Tracking by detection, as chapter 14 derives it: every track predicts its box, detections go to the tracks that
together overlap them most, and a track that stays alone for too long ends. Nothing here is trained.
"""

import math
from itertools import pairwise
from pathlib import Path

from vidtutor.files import whole
from vidtutor.rows import Detections, Tracks

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

# A track is a column of numbers: the four edges of its box and their speeds in pixels a frame; one covariance for all
# edges, where a detection's own error has variance 1; frames since it was seen, how often it was, label, identity.
BOX, SPEED, VARIANCE, COVARIANCE, SPEED_VARIANCE, LOST, SEEN, LABEL, IDENTITY = (
    slice(0, 4),
    slice(4, 8),
    *range(8, 15),
)
DETECTION_ERROR = 0.05  # of an edge, as a part of the box's side
SURPRISE = 0.03  # variance that a frame adds to a speed, in squares of a detection's error
FIRST_SPEED = 1.0  # variance of the speed of a thing seen once
SIZE_KEPT = 0.7  # the part of a box's growing that goes on from frame to frame: nothing grows for ever
FORGET = 0.99  # what a lost track's overlap is worth, for each frame that it was lost
OUTWARDS = np.array([[-1], [-1], [1], [1]])
SHORTEST = 3  # detections of a track that is kept
WIDEST = 0.5  # a box is widened by this part of its side at most


def _motion() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrix (15, 15) and vector (15, 1) that take all tracks one frame on: the prediction of a Kalman filter."""
    step = np.eye(15)
    step[BOX, SPEED] = np.eye(4)
    both = np.tile(np.eye(2), (2, 2)) / 2  # the mean speed of opposite edges is the speed of the box
    step[SPEED, SPEED] = both + SIZE_KEPT * (np.eye(4) - both)
    step[VARIANCE, [COVARIANCE, SPEED_VARIANCE]] = 2, 1
    step[COVARIANCE, SPEED_VARIANCE] = 1
    added = np.zeros((15, 1))
    added[[VARIANCE, COVARIANCE, SPEED_VARIANCE, LOST], 0] = SURPRISE / 4, SURPRISE / 2, SURPRISE, 1
    return step, added


class Tracker:
    """Gives each detection an identity, one frame at a time.

    overlap: a detection may join a track where the overlap of their boxes (intersection over union, times the same
    ratio of heights, boxes widened by the track's uncertainty) is larger, 0…1. A track ends when it was lost for more
    frames than `life`, or than `patience` times the number of times it was seen, or when it has left the picture.
    Scores are not used. Chapter 14.
    """

    def __init__(self, *, overlap: float = 0.15, patience: float = 1.5, life: int = 60) -> None:
        """Begin a film: no track yet."""
        self.overlap, self.patience, self.life = overlap, patience, life
        self._tracks = np.empty((15, 0))
        self._born = 0
        self._picture = np.full((4, 1), -np.inf)
        self._step, self._added = _motion()

    def update(self, boxes: ArrayLike, scores: ArrayLike, labels: ArrayLike) -> NDArray[np.int64]:
        """Take the detections of the next frame; boxes (K, 4), scores and labels (K,). K may be 0.

        Returns identities int64 (K,), counted from 1. A track that was seen once is a track too: `track` drops those
        that stay short. Raises ValueError for arrays of other shapes and for boxes that are not finite.
        """
        columns = np.asarray(boxes, np.float64).reshape(-1, 4) if np.size(boxes) == 0 else np.asarray(boxes, np.float64)
        names = np.asarray(labels)
        if columns.shape != (len(names), 4) or names.shape != np.shape(scores) or not np.isfinite(columns).all():
            raise ValueError(
                f"a frame has finite boxes (K, 4), scores (K,) and labels (K,), not {columns.shape}, "
                f"{np.shape(scores)} and {names.shape}"
            )
        return self._next(columns.T, names)

    def _next(self, boxes: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """`update` without checks; boxes (4, K)."""
        tracks, many = self._step @ self._tracks, boxes.shape[1]
        tracks += self._added
        identities = np.empty(many, np.int64)
        found, lost, new = tracks[:, :0], tracks, np.ones(many, bool)
        if many:
            self._picture = np.maximum(self._picture, (OUTWARDS * boxes).max(1, keepdims=True))
        if many and tracks.shape[1]:
            i, j = self._pairs(tracks, boxes, labels)
            alone = np.ones(tracks.shape[1], bool)
            alone[i] = new[j] = False
            found, lost = tracks.take(i, 1), tracks.compress(alone, 1)
            error = boxes.take(j, 1)
            error -= found[BOX]
            if len(i) >= 3 and lost.shape[1]:
                # What most tracks missed is the camera's doing, and lost tracks missed it too.
                middle = np.sort(error, axis=1)[:, len(i) // 2, None]
                middle = (middle[:2] + middle[2:]) / 2
                lost[:2] += middle
                lost[2:4] += middle
            _correct(found, error)
            identities[j] = found[IDENTITY]
        parts = [found]
        if lost.shape[1]:
            parts.append(lost.compress(self._alive(lost), 1))
        if new.any():
            parts.append(_born(boxes[:, new], labels[new], self._born + 1))
            identities[new] = parts[-1][IDENTITY]
            self._born += parts[-1].shape[1]
        self._tracks = np.concatenate(parts, axis=1)
        return identities

    def _pairs(
        self, tracks: NDArray[np.float64], boxes: NDArray[np.float64], labels: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs of tracks (15, N) and boxes (4, K) that together overlap most: two index arrays (M,)."""
        apart = np.abs(tracks[BOX, :, None] - boxes[:, None])
        apart = apart[:2] + apart[2:]
        sides = (tracks[2:4] - tracks[:2])[:, :, None] + (boxes[2:] - boxes[:2])[:, None]
        sides *= (1 + 2 * np.minimum(DETECTION_ERROR * np.sqrt(tracks[VARIANCE]), WIDEST))[:, None]
        share = (sides - apart) / (sides + apart + 1e-9)
        overlap = share[0].clip(0) * share[1] * np.abs(share[1])
        overlap *= (FORGET ** tracks[LOST])[:, None]
        overlap[(overlap < self.overlap) | (tracks[LABEL, :, None] != labels)] = 0
        i, j = linear_sum_assignment(overlap, maximize=True)
        fits = overlap[i, j] > 0
        return i[fits], j[fits]

    def _alive(self, lost: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which lost tracks (15, N) go on: bool (N,)."""
        middle = lost[:2] + lost[2:4]
        middle /= 2
        inside = (-middle < self._picture[:2]) & (middle < self._picture[2:])
        return inside[0] & inside[1] & (lost[LOST] <= np.minimum(self.life, self.patience * lost[SEEN]))


def _correct(tracks: NDArray[np.float64], error: NDArray[np.float64]) -> None:
    """Kalman's correction of tracks (15, M) by how far their boxes were from the predicted ones (4, M)."""
    covariance = tracks[COVARIANCE].copy()
    gains = tracks[8:10] / (tracks[VARIANCE] + 1)  # a detection's own variance is 1
    tracks[BOX] += gains[0] * error
    tracks[SPEED] += gains[1] * error
    tracks[8:10] = gains
    tracks[SPEED_VARIANCE] -= gains[1] * covariance
    tracks[LOST] = 0
    tracks[SEEN] += 1


def _born(boxes: NDArray[np.float64], labels: NDArray[np.int64], first: int) -> NDArray[np.float64]:
    """New tracks (15, M) that stand still, as far as anyone knows; their identities begin with `first`."""
    tracks = np.zeros((15, boxes.shape[1]))
    tracks[BOX] = boxes
    tracks[VARIANCE], tracks[SPEED_VARIANCE], tracks[SEEN] = 1, FIRST_SPEED, 1
    tracks[LABEL], tracks[IDENTITY] = labels, np.arange(first, first + len(labels))
    return tracks


def track(
    detections: Detections, *, tracker: Tracker | None = None, evidence: float = 3.0, fill: int = 20, smooth: int = 2
) -> Tracks:
    """Join the detections of a whole film to tracks.

    tracker: a new `Tracker`, or the default one. evidence: a track needs three detections, and this sum of their ranks,
    where a detection's rank is the part of the film's detections that do not score higher, 0…1, so the scale of the
    scores does not matter; 0 keeps every track. fill: gaps of up to so many frames are filled in a straight line, with
    score 0. smooth: each box is averaged with up to so many before and as many behind it.
    Returns the rows of the tracks, in the order of frames, identities counted from 1. Chapter 14.
    """
    if not len(detections):
        return _tracks(detections, np.empty(0, np.int64))
    tracker = tracker or Tracker()
    boxes, labels = detections.box.T.astype(np.float64), detections.label
    start, stop = detections.frame[0], detections.frame[-1] + 1
    edges = np.searchsorted(detections.frame, np.arange(start, stop + 1)).tolist()
    identities = np.concatenate([tracker._next(boxes[:, a:b], labels[a:b]) for a, b in pairwise(edges)])
    tracks = _tracks(detections, identities)
    if evidence > 0:
        rank = np.searchsorted(np.sort(detections.score), detections.score, "right") / len(tracks)
        enough = (np.bincount(identities) >= SHORTEST) & (np.bincount(identities, rank) >= evidence)
        tracks = tracks.where(enough[identities])
    order = np.lexsort((tracks.frame, tracks.identity))
    whole = _filled({name: column[order] for name, column in vars(tracks).items()}, fill)
    if smooth:
        whole["box"] = _smoothed(whole, smooth)
    whole["identity"] = np.unique(whole["identity"], return_inverse=True)[1] + 1
    order = np.argsort(whole["frame"], kind="stable")
    return Tracks(**{name: column[order] for name, column in whole.items()})


def _tracks(rows: Detections, identities: NDArray[np.int64]) -> Tracks:
    return Tracks(rows.frame, rows.label, rows.box, rows.score, identities)


def _filled(tracks: dict[str, NDArray], most: int) -> dict[str, NDArray]:
    """Columns in the order of identities, then frames, with gaps of up to `most` frames filled in a straight line."""
    step = np.diff(tracks["frame"], append=-1)
    step[np.diff(tracks["identity"], append=-1) != 0] = 1
    many = np.where(step <= most + 1, step, 1)  # rows for each row there was: itself, and those of the gap behind it
    row = np.repeat(np.arange(len(step)), many)
    ahead = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    whole = {name: column[row] for name, column in tracks.items()}
    whole["frame"] = whole["frame"] + ahead
    whole["score"] = np.where(ahead > 0, np.float32(0), whole["score"])
    following = tracks["box"][np.minimum(row + 1, len(step) - 1)]
    whole["box"] = whole["box"] + (ahead / many[row])[:, None].astype(np.float32) * (following - whole["box"])
    return whole


def _smoothed(tracks: dict[str, NDArray], reach: int) -> NDArray[np.float32]:
    """Each box as the mean of as many before as behind it, `reach` at most, moved no further than a detection errs."""
    place = np.arange(len(tracks["frame"]))
    first = np.diff(tracks["frame"] - place, prepend=-1) != 0
    first |= np.diff(tracks["identity"], prepend=-1) != 0
    run = np.cumsum(first) - 1
    starts = np.append(np.flatnonzero(first), len(place))
    near = np.minimum(reach, np.minimum(place - starts[run], starts[run + 1] - 1 - place))
    box = tracks["box"].astype(np.float64)
    total = np.concatenate([np.zeros((1, 4)), np.cumsum(box, axis=0)])
    mean = (total[place + near + 1] - total[place - near]) / (2 * near + 1)[:, None]
    most = 2 * DETECTION_ERROR * np.tile(box[:, 2:] - box[:, :2], 2)
    return (box + np.clip(mean - box, -most, most)).astype(np.float32)


def read_mot(path: str | Path, label: int = 0) -> Tracks:
    """Read a text file of MOTChallenge: frame, identity, left, top, width, height, score, … on each line.

    Frames are counted from 1 there and from 0 here. Where there is no score, it is 1; more columns are not read. A file
    of detections has identity -1 in every line: what comes back can be given to `track` all the same. label: of every
    row, because the format has none.
    Raises ValueError that names file, line and trouble, for a line that is not such a line and for a file without any;
    FileNotFoundError where there is no file. Chapter 14.
    """
    rows = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        parts = line.replace(",", " ").split()
        try:
            row = [float(part) for part in (*parts, "1")[:7]]
        except ValueError:
            row = []
        usable = len(row) == 7 and all(map(math.isfinite, row))
        if not usable or row[0] < 1 or row[0] % 1 or row[1] % 1 or min(row[4:6]) < 0:
            raise ValueError(
                f"{path}, line {number}: {line.strip()[:60]!r} is not 'frame, identity, left, top, width, height, "
                "score', with whole frames from 1, whole identities and no side below 0"
            )
        rows.append(row)
    if not rows:
        raise ValueError(f"{path} has no line: MOTChallenge text has one line for each thing in each frame")
    columns = np.array(sorted(rows, key=lambda row: row[0])).T
    corner, size = columns[2:4], columns[4:6]
    return Tracks(
        frame=columns[0].astype(np.int64) - 1,
        label=np.full(len(rows), label),
        box=np.concatenate([corner, corner + size]).T.astype(np.float32),
        score=columns[6].astype(np.float32),
        identity=columns[1].astype(np.int64),
    )


def write_mot(path: str | Path, rows: Detections) -> None:
    """Write tracks, or detections with identity -1, as MOTChallenge text; labels are not kept.

    The file appears whole or not at all. Raises FileNotFoundError where there is no such folder. Chapter 14.
    """
    identities = rows.identity if isinstance(rows, Tracks) else np.full(len(rows), -1)
    box = rows.box.astype(np.float64)
    columns = np.column_stack([rows.frame + 1, identities, box[:, :2], box[:, 2:] - box[:, :2], rows.score])
    with whole(path) as file:
        np.savetxt(file, columns, fmt="%d,%d,%.3f,%.3f,%.3f,%.3f,%.6g,-1,-1,-1")
