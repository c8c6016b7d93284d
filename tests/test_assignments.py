"""Every assignment: it has the form that grading reads, its solutions pass, its stubs and the usual mistakes do not.

The usual mistakes stand in tests/assignments/aN.py, as MUTANTS: for each task a list of (code in place of its cell, the
tests that must fail). All others must pass, or a test would punish what it does not speak of.
"""

import ast
import builtins
import json
import runpy
import time
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from vidtutor.exercises.notebooks import parse

import nbformat
import pytest
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

import chapters
from assignments import ASSIGNMENTS, Notebook, Part, Task, parts, read_tasks, source, with_metadata

pytestmark = pytest.mark.xdist_group("assignments")  # one worker makes what these tests share

HERE = Path(__file__).parent
SLOWEST = 15  # seconds of processor time: three times what training a network takes on a quiet machine
PATHS = sorted(ASSIGNMENTS.glob("*.ipynb"))
NOTEBOOKS = {path.name[0]: chapters.load(path) for path in PATHS}
TASKS = {task.identifier: task for notebook in NOTEBOOKS.values() for task in read_tasks(notebook)}
CODED = [name for name, task in TASKS.items() if not task.written]
each_assignment = pytest.mark.parametrize("number", NOTEBOOKS)
each_task = pytest.mark.parametrize("identifier", CODED)


FILES = sorted((HERE / "assignments").glob("a*.py"))
MUTANTS: dict[str, list[tuple[str, set[str]]]] = {
    name: listed for path in FILES for name, listed in runpy.run_path(str(path))["MUTANTS"].items()
}


def text(identifier: str, part: Part) -> str:
    return source(NOTEBOOKS[identifier[0]]["cells"][part.cell])


def compiled(code: str, name: str) -> CodeType:
    return compile(ast.Module(parse(code), []), name, "exec")


@cache
def world(number: str) -> dict[str, Any]:
    """What the names of an assignment stand for when it has run through with its solutions, tests left out."""
    namespace: dict[str, Any] = {"__name__": "assignment"}
    marked = {part.cell: part for part in parts(NOTEBOOKS[number])}
    for place, cell in enumerate(NOTEBOOKS[number]["cells"]):
        if cell["cell_type"] == "code" and (place not in marked or marked[place].kind == "task"):
            exec(compiled(source(cell), cell["id"]), namespace)
    return namespace


def outcomes(task: Task, code: str) -> dict[str, Exception | None]:
    """What each test of a task raises when `code` stands in place of the task's cell, by the tests' names."""
    namespace = dict(world(task.identifier[0]))
    exec(compiled(code, f"task {task.identifier}"), namespace)
    found: dict[str, Exception | None] = {}
    for part in task.tests:
        began = time.process_time()
        name = part.grade_id.removeprefix("test-")
        try:
            exec(compiled(text(task.identifier, part), part.grade_id), dict(namespace))
            found[name] = None
        except Exception as error:  # a student's code may raise anything
            found[name] = error
        assert time.process_time() - began < SLOWEST, f"test {name} takes too long"
    return found


def cleared(number: str, *preprocessors: Any) -> Notebook:
    notebook = nbformat.reads(json.dumps(with_metadata(NOTEBOOKS[number])), as_version=4)  # it joins lines of text
    for preprocessor in preprocessors:
        notebook, _ = preprocessor.preprocess(notebook, {})
    return notebook


def test_there_are_four() -> None:
    assert [path.name[:2] for path in PATHS] == ["1_", "2_", "3_", "4_"]


@each_assignment
def test_points_add_up(number: str) -> None:
    tasks = read_tasks(NOTEBOOKS[number])
    assert [task.identifier for task in tasks] == [f"{number}.{n + 1}" for n in range(len(tasks))]
    assert 4 <= len(tasks) <= 6
    assert sum(task.points for task in tasks) == 20
    assert [task.points for task in tasks if task.written] == [4]
    first = source(NOTEBOOKS[number]["cells"][0])
    for task in tasks:
        assert f"| {task.identifier} {task.title} | {task.points} | chapter" in first


@each_assignment
def test_form_of_the_notebook(number: str) -> None:
    cells = NOTEBOOKS[number]["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            lines = [line for line in source(cell).splitlines() if not line.strip().startswith("### ")]
            assert len(lines) <= 20, f"{cell['id']} has {len(lines)} lines"


@each_assignment
def test_nbgrader_takes_the_metadata(number: str) -> None:
    notebook = cleared(number)
    given = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    MetadataValidatorV3().validate_nb(notebook)
    assert sum(cell.points for cell in given if cell.grade) == 20
    assert not any("nbgrader" in cell["metadata"] for cell in NOTEBOOKS[number]["cells"]), "it is a copy"


@each_assignment
def test_students_see_no_solution_and_no_hidden_test(number: str) -> None:
    released = cleared(number, ClearSolutions(), ClearHiddenTests())
    for before, after in zip(NOTEBOOKS[number]["cells"], released.cells, strict=True):
        assert "SOLUTION" not in after.source and "HIDDEN" not in after.source
        assert after.source.partition("\n")[0] == source(before).partition("\n")[0]
    for task in read_tasks(NOTEBOOKS[number]):
        work = released.cells[task.work.cell].source
        assert ("YOUR ANSWER HERE" if task.written else "NotImplementedError") in work
        assert "Marking" not in work
        hidden = ["### BEGIN HIDDEN TESTS" in text(number, test) for test in task.tests]
        assert task.written or (any(hidden) and not all(hidden)), f"task {task.identifier} wants tests of both kinds"


def named(code: str) -> set[str]:
    """The names that a cell leaves behind: what it defines or assigns, but for comprehensions."""
    found: set[str] = set()
    left: list[ast.AST] = list(parse(code))
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.comprehension):
            left += ast.iter_child_nodes(node)
    return found


@each_assignment
def test_tests_leave_the_notebook_as_it_is(number: str) -> None:
    marked = {part.cell: part.kind for part in parts(NOTEBOOKS[number])}
    kept, passing = set(), set()
    for place, cell in enumerate(NOTEBOOKS[number]["cells"]):
        if cell["cell_type"] == "code":
            (passing if marked.get(place) == "test" else kept).update(named(source(cell)))
    assert passing & kept == set(), "a cell below would find another value than its author thought"


@each_task
def test_tests_import_what_they_use_and_say_what_is_wrong(identifier: str) -> None:
    task = TASKS[identifier]
    given = {node.name for node in parse(text(identifier, task.work)) if isinstance(node, ast.FunctionDef)}
    for part in task.tests:
        nodes = list(ast.walk(ast.Module(parse(text(identifier, part)), [])))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        known = {node.id for node in names if isinstance(node.ctx, ast.Store)} | given | set(dir(builtins))
        known |= {
            alias.asname or alias.name for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for alias in n.names
        }
        known |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        known |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        assert {node.id for node in names} <= known, part.grade_id
        asserts = [node for node in nodes if isinstance(node, ast.Assert)]
        assert asserts and all(node.msg for node in asserts), f"{part.grade_id}: an assert without a message"


@each_assignment
def test_runs_through_from_the_top(number: str) -> None:
    namespace: dict[str, Any] = {"__name__": "assignment"}
    for cell in chapters.code_cells(NOTEBOOKS[number]):
        exec(compiled(source(cell), cell["id"]), namespace)


@each_task
def test_solution_passes(identifier: str) -> None:
    task = TASKS[identifier]
    assert {name: error for name, error in outcomes(task, text(identifier, task.work)).items() if error} == {}


@each_task
def test_stub_fails_every_test(identifier: str) -> None:
    task = TASKS[identifier]
    stub = cleared(identifier[0], ClearSolutions()).cells[task.work.cell].source
    assert {type(error) for error in outcomes(task, stub).values()} == {NotImplementedError}


@each_task
def test_usual_mistakes_are_known(identifier: str) -> None:
    assert len(MUTANTS[identifier]) >= 2
    assert set().union(*(failing for _, failing in MUTANTS[identifier])) == {
        part.grade_id.removeprefix("test-") for part in TASKS[identifier].tests
    }, "each test catches a mistake"


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis 0")  # it is one of the mistakes
@pytest.mark.parametrize("identifier, place", [(task, n) for task in MUTANTS for n in range(len(MUTANTS[task]))])
def test_mistake_fails_where_it_should(identifier: str, place: int) -> None:
    code, failing = MUTANTS[identifier][place]
    found = {name: error for name, error in outcomes(TASKS[identifier], code).items() if error}
    assert set(found) == failing, found


def test_the_good_answer_of_assignment_4_says_what_its_cells_print() -> None:
    ran, answer = world("4"), text("4.5", TASKS["4.5"].work)
    letter = f"{100 * ran['right_a'].mean():.0f} %"
    numbers = [letter, f"p = {ran['lead'][1]:.2f}", f"{100 * ran['lead'][0]:.0f} points", f"{ran['chosen'][0]:.2f}"]
    numbers += [f"{100 * ran[name][ran['kept']].mean():.3g} %" for name in ("right_a", "right_b")]
    numbers += ["{} of {}".format(*row[:2]) for row in ran["table"].values()]
    assert [number for number in numbers if number not in answer] == []
    assert f"{letter} accuracy, 7 points better" in source(NOTEBOOKS["4"]["cells"][0])


def cell(kind: str, text: str) -> dict[str, Any]:
    return {"cell_type": kind, "source": text, "metadata": {}}


HEADING, WORK = cell("markdown", "## Task 1.2 · Title (3 points)\n\nDo."), cell("code", "# Task 1.2\ndone = True")
TEST, ANSWER = (
    cell("code", "# Test 1.2 · it is done (3 points)\nassert done"),
    cell("markdown", "**Answer 1.2** (3 points)"),
)


@pytest.mark.parametrize(
    "cells, problem",
    [
        ([HEADING, WORK], "neither one task cell with tests"),
        ([HEADING, ANSWER, TEST], "neither one task cell with tests"),
        ([HEADING, WORK, WORK, TEST], "neither one task cell with tests"),
        ([HEADING, TEST, WORK], "out of order"),
        ([HEADING, WORK, TEST, TEST], "promises 3 points, its cells have 6"),
        ([WORK, TEST], "task 1.2 has no heading"),
        ([HEADING, WORK, cell("code", "# Test 1.2 - it is done (3 points)")], "which is no marker"),
        ([HEADING, cell("markdown", "**Answer 1.2** (three points)")], "which is no marker"),
    ],
)
def test_wrong_form_is_refused(cells: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_tasks({"cells": cells})


def test_chapters_exercises_get_metadata_too() -> None:
    master = {
        "cells": [cell("code", "# Exercise E05\nx = 1"), cell("code", "# Test E05 · the book's check (1 point)\nx")]
    }
    task, test = (marked["metadata"]["nbgrader"] for marked in with_metadata(master)["cells"])
    assert (task["grade_id"], task["solution"], task["grade"], task["locked"]) == ("task-E05", True, False, False)
    assert (test["grade_id"], test["grade"], test["points"], test["locked"]) == ("test-E05-1", True, 1, True)
