"""Grading: notebooks that are right, wrong, broken, endless, tampered with, and hostile, in one run."""

import copy
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidtutor.__main__ import main
from vidtutor.exercises.notebooks import marker
from vidtutor.grading import feedback, guard, isolation
from vidtutor.grading.grade import Row, grade, write_csv
from vidtutor.grading.handed_in import Master, belongs, read_cells, read_masters, rebuild, students

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("grading")  # one worker makes what these tests share

SECONDS = 4.0  # for a cell: an endless loop costs so much
NEEDS_BUBBLEWRAP = pytest.mark.skipif(not isolation.bubblewrap_works(), reason="bubblewrap does not work here")

IMPORTS = "import numpy as np"
DOUBLE = '''# Task 1.1
def double(x):
    """Twice as much."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''
DOUBLE_ONE = '# Test 1.1 · a number (1 point)\nassert double(1) == 2, "double(1) is 2"'
DOUBLE_MANY = """# Test 1.1 · an array (2 points)
import numpy as np
### BEGIN HIDDEN TESTS
secret = np.arange(3)
assert list(double(secret)) == [0, 2, 4], "double takes arrays too"
### END HIDDEN TESTS"""
TOTAL = '''# Task 1.2
def total(values):
    """The sum."""
    ### BEGIN SOLUTION
    result = 0
    for value in values:
        result += value
    return result
    ### END SOLUTION'''
TOTAL_MANY = """# Test 1.2 · several (3 points)
### BEGIN HIDDEN TESTS
assert total([1, 2, 3]) == 6, "total is wrong for several values"
### END HIDDEN TESTS"""
TOTAL_NONE = '# Test 1.2 · none (1 point)\nassert total([]) == 0, "the sum of nothing is 0"'
ANSWER = "**Answer 1.3** (4 points)\n\n### BEGIN SOLUTION\nBecause it is.\n### END SOLUTION"
SIZE = (
    "# Exercise E05\n### BEGIN SOLUTION\ndef output_size(size, kernel):\n    return size - kernel + 1\n### END SOLUTION"
)
SIZE_TEST = '# Test E05 · the book\'s check (1 point)\nassert output_size(9, 3) == 7, "9 and 3 give 7"'

RIGHT_1 = "# Task 1.1\ndef double(x):\n    return x + x"
RIGHT_2 = "# Task 1.2\ndef total(values):\n    return sum(values)"


def code(source: str, grade_id: str = "", **own: Any) -> NotebookNode:
    return _marked(nbformat.v4.new_code_cell(source), grade_id, own)


def text(source: str, grade_id: str = "", **own: Any) -> NotebookNode:
    return _marked(nbformat.v4.new_markdown_cell(source), grade_id, own)


def _marked(cell: NotebookNode, grade_id: str, own: dict[str, Any]) -> NotebookNode:
    if grade_id:
        kinds = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        cell.metadata.nbgrader = kinds | {"grade_id": grade_id, "cell_type": cell.cell_type} | own
    return cell


def task(source: str, grade_id: str) -> NotebookNode:
    return code(source, grade_id, solution=True)


def test_cell(source: str, grade_id: str, points: int) -> NotebookNode:
    return code(source, grade_id, grade=True, locked=True, points=points)


test_cell.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three masters: an assignment, another, and the exercises of a chapter."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "grading").mkdir()
    first = [
        text("# The first assignment"),
        code(IMPORTS),
        text("## Task 1.1 · Double (3 points)"),
        task(DOUBLE, "task-1.1"),
        test_cell(DOUBLE_ONE, "test-1.1-1", 1),
        test_cell(DOUBLE_MANY, "test-1.1-2", 2),
        text("## Task 1.2 · Total (4 points)"),
        task(TOTAL, "task-1.2"),
        test_cell(TOTAL_MANY, "test-1.2-1", 3),
        test_cell(TOTAL_NONE, "test-1.2-2", 1),
        text("## Task 1.3 · Why (4 points)"),
        text(ANSWER, "answer-1.3", solution=True, grade=True, points=4),
    ]
    second = [
        task("# Task 2.1\n### BEGIN SOLUTION\nPI = 3\n### END SOLUTION", "task-2.1"),
        test_cell("# Test 2.1 · three (2 points)\nassert PI == 3, 'PI is 3 here'", "test-2.1-1", 2),
    ]
    chapter = [
        code("import math\nimport numpy as np"),
        code("LARGE = 9\n\n\ndef half(x):\n    return x / 2"),
        text("**Task.** The size."),
        task(SIZE, "task-E05"),
        test_cell(SIZE_TEST, "test-E05-1", 1),
    ]
    for name, cells in (("1_first", first), ("2_second", second), ("06_sizes", chapter)):
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"grading/{name}.ipynb")
    return folder


@pytest.fixture(scope="module")
def masters(course: Path) -> dict[str, Master]:
    return {master.title: master for master in read_masters(course)}


@pytest.fixture(scope="module")
def release(masters: dict[str, Master]) -> Callable[..., NotebookNode]:
    """Give the first assignment as students get it, with some of its cells replaced: `release({3: "…"})`."""

    def make(cells: dict[int, str] | None = None) -> NotebookNode:
        notebook = copy.deepcopy(masters["1_first"].release)
        for place, source in (cells or {}).items():
            notebook.cells[place].source = source
        return notebook

    return make


CHAPTER = [
    text("# Sizes"),
    code("%pip install vidtutor"),
    code("import math\nimport numpy as np"),
    code("raise RuntimeError('what a chapter shows does not run')"),
    code("def half(x):\n    return x / 2"),
    text("**Task.** The size."),
    code("def mine(size, kernel):\n    return size - kernel + 1\nprint(mine(1, 1))"),
    code(
        '# Exercise E05\ndef output_size(size, kernel):\n    return mine(size, kernel)\n\n\ncheck("E05", output_size)'
    ),
]


def saved_by_colab(notebook: NotebookNode) -> str:
    """The notebook as Colab writes it: no ids, tags or metadata of ours, outputs, and metadata of its own."""
    cells = []
    for number, cell in enumerate(notebook.cells):
        own = {"colab": {"base_uri": "https://localhost:8080/"}, "id": f"Xy{number}"}
        kept = {"cell_type": cell.cell_type, "metadata": own, "source": cell.source.splitlines(keepends=True)}
        if cell.cell_type == "code":
            shown = [{"output_type": "stream", "name": "stdout", "text": ["hello\n"]}]
            kept |= {"execution_count": number + 5, "outputs": shown}
        cells.append(kept)
    whole = {"colab": {"provenance": [], "toc_visible": True}, "kernelspec": {"name": "python3"}}
    return json.dumps({"cells": cells, "metadata": whole, "nbformat": 4, "nbformat_minor": 0})


@dataclass
class Graded:
    rows: dict[str, dict[str, str]]
    folder: Path
    seconds: float

    def page(self, student: str, name: str = "1_first") -> str:
        return (self.folder / f"feedback/{student}/{name}.html").read_text(encoding="utf-8")


OUTSIDE = """# Task 1.1
import os, socket, subprocess, urllib.request
from pathlib import Path
said = []
for mischief in (
    lambda: open("../../outside", "w"),
    lambda: (Path.home().parent.parent / "outside").write_text("x"),
    lambda: os.remove({victim!r}),
    lambda: os.rename({victim!r}, "mine"),
    lambda: os.symlink("/etc", "../../outside"),
    lambda: subprocess.run(["ls"]),
    lambda: os.system("ls"),
    lambda: urllib.request.urlopen("http://example.com"),
    lambda: socket.socket().connect(("192.0.2.1", 80)),
    lambda: os.listdir({course!r}),
    lambda: open({course!r} + "/grading/1_first.ipynb"),
):
    try:
        mischief()
        said.append("nothing " + "was said")
    except OSError as error:
        said.append(str(error))
Path("inside").write_text("x")
Path.home().joinpath("inside").write_text("x")
print(*said, sep="\\n")
def double(x):
    return 2 * x
open("../../outside", "w")"""
THROUGH = """# Task 1.1
import ctypes
print("masters are", __import__("os").path.exists({course!r}))
ctypes.CDLL(None).creat({victim!r}.encode() + b"-2", 0o644)
def double(x):
    return 2 * x"""
MURDER = """# Task 1.1
import ctypes, os
ctypes.CDLL(None).kill(os.getppid(), 9)"""
STUBBORN = """# Task 1.1
def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""
TALKS = """# Task 1.1
def double(x):
    while not isinstance(x, int):
        print("for ever and ever")
    return 2 * x"""
SCRIPT = """**Answer 1.3**

<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3))

**bold** [x](javascript:alert(3))"""
DISPLAY = """# Task 1.1
from IPython.display import HTML, display
display(HTML("<script>alert(4)</script>"), {"image/png": '"><script>alert(5)</script>'}, raw=False)
display({"image/png": '"><script>alert(6)</script>', "text/plain": "<script>alert(7)</script>"}, raw=True)
def double(x):
    raise ValueError("<script>alert(8)</script>")"""


@pytest.fixture(scope="module")
def graded(course: Path, release: Callable[..., NotebookNode], tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Grade one submission of each kind, in the folder layouts that people have, and read the CSV."""
    folder = tmp_path_factory.mktemp("class")
    submitted = folder / "submitted"
    victim = folder / "victim"
    victim.write_text("the teacher's")
    right = {3: RIGHT_1, 7: RIGHT_2, 11: "**Answer 1.3**\n\nBecause $x$ is."}

    def hand_in(student: str, notebook: NotebookNode | str, name: str = "1_first.ipynb") -> None:
        path = submitted / student / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")

    def instead(source: str) -> NotebookNode:
        return release(right | {3: source})

    hand_in("right", release(right), "1_first/2026-11-27/1_first.ipynb")
    hand_in("wrong", instead("# Task 1.1\ndef double(x):\n    return 2 if x is 1 else x"))
    hand_in("untouched", release())
    hand_in(
        "loop", instead("# Task 1.1\ndef double(x):\n    while not isinstance(x, int):\n        pass\n    return 2 * x")
    )
    hand_in("loop-in-cell", instead(RIGHT_1 + "\nwhile True:\n    pass"))
    hand_in("stubborn", instead(STUBBORN))
    hand_in("broken", instead("# Task 1.1\ndef double(x:\n    return"))
    hand_in("killed", instead("# Task 1.1\nimport os\ndef double(x):\n    os._exit(0)"))
    hand_in("exits", instead("# Task 1.1\ndef double(x):\n    exit()"))
    hand_in("talks", instead(TALKS))
    hand_in(
        "warns", instead("# Task 1.1\nimport warnings\ndef double(x):\n    warnings.warn('careful')\n    return 2 * x")
    )
    hand_in("shows", instead("# Task 1.1\nimport sys\ndef double(x):\n    sys.displayhook(2)\n    return 7"))
    hand_in("outside", instead(OUTSIDE.format(victim=str(victim), course=str(course))))
    hand_in("through", instead(THROUGH.format(victim=str(victim), course=str(course))))
    hand_in("murder", instead(MURDER))
    hand_in("script", release({3: DISPLAY, 7: RIGHT_2, 11: SCRIPT}))

    tampered = instead("# Task 1.1\ndef double(x):\n    return 0")
    tampered.cells[4].source = tampered.cells[4].source.partition("\n")[0] + "\nassert True"
    tampered.cells[8].metadata.nbgrader.points = 100
    tampered.cells.append(code(tampered.cells[8].source))
    del tampered.cells[5]
    hand_in("tampered", tampered)

    helped = release(right | {3: "# Task 1.1\ndef double(x):\n    return helper(x)"})
    helped.cells.insert(3, code("def helper(x):\n    return 2 * x"))
    helped.cells.append(code("print(In, _ih)\n%history"))
    hand_in("helped", helped)
    hand_in("colab", saved_by_colab(release(right)), "Copy of 1_first (2).ipynb")
    nameless = release(right | {3: RIGHT_1.partition("\n")[2], 7: RIGHT_2.partition("\n")[2]})
    del nameless.cells[7].metadata["nbgrader"]
    hand_in("nameless", nameless)
    hand_in("chapter", saved_by_colab(nbformat.v4.new_notebook(cells=CHAPTER)), "06.ipynb")
    hand_in("two", release(right))
    hand_in("two", release(), "later/1_first.ipynb")
    hand_in("two", nbformat.v4.new_notebook(cells=[code("# Task 2.1\nPI = 3.14")]), "2.ipynb")
    hand_in("cut", nbformat.writes(release(right))[:500])
    hand_in("pdf", "%PDF-1.7")
    hand_in("elsewhere", nbformat.v4.new_notebook(cells=[code("print('another course')")]))
    hand_in("essay", "my answer", "essay.txt")
    hand_in(".", release(right), "alone.ipynb")
    (submitted / "nothing").mkdir()

    started = time.monotonic()
    grade(submitted, folder / "grades.csv", course, timeout=SECONDS, jobs=2)
    seconds = time.monotonic() - started
    assert victim.read_text() == "the teacher's"
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {f"{row['student']} {row['assignment']}".strip(): row for row in csv.DictReader(file)}
    return Graded(rows, folder, seconds)


@pytest.mark.parametrize(
    ("student", "double", "total", "remark"),
    [
        ("right", "3", "4", ""),
        ("alone", "3", "4", ""),
        ("wrong", "1", "4", ""),
        ("untouched", "0", "0", "1.3: no answer in its cell; nothing was filled in"),
        ("loop", "1", "4", "1.1: a cell did not end within 4 s"),
        ("loop-in-cell", "0", "4", "1.1: a cell did not end within 4 s"),
        ("stubborn", "0", "4", "1.1: a cell did not end within 4 s"),
        ("broken", "0", "4", "1.1: stopped with SyntaxError"),
        ("killed", "0", "4", "1.1: a cell ended the program that ran it"),
        ("exits", "0", "4", ""),
        ("talks", "1", "4", "1.1: a cell did not end within 4 s"),
        ("warns", "3", "4", ""),
        ("shows", "0", "4", ""),
        ("outside", "3", "4", "1.1: tried what grading refuses; the feedback says what"),
        ("helped", "3", "4", ""),
        ("colab", "3", "4", ""),
        (
            "nameless",
            "3",
            "4",
            "1.1: its first line is gone; found by its metadata; 1.2: its first line is gone; found by its name",
        ),
        (
            "tampered",
            "0",
            "4",
            "tests were changed, removed or added (1.1, 1.2); the original ones were run; "
            "the points in the notebook were changed; the original ones count",
        ),
        ("two", "3", "4", "2 notebooks for this; the newest was graded, 1_first.ipynb"),
    ],
)
def test_rows(graded: Graded, student: str, double: str, total: str, remark: str) -> None:
    row = graded.rows[f"{student} 1_first"]
    assert (row["1.1"], row["1.2"], row["1.3"], row["remark"]) == (double, total, "", remark)
    assert (float(row["points"]), row["out_of"]) == (float(double) + float(total), "11")


def test_other_rows(graded: Graded) -> None:
    assert graded.rows["chapter 06_sizes"] | {"student": ""} == graded.rows["chapter 06_sizes"] | {
        "student": "", "points": "1", "out_of": "1", "E05": "1", "1.1": "", "remark": ""
    }  # fmt: skip
    assert (graded.rows["two 2_second"]["2.1"], graded.rows["two 2_second"]["points"]) == ("0", "0")
    remarks = {
        "cut": "not graded: 1_first.ipynb is not a notebook, or not a whole one",
        "pdf": "not graded: 1_first.ipynb is not a notebook, or not a whole one",
        "elsewhere": "not graded: 1_first.ipynb holds no task of this course",
        "essay": "no notebook was handed in; there is essay.txt",
        "nothing": "no notebook was handed in",
    }
    for student, remark in remarks.items():
        row = graded.rows[student]
        assert (row["points"], row["out_of"], row["1.1"], row["remark"]) == ("", "", "", remark)
    assert list(graded.rows["right 1_first"]) == (
        ["student", "assignment", "points", "out_of", "1.1", "1.2", "1.3", "2.1", "E05", "remark"]
    )
    assert graded.seconds < 300


def test_a_submission_that_ends_its_grading_gets_nothing_and_a_remark(graded: Graded) -> None:
    row = graded.rows["murder 1_first"]
    assert (row["points"], row["out_of"], row["1.1"], row["1.2"]) == ("0", "11", "0", "0")
    assert row["remark"].startswith("nothing could be run: its process ended with status")


def test_nothing_is_written_outside_and_the_feedback_says_so(graded: Graded) -> None:
    page = graded.page("outside")
    assert "nothing was said" not in page
    assert "may not look into the folders of the course" in page
    for words in ("write only inside its own folder", "change files only", "not start programs", "not use the network"):
        assert f"{guard.REFUSED} a notebook may {words}" in page
    assert not list(Path(isolation.tempfile.gettempdir()).glob("outside"))


@NEEDS_BUBBLEWRAP
def test_what_goes_around_the_guard_meets_a_wall(graded: Graded) -> None:
    assert graded.rows["through 1_first"]["1.1"] == "3"
    assert "masters are False" in graded.page("through")
    assert not (graded.folder / "victim-2").exists()


def test_without_bubblewrap_the_guard_refuses_too(
    course: Path, release: Callable[..., NotebookNode], tmp_path: Path
) -> None:
    (tmp_path / "submitted").mkdir()
    victim = tmp_path / "victim"
    victim.write_text("x")
    nbformat.write(
        release({3: OUTSIDE.format(victim=str(victim), course=str(course))}), tmp_path / "submitted/ada.ipynb"
    )
    (row,) = grade(tmp_path / "submitted", tmp_path / "grades.csv", course, timeout=20, bubblewrap=False)
    assert row.questions == {"1.1": 3.0, "1.2": 0.0, "1.3": None}
    page = (tmp_path / "feedback/ada/1_first.html").read_text(encoding="utf-8")
    assert "nothing was said" not in page
    assert f"{guard.REFUSED} a notebook may not start programs, such as ls" in page
    assert victim.exists()


def test_feedback_shows_messages_and_no_hidden_tests(graded: Graded) -> None:
    page = graded.page("wrong")
    assert "AssertionError: double takes arrays too" in page
    assert "read by a person" in page
    for name in ("wrong", "right", "loop", "tampered", "helped"):
        assert "secret" not in graded.page(name)
        assert "HIDDEN" not in graded.page(name)
    assert "1.1: a cell did not end within 4 s" in graded.page("loop")
    assert len(graded.page("talks")) < 2_000_000


def test_feedback_needs_nothing_from_elsewhere_and_runs_nothing(graded: Graded, browser: Browser) -> None:
    for path in (graded.folder / "feedback").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html.lower()
        assert html.count(feedback.POLICY) == 1
        assert "javascript:" not in html.partition("<body>")[2].replace("[x](javascript:", "")
        assert 'src="http' not in html and 'href="http' not in html and "url(http" not in html
    page = browser.new_page()
    asked, alerts = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    address = (graded.folder / "feedback/script/1_first.html").as_uri()
    page.goto(address)
    assert (asked, alerts) == ([address], [])
    assert page.locator("strong", has_text="bold").count() == 1
    assert "alert(8)" in page.inner_text("body")
    page.close()


# What is handed in, without kernels


def handed(notebook: NotebookNode | str, folder: Path) -> list[Any]:
    path = folder / "handed_in.ipynb"
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
    return read_cells(path)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("# Task 1.2\nx = 1", "task-1.2"),
        ("\n#Task 1.2 of two", "task-1.2"),
        ("# Exercise E05", "task-E05"),
        ("# Test 1.2 · sums (2 points)", "test-1.2"),
        ("**Answer 1.5** (4 points)", "answer-1.5"),
        ("## Task 1.2 · Total (3 points)", None),
        ("# Tasks 1.2", None),
        ("x = 1  # Task 1.2", None),
    ],
)
def test_first_lines_say_what_a_cell_is(source: str, name: str | None) -> None:
    assert marker(source) == name


def test_tests_and_teacher_cells_are_always_the_masters(
    masters: dict[str, Master], release: Callable[..., NotebookNode], tmp_path: Path
) -> None:
    notebook = release({1: "import os", 3: RIGHT_1, 4: "# Test 1.1 · a number (1 point)\npass"})
    notebook.cells.append(code("print('the end')"))
    built = rebuild(masters["1_first"], handed(notebook, tmp_path))
    sources = [cell.source for cell in built.notebook.cells]
    expected = [cell.source for cell in masters["1_first"].source.cells]
    expected[3] = RIGHT_1
    expected[7] = release().cells[7].source
    expected[11] = release().cells[11].source
    assert sources == [expected[0], "import os", *expected[1:], "print('the end')"]
    assert [cell.metadata for cell in built.notebook.cells if "nbgrader" in cell.metadata] == [
        cell.metadata for cell in masters["1_first"].source.cells if "nbgrader" in cell.metadata
    ]


def test_the_last_written_cell_counts(
    masters: dict[str, Master], release: Callable[..., NotebookNode], tmp_path: Path
) -> None:
    notebook = release({3: "# Task 1.1\ndef double(x):\n    return x"})
    notebook.cells.insert(4, code(RIGHT_1))
    notebook.cells.append(code(release().cells[3].source))
    built = rebuild(masters["1_first"], handed(notebook, tmp_path))
    assert built.notebook.cells[3].source == RIGHT_1
    assert "1.1: written 2 times; the last one counts" in built.remarks


def test_a_task_without_its_first_line_is_found_by_metadata_then_by_its_name(
    masters: dict[str, Master], release: Callable[..., NotebookNode], tmp_path: Path
) -> None:
    plain = "def double(x):\n    return 2 * x"
    built = rebuild(masters["1_first"], handed(release({3: plain}), tmp_path))
    assert built.notebook.cells[3].source == plain
    assert "1.1: its first line is gone; found by its metadata" in built.remarks
    built = rebuild(masters["1_first"], handed(saved_by_colab(release({3: plain})), tmp_path))
    assert built.notebook.cells[3].source == plain
    assert "1.1: its first line is gone; found by its name" in built.remarks
    notebook = release()
    del notebook.cells[3]
    built = rebuild(masters["1_first"], handed(notebook, tmp_path))
    assert "1.1: not handed in" in built.remarks
    assert "raise NotImplementedError" in built.notebook.cells[3].source


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("# Task 1.1\ndef double(x):\n    raise NotImplementedError", False),
        ("# Task 1.1\ndef double(x):\n    '''Twice.'''\n    # mine\n    raise NotImplementedError('later')", False),
        ("# Task 1.1\ndef double(x):\n    return 2 * x\n    raise NotImplementedError", True),
        ("# Task 1.1\ndef double(x):\n    raise ValueError", True),
        ("# Task 1.1\ndef double(x:", True),
        ("# Task 1.1\n" + "(" * 5000, True),
    ],
)
def test_what_counts_as_written(
    masters: dict[str, Master], release: Callable[..., NotebookNode], tmp_path: Path, source: str, written: bool
) -> None:
    built = rebuild(masters["1_first"], handed(release({3: source}), tmp_path))
    assert built.worked_on is written


def test_an_answer_below_its_cell_is_run_and_shown(
    masters: dict[str, Master], release: Callable[..., NotebookNode], tmp_path: Path
) -> None:
    notebook = release()
    notebook.cells.insert(4, code("def double(x):\n    return 2 * x"))
    notebook.cells.append(text("It is because."))
    built = rebuild(masters["1_first"], handed(notebook, tmp_path))
    assert [built.notebook.cells[place].source for place in (4, -1)] == [notebook.cells[4].source, "It is because."]
    assert built.remarks == ["1.3: no answer in its cell"]


def test_code_that_ast_gives_up_on_stops_nobody(course: Path, tmp_path: Path) -> None:
    (tmp_path / "submitted").mkdir()
    deep = nbformat.v4.new_notebook(cells=[*CHAPTER, code("def mine():\n    return " + "+".join("1" * 900))])
    (tmp_path / "submitted/ada.ipynb").write_text(saved_by_colab(deep), encoding="utf-8")
    (row,) = grade(tmp_path / "submitted", tmp_path / "grades.csv", course)
    assert row.remarks == ["not graded: ada.ipynb meets RecursionError"]


def test_a_chapter_brings_only_what_defines(masters: dict[str, Master], tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=CHAPTER)
    cells = handed(saved_by_colab(notebook), tmp_path)
    master = belongs(cells, masters.values())
    assert master is masters["06_sizes"]
    sources = [cell.source for cell in rebuild(master, cells).notebook.cells]
    assert "def mine(size, kernel):\n    return size - kernel + 1" in sources
    assert sum("def half" in source for source in sources) == 1
    assert not any("raise RuntimeError" in source or "check(" in source or "pip" in source for source in sources)


def test_points_that_are_as_released_are_no_tampering(
    masters: dict[str, Master], release: Callable[..., NotebookNode], tmp_path: Path
) -> None:
    assert rebuild(masters["1_first"], handed(release({3: RIGHT_1}), tmp_path)).remarks == [
        "1.3: no answer in its cell"
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"cells": 3}',
        b'{"cells": [{}]}',
        b'{"cells": [{"cell_type": "code", "source": [1]}]}',
        b'{"cells": [{"cell_type": "code", "source": "", "metadata": []}]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_notebook_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(ValueError, match=r"^x\.ipynb is not a notebook, or not a whole one$"):
        read_cells(tmp_path / "x.ipynb")


def test_students_are_folders_or_files_and_hidden_ones_do_not_count(tmp_path: Path) -> None:
    for name in (
        "ada/a/b/1.ipynb",
        "ada/.ipynb_checkpoints/1.ipynb",
        "ada/__MACOSX/._1.ipynb",
        "bo.ipynb",
        "notes.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / ".git").mkdir()
    found = students(tmp_path)
    assert found == {"ada": [tmp_path / "ada/a/b/1.ipynb"], "bo": [tmp_path / "bo.ipynb"]}


# The guard, the limits, the command


def test_what_the_guard_refuses(tmp_path: Path) -> None:
    folder, outside = str(tmp_path / "own"), str(tmp_path / "x")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/link").symlink_to(outside)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    inside = os.path.join(folder, "x")
    events: list[tuple[str, tuple[Any, ...], bool]] = [
        ("open", (outside, "w", 0), True),
        ("open", (outside, "r", 0), False),
        ("open", (outside, None, os.O_CREAT | os.O_RDWR), True),
        ("open", (inside, "w", 0), False),
        ("open", (os.path.join(folder, "../x"), "a", 0), True),
        ("open", (os.path.join(folder, "link"), "w", 0), True),
        ("open", (os.fsencode(outside), "w", 0), True),
        ("open", (folder + "2/x", "w", 0), True),
        ("open", (3, "w", 0), False),
        ("open", (os.devnull, "w", 0), False),
        ("os.remove", (outside, -1), True),
        ("os.remove", ("x", descriptor), True),
        ("os.remove", (inside, -1), False),
        ("os.rename", (inside, outside, -1, -1), True),
        ("os.link", (outside, inside, -1, -1), True),
        ("os.symlink", (outside, inside, -1), False),
        ("shutil.rmtree", (outside, None), True),
        ("sqlite3.connect", (":memory:",), False),
        ("sqlite3.connect", (outside,), True),
        ("subprocess.Popen", ("/bin/ls", ["ls"], None, None), True),
        ("subprocess.Popen", (sys.executable, ["python"], None, None), False),
        ("subprocess.Popen", (None, f'"{sys.executable}" -c 1', None, None), False),
        ("subprocess.Popen", (None, "cmd /c dir", None, None), True),
        ("os.system", (b"ls",), True),
        ("os.spawn", (0, "/bin/ls", [], None), True),
        ("os.fork", (), True),
        ("socket.connect", (None, ("127.0.0.1", 80)), False),
        ("socket.connect", (None, "/tmp/a.socket"), False),
        ("socket.connect", (None, ("192.0.2.1", 80)), True),
        ("socket.getaddrinfo", ("localhost", 80), False),
        ("socket.getaddrinfo", ("example.com", 80), True),
        ("os.kill", (os.getppid(), 9), True),
        ("os.kill", (os.getpid(), 0), False),
        ("import", ("os", None), False),
        ("open", (str(tmp_path / "course/grading/1.ipynb"), "r", 0), True),
        ("open", (str(tmp_path / "own/../course"), None, os.O_RDONLY), True),
        ("os.listdir", (str(tmp_path / "course"),), True),
        ("os.listdir", (None,), False),
        ("os.scandir", (str(tmp_path / "course2"),), False),
    ]
    programs = frozenset({os.path.realpath(sys.executable)})
    wrong = [
        (event, args)
        for event, args, refused in events
        if bool(guard.refusal(event, args, folder, (str(tmp_path / "course"),), programs)) is not refused
    ]
    os.close(descriptor)
    assert wrong == []


def test_the_time_for_a_whole_notebook_is_limited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for part in ("work", "home", "tmp"):
        (tmp_path / part).mkdir()
    for name, value in isolation._environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    sources = ["x = 1", "import time\ntime.sleep(60)", "x + 1", "x + 2"]
    notebook = nbformat.v4.new_notebook(cells=[code(source) for source in sources])
    ran = isolation.execute(notebook, [], 60, 6, [], str(tmp_path))
    assert 0 in ran.passed
    assert not ran.passed & {1, 2, 3}
    assert ran.stopped[3] == "was not run: the time for the whole notebook was used up"


def test_a_slow_cell_of_the_teacher_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for part in ("work", "home", "tmp"):
        (tmp_path / part).mkdir()
    for name, value in isolation._environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook(cells=[code("import time\ntime.sleep(4)") for _ in range(2)])
    notebook.cells[0].metadata["given"] = True
    ran = isolation.execute(notebook, [], 2, 60, [], str(tmp_path))
    assert ran.passed == {0}
    assert list(ran.stopped) == [1]


def test_a_fresh_kernel_goes_on_with_what_went_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for part in ("work", "home", "tmp"):
        (tmp_path / part).mkdir()
    for name, value in isolation._environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    sources = ["x = 1", "x = 5", "import os\nos._exit(0)", "print('y' * 3_000_000)", "x"]
    notebook = nbformat.v4.new_notebook(cells=[code(source) for source in sources])
    ran = isolation.execute(notebook, [1], 30, 100, [], str(tmp_path))
    assert ran.passed == {0, 1, 3, 4}
    assert ran.stopped == {2: "ended the program that ran it"}
    assert ran.notebook.cells[4].outputs[0].data["text/plain"] == "1"
    assert len(str(ran.notebook.cells[3].outputs)) < 2 * isolation.OUTPUT


def test_nothing_goes_on_when_a_notebook_has_ended_its_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(isolation.tempfile, "tempdir", str(tmp_path))
    notebook = nbformat.v4.new_notebook(cells=[code(MURDER)])
    with pytest.raises(isolation.IsolationError, match="its process ended with status"):
        isolation.run(notebook, [], 20, 60, [], bubblewrap=False)
    ends = time.monotonic() + 10
    while left := [each for each in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(each.info["cmdline"])]:
        assert time.monotonic() < ends, left
        time.sleep(0.2)
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_sees_nothing_of_the_callers_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    environment = isolation._environment(tmp_path)
    assert "SECRET_TOKEN" not in environment
    assert {environment[name] for name in isolation.HOMES} == {str(tmp_path / "home")}


def test_the_csv_is_in_order_and_whole(tmp_path: Path) -> None:
    rows = [
        Row("bo", "1_a", 1.0, 3.5, {"1.10": 1.0, "1.2": None}, ["one, two", "three"]),
        Row("ada", "06_b", 0.5, 1.0, {"E05": 0.5}),
        Row("\udcff", remarks=["nothing"]),
    ]
    write_csv(rows, tmp_path / "grades.csv")
    lines = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "student,assignment,points,out_of,1.2,1.10,E05,remark",
        'bo,1_a,1,3.5,,1,,"one, two; three"',
        "ada,06_b,0.5,1,,,0.5,",
        "?,,,,,,,nothing",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]


def test_the_command_says_what_it_did(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "submitted/[bold]ada").mkdir(parents=True)
    out = tmp_path / "grades.csv"
    assert main(["grade", str(tmp_path / "submitted"), "--course", str(course), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "[bold]ada" in said and "no notebook was handed in" in said
    assert f"Grades: {out}" in said
    assert ("bubblewrap" in said) == isolation.bubblewrap_works()
    assert out.exists()


@pytest.mark.parametrize(
    ("submitted", "course_", "out", "sentence"),
    [
        ("nowhere", None, "g.csv", "nowhere is not a folder"),
        (".", "nowhere", "g.csv", "run `make course` first"),
        ("empty", None, "g.csv", "empty holds no students"),
        (".", None, "nowhere/g.csv", "there is no folder"),
    ],
)
def test_unusable_input_gets_a_sentence(
    course: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    submitted: str,
    course_: str | None,
    out: str,
    sentence: str,
) -> None:
    (tmp_path / "empty").mkdir()
    words = [str(tmp_path / submitted), "--course", str(tmp_path / course_ if course_ else course)]
    assert main(["grade", *words, "--out", str(tmp_path / out)]) == 2
    assert sentence in capsys.readouterr().err


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    script = "import sys; sys.modules['nbgrader'] = None; from vidtutor.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "grade", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (
        2, "grading needs nbgrader, which is not installed: pip install 'vidtutor[teach]'"
    )  # fmt: skip


def test_the_books_own_solutions_get_full_points(tmp_path: Path) -> None:
    built = Path(__file__).parents[1] / "build/course"
    name = "1_frames_and_motion.ipynb"
    if not (built / "solutions" / name).exists():
        pytest.skip("there is no course: make course")
    for student, folder in (("solved", "solutions"), ("untouched", "assignments")):
        path = tmp_path / "submitted" / student / name
        path.parent.mkdir(parents=True)
        path.write_bytes((built / folder / name).read_bytes())
    untouched, solved = sorted(
        grade(tmp_path / "submitted", tmp_path / "grades.csv", built), key=lambda row: row.points or 0
    )
    by_hand = [question for question, points in solved.questions.items() if points is None]
    assert (untouched.points, solved.out_of, len(by_hand)) == (0, 20, 1)
    assert solved.points == 16
    assert solved.remarks == []
