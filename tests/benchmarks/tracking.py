"""Our tracker beside those that pip installs, on the same detections, in one run, scored by trackeval.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install -r tests/benchmarks/requirements.txt
    PYTHONPATH=. /tmp/bench/bin/python tests/benchmarks/tracking.py --data FOLDER

FOLDER holds a folder for each film, with det.txt and gt.txt (or det/det.txt and gt/gt.txt) in the text format of
MOTChallenge. Made-up streets with a made-up detector follow, and without --data they are all. `--peers ours` needs no
peer, and `--csv FILE` keeps the table. Frames a second are of CPU time, on one film after the other.
"""

import argparse
import csv
import datetime
import platform
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from vidtutor.detect import iou
from vidtutor.mot import hota
from vidtutor.rows import Detections, Tracks
from vidtutor.track import read_mot, track

import numpy as np

Film = tuple[str, Detections, Tracks]
Rows = list[tuple[int, int, np.ndarray]]  # frame, identity and box of each tracked thing


def from_folder(folder: Path) -> list[Film]:
    films = []
    for each in sorted(folder.iterdir()):
        paths = [
            next((path for path in (each / f"{n}.txt", each / n / f"{n}.txt") if path.exists()), None)
            for n in ("det", "gt")
        ]
        if all(paths):
            found, truth = map(read_mot, paths)
            films.append((each.name, found, truth.where(truth.score > 0)))
    if not films:
        raise SystemExit(f"{folder} has no folder with det.txt and gt.txt, or with det/det.txt and gt/gt.txt")
    return films


def from_street() -> list[Film]:
    from vidtutor.worlds.faulty import faulty
    from vidtutor.worlds.street import street

    films = []
    for seed, fps in enumerate((7, 12, 25)):
        film = street(300, seed=seed, fps=fps, traffic=36, pedestrians=48)
        o = film.objects
        truth = Tracks(o.frame, 0 * o.label, o.box, np.ones(len(o), np.float32), o.identity)
        found = faulty(film, seed=seed)
        films.append((f"street {fps} fps", Detections(found.frame, 0 * found.label, found.box, found.score), truth))
    return films


def ours(found: Detections) -> Rows:
    tracks = track(found)
    return list(zip(tracks.frame, tracks.identity, tracks.box, strict=True))


def of_trackers(name: str) -> Callable[[Detections], Rows]:
    def run(found: Detections) -> Rows:
        import supervision
        import trackers

        tracker, rows = getattr(trackers, name)(), []
        for t, now in by_frame(found):
            given = supervision.Detections(now.box, confidence=now.score, class_id=now.label)
            out = tracker.update(given)
            rows += [(t, i, box) for box, i in zip(out.xyxy, out.tracker_id, strict=True) if i >= 0]
        return rows

    return run


def of_norfair(found: Detections) -> Rows:
    import norfair

    tracker, rows = norfair.Tracker("iou", distance_threshold=0.7), []
    for t, now in by_frame(found):
        points = [
            norfair.Detection(box.reshape(2, 2).astype(float), np.array([s, s]))
            for box, s in zip(now.box, now.score, strict=True)
        ]
        for each in tracker.update(points):
            if each.last_detection in points:
                rows.append((t, each.id, each.last_detection.points.ravel()))
    return rows


def of_motpy(found: Detections) -> Rows:
    import motpy

    tracker, rows, names = motpy.MultiObjectTracker(dt=1 / 15), [], {}
    for t, now in by_frame(found):
        for each in tracker.step([motpy.Detection(box, float(s)) for box, s in zip(now.box, now.score, strict=True)]):
            rows.append((t, names.setdefault(each.id, len(names)), each.box))
    return rows


PEERS: dict[str, Callable[[Detections], Rows]] = {
    "ours": ours,
    "trackers SORT": of_trackers("SORTTracker"),
    "trackers ByteTrack": of_trackers("ByteTrackTracker"),
    "norfair, matched only": of_norfair,
    "motpy": of_motpy,
}


def by_frame(found: Detections) -> Iterable[tuple[int, Detections]]:
    return ((t, found.at(t)) for t in range(found.frame[-1] + 1))


def as_tracks(rows: Rows) -> Tracks:
    rows = sorted(rows, key=lambda row: row[0])
    frame, identity, box = zip(*rows, strict=True) if rows else ((), (), ())
    return Tracks(
        np.array(frame, int),
        np.zeros(len(rows), int),
        np.array(box, np.float32).reshape(-1, 4),
        np.ones(len(rows), np.float32),
        np.array(identity, int),
    )


def scores(pairs: list[tuple[Tracks, Tracks]]) -> dict[str, float]:
    """HOTA, MOTA, IDF1 in percent, and switches, of several films together, by trackeval."""
    from trackeval.metrics import CLEAR, HOTA, Identity

    out = {}
    for metric in (HOTA(), CLEAR({"PRINT_CONFIG": False}), Identity({"PRINT_CONFIG": False})):
        out |= metric.combine_sequences({str(n): metric.eval_sequence(as_data(*pair)) for n, pair in enumerate(pairs)})
    return {
        "HOTA": 100 * float(np.mean(out["HOTA"])),
        "MOTA": 100 * out["MOTA"],
        "IDF1": 100 * out["IDF1"],
        "IDsw": int(out["IDSW"]),
    }


def as_data(truth: Tracks, tracks: Tracks) -> dict[str, object]:
    """A film as trackeval wants it: identities from 0, and overlaps, frame by frame."""
    one, other = (np.unique(rows.identity, return_inverse=True)[1] for rows in (truth, tracks))
    ids, found, overlaps = [], [], []
    for t in range(max(truth.frame[-1], *tracks.frame[-1:]) + 1):
        a, b = (slice(*np.searchsorted(rows.frame, (t, t + 1))) for rows in (truth, tracks))
        ids.append(one[a])
        found.append(other[b])
        overlaps.append(iou(truth.box[a], tracks.box[b]))
    return {
        "gt_ids": ids,
        "tracker_ids": found,
        "similarity_scores": overlaps,
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(tracks),
        "num_gt_ids": int(one.max()) + 1,
        "num_tracker_ids": int(other.max(initial=-1)) + 1,
        "num_timesteps": len(ids),
        "seq": "film",
    }


def compare(films: list[Film], names: list[str]) -> list[dict[str, object]]:
    """A row for each tracker: its scores, and how many frames it took in a second of CPU time."""
    frames = sum(int(found.frame[-1]) + 1 for _, found, _ in films)
    table = []
    for name in names:
        PEERS[name](films[0][1].where(slice(200)))  # imports and first calls
        begun = time.process_time()
        rows = [PEERS[name](found) for _, found, _ in films]
        seconds = time.process_time() - begun
        pairs = [(truth, as_tracks(each)) for (_, _, truth), each in zip(films, rows, strict=True)]
        result = scores(pairs)
        gap = abs(result["HOTA"] - 100 * hota(pairs)["HOTA"])
        if gap > 1e-3:
            warnings.warn(f"vidtutor.mot and trackeval differ by {gap} in HOTA", stacklevel=2)
        table.append(
            {
                "tracker": name,
                **{k: round(v, 2) for k, v in result.items()},
                "frames_per_cpu_second": round(frames / seconds),
            }
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    table = []
    for films in ([from_folder(given.data)] if given.data else []) + [from_street()]:
        names = ", ".join(name for name, _, _ in films)
        rows = compare(films, given.peers)
        table += [{"films": names, **row} for row in rows]
        print(f"{len(films)} films: {names}")
        print(f"{'tracker':24}{'HOTA':>8}{'MOTA':>8}{'IDF1':>8}{'IDsw':>7}{'frames/s':>10}")
        for row in rows:
            print("{:24}{:8.2f}{:8.2f}{:8.2f}{:7d}{:10d}".format(*row.values()))
    if given.csv:
        with given.csv.open("w", newline="", encoding="utf-8") as file:
            file.write(f"# {datetime.date.today()}, {platform.machine()}, Python {platform.python_version()}; made by ")
            file.write("tests/benchmarks/tracking.py on public detections of MOT15 and on made-up streets\n")
            writer = csv.DictWriter(file, table[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main()
