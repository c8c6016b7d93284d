"""The wrap-up quizzes: their form as committed, their solutions, and what the usual mistakes lead to."""

import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
import test_notebooks
from test_notebooks import INSTALL, METADATA, code, source, text

import address
import chapters

pytestmark = pytest.mark.xdist_group("wrap_ups")  # one worker makes what these tests share

QUIZZES = sorted(chapters.WRAP_UPS.glob("*.ipynb"))
MISTAKES = Path(__file__).parent / "wrap_ups"
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    f"(https://colab.research.google.com/github/{'/'.join(address.current(chapters.ROOT))}/blob/main/book/wrap_up/%s)"
)
CHOICE = r'<details name="%s"><summary>([^<$`]+)</summary>\n\n\*\*(No|Right)\.\*\* (.+?)\n\n</details>'
REPLIES = re.compile(
    r"<details><summary>Hint</summary>\n\n.+?\n\n</details>\n"
    r"<details><summary>Solution</summary>\n\n```python\n(.+)\n```\n\n</details>",
    re.DOTALL,
)

every_quiz = pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)


def number(path: Path) -> str:
    """The quiz's short name, as w4."""
    return path.stem.split("_")[0]


def questions(path: Path) -> list[tuple[str, str, str]]:
    """The statement, the code cell and the replies of each question."""
    cells = chapters.load(path)["cells"]
    starts = [i for i, cell in enumerate(cells) if re.match(r"## \d\. ", source(cell))]
    return [tuple(source(cell) for cell in cells[i : i + 3]) for i in starts]  # type: ignore[misc]


def choices(path: Path, index: int) -> list[tuple[str, str, str]]:
    """Each choice of a question, whether it is Right or No, and the reply."""
    return re.findall(CHOICE % f"{number(path)}q{index}", questions(path)[index - 1][0], re.DOTALL)


def solution(path: Path, index: int) -> str:
    found = REPLIES.fullmatch(questions(path)[index - 1][2])
    assert found, questions(path)[index - 1][2]
    return found[1]


def mistakes(path: Path) -> dict[int, list[tuple[str, str]]]:
    """Code of usual mistakes and the choice that each leads to, by question."""
    found: dict[int, list[tuple[str, str]]] = runpy.run_path(str(MISTAKES / f"{number(path)}.py"))["MISTAKES"]
    return found


@cache
def material(path: Path) -> dict[str, Any]:
    """What the names of a quiz stand for once its code cells have run."""
    names: dict[str, Any] = {"__name__": "quiz"}
    for cell in code(path)[1:]:  # the first installs, in Colab
        exec(compile(cell, path.name, "exec"), names)
    return names


def answer(path: Path, body: str) -> str:
    """What a reader's code, run behind the quiz's own, leaves in `answer`."""
    names = dict(material(path))
    exec(compile(body, f"code for {path.name}", "exec"), names)
    return str(names["answer"])


@every_quiz
def test_opens_as_a_chapter_does(path: Path) -> None:
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) >= (4, 5)
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    for cell in book.cells:
        assert cell.metadata == {}
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)
    assert book.metadata == METADATA
    assert re.fullmatch(r"w\d_[a-z_]+", path.stem)
    first = text(path)[0].splitlines()
    assert re.match(rf"# Wrap-up {path.stem[1]} · \S", first[0])
    assert BADGE % path.name in first
    assert any(re.match(r"\*\*Time\*\*: \d+ minutes", line) for line in first)
    assert any(line.startswith("**What it covers**: ") for line in first)
    assert code(path)[0] == INSTALL
    assert re.search(r"^lab = start\(", code(path)[1], re.MULTILINE)


@every_quiz
def test_every_question_has_choices_with_replies_a_cell_a_hint_and_a_solution(path: Path) -> None:
    assert 4 <= len(questions(path)) <= 6
    replies = []
    for index, (statement, cell, _) in enumerate(questions(path), 1):
        assert statement.startswith(f"## {index}. ")
        found = choices(path, index)
        assert len(found) == statement.count("<details") in (3, 4), statement
        assert [verdict for _, verdict, _ in found].count("Right") == 1, statement
        assert len({choice for choice, _, _ in found}) == len(found), statement
        assert cell == f"# Question {index}: your code"
        assert solution(path, index)
        replies += [reply for _, _, reply in found]
    assert len(set(replies)) == len(replies)


@every_quiz
def test_written_as_a_chapter_is(path: Path) -> None:
    test_notebooks.test_plain_markdown(path)
    test_notebooks.test_imports_stand_in_front(path)
    assert all(test_notebooks.lines_of_code(cell) <= 20 for cell in code(path))


@every_quiz
def test_solutions_arrive_at_the_right_choice(path: Path) -> None:
    for index in range(1, len(questions(path)) + 1):
        (right,) = [choice for choice, verdict, _ in choices(path, index) if verdict == "Right"]
        assert answer(path, solution(path, index)) == right, f"question {index}"


@every_quiz
def test_usual_mistakes_arrive_at_the_wrong_choices_that_name_them(path: Path) -> None:
    every = mistakes(path)
    assert sorted(every) == list(range(1, len(questions(path)) + 1))
    for index, found in every.items():
        wrong = [choice for choice, verdict, _ in choices(path, index) if verdict == "No"]
        assert found, f"question {index} has no usual mistake"
        for body, choice in found:
            assert choice in wrong, f"question {index}: {choice} is no wrong choice"
            assert answer(path, body) == choice, f"question {index}: {body}"
