"""The teaching cards: one for each chapter, by hand in `book/teach/cards.toml`; facts come out of the chapter."""

import tomllib
from typing import Any

from chapters import ROOT, Notebook
from facts import Facts, facts

CARDS = ROOT / "book/teach/cards.toml"
HEAD = """# Teaching cards

A card for each chapter, for the person who gives the lesson.
Read it the evening before, beside the chapter; the speaker notes of the slides hold it too.
Minutes, objectives and exercises come out of the chapter.
"""
LISTS = {
    "misconceptions": "What students believe, where it shows, and what to do",
    "show": "Show live",
    "skip": "Short of time",
}
Card = dict[str, Any]


def read() -> dict[str, Card]:
    """Return the cards by chapter number."""
    return tomllib.loads(CARDS.read_text(encoding="utf-8"))


def page(chapters: dict[str, Notebook], cards: dict[str, Card]) -> str:
    """Return the page, in Markdown, from notebooks by chapter name and cards by number.

    Raises KeyError, naming the chapter, where one has no card.
    """
    lines = [HEAD]
    for name, notebook in sorted(chapters.items()):
        if name[:2] not in cards:
            raise KeyError(f"{CARDS.relative_to(ROOT)} has no card for chapter {name}: add a table [{name[:2]!r}]")
        lines += _card(name, facts(notebook), cards[name[:2]])
    return "\n".join([*lines, ""])


def _card(name: str, found: Facts, card: Card) -> list[str]:
    """One card: the facts, how to begin, the lists, and what will be asked."""
    many = "exercise" if len(found.exercises) == 1 else "exercises"
    lines = [
        f"(card-{name[:2]})=",
        f"## [{found.title}](../../notebooks/{name}.ipynb)",
        "",
        f"{found.reading} minutes to read, {found.solving} for {len(found.exercises)} {many} "
        f"({', '.join(found.exercises)}).",
        "",
        "**Afterwards a student can:**",
        "",
        *(f"- {objective}" for objective in found.objectives),
        "",
        f"**How to begin.** {card['hook']}",
    ]
    for key, heading in LISTS.items():
        lines += ["", f"**{heading}:**", "", *(f"- {item}" for item in card[key])]
    lines += ["", "**Likely questions:**", "", *(f"- *{asked}* {answer}" for asked, answer in card["questions"]), ""]
    return lines
