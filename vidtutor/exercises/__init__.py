"""The exercises' checks, one file for each chapter (`ch06.py`), and what they are written with.

A check is a function that takes the reader's answer, tries it, and raises `Wrong` with one useful sentence about the
usual mistake. It registers itself under the exercise's number:

    @exercise("E05")
    def output_size(answer: Callable[..., int]) -> None: ...
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Checker = Callable[[Any], None]
CHECKERS: dict[str, Checker] = {}


class Wrong(Exception):
    """Raised by a check: its text is the one sentence that the reader sees."""


def exercise(identifier: str) -> Callable[[Checker], Checker]:
    """Register a check under an exercise's number, such as "E05".

    Raises ValueError for a name that is no number, and for a number that is taken. Chapter 01.
    """
    if not re.fullmatch(r"E\d\d", identifier):
        raise ValueError(f"{identifier!r} is no exercise: write E and two digits, as in E05")
    if identifier in CHECKERS:
        raise ValueError(f"{identifier} has a check already: {CHECKERS[identifier].__module__}")

    def register(checker: Checker) -> Checker:
        CHECKERS[identifier] = checker
        return checker

    return register


def checker(identifier: str) -> Checker:
    """The check of one exercise. Raises ValueError for an unknown one. Chapter 01.

    The chapters' files are imported in order, no further than needed: the first chapters do without TensorFlow.
    """
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        if identifier in CHECKERS:
            break
        if re.fullmatch(r"ch\d\d", module):
            importlib.import_module(f"{__name__}.{module}")
    if identifier not in CHECKERS:
        raise ValueError(f"there is no exercise {identifier!r}: the exercises are {', '.join(sorted(CHECKERS))}")
    return CHECKERS[identifier]


def expect_number(value: Any, name: str = "The answer") -> float:
    """Return a single finite number as float; raise Wrong, with a sentence on its type, for anything else."""
    array = _numeric(value, name)
    if array.ndim:
        raise Wrong(f"{name} is an array of shape {array.shape}, where a single number is expected.")
    if not np.isfinite(array):
        raise Wrong(f"{name} is {value}, which is no finite number.")
    return float(array)


def expect_array(value: Any, shape: tuple[int, ...], name: str = "The answer") -> NDArray[Any]:
    """Return a finite numeric array of this shape; raise Wrong, with a sentence on type or shape, for anything else."""
    array = _numeric(value, name)
    if array.shape != shape:
        raise Wrong(f"{name} has shape {array.shape}, where {shape} is expected.")
    if not np.isfinite(array).all():
        raise Wrong(f"{name} contains NaN or infinity.")
    return array


def mistake_in(given: NDArray[Any], mistakes: Mapping[str, ArrayLike], tolerance: float = 1e-6) -> str | None:
    """The sentence of the usual mistake that gives just these numbers, or None.

    mistakes: for each sentence the array that the mistake leads to. tolerance: absolute, as of `np.allclose`.
    """
    for sentence, wrong in mistakes.items():
        if np.shape(wrong) == given.shape and np.allclose(given, wrong, atol=tolerance):
            return sentence
    return None


def _numeric(value: ArrayLike | None, name: str) -> NDArray[Any]:
    """The value as an array of numbers."""
    if value is None:
        raise Wrong(f"{name} is None: is there a `return` at the end of the function?")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        array = np.empty(0, object)
    if not np.issubdtype(array.dtype, np.number):
        raise Wrong(f"{name} is of type {type(value).__name__}, where a number or an array of numbers is expected.")
    return array
