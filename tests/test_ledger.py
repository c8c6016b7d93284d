"""The ledger of claims: every sentence of the two articles is dealt with, by evidence that a run measured."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vidtutor.check import claim
from vidtutor.exercises.notebooks import parse

import pytest

import chapters
import ledger
from chapters import Notebook, code_cells

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ROWS = [f"A{i}" for i in range(1, 56)] + [f"B{i}" for i in range(1, 37)]
every_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# Digits that belong to a name, and years; and a finding that says from whom it has its numbers.
NAMES = re.compile(
    r"\(2\+1\)D|\b(?:(?:Conv)?\d-?D|F1|AP50|int8|UCF101|Kinetics-400|H\.264|[AB]\d+|1 × 1 × 1|2/λmax|Dense\(128\)"
    r"|[Cc]hapters? \d\d|(?:19|20)\d\d)(?!\w)|95 %"
)
CITED = re.compile(r"[A-Z]\w+ (?:and others )?\(?(?:19|20)\d\d\b")


def test_every_claim_of_the_articles_stands_in_the_list_once() -> None:
    listed = [
        entry["row"] for article in ledger.articles() for section in article["section"] for entry in section["claims"]
    ]
    assert listed == ROWS
    for row, entry in ledger.sentences().items():
        assert set(entry) <= {"row", "quote", "english"}  # no verdict: that is for chapters to find out
        assert entry["english"], row
        assert "quote" in entry or row in ("A55", "B36")


def recorded(*rows: str, verdict: str = "true") -> Notebook:
    outputs = [
        {"output_type": "display_data", "data": claim(row, verdict, "a_b | `c_d` < 3", holds=True)._repr_mimebundle_()}
        for row in rows
    ]
    return {"cells": [{"cell_type": "code", "source": "claim(...)", "outputs": outputs}]}


def test_the_page_is_made_from_what_chapters_recorded() -> None:
    page = ledger.ledger({"11_listing": recorded("A24", "B2"), "01_what": recorded("A24", "A3")})
    titles = re.findall(r"^\*\*([AB]\d+) · (.+)\*\*$", page, re.MULTILINE)
    assert [row for row, _ in titles] == ROWS
    assert dict(titles) == {row: "true" if row in ("A3", "A24", "B2") else "not tested yet" for row in ROWS}
    assert "| Verdict | A, 55 rows | B, 36 rows |" in page
    assert "| true | 2 | 1 |" in page
    assert "| not tested yet | 53 | 35 |" in page
    entry = page.split("(claim-a24)=")[1].split("(claim-a25)=")[0]
    assert re.findall(r'href="([^"]+)"', entry) == [
        "../notebooks/01_what.html#claim-A24",
        "../notebooks/11_listing.html#claim-A24",
    ]
    assert r"a\_b \| `c_d` \< 3" in entry


def test_the_place_that_the_page_points_to_is_in_the_chapter() -> None:
    assert (
        '<div class="vt-box" id="claim-A24"' in claim("A24", "true", "so", holds=True)._repr_mimebundle_()["text/html"]
    )


def executed() -> dict[str, Notebook]:
    missing = [path.stem for path in NOTEBOOKS if not (chapters.CHAPTERS / path.name).exists()]
    if missing:
        pytest.skip(f"{', '.join(missing)} have not run: make book runs them")
    return {path.stem: chapters.load(chapters.CHAPTERS / path.name) for path in NOTEBOOKS}


@pytest.mark.chapters
def test_no_claim_is_left_out_and_none_is_unknown() -> None:
    assert set(ledger.records(executed())) == set(ROWS)


@pytest.mark.chapters
def test_chapters_agree_on_each_verdict() -> None:
    found = {row: {record["verdict"] for record in records} for row, records in ledger.records(executed()).items()}
    assert {row: verdicts for row, verdicts in found.items() if len(verdicts) > 1} == {}


@pytest.mark.chapters
@every_chapter
def test_every_number_of_a_finding_was_computed(path: Path) -> None:
    done = executed()[path.stem]
    typed = [
        (entry["row"], number) for entry in ledger.claims(done) for number in typed_numbers(entry["finding"], done)
    ]
    assert typed == [], "a number of a finding stands in an f-string's braces, or its source is cited beside it"


@every_chapter
def test_no_verdict_stands_without_evidence(path: Path) -> None:
    for row, finding, holds in literal_claims(chapters.load(path)):
        measured = any(isinstance(part, ast.Name) for part in ast.walk(holds))
        assert measured or CITED.search(finding), f"{row} holds whatever the run shows, and cites nobody"


def test_the_checks_find_what_they_are_there_for() -> None:
    def book(source: str) -> Notebook:
        return {"cells": [{"cell_type": "code", "source": source, "outputs": []}]}

    x = 0.75
    good = book('claim("A1", "true", f"A 3D-CNN gets {x:.2f}, see chapter 11.", x > 0.7)')
    assert typed_numbers(f"A 3D-CNN gets {x:.2f}, see chapter 11.", good) == []
    bad = book('found = f"It gets 0.93 and {x:.2f} here."\nclaim("A1", "true", found, x > 0.7)')
    assert typed_numbers(f"It gets 0.93 and {x:.2f} here.", bad) == ["0.93"]
    cited = book('claim("A1", "true", "UCF101: 88.0% (Simonyan and Zisserman 2014).", True)')
    assert typed_numbers("UCF101: 88.0% (Simonyan and Zisserman 2014).", cited) == []
    holds = [any(isinstance(part, ast.Name) for part in ast.walk(found[2])) for found in literal_claims(good)]
    assert holds == [True]
    assert [(row, ast.unparse(found)) for row, _, found in literal_claims(cited)] == [("A1", "True")]


def typed_numbers(finding: str, notebook: Notebook) -> list[str]:
    """Return the numbers of a finding that stand as text in the chapter's code, other than names and cited ones."""
    if CITED.search(finding):
        return []
    found = []
    for text in texts(notebook):
        for line in text.splitlines():
            # A stretch of text with a number and a word in it, which the finding repeats.
            if re.search(r"\d", line) and re.search(r"[^\W\d]", line) and line.strip() in finding:
                found += re.findall(r"\d+(?:[.,]\d+)*", NAMES.sub("", line))
    return found


def texts(notebook: Notebook) -> Iterator[str]:
    """Yield every literal text of a chapter's code: of an f-string, what stands between the braces."""
    for tree in trees(notebook):
        yield from (
            part.value for part in ast.walk(tree) if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )


def literal_claims(notebook: Notebook) -> Iterator[tuple[str, str, Any]]:
    """Yield the claims that are written out, as a call or as a tuple: row, text of the finding, condition."""
    for tree in trees(notebook):
        for node in ast.walk(tree):
            parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            first = parts[0].value if parts and isinstance(parts[0], ast.Constant) else None
            if len(parts) == 4 and isinstance(first, str) and first in ROWS:
                finding = "".join(
                    part.value
                    for part in ast.walk(parts[2])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )
                yield first, finding, parts[3]


def trees(notebook: Notebook) -> Iterator[ast.Module]:
    """Yield the code cells as syntax trees; lines for IPython alone are left out."""
    for cell in code_cells(notebook):
        yield ast.Module(parse("".join(cell["source"])), [])
