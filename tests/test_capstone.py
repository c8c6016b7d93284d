"""The last chapter from its first cell to its last, on footage of the layout of the real one, and on a reader's own."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vidtutor import train, video, worlds
from vidtutor.exercises.notebooks import parse

import pytest
from IPython.display import HTML, Markdown
from make_archives import ucf101_mirror

import chapters

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the chapter's code, each training one epoch long, and return its names; what it showed is in `shown`."""
    (path,) = chapters.NOTEBOOKS.glob("23_*.ipynb")
    source = "\n".join("".join(cell["source"]) for cell in chapters.code_cells(chapters.load(path)))
    fit = train.fit
    monkeypatch.setattr(train, "fit", lambda *given, epochs, **named: fit(*given, epochs=1, **named))
    monkeypatch.setenv("VIDTUTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIDTUTOR_STATIC", "1")
    monkeypatch.delenv("VIDTUTOR_MIRROR", raising=False)

    def running(profile: str, folder: Path | None = None) -> dict[str, Any]:
        monkeypatch.setenv("VIDTUTOR_PROFILE", profile)
        line = "FOLDER = None  #"
        assert source.count(line) == 1
        names: dict[str, Any] = {}
        statements = parse(source.replace(line, f"FOLDER = {str(folder)!r}  #") if folder else source)
        exec(compile(ast.Module(statements, []), path.name, "exec"), names)
        return names

    return running


def test_ten_classes_of_real_footage(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = ucf101_mirror(tmp_path / "mirror", groups=(1, 8, 9, 10), clips=1)
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(mirror))
    names = run("gpu")
    assert names["what"] == "ten classes of UCF101"
    assert {source.rpartition("_g")[2] for source in names["test"].sources} == {"01"}
    assert names["known"].clips.shape == (20, 16, 112, 112, 3)
    assert names["shared"] == 0
    assert len(names["tried"]) == len(names["asked"]) == 10
    printed = capsys.readouterr().out
    assert re.search(r"half\.avi: refused\. .*ends after \d+ frames", printed)
    assert "Nothing here tests the two articles" in printed
    assert not list((tmp_path / "cache/checkpoints/23").iterdir())  # the state is gone when training is done
    card = (names["work"] / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| Data | ten classes of UCF101: 40 clips of 40 sources; licence: none is stated" in card
    assert "made-up" not in card


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Two classes with three films each, which the names tell, six clips a film; one file is no video."""
    made = worlds.motion(6, frames=72, size=64, classes=("right", "up"), speed=0.3, seed=5)
    for film, (frames, label) in enumerate(zip(made.clips, made.labels.tolist(), strict=True)):
        home = tmp_path / "own" / ("across", "climbing")[label]
        home.mkdir(parents=True, exist_ok=True)
        for clip in range(6):
            video.write(home / f"day{film}_clip{clip}.mp4", frames[12 * clip :][:12], fps=10)
    (tmp_path / "own/across/day0_clip3.mp4").write_text("a note that somebody saved here")
    return tmp_path / "own"


def test_a_folder_of_ones_own(run: Run, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = run("cpu", own)
    printed = capsys.readouterr().out
    assert re.search(r"1 of 36 files cannot be used:\n.*day0_clip3\.mp4: is no video", printed)
    assert "half.mp4: refused" in printed
    assert names["clips"].classes == ("across", "climbing")
    assert names["headers"].count(None) == len(names["bad"]) == 1
    sides = [set(names[side].sources) for side in ("fitting", "validation", "test")]
    assert [len(side) for side in sides] == [2, 2, 2]
    assert len(set.union(*sides)) == 6
    card = (names["work"] / "MODEL_CARD.md").read_text(encoding="utf-8")
    value, low, high = names["scores"]["network, clips"]
    assert f"| Accuracy | {value:.2f} on test clips, 95 % interval over sources {low:.2f}–{high:.2f}; wanted" in card
    assert f"clips of your own, from {own}: 35 clips of 6 sources; licence: yours to fill in" in card
    assert "| Left out | broken files 1, copies 0 |" in card
    assert "| Labels | nobody has checked them |" in card
    assert "made-up" not in card
    assert all(isinstance(shown, HTML | Markdown) for shown in (names["say"](card), names["check"]("E69", max)))
