"""Every exercise: its stub is refused, its solution passes, and each usual mistake gets its useful sentence.

The usual mistakes of a chapter's exercises stand in tests/exercises/chNN.py, as MISTAKES: for each exercise a list of
(code in place of the stub, a part of the message).
"""

import json
import runpy
import time
from pathlib import Path

from vidtutor.check import Result, grade
from vidtutor.exercises import CHECKERS, checker
from vidtutor.exercises.notebooks import Exercise, read_exercises

import pytest

ROOT = Path(__file__).parent.parent
SLOWEST = 5  # seconds
EXERCISES = {e.identifier: e for path in sorted((ROOT / "notebooks").glob("*.ipynb")) for e in read_exercises(path)}


FILES = sorted((ROOT / "tests" / "exercises").glob("ch*.py"))
MISTAKES: dict[str, list[tuple[str, str]]] = {
    name: listed for path in FILES for name, listed in runpy.run_path(str(path))["MISTAKES"].items()
}


def graded(exercise: Exercise, code: str) -> Result:
    answer = exercise.answer_of(code)
    began = time.process_time()
    result = grade(exercise.identifier, answer)
    assert time.process_time() - began < SLOWEST
    return result


def test_every_exercise_has_a_check_a_place_and_a_usual_mistake() -> None:
    with pytest.raises(ValueError, match="there is no exercise 'E00'"):
        checker("E00")  # looks through every chapter's file
    assert set(CHECKERS) == set(EXERCISES) == {name for name, listed in MISTAKES.items() if listed}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_the_stub_is_refused_kindly(exercise: Exercise) -> None:
    result = graded(exercise, exercise.stub)
    assert not result.passed
    assert "not written yet" in result.message


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_the_solution_passes(exercise: Exercise) -> None:
    result = graded(exercise, exercise.solution)
    assert result.passed, result.message


@pytest.mark.parametrize(
    ("identifier", "code", "fragment"),
    [
        pytest.param(name, code, fragment, id=f"{name}-{fragment[:30]}")
        for name, listed in MISTAKES.items()
        for code, fragment in listed
    ],
)
def test_a_usual_mistake_gets_its_sentence(identifier: str, code: str, fragment: str) -> None:
    result = graded(EXERCISES[identifier], code)
    assert not result.passed
    assert fragment in result.message


def notebook(folder: Path, cells: list[tuple[str, str]]) -> Path:
    path = folder / "01_made_up.ipynb"
    written = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]
    path.write_text(json.dumps({"cells": written}), "utf-8")
    return path


WHOLE = [
    ("code", 'import sys\n\nif "google.colab" in sys.modules:\n    %pip install --quiet vidtutor'),
    ("code", "import math\n\nlab = 1"),
    ("markdown", "### E01\nHalve it."),
    ("code", '# Exercise E01\ndef half(x):\n    raise NotImplementedError\n\n\ncheck("E01", half)'),
    (
        "markdown",
        "<details><summary>Hint</summary>\n\nDivide.\n\n</details>\n<details><summary>Solution</summary>\n\n"
        "```python\ndef half(x):\n    return math.ldexp(x, -1)\n```\n\n</details>",
    ),
]


def test_an_exercise_is_read_from_its_notebook(tmp_path: Path) -> None:
    (found,) = read_exercises(notebook(tmp_path, WHOLE))
    assert (found.identifier, found.cell, found.answer, found.hint) == ("E01", 3, "half", "Divide.")
    assert found.task.startswith("### E01")
    assert found.stub.rstrip().endswith("raise NotImplementedError")
    assert found.imports == "import sys\nimport math\n"
    assert found.answer_of(found.solution)(3) == 1.5


@pytest.mark.parametrize(
    ("cell", "replacement", "message"),
    [
        (2, ("code", "x = 1"), "01_made_up.ipynb, E01: there is no task above it"),
        (3, ("code", "# Exercise E01\nx = 1\nx"), "no check"),
        (4, ("markdown", "nothing"), "no hint below it, no solution below it"),
    ],
)
def test_an_exercise_that_lacks_a_part_is_named(
    tmp_path: Path, cell: int, replacement: tuple[str, str], message: str
) -> None:
    cells = [*WHOLE[:cell], replacement, *WHOLE[cell + 1 :]]
    with pytest.raises(ValueError, match=message):
        read_exercises(notebook(tmp_path, cells))


def test_a_stub_that_ends_the_notebook_lacks_its_solution(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no hint below it"):
        read_exercises(notebook(tmp_path, WHOLE[:4]))
