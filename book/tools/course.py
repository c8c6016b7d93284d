"""Make a course out of the book: notebooks for students, solutions, slides, assignments, and what grading needs.

    python book/tools/course.py

It takes the executed chapters in build/chapters and the assignments in book/teach/assignments, and fills build/course:

    student/      each chapter and wrap-up quiz without solutions and outputs; hints, checks and quizzes stay
    solutions/    each chapter with its exercises solved, with outputs; each quiz and assignment as it is written
    slides/       a deck for each chapter, and index.html, which lists them
    assignments/  what students get
    grading/      the masters for `python -m vidtutor grade`, with hidden tests: not for students

None of it is committed. The folder moves into its place when it is whole.
"""

import copy
import os
import re
import shutil
import sys
import warnings
from pathlib import Path

from vidtutor.check import check
from vidtutor.exercises.notebooks import Exercise, definitions, read_exercises

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, ClearSolutions

import assignments
import slides
from chapters import CHAPTERS, NOTEBOOKS, ROOT, WRAP_UPS

COURSE = ROOT / "build/course"
SOLUTION = re.compile(r"\n?<details><summary>Solution</summary>.*?</details>", re.DOTALL)


def read(path: Path) -> NotebookNode:
    """Read a notebook as nbformat 4."""
    return nbformat.read(path, as_version=4)


def student(notebook: NotebookNode) -> NotebookNode:
    """Return a chapter or wrap-up quiz as students get it: no solutions, no outputs."""
    copied, _ = ClearOutput().preprocess(copy.deepcopy(notebook), {})
    for cell in copied.cells:
        if cell.cell_type == "markdown":
            cell.source = SOLUTION.sub("", cell.source)
    return copied


def solved(notebook: NotebookNode, exercises: list[Exercise]) -> NotebookNode:
    """Return an executed chapter with each stub replaced by its solution, and with what the check says of it.

    Raises ValueError, naming the exercise, for a solution that does not pass.
    """
    copied = copy.deepcopy(notebook)
    for exercise in exercises:
        cell = copied.cells[exercise.cell]
        reply = check(exercise.identifier, exercise.answer_of(exercise.solution))
        if "Passed" not in str(reply.data):
            raise ValueError(f"the book's own solution of {exercise.identifier} does not pass: {reply.data}")
        cell.source = f"{task_of(exercise)}\n\n\n{last_line(exercise)}"
        data = {"text/html": reply.data, "text/plain": "<IPython.core.display.HTML object>"}
        count = cell.execution_count
        cell.outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=count)]
    return copied


def task_of(exercise: Exercise) -> str:
    """Return the source of an exercise's cell with its solution and without its check."""
    return f"# Exercise {exercise.identifier}\n{exercise.solution}"


def last_line(exercise: Exercise) -> str:
    """Return the line that hands the answer to its check."""
    return f'check("{exercise.identifier}", {exercise.answer})'


def master(notebook: NotebookNode, exercises: list[Exercise]) -> NotebookNode:
    """Return the exercises of a chapter as an nbgrader source notebook, a point for each.

    It begins with the chapter's imports and definitions, so that answers may use what the chapter wrote by hand.
    """
    cells = [
        nbformat.v4.new_code_cell(exercises[0].imports.strip(), id="imports"),
        nbformat.v4.new_code_cell(definitions(notebook), id="definitions"),
    ]
    for exercise in exercises:
        name = exercise.identifier
        first, _, rest = task_of(exercise).partition("\n")
        task = f"{first}\n### BEGIN SOLUTION\n{rest}\n### END SOLUTION"
        test = (
            f"# Test {name} · the book's check (1 point)\n"
            "from vidtutor.check import grade\n\n"
            f'result = grade("{name}", {exercise.answer})\n'
            "assert result.passed, result.message"
        )
        cells += [
            nbformat.v4.new_markdown_cell(exercise.task, id=f"statement-{name}"),
            nbformat.v4.new_code_cell(task, id=f"task-{name}"),
            nbformat.v4.new_code_cell(test, id=f"test-{name}-1"),
        ]
    return marked(nbformat.v4.new_notebook(metadata=notebook.metadata, cells=cells))


def marked(source: NotebookNode) -> NotebookNode:
    """Return a copy with nbgrader's metadata, made from the cells' text."""
    return nbformat.from_dict(assignments.with_metadata(source))


def released(source: NotebookNode) -> NotebookNode:
    """Return an assignment as students get it: solutions, hidden tests and outputs cleared."""
    copied = copy.deepcopy(source)
    for clear in (ClearSolutions(), ClearHiddenTests(), ClearOutput()):
        copied, _ = clear.preprocess(copied, {})
    return copied


def build(target: Path) -> None:
    """Fill an empty folder with the course.

    Raises FileNotFoundError for a chapter that has not run, ValueError for an exercise or assignment that lacks a part.
    """
    for name in ("student", "solutions", "assignments", "grading"):
        (target / name).mkdir(parents=True)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not (CHAPTERS / path.name).exists():
            raise FileNotFoundError(f"chapter {path.stem} has not run: `make book` runs it")
        exercises = read_exercises(path)
        nbformat.write(student(read(path)), target / "student" / path.name)
        nbformat.write(solved(read(CHAPTERS / path.name), exercises), target / "solutions" / path.name)
        nbformat.write(master(read(path), exercises), target / "grading" / path.name)
    for path in sorted(WRAP_UPS.glob("*.ipynb")):
        nbformat.write(student(read(path)), target / "student" / path.name)
        nbformat.write(read(path), target / "solutions" / path.name)
    for path in sorted(assignments.ASSIGNMENTS.glob("*.ipynb")):
        source = marked(read(path))
        nbformat.write(source, target / "grading" / path.name)
        nbformat.write(source, target / "solutions" / path.name)
        nbformat.write(released(source), target / "assignments" / path.name)
    slides.build(target / "slides")


def main() -> int:
    """Build the course and say what is where; return the exit status."""
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # the checks of the solutions are for a CPU
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    warnings.filterwarnings("ignore", module="nbformat|traitlets")
    part = COURSE.with_name("course.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        build(part)
    except (FileNotFoundError, ValueError) as error:
        print(f"The course was not built: {error}", file=sys.stderr)
        return 1
    shutil.rmtree(COURSE, ignore_errors=True)
    part.rename(COURSE)
    for folder in sorted(path for path in COURSE.iterdir() if path.is_dir()):
        count = len([path for path in folder.iterdir() if path.suffix in (".ipynb", ".html") and path.stem != "index"])
        print(f"  {folder.relative_to(ROOT)!s:26} {count:3} files")
    print(f"The slides: {(COURSE / 'slides/index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
