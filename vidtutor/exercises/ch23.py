"""Exercises of chapter 23: failures sorted by confidence, and a threshold for staying silent."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np


@exercise("E69")
def surest_failures(answer: Callable[..., Any]) -> None:
    """surest_failures(labels, probabilities): positions of what is wrong, the surest first."""
    labels = np.array([0, 1, 2, 0, 1, 2])
    probabilities = np.array(
        [
            [0.90, 0.05, 0.05],  # right
            [0.60, 0.30, 0.10],
            [0.10, 0.85, 0.05],
            [0.30, 0.30, 0.40],
            [0.10, 0.80, 0.10],  # right
            [0.48, 0.47, 0.05],
        ]
    )
    given = answer(labels.copy(), probabilities.copy())
    if given is None:
        raise Wrong("The answer is None: is there a `return` at the end of the function?")
    array = np.asarray(given)
    if array.dtype == bool:
        raise Wrong("That is a mask: return positions, as `np.flatnonzero` gives them, in order.")
    if array.size == len(labels):
        raise Wrong("All clips are in it: leave out those that the model gets right.")
    if array.shape == (2,) and set(array.tolist()) == {0, 4}:
        raise Wrong("These are the clips that the model gets right: return the others.")
    if array.shape == (1, 4):
        raise Wrong("`np.where` gives a tuple with one array in it: take that array, or `np.flatnonzero`.")
    array = expect_array(array, (4,), "The array of positions")
    mistakes: dict[str, list[float]] = {
        "These are the values themselves: return the clips' positions, such as 2.": [0.85, 0.6, 0.48, 0.4],
        "The least sure comes first: turn the order round.": [3, 5, 1, 2],
        "They stand in the order of the clips: sort them by how sure the model is.": [1, 2, 3, 5],
        "Sorted by the probability of the *true* class: how sure it is of its own is the row's largest.": [2, 5, 1, 3],
        "Sorted by the lead over the second class: how sure a model is, is the largest number of the row alone.": [
            2,
            1,
            3,
            5,
        ],
        "Positions among the failures, not among all clips: index what `np.flatnonzero` gave by them.": [1, 0, 3, 2],
    }
    right = np.array([2, 1, 5, 3])
    if not np.array_equal(array, right):
        raise Wrong(mistake_in(array, mistakes) or f"Of these six clips it should be {right.tolist()}, surest first.")
    if np.asarray(answer(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))).shape != (0,):
        raise Wrong("Where nothing is wrong the array is empty.")


@exercise("E70")
def threshold(answer: Callable[..., Any]) -> None:
    """threshold(sure, right, wanted): the lowest value from which on enough is right, or infinity."""
    # From the top: 1/1, 1/2, 2/3, 3/4, 4/5, 4/6.
    sure = np.array([0.70, 0.95, 0.90, 0.60, 0.80, 0.50])
    right = np.array([True, True, False, True, True, False])
    first = answer(sure.copy(), right.copy(), 0.8)
    if first is not None and np.ndim(first) == 0 and np.isposinf(first):
        raise Wrong(
            "From 0.6 on four of five are right, which is enough: the part is of the clips with `sure >= value`."
        )
    value = expect_number(first, "The threshold for 0.8")
    if abs(value - 0.95) < 1e-9:
        raise Wrong(
            "From 0.6 on four of five are right, which is enough: return the lowest such value, do not stop at the "
            "first failure, and use `>=`."
        )
    if abs(value - 0.8) < 1e-9 or abs(value - 5 / 6) < 1e-9:
        raise Wrong("Return one of the values in `sure`, not the part that is right there: at 0.6 four of five are.")
    if abs(value - 0.50) < 1e-9:
        raise Wrong("From 0.5 on four of six are right: count `sure >= value`, its own clip too; the part is of these.")
    if value in (3, 4):
        raise Wrong(f"{value:g} is a position or a count: return the value of `sure` there.")
    if not np.isclose(sure, value).any():
        raise Wrong(f"{value:g} is none of the values in `sure`: the lowest of them that does it is asked for.")
    if abs(value - 0.60) > 1e-9:
        raise Wrong(f"For 0.8 it should be 0.6, where four of five are right, not {value:g}.")
    value = expect_number(answer(sure.copy(), right.copy(), 0.5), "The threshold for 0.5")
    if abs(value - 0.50) > 1e-9:
        raise Wrong(f"With 0.5 wanted, all six may be answered, from 0.5 on, not from {value:g}: use `wanted`.")
    nothing = answer(np.array([0.9, 0.6]), np.array([False, True]), 0.8)
    if nothing is None or not np.isposinf(nothing):
        raise Wrong("Where no value does it, return `np.inf`: then nothing is answered.")
