"""Grade notebooks that students hand in: `python -m vidtutor grade submitted/ --out grades.csv`.

The masters come from `make course`: nbgrader's source notebooks, with solutions and hidden tests. Each notebook is
rebuilt from its master (`handed_in`), run apart (`isolation`), and becomes a row and a page (`feedback`).

nbgrader's preprocessors and its page are used; its applications and its gradebook are not. They want files named and
laid out as they released them, and their rule for points takes a warning for a failure, and a number that is shown
before an error for points. Here a test has its points if its cell ran to the end, and nothing for anything else.
"""

import csv
import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from vidtutor.files import whole
from vidtutor.grading import feedback, isolation
from vidtutor.grading.guard import REFUSED
from vidtutor.grading.handed_in import Master, Rebuilt, belongs, name_of, read_cells, read_masters, rebuild, students

from nbformat import NotebookNode

CELLS = 10  # the time of so many cells is what a notebook may take in all


@dataclass
class Row:
    """What a student gets for an assignment: a line of grades.csv.

    questions: points by question; None where a person reads it. points, out_of: None where there was nothing to grade;
    points are those of the tests alone, out_of are all.
    """

    student: str
    assignment: str = ""
    points: float | None = None
    out_of: float | None = None
    questions: dict[str, float | None] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def grade(
    submitted: Path,
    out: Path,
    course: Path,
    timeout: float = 60.0,
    jobs: int = 2,
    bubblewrap: bool | None = None,
    watch: Callable[[Iterable[Row], int], Iterable[Row]] = lambda rows, _: rows,
) -> list[Row]:
    """Grade all notebooks in a folder; write the CSV and, beside it, a page of feedback for each; return the rows.

    submitted: a folder for each student. course: what `make course` made. timeout: seconds for a cell; a notebook has
    ten times that. jobs: how many are graded at a time. bubblewrap: whether to use it; None: where it works.
    watch: shows progress, given the rows as they come and their number. No notebook can raise here; raises OSError,
    with a sentence, for folders that cannot be used.
    """
    masters, handed_in = read_masters(course), students(submitted)
    if not out.parent.is_dir():
        raise FileNotFoundError(f"{out} cannot be written: there is no folder {out.parent}; make it first")
    walled = isolation.bubblewrap_works() if bubblewrap is None else bubblewrap
    sorted_out = [entry for student, paths in handed_in.items() for entry in _sort(student, paths, masters)]
    exporter = feedback.Exporter()
    hidden = [course, submitted, Path(__file__).parents[2] / "book"]  # a clone has the assignments' sources there

    def finish(entry: tuple[Row, NotebookNode | None]) -> tuple[Row, NotebookNode | None, dict[str, float]]:
        row, notebook = entry
        return (row, *_run(row, notebook, timeout, hidden, walled)) if notebook else (row, None, {})

    def rows() -> Iterable[Row]:
        for row, notebook, points in pool.map(finish, sorted_out):
            if notebook:
                _write_feedback(exporter, row, notebook, points, out.parent / "feedback")
            yield row

    pool = ThreadPoolExecutor(jobs)
    try:
        graded = list(watch(rows(), len(sorted_out)))
    finally:
        pool.shutdown(cancel_futures=True)
    write_csv(graded, out)
    return graded


def write_csv(rows: list[Row], out: Path) -> None:
    """Write the grades, whole or not at all: student, assignment, points, out_of, a column for a question, remark."""
    questions = sorted({name for row in rows for name in row.questions}, key=_in_order)
    with whole(out) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["student", "assignment", "points", "out_of", *questions, "remark"])
        for row in rows:
            numbers = [row.points, row.out_of, *(row.questions.get(name) for name in questions)]
            words = [row.student, row.assignment, *("" if number is None else f"{number:g}" for number in numbers)]
            table.writerow([_writable(word) for word in [*words, "; ".join(row.remarks)]])


def _sort(student: str, paths: list[Path], masters: list[Master]) -> list[tuple[Row, NotebookNode | None]]:
    """A row for each assignment that a student handed in, and one for each file that is none."""
    others: list[tuple[Row, NotebookNode | None]] = []
    versions: dict[str, list[tuple[bool, float, str, Rebuilt]]] = {}
    for path in paths:
        if path.suffix != ".ipynb":
            continue
        try:
            cells = read_cells(path)
            master = belongs(cells, masters)
            if master is None:
                raise ValueError(f"{path.name} holds no task of this course")
            rebuilt = rebuild(master, cells)
        except (ValueError, OSError) as error:
            others.append((Row(student, remarks=[f"not graded: {error}"]), None))
            continue
        except (RecursionError, MemoryError) as error:  # code nested so deeply that `ast` gives up
            others.append((Row(student, remarks=[f"not graded: {path.name} meets {type(error).__name__}"]), None))
            continue
        version = (rebuilt.worked_on, os.path.getmtime(path), path.name, rebuilt)
        versions.setdefault(master.title, []).append(version)
    rows: list[tuple[Row, NotebookNode | None]] = []
    for title, found in sorted(versions.items()):
        _, _, name, rebuilt = max(found, key=lambda version: version[:3])
        several = [f"{len(found)} notebooks for this; the newest was graded, {name}"] if len(found) > 1 else []
        rows.append((Row(student, title, remarks=several + rebuilt.remarks), rebuilt.notebook))
    if not rows and not others:
        there = f"; there is {paths[0].name}" if paths else ""
        others.append((Row(student, remarks=[f"no notebook was handed in{there}"]), None))
    return rows + others


def _run(
    row: Row, notebook: NotebookNode, timeout: float, hidden: list[Path], bubblewrap: bool
) -> tuple[NotebookNode, dict[str, float]]:
    """Run a rebuilt notebook and fill in its row; return it with outputs, and the points by grade_id."""
    tests = [place for place, cell in enumerate(notebook.cells) if name_of(cell).startswith("test-")]
    try:
        ran = isolation.run(notebook, tests, timeout, CELLS * timeout, hidden, bubblewrap)
    except (isolation.IsolationError, ValueError, OSError) as error:
        row.remarks.append(f"nothing could be run: {error}")
        ran = isolation.Ran(notebook, frozenset(), {})
    points: dict[str, float] = {}
    row.out_of = 0.0
    for place, (cell, after) in enumerate(zip(notebook.cells, ran.notebook.cells, strict=True)):
        own, question = cell.metadata.get("nbgrader", {}), name_of(cell).partition("-")[2]
        if own.get("grade"):
            row.out_of += own["points"]
        if place in tests:
            points[own["grade_id"]] = float(own["points"]) if place in ran.passed else 0.0
            row.questions[question] = (row.questions.get(question) or 0.0) + points[own["grade_id"]]
        elif own.get("grade"):
            row.questions[question] = None
        row.remarks += _trouble(after, question, ran.stopped.get(place))
    row.points = sum(points.values())
    row.remarks = list(dict.fromkeys(row.remarks))
    return ran.notebook, points


def _trouble(cell: NotebookNode, question: str, stopped: str | None) -> list[str]:
    """Say what a teacher should know of a cell that ran: it was stopped, it was refused something, it is broken."""
    where = question or ("a cell of the assignment" if cell.metadata.get("given") else "a cell without a task")
    if stopped:
        return [f"{where}: a cell {stopped}"]
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    if any(REFUSED in error.evalue for error in errors):
        return [f"{where}: tried what grading refuses; the feedback says what"]
    if errors and not name_of(cell).startswith("test-") and errors[0].ename != "NotImplementedError":
        return [f"{where}: stopped with {errors[0].ename}"]
    return []


def _write_feedback(
    exporter: feedback.Exporter, row: Row, notebook: NotebookNode, points: dict[str, float], folder: Path
) -> None:
    path = folder / row.student / f"{row.assignment}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        html = feedback.page(exporter, notebook, f"{row.assignment} · {row.student}", row.remarks, points)
    except Exception as error:  # whatever a student's output holds: the others get their grades
        row.remarks.append(f"no feedback could be written: {type(error).__name__}")
        return
    with whole(path) as file:
        file.write(_writable(html))


def _writable(text: str) -> str:
    """The text without what UTF-8 cannot hold, which names of files and outputs may contain."""
    return text.encode("utf-8", "replace").decode()


def _in_order(question: str) -> tuple[int, ...]:
    """1.2 before 1.10, and assignments before the exercises of chapters."""
    return tuple(int(number) for number in re.findall(r"\d+", question.replace("E", "999.")))
