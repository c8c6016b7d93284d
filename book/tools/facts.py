"""What a chapter says of itself in its first cell: headers, cards, part pages and the map are made of it."""

import re
from dataclasses import dataclass

from chapters import NOTEBOOKS, WRAP_UPS, Notebook, code_cells, load

TIME = re.compile(r"\*\*Time\*\*: (\d+) minutes to read, (\d+) for the exercises, (.+)\.")
NUMBER = re.compile(r"\b(0[1-9]|1\d|2[0-3])\b")  # of a chapter, as prerequisites name it


@dataclass(frozen=True)
class Facts:
    """Title with its number, objectives, prerequisites, level, question, exercises; minutes for reading and for them.

    needs: Markdown. runs: how long it runs, in words. seed: of its random numbers.
    """

    title: str
    objectives: list[str]
    needs: str
    level: str
    reading: int
    solving: int
    runs: str
    question: str
    exercises: list[str]
    seed: int

    @property
    def after(self) -> list[str]:
        """The numbers of the chapters that it builds on."""
        return sorted(set(NUMBER.findall(self.needs)))


def facts(notebook: Notebook) -> Facts:
    """Read a chapter. Raises ValueError where its first cell does not say what it must."""
    first = "".join(notebook["cells"][0]["source"])
    title = first.splitlines()[0].removeprefix("# ")
    time = TIME.search(first)
    if not time:
        raise ValueError(
            f"{title}: no line such as **Time**: 60 minutes to read, 40 for the exercises, about a minute …"
        )
    code = "\n".join("".join(cell["source"]) for cell in code_cells(notebook))
    seed = re.search(r"start\(seed=(\d+)", code)
    return Facts(
        title,
        re.findall(
            r"^- (.+)$", _between(first, "**What you will be able to do", "**What you need first"), re.MULTILINE
        ),
        _between(first, "**What you need first**:", "**Level**"),
        _between(first, "**Level**:", "**Time**").rstrip("."),
        int(time[1]),
        int(time[2]),
        time[3],
        first.partition("**The question.**")[2].strip(),
        re.findall(r"^# Exercise (E\d\d)$", code, re.MULTILINE),
        int(seed[1]) if seed else 0,
    )


def chapters() -> dict[str, Facts]:
    """Return the facts of all chapters, by name, in order."""
    return {path.stem: facts(load(path)) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}


def quizzes() -> dict[str, str]:
    """Return the titles of the wrap-up quizzes, by name, in order."""
    paths = sorted(WRAP_UPS.glob("*.ipynb"))
    return {path.stem: "".join(load(path)["cells"][0]["source"]).splitlines()[0].removeprefix("# ") for path in paths}


def _between(text: str, begin: str, end: str) -> str:
    return text.partition(begin)[2].partition(end)[0].strip()
