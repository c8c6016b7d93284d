"""The tracker on films whose truth is known, and MOTChallenge text written and read."""

from vidtutor.rows import Detections, Tracks
from vidtutor.track import Tracker, read_mot, track, write_mot

import numpy as np
import pytest


def film(paths: np.ndarray, seen: np.ndarray | None = None, labels: list[int] | None = None) -> tuple[Detections, list]:
    """Detections of things whose boxes are paths (T, things, 4), and which thing each row is."""
    frame, thing = np.nonzero(np.ones(paths.shape[:2], bool) if seen is None else seen)
    label = np.array(labels or [0] * paths.shape[1])[thing]
    return Detections(frame, label, paths[frame, thing].astype(np.float32), np.ones(len(frame), np.float32)), thing


def moving(starts: list[tuple[float, float]], speeds: list[tuple[float, float]], frames: int = 30) -> np.ndarray:
    corner = np.array(starts)[None] + np.arange(frames)[:, None, None] * np.array(speeds)[None]
    return np.concatenate([corner, corner + np.array((20, 40))], axis=2)


def test_things_that_pass_each_other_keep_their_identity():
    detections, thing = film(moving([(0, 0), (120, 12), (300, 300)], [(4, 0), (-4, 0), (0, 0)]))
    tracks = track(detections)
    pairs = set(zip(thing, tracks.identity, strict=True))
    assert len(pairs) == 3 and set(tracks.identity) == {1, 2, 3}


def test_a_hidden_thing_comes_back_with_its_identity_and_its_gap_filled():
    paths = moving([(0, 0), (200, 100)], [(3, 1), (0, 0)])
    seen = np.ones((30, 2), bool)
    seen[12:19, 0] = False
    tracks = track(film(paths, seen)[0])
    assert len(tracks) == 60 and len(set(tracks.identity)) == 2
    assert (tracks.score == 0).sum() == 7
    filled = tracks.where(tracks.score == 0)
    np.testing.assert_allclose(filled.box, paths[12:19, 0], atol=1e-4)
    assert len(track(film(paths, seen)[0], fill=0)) == 53


def test_nothing_joins_across_labels():
    paths = moving([(0, 0)], [(2, 0)])
    detections, _ = film(paths)
    changed = Detections(detections.frame, (detections.frame >= 15).astype(int), detections.box, detections.score)
    tracks = track(changed)
    assert len(set(zip(tracks.identity, tracks.label, strict=True))) == 2


def test_rare_and_low_detections_are_dropped_on_any_scale_of_scores():
    rng = np.random.default_rng(0)
    detections, _ = film(moving([(0, 0), (200, 100)], [(3, 1), (0, 0)]))
    corner = rng.uniform(250, 600, (15, 2))
    wrong = np.concatenate([corner, corner + 20], axis=1)
    frame = np.concatenate([detections.frame, 2 * np.arange(15)])
    order = np.argsort(frame, kind="stable")
    box = np.concatenate([detections.box, wrong]).astype(np.float32)[order]
    score = np.concatenate([rng.uniform(5, 9, 60), rng.uniform(-3, 4, 15)]).astype(np.float32)[order]
    found = [
        track(Detections(frame[order], np.zeros(75, int), box, scale(score))) for scale in (np.asarray, np.exp, np.tanh)
    ]
    for tracks in found:
        assert len(tracks) == 60 and set(tracks.identity) == {1, 2}


def test_one_frame_at_a_time_is_what_the_whole_film_is():
    detections, _ = film(moving([(0, 0), (120, 12)], [(4, 0), (-4, 0)]))
    online = Tracker()
    for t in range(30):
        rows = detections.at(t)
        identities = online.update(rows.box, rows.score, rows.label)
        assert identities.dtype == np.int64
        np.testing.assert_array_equal(identities, track(detections, evidence=0, fill=0).at(t).identity)
    assert online.update([], [], []).shape == (0,)


def test_a_turning_camera_does_not_part_a_hidden_thing_from_its_track():
    paths = moving([(60 * i, 100) for i in range(6)], [(0, 0)] * 6)
    paths += np.cumsum(np.where(np.arange(30) >= 10, 5, 0))[:, None, None] * np.array([1, 0, 1, 0])
    seen = np.ones((30, 6), bool)
    seen[10:20, 2] = False
    detections, thing = film(paths, seen)
    assert len(set(zip(thing, track(detections, fill=0).identity, strict=True))) == 6


@pytest.mark.parametrize("boxes", [np.zeros((2, 3)), np.zeros((3, 4)), [[0, 0, np.nan, 1], [0, 0, 1, 1]]])
def test_a_frame_of_another_shape_is_named(boxes):
    with pytest.raises(ValueError, match=r"a frame has finite boxes \(K, 4\)"):
        Tracker().update(boxes, [1, 1], [0, 0])


def test_no_detection_gives_no_track():
    none = Detections(np.empty(0, int), np.empty(0, int), np.empty((0, 4), np.float32), np.empty(0, np.float32))
    assert len(track(none)) == 0
    one = Detections(np.array([7]), np.array([0]), np.array([[0, 0, 5, 5]], np.float32), np.ones(1, np.float32))
    assert len(track(one)) == 0 and track(one, evidence=0).frame.tolist() == [7]


def test_motchallenge_text_comes_back_as_it_was(tmp_path):
    tracks = track(film(moving([(0.25, 1), (120, 12)], [(4, 0.5), (-4, 0)]))[0])
    write_mot(tmp_path / "tracks.txt", tracks)
    back = read_mot(tmp_path / "tracks.txt")
    for name, column in vars(tracks).items():
        np.testing.assert_allclose(vars(back)[name], column, atol=1e-3, err_msg=name)
    assert (tmp_path / "tracks.txt").read_text().splitlines()[0] == "1,1,0.250,1.000,20.000,40.000,1,-1,-1,-1"
    assert [path.name for path in tmp_path.iterdir()] == ["tracks.txt"]
    assert isinstance(back, Tracks)


def test_detections_have_identity_minus_one(tmp_path):
    write_mot(tmp_path / "found.txt", film(moving([(0, 0)], [(1, 0)]))[0])
    back = read_mot(tmp_path / "found.txt", label=3)
    assert set(back.identity) == {-1} and set(back.label) == {3}
    assert len(track(back)) == 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no line"),
        ("1,-1,1,2,3,4,1\n1,-1,1,2,three,4,1\n", r"line 2: '1,-1,1,2,three,4,1' is not 'frame"),
        ("0,-1,1,2,3,4,1\n", "line 1"),
        ("1,-1,1,2,3\n", "line 1"),
        ("1,-1,1,2,-3,4,1\n", "no side below 0"),
        ("1,-1,nan,2,3,4,1\n", "line 1"),
    ],
)
def test_text_that_is_not_motchallenge_names_its_line(tmp_path, text, message):
    path = tmp_path / "det.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_mot(path)


def test_frames_out_of_order_and_a_missing_score_are_read(tmp_path):
    path = tmp_path / "det.txt"
    path.write_text("3 -1 1 2 3 4\n\n1,-1,1,2,3,4,0.5,-1,-1,-1\n")
    assert read_mot(path).frame.tolist() == [0, 2] and read_mot(path).score.tolist() == [0.5, 1]
