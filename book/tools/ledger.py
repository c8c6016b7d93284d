"""The ledger of claims: a page made from what the executed chapters recorded, never typed.

`book/claims.toml` says what the two articles say; the verdicts and findings come out of the chapters' runs alone.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from vidtutor.check import CLAIM_MIME, VERDICTS

from chapters import ROOT, Notebook, code_cells

SENTENCES = ROOT / "book/claims.toml"
HEAD = """# The ledger of claims

The two articles behind this book make claims, in sentences and in lines of code.
Each has a row here: A stands for the first article, B for the second.
A chapter that tests a claim records what it found, and stops where the finding no longer holds.
This page is made of those records: every number on it comes from the run that made this book, or from the record of
a longer one.

- **true**: it holds, though a chapter may add what goes with it.
- **imprecise**: it holds under conditions that the article does not name, or mixes two things.
- **wrong**: a run, or a count, shows the opposite.
- **a defect**: a line that cannot run, does not do what it is there for, or only repeats one above.
- **missing**: it was promised, or is needed, and is not there.
"""


def articles() -> list[dict[str, Any]]:
    """Return the two articles, each with its sections, each of these with its claims."""
    found: list[dict[str, Any]] = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))["article"]
    return found


def sentences() -> dict[str, dict[str, str]]:
    """Return every claim by its row, in the order of the articles."""
    return {
        claim["row"]: claim for article in articles() for section in article["section"] for claim in section["claims"]
    }


def claims(notebook: Notebook) -> Iterator[dict[str, Any]]:
    """Yield the claims that an executed notebook recorded, in order."""
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if CLAIM_MIME in output.get("data", {}):
                yield output["data"][CLAIM_MIME]


def records(chapters: dict[str, Notebook]) -> dict[str, list[dict[str, Any]]]:
    """Return for each row what chapters found: the record, and the "chapter" that made it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, notebook in sorted(chapters.items()):
        for claim in claims(notebook):
            found.setdefault(claim["row"], []).append(claim | {"chapter": name})
    return found


def ledger(chapters: dict[str, Notebook]) -> str:
    """Return the page, in Markdown, from executed notebooks by chapter name."""
    found = records(chapters)
    lines = [HEAD, *_counts(found)]
    for article in articles():
        lines += ["", f"## {article['title']}"]
        for section in article["section"]:
            lines += ["", f"### {article['letter']}, {section['title']}"]
            for claim in section["claims"]:
                lines += ["", *_entry(claim, found.get(claim["row"], []))]
    return "\n".join([*lines, ""])


def _counts(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """How many rows of each article have which verdict, as a table."""
    kinds = {**VERDICTS, "": "not tested yet"}
    counts = []
    for article in articles():
        rows = [claim["row"] for section in article["section"] for claim in section["claims"]]
        counts.append(Counter(found[row][0]["verdict"] if row in found else "" for row in rows))
    head = [f"{article['letter']}, {count.total()} rows" for article, count in zip(articles(), counts, strict=True)]
    lines = ["| Verdict | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    return lines + [
        f"| {words} | " + " | ".join(str(count[verdict]) for count in counts) + " |"
        for verdict, words in kinds.items()
        if verdict or any(count[verdict] for count in counts)
    ]


def _entry(claim: dict[str, str], found: list[dict[str, Any]]) -> list[str]:
    """One row: its number and verdict, what the article says, and what each chapter found."""
    verdict = VERDICTS[found[0]["verdict"]] if found else "not tested yet"
    lines = [f"(claim-{claim['row'].lower()})=", f"**{claim['row']} · {verdict}**", ""]
    if quote := claim.get("quote"):
        lines.append("> " + (f"`{quote}`" if quote.isascii() else f'<span lang="zh">{_text(quote)}</span>') + "\\")
    lines += [f"> {_text(claim['english'])}.", ""]
    for record in found:
        # Straight to the box in which the chapter says so; a link of Sphinx's own knows headings only.
        address = f"../notebooks/{record['chapter']}.html#claim-{record['row']}"
        lines.append(f'- {_text(record["finding"])} <a href="{address}">Chapter {record["chapter"][:2]}</a>')
    return lines


def _text(text: str) -> str:
    """Plain text as Markdown that shows it as it is; code between backticks stays code."""
    pieces = re.split(r"(`[^`]+`)", text.replace("\n", " "))
    return "".join(piece if piece.startswith("`") else re.sub(r"([\\*_$<>\[\]|])", r"\\\1", piece) for piece in pieces)
