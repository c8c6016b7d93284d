"""Read the assignments: which cells are tasks, tests and answers, and what each is worth, told by the cells' text.

The text is all that survives Colab. A task is a heading `## Task 1.2 · Title (3 points)`, a code cell that begins with
`# Task 1.2`, and code cells that begin with `# Test 1.2 · what it tests (2 points)`; or a heading and a Markdown cell
that begins with `**Answer 1.5** (4 points)`. A chapter's exercises are written alike: `# Exercise E05` and
`# Test E05 · …`.
"""

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASSIGNMENTS = Path(__file__).resolve().parents[1] / "teach/assignments"
SCHEMA = 3  # of nbgrader's metadata
HEADING = re.compile(r"## Task (\d\.\d) · (.+) \((\d+) points?\)$", re.MULTILINE)
# What a cell is, by its type and first line; a test's and an answer's line ends in its points.
MARKERS = {
    "task": ("code", re.compile(r"# (?:Task|Exercise) (\d\.\d|E\d\d)$")),
    "test": ("code", re.compile(r"# Test (\d\.\d|E\d\d) · (.+) \((\d+) points?\)$")),
    "answer": ("markdown", re.compile(r"\*\*Answer (\d\.\d)\*\* \((\d+) points?\)$")),
}
LOOKS_MARKED = re.compile(r"# *(?:Task|Exercise|Test) |\*\*Answer ")

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A cell that is marked.

    kind: "task", "test" or "answer". question: such as "1.2" or "E05". grade_id: nbgrader's name of the cell.
    cell: its place among the notebook's cells, from 0. title: of a test. points: 0 for a task's cell.
    """

    kind: str
    question: str
    grade_id: str
    cell: int
    title: str
    points: int


@dataclass(frozen=True)
class Task:
    """One task of an assignment.

    identifier: such as "1.2". heading: the cell with its statement. work: the cell that the student fills in, a task's
    code or a written answer. tests: in order; none where a teacher reads the answer.
    """

    identifier: str
    title: str
    points: int
    heading: int
    work: Part
    tests: tuple[Part, ...]

    @property
    def written(self) -> bool:
        """Whether a teacher marks it by hand."""
        return self.work.kind == "answer"


def source(cell: dict[str, Any]) -> str:
    """The text of a cell, however its lines are kept."""
    return "".join(cell["source"])


def parts(notebook: Notebook) -> list[Part]:
    """The marked cells of an assignment or of a chapter's master, in order.

    Raises ValueError, quoting the line, where a first line is almost a marker: a typing error would lose its points.
    """
    found: list[Part] = []
    tests: dict[str, int] = {}
    for place, cell in enumerate(notebook["cells"]):
        first = source(cell).partition("\n")[0]
        for kind, (cell_type, marker) in MARKERS.items():
            match = marker.match(first) if cell["cell_type"] == cell_type else None
            if not match:
                continue
            question, *rest = match.groups()
            grade_id = f"{kind}-{question}"
            if kind == "test":
                tests[question] = tests.get(question, 0) + 1
                grade_id += f"-{tests[question]}"
            title = rest[0] if kind == "test" else ""
            found.append(Part(kind, question, grade_id, place, title, int(rest[-1]) if rest else 0))
            break
        else:
            if LOOKS_MARKED.match(first):
                raise ValueError(
                    f"cell {place + 1} begins with {first!r}, which is no marker: "
                    "write '# Task 1.2', '# Test 1.2 · what it tests (2 points)' or '**Answer 1.5** (4 points)'"
                )
    return found


def with_metadata(notebook: Notebook) -> Notebook:
    """Return a copy whose marked cells carry nbgrader's metadata, in its schema 3.

    Raises ValueError as `parts` does.
    """
    marked = copy.deepcopy(notebook)
    for part in parts(marked):
        given = {
            "schema_version": SCHEMA,
            "grade_id": part.grade_id.replace(".", "_"),  # its schema wants no dot
            "grade": part.kind != "task",
            "solution": part.kind != "test",
            "locked": part.kind == "test",
            "task": False,
        }
        if part.kind != "task":
            given["points"] = part.points
        marked["cells"][part.cell]["metadata"]["nbgrader"] = given
    return marked


def read_tasks(notebook: Notebook) -> list[Task]:
    """The tasks of an assignment, in order.

    Raises ValueError, naming the task, where a part is missing or double, or its points do not add up.
    """
    marked = parts(notebook)
    tasks = []
    for place, cell in enumerate(notebook["cells"]):
        match = HEADING.match(source(cell)) if cell["cell_type"] == "markdown" else None
        if not match:
            continue
        identifier, title, points = match[1], match[2], int(match[3])
        own = [part for part in marked if part.question == identifier]
        work = [part for part in own if part.kind != "test"]
        tests = tuple(part for part in own if part.kind == "test")
        if len(work) != 1 or bool(tests) != (work[0].kind == "task"):
            raise ValueError(f"task {identifier} has neither one task cell with tests below it, nor one answer cell")
        if not place < work[0].cell < min((test.cell for test in tests), default=len(notebook["cells"])):
            raise ValueError(f"the cells of task {identifier} are out of order: heading, work, tests")
        if sum(part.points for part in own) != points:
            raise ValueError(
                f"the heading of task {identifier} promises {points} points, its cells have "
                f"{sum(part.points for part in own)}"
            )
        tasks.append(Task(identifier, title, points, place, work[0], tests))
    if left := {part.question for part in marked} - {task.identifier for task in tasks}:
        raise ValueError(f"task {min(left)} has no heading '## Task {min(left)} · Title (3 points)'")
    return tasks
