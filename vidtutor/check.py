"""Checks of exercises, and the boxes in which a chapter says what became of the source's claims.

`check` is what a chapter calls, `grade` what tests and course tools call. Neither lets a traceback through.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from vidtutor.exercises import Wrong, checker, exercise

import numpy as np
from IPython.display import HTML

__all__ = ["Claim", "Result", "Wrong", "check", "claim", "exercise", "grade"]

VERDICTS = {
    "true": "true",
    "imprecise": "imprecise",
    "wrong": "wrong",
    "defect": "a defect",
    "missing": "missing",
}
CLAIM_MIME = "application/vnd.vidtutor.claim+json"


@dataclass(frozen=True)
class Result:
    """Whether an answer passed, and one sentence about it."""

    passed: bool
    message: str


def grade(identifier: str, answer: Any) -> Result:
    """Try an answer to an exercise, such as "E05", and say in one sentence how it did.

    answer: what the exercise asks for, mostly a function. Nothing that it raises gets out of here; the message then
    names the exception and the input that caused it. Raises ValueError for an unknown exercise. Chapter 01.
    """
    checking = checker(identifier)
    tried = _Tried(answer) if inspect.isfunction(answer) else answer
    try:
        checking(tried)
    except NotImplementedError:
        return Result(False, "This one is not written yet: replace the `raise NotImplementedError` by your own code.")
    except Wrong as wrong:
        return Result(False, str(wrong))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": .").replace("\n", " ")
        if isinstance(tried, _Tried) and tried.inside:
            return Result(False, f"Called as {tried.call}, your function stopped with {reason}.")
        return Result(False, f"The check cannot use what it was given; trying to, it met {reason}.")
    return Result(True, "Your answer passes every test.")


def check(identifier: str, answer: Any) -> HTML:
    """Try an answer to an exercise and show how it did, in a box of words and a sign. See `grade`. Chapter 01."""
    result = grade(identifier, answer)
    sign, word, colour = ("✓", "Passed.", "#2a9d6f") if result.passed else ("○", "Not yet.", "#d9822b")
    return HTML(box(colour, f"{sign} {identifier} · {word}", result.message))


@dataclass(frozen=True)
class Claim:
    """A verdict on one claim of the source documents, as the claims ledger collects it from an executed chapter."""

    row: str
    verdict: str
    finding: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        title = f"Claim {self.row} · {VERDICTS[self.verdict]}"
        return {
            "text/plain": f"{title}. {self.finding}",
            "text/html": box("#2f86d0", title + ".", self.finding, anchor=f"claim-{self.row}"),
            CLAIM_MIME: {"row": self.row, "verdict": self.verdict, "finding": self.finding},
        }


def claim(row: str, verdict: str, finding: str, holds: bool) -> Claim:
    """Assert what a chapter found out about a claim of the source documents, and return it to be displayed.

    row: the claim's number in the ledger, such as "A24". verdict: "true", "imprecise", "wrong", "defect"
    or "missing". finding: a sentence or two. holds: whether this run showed it. Several: `display(claim(…), claim(…))`.
    Raises AssertionError where it does not hold, ValueError for an unknown row or verdict. Chapter 01.
    """
    if not re.fullmatch(r"[A-Z]\d{1,2}", row):
        raise ValueError(f"{row!r} is no row of the ledger: write a letter and a number, as in A24")
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is no verdict: choose from {', '.join(VERDICTS)}")
    if not holds:
        raise AssertionError(f"claim {row} does not hold in this run: {finding}")
    return Claim(row, verdict, finding)


class _Tried:
    """A reader's function that remembers how it was called last, and whether it came back."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.call = ""
        self.inside = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = [_brief(value) for value in args] + [f"{name}={_brief(value)}" for name, value in kwargs.items()]
        self.call = f"{self.function.__name__}({', '.join(given)})"
        self.inside = True
        result = self.function(*args, **kwargs)
        self.inside = False
        return result


def _brief(value: Any) -> str:
    """A value in a few characters: an array by its type and shape, a long list by its beginning."""
    if isinstance(value, np.ndarray) and value.size > 6:
        return f"<{value.dtype} array of shape {value.shape}>"
    text = repr(value.tolist()) if isinstance(value, np.ndarray) else repr(value)
    if len(text) > 80 and isinstance(value, Sequence | Mapping):
        return f"{text[:60]}… {len(value)} in all"
    return text if len(text) <= 80 else text[:77] + "…"


def box(colour: str, title: str, text: str, anchor: str = "") -> str:
    """A box that is readable on light and dark pages: the page's own text colour, and a coloured edge.

    anchor: what an address ends in that leads to it.
    """
    style = f"border:1px solid {colour};border-left-width:6px;border-radius:6px;padding:.5em .8em;margin:.3em 0"
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    place = f' id="{anchor}"' if anchor else ""
    return f'<div class="vt-box"{place} style="{style}"><strong>{escape(title)}</strong> {words}</div>'
