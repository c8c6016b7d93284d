"""A made-up detector with the faults of real ones: it misses, is inexact, sees what is not there, and suppresses."""

from vidtutor.detect import nms
from vidtutor.rows import Detections
from vidtutor.worlds.street import Street

import numpy as np
from numpy.typing import NDArray


def faulty(
    street: Street, *, miss: float = 0.1, noise: float = 0.05, ghosts: float = 0.3, overlap: float = 0.3, seed: int = 0
) -> Detections:
    """What a detector would find in a street, made from the truth about it.

    miss: the part of the things in full view that it misses, 0…1; of hidden things it misses more, all of those that
    are not to be seen at all. Misses last some frames. noise: standard deviation of an edge, as a part of the box's
    side. ghosts: false detections in a frame, on average. overlap: of two boxes of one label that overlap more
    (intersection over union), the lower one is suppressed. Scores are higher for what is well seen, 0…1.
    Chapter 14.
    """
    rng = np.random.default_rng([seed, 14])
    truth, (height, width) = street.objects, street.frames.shape[1:3]
    things = int(truth.identity.max(initial=0)) + 1
    mood, shake = rng.normal(size=things), rng.normal(size=(things, 4))
    found: list[tuple[int, int, NDArray[np.float64], float]] = []
    for t in range(len(street.frames)):
        mood = 0.85 * mood + np.sqrt(1 - 0.85**2) * rng.normal(size=things)  # so that what is missed stays missed
        shake = 0.6 * shake + 0.8 * rng.normal(size=(things, 4))
        rows = truth.at(t)
        sides = np.tile(rows.box[:, 2:] - rows.box[:, :2], 2)
        boxes = rows.box + noise * sides * shake[rows.identity]
        clear = np.sqrt(rows.visibility.astype(np.float64))
        seen = rng.random(len(rows)) < clear
        seen &= mood[rows.identity] > np.quantile(rng.standard_normal(2000), miss) if miss else seen
        score = np.clip(0.9 * clear + 0.08 * mood[rows.identity] - 0.05, 0.05, 0.99)
        many = rng.poisson(ghosts)
        size = rng.uniform(0.05, 0.16, (many, 2)) * height
        corner = rng.uniform(0, 1, (many, 2)) * ((width, height) - size)
        boxes = np.concatenate([boxes[seen], np.concatenate([corner, corner + size], axis=1)])
        label = np.concatenate([rows.label[seen], rng.integers(0, len(street.labels), many)])
        scores = np.concatenate([score[seen], rng.uniform(0.1, 0.7, many)])
        kept = np.sort(nms(boxes, scores, label, overlap))
        found += [(t, label[i], boxes[i], scores[i]) for i in kept]
    frame, labels, box, score = zip(*found, strict=True) if found else ((),) * 4
    return Detections(
        frame=np.array(frame, np.int64),
        label=np.array(labels, np.int64),
        box=np.array(box, np.float32).reshape(-1, 4),
        score=np.array(score, np.float32),
    )
