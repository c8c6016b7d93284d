"""Boxes are drawn into the frame that they belong to, tracks with their way."""

from vidtutor.drawn import drawn
from vidtutor.rows import Detections, Tracks

import numpy as np

BOX = np.array([[4, 10, 12, 20], [14, 10, 22, 20]], np.float32)
COLUMNS = np.array([0, 1]), np.zeros(2, int), BOX, np.ones(2, np.float32)


def test_a_box_stands_in_its_own_frame_only() -> None:
    film = np.zeros((3, 32, 48, 3), np.uint8)
    seen = drawn(film, Detections(*COLUMNS))
    assert seen.shape == (3, 64, 96, 3) and not film.any()
    assert seen[0, 20, 8:25].any(axis=-1).all() and not seen[1, 20, 8:20].any()
    assert seen[1, 20, 28:45].any(axis=-1).all() and not seen[2].any()


def test_a_track_leaves_a_line() -> None:
    seen = drawn(np.zeros((2, 32, 48, 3), np.uint8), Tracks(*COLUMNS, np.array([3, 3])), trail=5)
    assert seen[1, 30, 17:36].any(axis=-1).all()
    assert not drawn(np.zeros((2, 32, 48, 3), np.uint8), Tracks(*COLUMNS, np.array([3, 3])))[1, 30, 17:26].any()
