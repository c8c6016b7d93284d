"""The course: nothing that students should not have is in what they get, and the masters hold all of it."""

import json
import re
from pathlib import Path

from vidtutor.exercises.notebooks import Exercise, read_exercises

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader import utils

import course
from assignments import ASSIGNMENTS
from chapters import NOTEBOOKS, WRAP_UPS

CHAPTERS = sorted(NOTEBOOKS.glob("*.ipynb"))
PAPERS = sorted(ASSIGNMENTS.glob("*.ipynb"))
REGION = r"### BEGIN %s\n(.*?)### END %s"
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
every_assignment = pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)


def lines(text: str) -> set[str]:
    """Lines that carry something: without indentation, comments and brackets."""
    found = (line.strip() for line in text.splitlines())
    return {line for line in found if len(line) > 8 and not line.startswith("#")}


def between(text: str, what: str) -> str:
    """What stands between nbgrader's markers."""
    return "\n".join(re.findall(REGION % (what, what), text, re.DOTALL))


def sources(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells)


@every_chapter
def test_no_line_of_a_solution_survives_in_a_student_copy(path: Path) -> None:
    whole = course.read(path)
    given = sources(course.student(whole))
    exercises = read_exercises(path)
    without = sources(whole)
    for exercise in exercises:
        without = without.replace(exercise.solution, "")
    for exercise in exercises:
        secret = lines(exercise.solution) - lines(without)  # a line that the chapter itself prints is no secret
        assert secret, exercise.identifier
        assert secret & lines(given) == set(), exercise.identifier
    assert "Solution" not in given
    assert "```python" not in given.split("## Exercises")[1]


@every_chapter
def test_a_student_copy_keeps_the_rest_and_has_no_outputs(path: Path) -> None:
    whole, given = course.read(path), course.student(course.read(path))
    nbformat.validate(given)
    assert [cell.id for cell in given.cells] == [cell.id for cell in whole.cells]
    assert all(
        cell.source == kept.source
        for cell, kept in zip(whole.cells, given.cells, strict=True)
        if cell.cell_type == "code"
    )
    assert all(not cell.outputs for cell in given.cells if cell.cell_type == "code")
    assert sources(given).count("<summary>Hint</summary>") == len(read_exercises(path))
    assert sources(given).count("**Right.**") == sources(whole).count("**Right.**")


@pytest.mark.parametrize("path", sorted(WRAP_UPS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_student_copy_of_a_wrap_up_quiz_has_no_solution(path: Path) -> None:
    whole, given = sources(course.read(path)), sources(course.student(course.read(path)))
    hidden = re.findall(r"<summary>Solution</summary>\n\n```python\n(.*?)\n```", whole, re.DOTALL)
    assert len(hidden) == given.count("<summary>Hint</summary>") == len(re.findall(r"# Question \d: your code", given))
    for solution in hidden:
        assert solution not in given
    assert "Solution" not in given
    assert "```python" not in given
    assert given.count("**Right.**") == whole.count("**Right.**") == len(hidden)


def resaved_by_colab(path: Path, folder: Path) -> Path:
    """What Colab makes of a notebook: other ids, no tags, outputs, metadata of its own, one string a line."""
    book = json.loads(path.read_text("utf-8"))
    for number, cell in enumerate(book["cells"]):
        cell["metadata"] = {"id": f"xyz{number}", "colab": {"base_uri": "https://localhost:8080/"}}
        cell.pop("id", None)
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x"]}]}
    saved = folder / f"Copy of {path.name}"
    saved.write_text(json.dumps({**book, "nbformat_minor": 0, "metadata": {"colab": {}}}), "utf-8")
    return saved


@every_chapter
def test_exercises_are_found_after_colab_has_saved_the_notebook(path: Path, tmp_path: Path) -> None:
    assert read_exercises(resaved_by_colab(path, tmp_path)) == read_exercises(path)


def test_a_solution_notebook_shows_what_its_check_says() -> None:
    path = CHAPTERS[1]
    exercises = read_exercises(path)
    done = course.solved(course.read(path), exercises)
    for exercise in exercises:
        cell = done.cells[exercise.cell]
        assert exercise.solution in cell.source
        assert "NotImplementedError" not in cell.source
        assert "Passed" in cell.outputs[0].data["text/html"]


def test_a_solution_that_does_not_pass_stops_the_course() -> None:
    path = CHAPTERS[1]
    exercise = read_exercises(path)[0]
    wrong = Exercise(**{**vars(exercise), "solution": exercise.stub})
    with pytest.raises(ValueError, match="own solution of E02 does not pass"):
        course.solved(course.read(path), [wrong])


def points(notebook: NotebookNode) -> dict[str, float]:
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in notebook.cells
        if utils.is_grade(cell)
    }


@every_chapter
def test_a_master_of_a_chapter_gives_a_point_for_each_exercise(path: Path) -> None:
    exercises = read_exercises(path)
    made = course.master(course.read(path), exercises)
    nbformat.validate(made)
    assert points(made) == {f"test-{exercise.identifier}-1": 1 for exercise in exercises}


def test_a_master_runs_with_its_solutions_and_not_without() -> None:
    path = CHAPTERS[1]
    made = course.master(course.read(path), read_exercises(path))

    def run(notebook: NotebookNode) -> None:
        namespace: dict[str, object] = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(cell.source, namespace)

    run(made)
    with pytest.raises(NotImplementedError):
        run(course.released(made))


@every_assignment
@pytest.mark.parametrize("what", ["SOLUTION", "HIDDEN TESTS"])
def test_no_solution_and_no_hidden_test_survives_in_a_released_assignment(path: Path, what: str) -> None:
    whole = sources(course.marked(course.read(path)))
    given = sources(course.released(course.marked(course.read(path))))
    secret = lines(between(whole, what)) - lines(re.sub(REGION % (what, what), "", whole, flags=re.DOTALL))
    assert secret, "an assignment has both"
    assert secret & lines(given) == set()
    assert what not in given
