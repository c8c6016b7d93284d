"""The sections on real footage as a GPU runs them: their sizes, and UCF101's layout; but tiny films, and one epoch."""

import ast
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vidtutor import train
from vidtutor.exercises.notebooks import parse

import keras
import pytest
from make_archives import ucf101_mirror

import chapters

HEADING = "## With real footage"


def section(path: Path) -> list[str]:
    """The code of the cells below the heading, up to the next one."""
    found, inside = [], False
    for cell in chapters.load(path)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and inside:
            found.append(source)
        elif cell["cell_type"] == "markdown":
            for heading in re.findall(r"^## .+", source, re.MULTILINE):
                inside = heading == HEADING
    return found


SECTIONS = {path: code for path in sorted(chapters.NOTEBOOKS.glob("*.ipynb")) if (code := section(path))}


def start(path: Path) -> ast.Module:
    """The statement that makes `lab`."""
    statements = [node for cell in chapters.code_cells(chapters.load(path)) for node in parse("".join(cell["source"]))]
    found = next(node for node in statements if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "lab")
    return ast.Module([found], [])


def shown(statements: list[ast.stmt], names: dict[str, Any]) -> object:
    """Run a cell, and return what a notebook would show of it: the value of a last expression."""
    last = statements.pop() if isinstance(statements[-1], ast.Expr) else None
    exec(compile(ast.Module(statements, []), "section", "exec"), names)
    return eval(compile(ast.Expression(last.value), "section", "eval"), names) if last else None


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten classes, a clip of each of four source videos: the first is one that the authors test on."""
    return ucf101_mirror(tmp_path_factory.mktemp("mirror"), groups=(1, 8, 9, 10))


@pytest.fixture
def machine(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds all that a chapter may write to; nothing is fetched but from the mirror."""
    for name in ("home", "work", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("VIDTUTOR_PROFILE", "gpu")
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(mirror))
    monkeypatch.setenv("VIDTUTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIDTUTOR_STATIC", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def policies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The policies that a chapter sets; none takes effect: in half precision a step takes a processor minutes."""
    asked: list[str] = []
    monkeypatch.setattr(keras.config, "set_dtype_policy", asked.append)
    return asked


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_runs_from_files_to_numbers(
    path: Path,
    defined: Callable[[str], dict[str, Any]],
    machine: Path,
    policies: list[str],
    mirror: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fit, trainings = train.fit, []

    def once(*given: Any, **named: Any) -> dict[str, list[float]]:
        trainings.append(fit(*given, **named | {"epochs": 1}))
        return trainings[-1]

    monkeypatch.setattr(train, "fit", once)
    before = sorted(mirror.rglob("*"))
    names = defined(path.stem[:2])
    exec(compile(start(path), path.name, "exec"), names)
    capsys.readouterr()
    for source in SECTIONS[path]:
        value = shown(parse(source), names)
        defines = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in parse(source))
        assert value is not None or capsys.readouterr().out or defines, source

    assert all(len(history["loss"]) == 1 for history in trainings)
    assert policies[-1:] in ([], ["float32"]), "the exercises behind the section build models"
    # AutoGraph's files are TensorFlow's own, and it removes them at the end.
    written = [file for file in machine.rglob("*") if file.is_file() and not file.name.startswith("__autograph")]
    fetched = [file for file in written if file.suffix == ".avi"]
    assert len(fetched) == 40 and all(machine / "cache/ucf101" in file.parents for file in fetched)
    assert {file.relative_to(machine).parts[:2] for file in written} == {("cache", "ucf101"), ("cache", "cache")}
    assert sorted(mirror.rglob("*")) == before
