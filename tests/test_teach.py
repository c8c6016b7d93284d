"""The pages for teachers: calendars that add up, cards for all chapters, and a self-test whose answers are right."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path

from vidtutor import datasets
from vidtutor.__main__ import main

import numpy as np
import pytest

import assignments
import cards
import chapters
import course
import facts
import kit

TEACH = Path(__file__).resolve().parents[1] / "book/teach"
NOTEBOOKS = {path.stem: chapters.load(path) for path in sorted(chapters.NOTEBOOKS.glob("*.ipynb"))}
FACTS = {name[:2]: facts.facts(notebook) for name, notebook in NOTEBOOKS.items()}
OWNER = {exercise: number for number, facts in FACTS.items() for exercise in facts.exercises}
# The chapters of each part that ends in a wrap-up quiz.
PARTS = {1: (1, 2), 2: (3, 5), 3: (6, 10), 4: (11, 16), 5: (17, 21), 6: (22, 22)}

Row = dict[str, str]


def tables(page: str) -> dict[str, list[Row]]:
    """The first table below each heading of a page, by that heading."""
    found = {}
    for section in re.split(r"^## ", (TEACH / page).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
        if lines:
            found[section.partition("\n")[0]] = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    return found


CALENDARS = tables("syllabi.md")
EIGHT, FOURTEEN = CALENDARS["Eight weeks"], CALENDARS["Fourteen weeks"]
courses = pytest.mark.parametrize("rows", [EIGHT, FOURTEEN], ids=["eight", "fourteen"])


def placed(row: Row) -> list[str]:
    return re.findall(r"\b\d\d\b", row.get("Chapters") or row["Chapter"])


def sessions(row: Row) -> list[str]:
    return [row[name] for name in ("In class", "Lecture", "Lab") if name in row]


def items(cell: str) -> list[tuple[str, int]]:
    """What a cell plans, with its minutes: `06 (50) · E05, E06 (20)`."""
    return (
        []
        if cell == "–"
        else [(words, int(minutes)) for words, minutes in re.findall(r"(.+?) \((\d+)\)(?: · |$)", cell)]
    )


def exercises(words: str) -> list[str]:
    return re.findall(r"E\d\d", words)


@courses
def test_reading_is_as_long_as_the_chapters_say(rows: list[Row]) -> None:
    for row in rows:
        assert [int(each) for each in re.findall(r"\d+", row["Read before"])] == [FACTS[n].reading for n in placed(row)]


@courses
def test_a_session_is_as_long_as_it_is(rows: list[Row]) -> None:
    for row in rows:
        for cell in sessions(row):
            assert sum(minutes for _, minutes in items(cell)) == 90, cell


@courses
def test_exercises_are_done_once_in_the_week_of_their_chapter_in_the_time_that_it_names(rows: list[Row]) -> None:
    for row in rows:
        spent = dict.fromkeys(placed(row), 0)
        done: list[str] = []
        for cell in [*sessions(row), row["Homework"]]:
            for words, minutes in items(cell):
                if found := exercises(words):
                    (number,) = {OWNER[each] for each in found}
                    spent[number] += minutes
                    done += found
        assert spent == {number: FACTS[number].solving for number in placed(row)}
        assert sorted(done) == sorted(each for number in placed(row) for each in FACTS[number].exercises)


@courses
def test_a_chapter_is_told_after_it_was_read_and_has_its_quiz_in_its_week(rows: list[Row]) -> None:
    for row in rows:
        told = [words for cell in sessions(row) for words, _ in items(cell) if re.fullmatch(r"\d\d", words)]
        assert told == placed(row)
        for cell in sessions(row):
            assert set(re.findall(r"quiz (\d\d)", cell)) <= set(placed(row))


@courses
def test_wrap_ups_and_assignments_ask_about_what_was_taught(rows: list[Row]) -> None:
    taught: set[int] = set()
    out: list[str] = []
    wrapped: list[int] = []
    for row in rows:
        taught |= {int(number) for number in placed(row)}
        for wrap_up in re.findall(r"wrap-up (\d)", " ".join([*sessions(row), row["Homework"]])):
            first, last = PARTS[int(wrap_up)]
            assert taught >= set(range(first, last + 1)), f"wrap-up {wrap_up}"
            wrapped.append(int(wrap_up))
        for number in re.findall(r"assignment (\d) due", row["Out and due"]):
            assert number in out
            assert taught >= needed(number), f"assignment {number}"
        out += re.findall(r"assignment (\d) out", row["Out and due"])
    assert len(set(wrapped)) == len(wrapped)
    assert rows is EIGHT or sorted(wrapped) == sorted(PARTS)
    assert rows is EIGHT or sorted(out) == ["1", "2", "3", "4"]


def needed(number: str) -> set[int]:
    """The chapters in which an assignment says that its tasks were taught."""
    (path,) = assignments.ASSIGNMENTS.glob(f"{number}_*.ipynb")
    first = "".join(chapters.load(path)["cells"][0]["source"])
    column = re.findall(rf"^\| {number}\.\d .*\| (chapters? .+) \|$", first, re.MULTILINE)
    assert column, path.name
    return {int(each) for cell in column for each in re.findall(r"\d\d", cell)}


def test_fourteen_weeks_hold_every_chapter_once() -> None:
    assert sorted(number for row in FOURTEEN for number in placed(row)) == sorted(FACTS)
    assert [row["Week"] for row in FOURTEEN] == [str(week) for week in range(1, 15)]


def test_eight_weeks_say_which_chapters_they_leave_out() -> None:
    held = [number for row in EIGHT for number in placed(row)]
    assert len(held) == len(set(held)) == len(EIGHT)
    assert sorted(set(FACTS) - set(held)) == ["03", "07", "08", "17", "18", "19", "20"]


@courses
def test_the_sums_below_a_calendar_are_right(rows: list[Row]) -> None:
    numbers = [number for row in rows for number in placed(row)]
    planned = [item for row in rows for cell in sessions(row) for item in items(cell)]
    inside = sum(minutes for words, minutes in planned if exercises(words))
    reading, solving = (sum(getattr(FACTS[n], part) for n in numbers) for part in ("reading", "solving"))
    text = (TEACH / "syllabi.md").read_text(encoding="utf-8")
    assert f"Reading takes {reading} minutes in all, exercises {solving}, of them {inside} in" in text


def test_the_day_has_no_gap_and_no_chapter_takes_longer_than_it_says() -> None:
    rows = CALENDARS["One day"]
    clock = [[60 * int(row[name][:2]) + int(row[name][3:]) for name in ("From", "To")] for row in rows]
    assert [to for _, to in clock[:-1]] == [begin for begin, _ in clock[1:]]
    assert clock[-1][1] - clock[0][0] == 6 * 60
    for row, (begin, to) in zip(rows, clock, strict=True):
        if row["Chapter"] == "–":
            assert row["Exercises"] == "–"
        else:
            facts = FACTS[row["Chapter"]]
            assert 0 < to - begin <= facts.reading + facts.solving
            assert set(exercises(row["Exercises"])) <= set(facts.exercises)
            text = "".join(
                "".join(c["source"]) + "\n"
                for c in next(notebook for name, notebook in NOTEBOOKS.items() if name[:2] == row["Chapter"])["cells"]
            )
            for section in re.findall(r"“(.+?)”", row["What happens"]):
                assert re.search(rf"^##+ {re.escape(section)}", text, re.MULTILINE), section


# The cards


def test_every_chapter_has_a_whole_card() -> None:
    found = cards.read()
    assert sorted(found) == sorted(FACTS)
    for number, card in found.items():
        assert sorted(card) == ["hook", "misconceptions", "questions", "show", "skip"], number
        assert 2 <= len(card["misconceptions"]) <= 4, number
        assert len(card["questions"]) >= 3, number
        assert all(card[key] for key in ("show", "skip")), number
        texts = [card["hook"], *card["misconceptions"], *card["show"], *card["skip"], *map(" ".join, card["questions"])]
        assert [text for text in texts if not 3 <= len(text.split()) <= 120] == [], number


def test_a_card_takes_its_facts_from_the_chapter() -> None:
    head = "# 07 Seeing\n\n**What you will be able to do**\n- See $x$.\n- Look.\n\n**What you need first**: eyes.\n\n"
    head += "**Level**: easy.\n\n"
    first = {"cell_type": "markdown", "source": [head, "**Time**: 12 minutes to read, 7 for the exercises, fast."]}
    task = {"cell_type": "code", "source": '# Exercise E99\ncheck("E99", f)'}
    card = {"hook": "Point.", "misconceptions": ["a"], "show": ["b"], "skip": ["c"], "questions": [["Why?", "So."]]}
    page = cards.page({"07_seeing": {"cells": [first, task]}}, {"07": card})
    assert "(card-07)=\n## [07 Seeing](../../notebooks/07_seeing.ipynb)" in page
    assert "12 minutes to read, 7 for 1 exercise (E99)." in page
    for line in ("- See $x$.", "- Look.", "**How to begin.** Point.", "- a", "- b", "- c", "- *Why?* So."):
        assert f"{line}\n" in page
    with pytest.raises(KeyError, match="no card for chapter 07_seeing"):
        cards.page({"07_seeing": {"cells": [first, task]}}, {})
    with pytest.raises(ValueError, match="07 Seeing: no line such as"):
        facts.facts({"cells": [first | {"source": "# 07 Seeing"}]})


# The self-test


def self_test() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """For each question its number, its text, and its choices with their replies."""
    text = (TEACH / "prerequisites.md").read_text(encoding="utf-8").partition("## Ten questions")[2]
    found = []
    for number, body in re.findall(r"^\*\*(\d+)\. (.+?)(?=^\*\*\d+\. |^## |\Z)", text, re.MULTILINE | re.DOTALL):
        choice = rf'<details name="s{number}"><summary>(.+?)</summary>\n\n(.+?)\n\n</details>'
        choices = re.findall(choice, body, re.DOTALL)
        assert len(choices) == body.count("<details") >= 3, number
        found.append((number, body.partition("<details")[0], choices))
    return found


def test_the_self_test_has_ten_questions_with_one_right_choice_and_a_reply_to_each() -> None:
    questions = self_test()
    assert [number for number, _, _ in questions] == [str(number) for number in range(1, 11)]
    for number, _, choices in questions:
        verdicts = [re.match(r"\*\*(Right|No)\.\*\* \S", reply) for _, reply in choices]
        assert all(verdicts), number
        assert [verdict[1] for verdict in verdicts if verdict].count("Right") == 1, number
        assert len({words for words, _ in choices}) == len({reply for _, reply in choices}) == len(choices), number


@pytest.mark.parametrize("question", self_test(), ids=lambda question: question[0])
def test_the_right_choice_is_what_comes_out(question: tuple[str, str, list[tuple[str, str]]]) -> None:
    number, text, choices = question
    (right,) = [words for words, reply in choices if reply.startswith("**Right.**")]
    if code := re.search(r"```python\n(.+?)\n```", text, re.DOTALL):
        *before, last = code[1].splitlines()
        names = {"np": np}
        exec("\n".join(before), names)
        assert str(eval(last, names)) == right
    else:
        assert WORKED_OUT[number]() == right


def slope(function: Callable[[float], float], place: float) -> str:
    """A derivative by central differences, as a whole number."""
    return str(round((function(place + 1e-5) - function(place - 1e-5)) / 2e-5))


WORKED_OUT: dict[str, Callable[[], str]] = {
    "6": lambda: slope(lambda x: (3 * x - 1) ** 2, 1.0),
    "7": lambda: slope(lambda u: u**2 * 3, 2.0),
    "10": lambda: f"About {100 * 9 / (9 + 990 // 10):.0f} %",
}


# Assignments and project


@pytest.mark.parametrize("path", sorted(assignments.ASSIGNMENTS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_page_of_assignments_says_what_the_notebooks_say(path: Path) -> None:
    first = "".join(chapters.load(path)["cells"][0]["source"])
    there = re.findall(r"^\| (\d\.\d .+) \| (\d+) \| (chapters? .+) \|$", first, re.MULTILINE)
    text = (TEACH / "assignments.md").read_text(encoding="utf-8")
    here = re.findall(rf"^\| ({path.name[0]}\.\d .+) \| (\d+) \| .+ \| (chapters? .+) \|$", text, re.MULTILINE)
    assert here == there != []
    assert sum(int(points) for _, points, _ in here) == 20
    title = re.match(r"# Assignment (\d · .+)", first)
    assert title and f"**{title[1]}**" in text


def test_the_rubric_of_the_project_adds_up_and_its_weeks_are_those_of_the_calendar() -> None:
    found = tables("project.md")
    rubric = found["How is it marked?"]
    (best,) = {int(number) for head in rubric[0] for number in re.findall(r"Excellent \((\d+)\)", head)}
    assert f"{best * len(rubric)} points." in (TEACH / "project.md").read_text(encoding="utf-8")
    due = {row["Week"]: row["Out and due"] for row in FOURTEEN}
    for row in found["What are the steps?"][:-1]:
        week = due[row["Week"]] + " ".join(
            words for cell in sessions(FOURTEEN[int(row["Week"]) - 1]) for words, _ in items(cell)
        )
        assert "project" in week, row
    assert {
        name.strip("`") for name in (row["Name"] for row in found["Which data can we take?"]) if "`" in name
    } == set(datasets.REGISTRY)


# The guide


def test_the_guide_names_commands_and_folders_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(TEACH.glob("*.md")))
    makefile = (chapters.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert {"address", "course", "kit", "read"} <= targets <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    commands = set(re.findall(r"python -m vidtutor ([a-z]+)", text))
    assert {"doctor", "fetch", "grade"} <= commands
    for command in commands:
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
    options = set(re.findall(r"(?<!-)--(course|jobs|out|timeout)\b", text))
    main_help = capsys.readouterr().out
    assert options == set(re.findall(r"--(course|jobs|out|timeout)\b", main_help))
    built = inspect.getsource(course)
    for folder in re.findall(r"build/course/([a-z]+)/", text):
        assert f'"{folder}"' in built, folder
    assert f"build/kit/{kit.NAME}.zip" in text
