"""MOTA, IDF1 and HOTA of cases that can be counted by hand, and the benchmark's own parts."""

import sys
from pathlib import Path

from vidtutor.mot import hota, rate
from vidtutor.rows import Tracks

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"


def still(*names: list[int], label: int = 0, shift: float = 0) -> Tracks:
    table = np.array(names).T
    frame, thing = np.nonzero(table)
    box = np.array([[shift, 0, shift + 10, 10]]) + 30 * thing[:, None]
    columns = np.full(len(frame), label), box.astype(np.float32), np.ones(len(frame), np.float32)
    return Tracks(frame, *columns, table[frame, thing])


TRUE = still([1] * 8, [2] * 8)


def test_what_is_right_scores_one() -> None:
    pytest.importorskip("motmetrics")
    perfect = rate(TRUE, still([7] * 8, [3] * 8))
    assert [perfect[key] for key in ("MOTA", "IDF1", "HOTA", "DetA", "AssA")] == [1] * 5
    assert perfect["misses"] == perfect["ghosts"] == perfect["switches"] == 0


def test_a_swap_and_a_miss_are_counted_as_by_hand() -> None:
    pytest.importorskip("motmetrics")
    swap = rate(TRUE, still([1] * 4 + [2] * 4, [2] * 4 + [1] * 4))
    assert swap["MOTA"] == pytest.approx(1 - 2 / 16) and swap["switches"] == 2
    assert swap["IDF1"] == pytest.approx(0.5) and swap["HOTA"] == pytest.approx(3**-0.5)
    missed = rate(TRUE, still([1] * 8, [0] * 8))
    assert missed["MOTA"] == pytest.approx(0.5) and missed["HOTA"] == pytest.approx(0.5**0.5)


def test_two_films_count_together() -> None:
    pytest.importorskip("motmetrics")
    both = rate([TRUE, TRUE], [still([1] * 8, [2] * 8), still([0] * 8, [2] * 8)])
    assert both["MOTA"] == pytest.approx(0.75) and both["switches"] == 0 and both["misses"] == 8


def test_hota_falls_with_overlap_and_does_not_cross_labels() -> None:
    # 10 × 10 boxes 2.5 apart overlap by 75 / 125 = 0.6: matched at the 12 values of α up to 0.6 of 19.
    assert hota([(TRUE, still([1] * 8, [2] * 8, shift=2.5))])["HOTA"] == pytest.approx(12 / 19)
    assert hota([(TRUE, still([1] * 8, [2] * 8, label=1))])["HOTA"] == 0


def test_nothing_found_and_nothing_true() -> None:
    nothing = TRUE.where(slice(0, 0))
    assert hota([(TRUE, nothing)]) == {"HOTA": 0, "DetA": 0, "AssA": 0}
    with pytest.raises(ValueError, match="nothing to find"):
        rate(nothing, TRUE)


def test_the_benchmark_reads_a_folder_and_runs_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    from vidtutor.track import write_mot

    import tracking

    for name in ("det", "gt"):
        (tmp_path / "film" / name).mkdir(parents=True)
        write_mot(tmp_path / "film" / name / f"{name}.txt", TRUE)
    ((name, found, truth),) = tracking.from_folder(tmp_path)
    assert name == "film" and len(truth) == 16
    rows = tracking.as_tracks(tracking.PEERS["ours"](found))
    assert hota([(truth, rows)])["HOTA"] == pytest.approx(1)
    assert tracking.as_data(truth, rows)["num_gt_ids"] == 2
    with pytest.raises(SystemExit, match="no folder"):
        tracking.from_folder(tmp_path / "film")
