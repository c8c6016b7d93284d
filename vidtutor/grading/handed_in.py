"""Read what students hand in, and rebuild it: the master's cells in the master's order, with the student's answers.

A notebook that is handed in is not trusted. Its tests are not run, its points do not count. Which cell answers which
task is read from the cell's first line: names of files, metadata, tags and ids do not survive a save in Colab.
"""

import ast
import copy
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vidtutor.exercises.notebooks import defines, marker, parse

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, ClearSolutions

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what `ast.parse` raises for hopeless code


@dataclass(frozen=True)
class Cell:
    """A cell as it was handed in.

    kind: "code", "markdown" or "raw". name: what its first line says it is, such as "task-1.2", or "". grade_id,
    points: of nbgrader's metadata, where they are left.
    """

    kind: str
    source: str
    name: str
    grade_id: str
    points: Any


@dataclass(frozen=True)
class Master:
    """An assignment, or the exercises of a chapter: with solutions and hidden tests, and as students got it."""

    title: str
    source: NotebookNode
    release: NotebookNode

    @cached_property
    def names(self) -> list[str]:
        """What each of its cells is: "task-1.2", "test-1.2", "answer-1.5", or "" for the teacher's own."""
        return [name_of(cell) for cell in self.source.cells]

    @property
    def chapter(self) -> bool:
        """Whether these are the exercises of a chapter, whose notebook holds more than they need."""
        return any(name.startswith("task-E") for name in self.names)


@dataclass
class Rebuilt:
    """A notebook to run, sentences about what was handed in, and whether it was worked on at all."""

    notebook: NotebookNode
    remarks: list[str]
    worked_on: bool


def read_masters(course: Path) -> list[Master]:
    """Read what `make course` made. Raises FileNotFoundError, saying so, where it has not been made."""
    paths = sorted((course / "grading").glob("*.ipynb"))
    if not paths:
        raise FileNotFoundError(f"{course} holds nothing to grade by: run `make course` first, or name it by --course")
    masters = []
    for path in paths:
        source = nbformat.read(path, as_version=4)
        release = copy.deepcopy(source)
        for clear in (ClearSolutions(), ClearHiddenTests(), ClearOutput()):
            release, _ = clear.preprocess(release, {})
        masters.append(Master(path.stem, source, release))
    return masters


def read_cells(path: Path) -> list[Cell]:
    """Read the cells of a notebook, whatever else is wrong with it.

    Raises ValueError, with a sentence, where the file is no notebook.
    """
    try:
        return [_cell(cell) for cell in json.loads(path.read_bytes().decode("utf-8-sig"))["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{path.name} is not a notebook, or not a whole one") from None


def students(folder: Path) -> dict[str, list[Path]]:
    """The files of each student: all below a folder of theirs, or one notebook named after them.

    Raises NotADirectoryError where there is no such folder, FileNotFoundError where nobody is in it.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder: name the one that holds a folder for each student")
    found: dict[str, list[Path]] = {}
    for entry in sorted(path for path in folder.iterdir() if not _hidden(path.relative_to(folder))):
        if entry.is_dir():
            found[entry.name] = sorted(
                path for path in entry.rglob("*") if path.is_file() and not _hidden(path.relative_to(entry))
            )
        elif entry.suffix == ".ipynb":
            found.setdefault(entry.stem, []).append(entry)
    if not found:
        raise FileNotFoundError(f"{folder} holds no students: put a folder for each of them, or a notebook, into it")
    return found


def belongs(cells: list[Cell], masters: Iterable[Master]) -> Master | None:
    """The master that shares most tasks with a notebook, by first lines, else by metadata; None where none does."""
    for names in ({cell.name for cell in cells}, {_short(cell.grade_id) for cell in cells}):
        shared = {master.title: len(names & set(master.names) - {""}) for master in masters}
        best = max(masters, key=lambda master: shared[master.title])
        if shared[best.title]:
            return best
    return None


def rebuild(master: Master, cells: list[Cell]) -> Rebuilt:
    """Put a student's answers into a copy of the master.

    Tests and the teacher's cells are the master's. The student's other cells follow the last cell before them that the
    master knows; of a chapter's, only imports, definitions and CONSTANTS that are not the chapter's own.
    """
    built = Rebuilt(copy.deepcopy(master.source), [], False)
    for cell, name in zip(built.notebook.cells, master.names, strict=True):
        if not name:
            cell.metadata["given"] = True  # the teacher's own, which may take longer
    places: dict[int, int] = {}  # for each cell handed in: which cell of the master it stands for
    for place, name in enumerate(master.names):
        if name.startswith(("task-", "answer-")):
            numbers = _answer(built, master, cells, place, places)
            places |= dict.fromkeys(numbers, place)
    known = {_plain(cell.source): place for place, cell in enumerate(master.release.cells) if not master.names[place]}
    firsts = {_plain(cell.source).partition("\n")[0]: place for place, cell in enumerate(master.release.cells)}
    for number, cell in enumerate(cells):
        text = _plain(cell.source)
        if cell.name.startswith("test-") and cell.name in master.names:
            last = max(place for place, name in enumerate(master.names) if name == cell.name)
            places[number] = firsts.get(text.partition("\n")[0], last)
        elif text in known:
            places.setdefault(number, known[text])
    if not master.chapter:
        built.remarks += _tampering(master, cells)
    others = _others(master, cells, places)
    built.worked_on |= any(cell.cell_type == "code" for added in others.values() for cell in added)
    if not built.worked_on:
        built.remarks.append("nothing was filled in")
    in_order = [each for place, cell in enumerate(built.notebook.cells) for each in [cell, *others.get(place, [])]]
    built.notebook.cells = others.get(-1, []) + in_order
    return built


def name_of(cell: NotebookNode) -> str:
    """What a cell with nbgrader's metadata is: "task-1.2", "test-1.2", "answer-1.5", or ""."""
    return _short(str(cell.metadata.get("nbgrader", {}).get("grade_id", "")))


def _short(grade_id: str) -> str:
    found = re.fullmatch(r"((?:task|test|answer)-(?:\d+[._]\d+|E\d\d))(?:-\d+)?", grade_id)
    return found[1].replace("_", ".") if found else ""  # nbgrader's names have no dots


def _cell(cell: dict[str, Any]) -> Cell:
    source = "".join(cell["source"]).encode("utf-8", "replace").decode()
    own = cell.get("metadata", {}).get("nbgrader", {})
    name = marker(source) or ""
    if name.startswith("answer-") == (cell["cell_type"] == "code"):
        name = ""  # a heading that says `# Task 1.2`, or code that begins like an answer
    return Cell(cell["cell_type"], source, name, str(own.get("grade_id", "")), own.get("points"))


def _answer(built: Rebuilt, master: Master, cells: list[Cell], place: int, taken: dict[int, int]) -> list[int]:
    """Put the answer to one task into the copy; return the cells that may have been meant for it."""
    name = master.names[place]
    question = name.partition("-")[2]
    released = master.release.cells[place].source
    numbers, way = _candidates(name, master.source.cells[place].source, cells, taken)
    written = [number for number in numbers if not _unwritten(cells[number].source, released)]
    if way and written:
        built.remarks.append(f"{question}: its first line is gone; found by its {way}")
    if len(written) > 1:
        built.remarks.append(f"{question}: written {len(written)} times; the last one counts")
    if not numbers:
        built.remarks.append(f"{question}: not handed in")
    elif not written and name.startswith("answer-"):
        built.remarks.append(f"{question}: no answer in its cell")
    last = cells[(written or numbers)[-1]].source if numbers else released
    built.notebook.cells[place].source = re.sub(r'^check\("E\d\d".*\n?', "", last, flags=re.MULTILINE)
    built.worked_on |= bool(written)
    return numbers


def _candidates(name: str, source: str, cells: list[Cell], taken: dict[int, int]) -> tuple[list[int], str]:
    """The cells that answer a task, and how they were found where their first lines do not say so."""
    numbers = [number for number, cell in enumerate(cells) if cell.name == name]
    if numbers:
        return numbers, ""
    free = [number for number, cell in enumerate(cells) if not cell.name and number not in taken]
    numbers = [number for number in free if _short(cells[number].grade_id) == name]
    if numbers:
        return numbers, "metadata"
    wanted = _defined(source)
    return [
        number for number in free if cells[number].kind == "code" and wanted & _defined(cells[number].source)
    ], "name"


def _others(master: Master, cells: list[Cell], places: dict[int, int]) -> dict[int, list[NotebookNode]]:
    """The student's other cells, by the cell of the master that they follow; -1 where none is before them."""
    own = {ast.dump(node) for cell in master.source.cells if cell.cell_type == "code" for node in _nodes(cell.source)}
    # A chapter's master begins with what all of the chapter stands on; an assignment is in the student's order.
    after = next(place for place, name in enumerate(master.names) if name) - 1 if master.chapter else -1
    others: dict[int, list[NotebookNode]] = {}
    for number, cell in enumerate(cells):
        source = cell.source
        if number in places:
            after = places[number]
        elif cell.kind == "markdown" and not master.chapter:
            others.setdefault(after, []).append(nbformat.v4.new_markdown_cell(source))
        elif cell.kind == "code":
            if master.chapter:
                source = "\n".join(ast.unparse(node) for node in _nodes(source) if ast.dump(node) not in own)
            if source.strip():
                others.setdefault(after, []).append(nbformat.v4.new_code_cell(source))
    return others


def _tampering(master: Master, cells: list[Cell]) -> list[str]:
    """Say where tests are not those that were released, or have other points. The master's run all the same."""
    pairs = zip(master.source.cells, master.release.cells, strict=True)
    cleared = {_plain(whole.source): _plain(given.source) for whole, given in pairs}  # a solution has its tests whole
    tests = [cleared.get(text := _plain(cell.source), text) for cell in cells if cell.name.startswith("test-")]
    released = {
        _plain(cell.source): name.partition("-")[2]
        for cell, name in zip(master.release.cells, master.names, strict=True)
        if name.startswith("test-")
    }
    wrong = sorted({question for source, question in released.items() if tests.count(source) != 1})
    marked = [cell.metadata.get("nbgrader", {}) for cell in master.source.cells]
    points = {own["grade_id"]: own["points"] for own in marked if own.get("grade")}
    remarks = []
    if wrong or set(tests) - set(released):
        which = f" ({', '.join(wrong)})" if wrong else ""
        remarks.append(f"tests were changed, removed or added{which}; the original ones were run")
    if any(cell.grade_id in points and cell.points not in (None, points[cell.grade_id]) for cell in cells):
        remarks.append("the points in the notebook were changed; the original ones count")
    return remarks


def _unwritten(source: str, released: str) -> bool:
    """Whether a cell is as it was released, or holds nothing but functions that raise NotImplementedError."""
    if _plain(source) == _plain(released):
        return True
    try:
        nodes = parse(source)
    except UNREADABLE:
        return False
    left = [node for each in nodes for node in (each.body if isinstance(each, ast.FunctionDef) else [each])]
    left = [node for node in left if not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom)]
    return bool(left) and all(
        isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node) for node in left
    )


def _plain(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _nodes(source: str) -> list[ast.stmt]:
    """The imports, definitions and CONSTANTS of a code cell; none where it cannot be read."""
    try:
        nodes = parse(source)
    except UNREADABLE:
        return []
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) or defines(node)]


def _defined(source: str) -> set[str]:
    return {node.name for node in _nodes(source) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)
