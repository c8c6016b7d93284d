"""How good are tracks? MOTA and IDF1 by the library of the field, motmetrics, and HOTA as its paper defines it.

HOTA is written out here, because the one library that has it, trackeval, brings a second OpenCV along; a benchmark
holds the two against each other.
"""

from collections.abc import Sequence

from vidtutor.detect import iou
from vidtutor.rows import Tracks
from vidtutor.worlds.street import Objects

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Truth = Tracks | Objects
ALPHAS = np.arange(1, 20) / 20  # the overlaps at which HOTA counts, of which it is the mean


def rate(truth: Truth | Sequence[Truth], tracks: Tracks | Sequence[Tracks]) -> dict[str, float]:
    """How well tracks tell who was where, for one film or for several together.

    truth, tracks: rows with identities; in a list, film for film. A row of one can only match a row of the other with
    the same frame and label. Returns MOTA (at most 1, may be negative), IDF1, HOTA, DetA and AssA (0…1), and, as
    counts, misses, false positives ("ghosts") and switches; all but HOTA and its parts at an intersection over union
    of 0.5. Raises ValueError for no true row at all, or for lists of unlike length. Chapter 14.
    """
    films = list(zip(*(each if isinstance(each, Sequence) else [each] for each in (truth, tracks)), strict=True))
    if not sum(len(true) for true, _ in films):
        raise ValueError("the truth has no row, so there is nothing to find: give at least one")
    return _clear(films) | hota(films)


def _clear(films: list[tuple[Truth, Tracks]]) -> dict[str, float]:
    """MOTA, IDF1 and counts of all films together."""
    import motmetrics  # with pandas, which takes a second to load

    names = {
        "mota": "MOTA",
        "idf1": "IDF1",
        "num_misses": "misses",
        "num_false_positives": "ghosts",
        "num_switches": "switches",
    }
    events, true_before, found_before = motmetrics.MOTAccumulator(auto_id=True), 0, 0
    for true, found in films:
        for here, there, overlap in _frames(true, found):
            distance = np.where(overlap >= 0.5, 1 - overlap, np.nan)
            events.update(true.identity[here] + true_before, found.identity[there] + found_before, distance)
        # Nobody is in two films.
        true_before += int(true.identity.max(initial=0)) + 1
        found_before += int(found.identity.max(initial=0)) + 1
    values = motmetrics.metrics.create().compute(events, metrics=list(names), return_dataframe=False)
    return {names[name]: float(value) for name, value in values.items()}


def hota(films: Sequence[tuple[Truth, Tracks]]) -> dict[str, float]:
    """HOTA and its two parts, DetA and AssA, 0…1, of pairs of true rows and tracks, each a film (Luiten 2021).

    At an overlap α: pairs of true and found boxes are matched so that identities agree as far as they can; DetA is the
    part matched of all boxes, true, found or both; AssA asks the same of the two whole tracks of each matched pair, on
    average over pairs; HOTA is the root of their product. The three are means over 19 values of α. Chapter 14.
    """
    matched, agreed, boxes = np.zeros(len(ALPHAS)), np.zeros(len(ALPHAS)), 0
    for truth, tracks in films:
        who = np.unique(truth.identity, return_inverse=True)[1]
        track = np.unique(tracks.identity, return_inverse=True)[1]
        lengths = np.bincount(who)[:, None] + np.bincount(track, minlength=1)
        frames = [(who[here], track[there], overlap) for here, there, overlap in _frames(truth, tracks)]
        alike = np.zeros(lengths.shape)
        for i, j, overlap in frames:
            either = overlap.sum(0) + overlap.sum(1)[:, None] - overlap
            alike[np.ix_(i, j)] += np.divide(overlap, either, out=np.zeros_like(overlap), where=either > 0)
        alike /= lengths - alike
        together = np.zeros((len(ALPHAS), *lengths.shape))
        for i, j, overlap in frames:
            rows, columns = linear_sum_assignment(alike[np.ix_(i, j)] * overlap, maximize=True)
            enough = overlap[rows, columns] >= ALPHAS[:, None] - 1e-9
            together[:, i[rows], j[columns]] += enough
        matched += together.sum((1, 2))
        agreed += (together**2 / (lengths - together)).sum((1, 2))
        boxes += len(truth) + len(tracks)
    detection = matched / (boxes - matched)
    association = agreed / np.maximum(matched, 1)
    return {
        "HOTA": float(np.sqrt(detection * association).mean()),
        "DetA": float(detection.mean()),
        "AssA": float(association.mean()),
    }


def _frames(truth: Truth, tracks: Tracks) -> list[tuple[slice, slice, NDArray[np.float64]]]:
    """For each frame the rows of the truth, those of the tracks, and their overlaps (n, m), 0 across labels."""
    last = max([*truth.frame[-1:], *tracks.frame[-1:]])
    edges = [np.searchsorted(rows.frame, np.arange(last + 2)) for rows in (truth, tracks)]
    frames = []
    for a, b, c, d in zip(edges[0][:-1], edges[0][1:], edges[1][:-1], edges[1][1:], strict=True):
        same = truth.label[a:b, None] == tracks.label[c:d]
        frames.append((slice(a, b), slice(c, d), iou(truth.box[a:b], tracks.box[c:d]) * same))
    return frames
