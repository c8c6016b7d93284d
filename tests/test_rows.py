"""Rows of a film: what belongs together stays together, and what does not fit is refused."""

from vidtutor.rows import Detections, Tracks

import numpy as np
import pytest


def detections(frames: list[int]) -> Detections:
    count = len(frames)
    box = np.arange(4 * count, dtype=np.float32).reshape(count, 4)
    return Detections(np.array(frames), np.zeros(count, np.int64), box, np.linspace(0, 1, count, dtype=np.float32))


def test_a_frame_is_found_with_all_its_columns() -> None:
    rows = detections([0, 0, 2, 2, 2, 5])
    assert [len(rows.at(frame)) for frame in range(-1, 7)] == [0, 2, 0, 3, 0, 0, 1, 0]
    np.testing.assert_array_equal(rows.at(2).score, rows.score[2:5])
    np.testing.assert_array_equal(rows.at(5).box, rows.box[5:])
    assert isinstance(rows.where(rows.score > 0.5), Detections)
    np.testing.assert_array_equal(rows.where(rows.score > 0.5).frame, [2, 2, 5])


def test_the_centre_is_the_middle_of_the_box() -> None:
    np.testing.assert_array_equal(detections([0, 1]).centre, [[1, 2], [5, 6]])


def test_columns_that_do_not_fit_are_refused() -> None:
    rows = detections([0, 1, 1])
    with pytest.raises(ValueError, match="every other column has M rows"):
        Tracks(rows.frame, rows.label, rows.box, rows.score, identity=np.arange(2))
    with pytest.raises(ValueError, match="boxes are"):
        Detections(rows.frame, rows.label, rows.box[:, :2], rows.score)
    with pytest.raises(ValueError, match="in the order of frames"):
        rows.where(np.array([2, 0]))
