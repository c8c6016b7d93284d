"""The speed benchmark: its readers give the same clips; the page takes its numbers out of the record alone."""

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from vidtutor import footage, pipeline, video

import cv2
import numpy as np
import pytest

import speed

CLASSES = ("a", "b", "c", "d")
FEW = 20  # frames of a film: fewer than the tutorial wants, so that it begins with the first one, as the others do


@pytest.fixture(scope="module")
def feeding() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(Path(__file__).parent / "benchmarks"), *sys.path])
        import feeding

        yield feeding  # its processes look for it there too


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> footage.Footage:
    """Four square films of smooth, moving colours."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir()
        wide = cv2.resize(rng.integers(0, 256, (8, 16, 3), np.uint8), (400, 160), interpolation=cv2.INTER_CUBIC)
        clip = np.stack([wide[:, 4 * t : 4 * t + 160] for t in range(FEW)])
        video.write(folder / name / f"v_{name}_g01_c01.mp4", clip, 25)
    return footage.folder(folder)


def taken(feeding: ModuleType, read: Callable[[Any], object]) -> dict[int, np.ndarray]:
    """What a reader hands to the meter: a clip for each label."""

    class Keeper(feeding.Meter):  # type: ignore[name-defined, misc]
        def start(self) -> None:
            super().start()
            self.kept: dict[int, np.ndarray] = {}

        def take(self, clips: Any, labels: Any) -> None:
            super().take(clips, labels)
            self.kept |= dict(zip(np.asarray(labels).tolist(), np.asarray(clips), strict=True))

    keeper = Keeper()
    read(keeper)
    assert keeper.clips == len(CLASSES)
    assert keeper.seconds > 0
    return keeper.kept


def test_all_readers_give_the_same_clips(
    feeding: ModuleType, films: footage.Footage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = pipeline.decode(films, feeding.FRAMES, feeding.SIDE, folder=tmp_path)
    given = {
        "ours": taken(feeding, lambda meter: feeding.run(pipeline.batches(ours, feeding.BATCH), meter)),
        "tutorial": taken(feeding, lambda meter: feeding.run(feeding.tutorial(films, meter), meter)),
        "cached": taken(feeding, lambda meter: feeding.run(feeding.tutorial(films, meter, cached=True), meter)),
        "PyDataset": taken(feeding, lambda meter: feeding.py_dataset(films, meter)),
        "first epoch": taken(feeding, lambda meter: feeding.first_epoch(films, meter)),
    }
    for name, clips in given.items():
        assert sorted(clips) == list(range(len(CLASSES))), name
        assert {(clip.shape, clip.dtype) for clip in clips.values()} == {((16, 112, 112, 3), np.dtype(np.uint8))}, name
    del given["first epoch"]  # augmented
    for label, path in zip(films.labels.tolist(), films.paths, strict=True):
        truth = video.resize(video.read(path, 0, 1), feeding.SIDE, feeding.SIDE)[0].astype(int)
        for name, clips in given.items():
            assert np.abs(clips[label][0] - truth).mean() < 2, name
        assert np.abs(truth[:, ::-1] - truth).mean() > 20  # pictures that differ would be found out
    assert capsys.readouterr().err == ""


def test_the_tutorial_ends_in_black_where_a_film_is_too_short(feeding: ModuleType, films: footage.Footage) -> None:
    clip = feeding.tutorial_clip(films.paths[0], 16, 112, lambda part: None)
    shown = [bool(frame.any()) for frame in clip]
    assert shown == [t * feeding.STEP < FEW for t in range(16)]


def test_the_ceiling_decodes_every_file_once(feeding: ModuleType, films: footage.Footage) -> None:
    meter = feeding.Meter()
    with ThreadPoolExecutor(2) as pool:
        feeding.ceiling(films, meter, pool)
    assert (meter.clips, len(feeding.picked(films.paths[0], threads=1))) == (len(CLASSES), 16)
    assert meter.cpu > 0


def test_films_are_made_up_and_measured(feeding: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "EPOCHS", 2)
    films = footage.folder(feeding.made_up(tmp_path, films=2, clips=2, longest=30, height=64))
    assert (len(films), films.classes, len(set(films.sources))) == (4, ("busy", "calm"), 2)
    rows = [{name: str(value) for name, value in row.items()} for row in feeding.measure("made-up", films, rounds=1)]
    assert all(float(row["value"]) >= 0 for row in rows)
    shown = feeding.table(rows)
    assert all(part in shown for part in ("tutorial, cached", "PyDataset", "threads", "processes", "later epochs"))
    assert len(re.findall("is (?:NOT )?met", shown)) == 2
    assert feeding.machine() in speed.page(rows, feeding.machine())  # and the page finds all that it wants


def test_goals_are_judged(feeding: ModuleType) -> None:
    def judged(ceiling: float, later: float) -> list[str]:
        speeds = {"threads": ceiling, "processes": 5, "tutorial": 2, "first epoch": 17, "later epochs": later}
        rows = [{"part": part, "measure": "clips a second", "value": value} for part, value in speeds.items()]
        return [line.split(" is ")[1] for line in feeding.verdicts(rows)]

    assert judged(20, 120) == ["met", "met"]
    assert judged(20.1, 119) == ["NOT met", "NOT met"]


def test_every_number_of_the_page_is_out_of_the_record() -> None:
    text = speed.TEXT.read_text(encoding="utf-8") + speed.REAL
    names = r"\$\{\w+\}|H\.264|UCF101|`uint8`|chapter 19|notebooks/19_\w+|and others 2012"
    assert re.findall(r"\d+", re.sub(names, "", text)) == []
    rows, machine = speed.record()
    page = speed.page(rows, machine)
    assert machine in page
    assert "$" not in page
    doubled = [row | {"value": str(2 * float(row["value"]))} for row in rows]
    before, after = (re.findall(r"\| ours, later epochs \| ([\d,]+)", text) for text in (page, speed.page(doubled, "")))
    assert [int(number.replace(",", "")) for number in after] == pytest.approx(
        [2 * int(number.replace(",", "")) for number in before], rel=0.01
    )
    assert len(before) == len({row["footage"] for row in rows})


def test_numbers_have_three_digits() -> None:
    assert [speed.number(value) for value in (0.0123, 2.345, 64.0, 98.76, 123.4, 1234.5)] == [
        "0.0123", "2.35", "64", "98.8", "123", "1,230",
    ]  # fmt: skip
