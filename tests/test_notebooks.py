"""The chapters: their form as committed, and what is left of them once they have run."""

import ast
import json
import re
import statistics
from pathlib import Path
from typing import Any

from vidtutor.exercises.notebooks import read_exercises

import nbformat
import pytest

import address
import chapters

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OWNER_NAME = "/".join(address.current(ROOT))
METADATA = {
    "accelerator": "GPU",
    "colab": {"gpuType": "T4", "provenance": [], "toc_visible": True},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    f"(https://colab.research.google.com/github/{OWNER_NAME}/blob/main/notebooks/%s)"
)
INSTALL = f"""import sys

if "google.colab" in sys.modules:  # installs this book's helpers; changes nothing that Colab has
    %pip install --quiet "vidtutor @ git+https://github.com/{OWNER_NAME}@v0.1.0\""""
SECTIONS = ["## What you learned", "## Quiz", "## Exercises", "## Further reading"]
LEAD = ["**What you will be able to do", "**What you need first**:", "**Level**:", "**Time**:", "**The question.**"]

every_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def tags(cell: dict[str, Any]) -> list[str]:
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def code(path: Path) -> list[str]:
    return [source(cell) for cell in chapters.code_cells(chapters.load(path))]


def text(path: Path) -> list[str]:
    return [source(cell) for cell in chapters.load(path)["cells"] if cell["cell_type"] == "markdown"]


def lines_of_code(cell: str) -> int:
    """Lines that are not blank."""
    return sum(bool(line.strip()) for line in cell.splitlines())


def prose(markdown: str) -> str:
    """The text without fenced code, formulas, inline code and HTML."""
    markdown = re.sub(r"```.*?```|\$\$.*?\$\$|<!--.*?-->", "", markdown, flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`|\$[^$\n]*\$|<[^>\n]+>", "", markdown)


@every_chapter
def test_valid_and_without_outputs(path: Path) -> None:
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) >= (4, 5)
    ids = [cell.id for cell in book.cells]
    assert len(set(ids)) == len(ids)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [], cell.source
            assert cell.execution_count is None, cell.source
        assert set(cell.metadata) <= {"tags"}, cell.source
    assert book.metadata == METADATA  # in particular no `widgets`, which makes GitHub refuse a notebook


@every_chapter
def test_name_number_and_title_agree(path: Path) -> None:
    assert re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem)
    first = text(path)[0].splitlines()
    assert re.match(rf"# {path.stem[:2]} \S", first[0])


@every_chapter
def test_badge_and_install_cell(path: Path) -> None:
    assert chapters.load(path)["cells"][0]["cell_type"] == "markdown"
    assert BADGE % path.name in text(path)[0].splitlines()
    assert code(path)[0] == INSTALL
    assert sum("%pip" in cell or "!pip" in cell for cell in code(path)) == 1


@every_chapter
def test_sections_stand_in_order(path: Path) -> None:
    whole = "\n".join(text(path))
    opening = whole.split("\n## ")[0]
    places = [opening.find(lead) for lead in LEAD]
    assert -1 not in places, dict(zip(LEAD, places, strict=True))
    assert places == sorted(places)
    headings = [line for line in prose(whole).splitlines() if line.startswith("## ")]
    assert [heading for heading in headings[-5:] if heading in SECTIONS] == SECTIONS  # one more may name the claims
    assert len(re.findall(r"^# ", prose(whole), re.MULTILINE)) == 1


@every_chapter
def test_imports_stand_in_front(path: Path) -> None:
    cells = [cell for cell in chapters.code_cells(chapters.load(path)) if "listing" not in tags(cell)]
    assert re.search(r"^lab = start\(", source(cells[1]), re.MULTILINE)
    late = [source(cell) for cell in cells[2:] if re.search(r"^(import|from) ", source(cell), re.MULTILINE)]
    assert late == [], "imports stand in the second cell; a quoted listing that has its own is tagged `listing`"


@every_chapter
def test_cells_are_short(path: Path) -> None:
    lengths = [lines_of_code(cell) for cell in code(path)]
    too_long = [cell for cell in code(path) if lines_of_code(cell) > 20]
    assert too_long == []
    assert sum(lengths) <= 300
    assert statistics.median(lengths) <= 7


@every_chapter
def test_plain_markdown(path: Path) -> None:
    body = "\n".join(text(path))
    assert re.search(r"^\s*(:::+|```+)\s*\{|\{[a-z:]+\}`", body, re.MULTILINE) is None


@every_chapter
def test_two_to_four_exercises_stand_under_their_heading(path: Path) -> None:
    cells = chapters.load(path)["cells"]
    exercises = read_exercises(path)  # refuses one without task, check, hint or solution
    assert 2 <= len(exercises) <= 4
    assert all("raise NotImplementedError" in exercise.stub for exercise in exercises)
    start, end = (next(i for i, cell in enumerate(cells) if heading in source(cell)) for heading in SECTIONS[2:])
    assert all(start < exercise.cell < end for exercise in exercises)


@every_chapter
def test_every_choice_of_the_quiz_gets_a_reply_of_its_own(path: Path) -> None:
    (quiz,) = [cell for cell in text(path) if cell.startswith("## Quiz")]
    questions = re.split(r"^\*\*(\d)\. ", quiz, flags=re.MULTILINE)[1:]
    assert [int(number) for number in questions[::2]] == list(range(1, len(questions) // 2 + 1))
    assert 3 <= len(questions) // 2 <= 5
    replies = []
    for number, question in zip(questions[::2], questions[1::2], strict=True):
        choices = re.findall(
            rf'<details name="q{number}"><summary>([^<$`]+)</summary>\n\n\*\*(No|Right)\.\*\* (.+?)\n\n</details>',
            question,
            re.DOTALL,
        )
        assert len(choices) == question.count("<details") in (3, 4), question
        assert [verdict for _, verdict, _ in choices].count("Right") == 1, question
        assert len({choice for choice, _, _ in choices}) == len(choices), question
        replies += [reply for _, _, reply in choices]
    assert len(set(replies)) == len(replies)


@every_chapter
def test_last_cell_asserts_the_claims(path: Path) -> None:
    assert "claim(" in code(path)[-1]


# Executed


def executed(path: Path) -> chapters.Notebook:
    done = chapters.CHAPTERS / path.name
    if not done.exists():
        pytest.skip("the chapter has not run: make book runs it")
    return chapters.load(done)


@pytest.mark.chapters
@every_chapter
def test_ran_through_as_it_stands(path: Path) -> None:
    record = json.loads(chapters.RECORD.read_text(encoding="utf-8")) if chapters.RECORD.exists() else {}
    assert [cell["source"] for cell in executed(path)["cells"]] == [
        cell["source"] for cell in chapters.load(path)["cells"]
    ], "the chapter has changed since it ran: make book"
    assert record[path.stem]["key"] == chapters.key(chapters.load(path), chapters.package_digest()), "run make book"
    assert record[path.stem]["seconds"] > 0
    assert all(cell["execution_count"] for cell in chapters.code_cells(executed(path)))


@pytest.mark.chapters
@every_chapter
def test_outputs_are_fit_for_a_page(path: Path) -> None:
    for cell in chapters.code_cells(executed(path)):
        for output in cell["outputs"]:
            assert output["output_type"] != "error" or "raises-exception" in tags(cell), output
            data = output.get("data", {})
            assert "application/vnd.jupyter.widget-view+json" not in data, "a live widget does not move on a page"
            assert not {"image/png", "image/svg+xml"} & set(data), (
                "end the cell with picture(…): it carries its alt text"
            )
            html = "".join(data.get("text/html", ""))
            assert not re.search(r"""(src|href)=["']?(https?:)?//""", html), html[:300]
            if output.get("name") == "stderr":
                assert "Warning" not in "".join(output["text"]), "".join(output["text"])


@pytest.mark.chapters
@every_chapter
def test_outputs_fit_colab(path: Path) -> None:
    executed(path)
    assert (chapters.CHAPTERS / path.name).stat().st_size < 10_000_000


@pytest.mark.chapters
@every_chapter
def test_every_code_cell_shows_something(path: Path) -> None:
    for cell in chapters.code_cells(executed(path))[1:]:  # the install cell has nothing to say here
        defines = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(source(cell)).body)
        assert cell["outputs"] or defines, source(cell)


@pytest.mark.chapters
@every_chapter
def test_something_plays_and_something_can_be_tried(path: Path) -> None:
    outputs = [output for cell in chapters.code_cells(executed(path)) for output in cell["outputs"]]
    html = "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert 'class="vt-player"' in html
    assert 'class="vt-explore"' in html
