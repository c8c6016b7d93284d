"""The pipeline as a whole, and its command line: files in, files out, and one sentence where that cannot be."""

import csv
from pathlib import Path

from vidtutor import analyse, drawn, track, video
from vidtutor.__main__ import main
from vidtutor.files import whole
from vidtutor.worlds import Street, street

import numpy as np
import pytest


@pytest.fixture(scope="module")
def film() -> Street:
    return street(120, seed=5, traffic=40)


@pytest.fixture(scope="module")
def path(film: Street, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return video.write(tmp_path_factory.mktemp("film") / "street.mp4", film.frames, film.fps)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_trained_detector_counts_what_crosses(film: Street, path: Path, tmp_path: Path) -> None:
    from vidtutor import models

    found = analyse.analyse(
        path, model=models.street_detector(), lines=film.lines, metres_per_pixel=film.metres_per_pixel
    )
    true = [crossing for crossing in film.crossings if crossing.line == "road"]
    counted = [crossing for crossing in found.crossings if crossing.line == "road"]
    assert len(true) > 2
    assert abs(len(counted) - len(true)) <= 1
    cars = found.tracks.label == found.labels.index("car")
    fastest = np.nanmax(np.linalg.norm(found.velocity[cars], axis=1))
    assert 4 < fastest < 14  # metres a second: they wish for 7 to 10

    paths = analyse.save(found, tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(paths)
    back = track.read_mot(paths["tracks.txt"])
    np.testing.assert_array_equal(back.identity, found.tracks.identity)
    np.testing.assert_allclose(back.box, found.tracks.box, atol=2e-3)
    shown = video.probe(paths["annotated.mp4"], count=True)
    assert (shown.frames, shown.height, shown.width) == (120, 384, 576)  # enlarged, to be read
    rows = table(paths["events.csv"])
    assert sum(row["kind"] == "crossing" for row in rows) == len(found.crossings)
    assert {row["line"] for row in rows} <= {*film.lines, ""}
    assert "car" in analyse.summary(found)


def test_movement_alone_is_named_by_its_size(film: Street, path: Path) -> None:
    plain = analyse.analyse(path)
    assert plain.labels == ("moving",)
    assert plain.events == []
    named = analyse.analyse(path, metres_per_pixel=film.metres_per_pixel)
    assert named.labels == analyse.LABELS
    np.testing.assert_array_equal(named.tracks.box, plain.tracks.box)
    assert {"car", "person"} <= {named.labels[label] for label in np.unique(named.tracks.label)}


def test_the_drawing_follows_its_thing(film: Street, path: Path) -> None:
    found = analyse.analyse(path)
    shown = list(analyse.annotated(film.frames, found))
    assert len(shown) == 120
    row = int(np.flatnonzero(found.tracks.frame == 100)[0])
    x1, _, x2, y2 = np.rint(found.tracks.box[row] * 3).astype(int)
    paint = drawn.PAINT[found.tracks.identity[row] % len(drawn.PAINT)]
    edge = shown[100][y2, x1 + 3 : x2 - 3]
    assert (np.abs(edge.astype(int) - paint).max(axis=-1) < 30).any()


def test_a_film_without_anything_says_so(tmp_path: Path) -> None:
    still = np.full((12, 65, 97, 3), 120, np.uint8)  # odd sides too
    path = video.write(tmp_path / "still.mp4", still, 10)
    found = analyse.analyse(path)
    assert "Nothing was found" in analyse.summary(found)
    paths = analyse.save(found, tmp_path / "out")
    assert table(paths["events.csv"]) == []
    assert video.probe(paths["annotated.mp4"], count=True).frames == 12


def test_the_command_line(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "gate=60,0,60,128"
    assert main(["analyse", str(path), "--to", str(tmp_path / "out"), "--line", line]) == 0
    out = capsys.readouterr().out
    assert "No trained detector is given" in out
    assert "line 'gate'" in out
    assert str(tmp_path / "out" / "annotated.mp4") in out


def test_bad_input_gets_one_sentence(tmp_path: Path, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video")
    for name, sentence in (
        ("none.mp4", "does not exist"),
        ("empty.mp4", "is empty"),
        ("text.mp4", "is no video that OpenCV can open"),
    ):
        assert main(["analyse", str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert name in said and sentence in said and said.count("\n") == 1
    for options, sentence in (
        (["--metres-per-pixel", "-1"], "give a number above 0"),
        (["--model", "nets"], "is no detector: give 'street'"),
        (["--line", "a=5,5,5,5"], "give it two different ends"),
    ):
        assert main(["analyse", str(path), "--to", str(tmp_path / "out"), *options]) == 2
        assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit):
        main(["analyse", str(path), "--line", "a=1,2,3"])
    assert "is not four numbers of pixels" in capsys.readouterr().err


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), whole(tmp_path / "a.txt") as file:
        file.write("half of it")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(FileNotFoundError, match=r"there is no folder .*gone; make it first"),
        whole(tmp_path / "gone/a"),
    ):
        pass
