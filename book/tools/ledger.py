"""The ledger of claims: a page made from what the executed chapters recorded, never typed."""

import re
from collections.abc import Iterator
from typing import Any

from chapters import Notebook, code_cells

CLAIM = "application/vnd.vidtutor.claim+json"
HEAD = """# The ledger of claims

The two articles behind this book make claims.
Each has a row: A stands for the first article, B for the second.
A chapter that tests a claim records here what it found, and it fails where the finding no longer holds.
"""


def claims(notebook: Notebook) -> Iterator[dict[str, Any]]:
    """Yield the claims that an executed notebook recorded, in order."""
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if CLAIM in output.get("data", {}):
                yield output["data"][CLAIM]


def ledger(chapters: dict[str, Notebook]) -> str:
    """Return the page, in Markdown, from executed notebooks by chapter name; rows in the order A1, A2, …, B1, …"""
    rows = [(claim, name) for name, notebook in chapters.items() for claim in claims(notebook)]
    if not rows:
        return HEAD + "\nNo chapter has recorded a claim yet.\n"
    lines = [
        f"| {claim['row']} | {claim['verdict']} | {_cell(claim['finding'])} | [{name[:2]}](../notebooks/{name}.ipynb) |"
        for claim, name in sorted(rows, key=_place)
    ]
    return "\n".join([HEAD, "| Row | Verdict | What was found | Chapter |", "|---|---|---|---|", *lines, ""])


def _place(row: tuple[dict[str, Any], str]) -> tuple[str, int, str]:
    claim, name = row
    article, number = re.fullmatch(r"([A-Z])(\d+).*", claim["row"]).groups()  # type: ignore[union-attr]
    return article, int(number), name


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
