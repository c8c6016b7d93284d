"""Checks of chapter 13: the IoU of all pairs, suppression label by label, from a cell to a box."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, mistake_in

import numpy as np
from numpy.typing import NDArray

A = np.array([[0, 0, 6, 6], [10, 10, 14, 18], [2.5, 1, 7.5, 9]])
B = np.array([[3, 2, 9, 8.5], [20, 30, 22, 33], [10, 10, 14, 18], [6, 0, 16, 5]])
ONE_MORE = np.array([0, 0, 1, 1])


@exercise("E21")
def iou_matrix(answer: Callable[..., Any]) -> None:
    """All pairs of two small sets: overlapping, equal, side by side, apart along both axes."""
    returned = answer(A.copy(), B.copy())
    if np.shape(returned) == (len(B), len(A)):
        raise Wrong("A row belongs to a box of a, and a column to one of b: yours are the other way round.")
    given = expect_array(returned, (len(A), len(B)), "iou_matrix of 3 and 4 boxes")
    sides = np.minimum(A[:, None, 2:], B[:, 2:]) - np.maximum(A[:, None, :2], B[:, :2])
    both = _area(A)[:, None] + _area(B)
    shared = np.maximum(sides, 0).prod(axis=2)
    if np.allclose(given, shared / (both - shared)):
        return
    raw = sides.prod(axis=2)
    pixels = np.maximum(sides + 1, 0).prod(axis=2)
    around = (np.maximum(A[:, None, 2:], B[:, 2:]) - np.minimum(A[:, None, :2], B[:, :2])).prod(axis=2)
    mistakes = {
        "Boxes that lie apart along both axes share nothing: cut each side off at 0 before you multiply.": (
            raw / (both - raw)
        ),
        "The product is cut off at 0, but two negative sides give a positive one: cut off each side before.": (
            np.maximum(raw, 0) / (both - np.maximum(raw, 0))
        ),
        "The shared area counts twice in the sum of both areas: take it off once.": shared / both,
        "This is the shared area: divide it by the area that both cover together.": shared,
        "This is the part of the first box that is shared: divide by what both cover.": shared / _area(A)[:, None],
        "This is the part of the second box that is shared: divide by what both cover.": shared / _area(B),
        "The shared area is divided by the smaller box: divide by what both cover together.": (
            shared / np.minimum(_area(A)[:, None], _area(B))
        ),
        "The shared box begins at the larger of the two low edges, and ends at the smaller of the two high ones.": (
            around / (both - around)
        ),
        "The shared area is divided by the box around both: divide by what the two cover, without the corners.": (
            shared / around
        ),
        "This is twice the shared area over the sum of both: divide by what both cover together.": 2 * shared / both,
        "The product of `np.abs` is positive for boxes apart: cut each side off at 0 instead.": (
            np.abs(raw) / (both - np.abs(raw))
        ),
        "x2 and y2 are edges, not the last pixel: no + 1 in the sides.": (
            pixels / (_area(A + ONE_MORE)[:, None] + _area(B + ONE_MORE) - pixels)
        ),
    }
    if why := mistake_in(given, mistakes):
        raise Wrong(why)
    i, j = np.argwhere(~np.isclose(given, shared / (both - shared)))[0]
    right = shared[i, j] / (both - shared)[i, j]
    raise Wrong(f"The IoU of {A[i].tolist()} and {B[j].tolist()} is {right:.3f}, not {given[i, j]:.3f}.")


def _area(boxes: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))


# A row of three, of which the middle one is the second best and the last overlaps only that; a twin of another label;
# a pair that overlaps by just a half; one alone.
ROW = np.array(
    [[8, 0, 18, 10], [0, 0, 10, 10], [4, 0, 14, 10], [0, 1, 10, 11], [40, 0, 50, 10], [40, 5, 50, 10], [80, 8, 90, 19]],
    float,
)
SCORES = np.array([0.6, 0.9, 0.8, 0.7, 0.55, 0.65, 0.5])
LABELS = np.array([0, 0, 0, 1, 0, 0, 0])


@exercise("E22")
def suppress(answer: Callable[..., Any]) -> None:
    """A row of boxes in which the middle one is dropped and must not drop the next, at two limits."""
    for limit in (0.4, 0.5):
        given = answer(ROW.copy(), SCORES.copy(), LABELS.copy(), limit)
        if given is None:
            raise Wrong("The answer is None: is there a `return` at the end of the function?")
        kept = np.asarray(given)
        if kept.shape == (0,):
            raise Wrong("No box stays: does each of them clash with itself? Compare with those that you have kept.")
        if kept.ndim != 1 or not (kept.size and np.issubdtype(kept.dtype, np.integer)):
            raise Wrong(f"Return a list of positions, such as [1, 3, 0], not {given!r}.")
        _what_stays(kept.tolist(), limit)


def _what_stays(kept: list[int], limit: float) -> None:
    """Compare with the definition, then with what usual mistakes keep."""
    order = np.argsort(-SCORES).tolist()
    clash = np.array([[_overlap(one, other) for other in ROW] for one in ROW])
    same = LABELS[:, None] == LABELS

    def greedy(order: list[int], clash: NDArray[np.bool_]) -> list[int]:
        stay: list[int] = []
        for i in order:
            if not clash[i, stay].any():
                stay.append(i)
        return stay

    right = greedy(order, (clash > limit) & same)
    if kept == right:
        return
    above = (clash > limit) & same
    by_all = [i for n, i in enumerate(order) if not above[i, order[:n]].any()]
    by_last: list[int] = []
    for i in order:
        if not by_last or not above[i, by_last[-1]]:
            by_last.append(i)
    mistakes = {
        "The boxes are not sorted: go from the best score to the worst.": greedy(list(range(len(ROW))), above),
        "They are sorted from the worst score to the best: turn that round.": greedy(order[::-1], above),
        "A box that has been dropped still drops others: compare with those that stay only.": by_all,
        "Boxes of different labels drop each other: a person may stand before a car.": greedy(order, clash > limit),
        "A box that overlaps by exactly the limit stays: drop only above it.": greedy(order, (clash >= limit) & same),
        "A box is compared with the last one that stayed only: compare it with all that stay.": by_last,
        "These are places in the sorted list: return those in the boxes that you were given.": [
            order.index(i) for i in right
        ],
        "The comparison is turned round: a box is dropped where it overlaps by *more* than the limit.": greedy(
            order, (clash < limit) & same
        ),
        f"Nothing is dropped, though boxes of the row overlap by more than {limit}: do you use `limit`?": order,
    }
    for sentence, wrong in mistakes.items():
        if kept == wrong:
            raise Wrong(sentence)
    if sorted(kept) == sorted(right):
        raise Wrong(f"The right boxes stay, but the best score comes first: {right}, not {kept}.")
    raise Wrong(f"With a limit of {limit} the boxes {right} of the check's row should stay, not {kept}.")


def _overlap(one: NDArray[Any], other: NDArray[Any]) -> float:
    shared = np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0).prod()
    return float(shared / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared))


@exercise("E45")
def boxes_at(answer: Callable[..., Any]) -> None:
    """Three peaks in a map of cells of four pixels."""
    rows, columns, cell = np.array([0, 5, 7]), np.array([0, 2, 11]), 4
    sides, offsets = np.array([[4, 8], [30.0, 14], [6, 7]]), np.array([[0, 0], [0.25, -0.4], [-0.5, 0.1]])
    given = expect_array(
        answer(rows.copy(), columns.copy(), np.log(sides), offsets.copy(), cell), (3, 4), "boxes_at of three peaks"
    )

    def boxes(places: NDArray[Any], sides: NDArray[Any] = sides) -> NDArray[Any]:
        return np.concatenate([places - sides / 2, places + sides / 2], axis=1)

    corner = np.stack([columns, rows], axis=1)
    middle = corner + 0.5 + offsets
    if np.allclose(given, boxes(middle * cell)):
        return
    mistakes = {
        "x counts columns and y counts rows: you have them the other way round.": boxes(
            (corner[:, ::-1] + 0.5 + offsets) * cell
        ),
        "The middle of a cell lies half a cell from its corner: add 0.5 before you multiply.": boxes(
            (corner + offsets) * cell
        ),
        "Offsets are in cells, not in pixels: add them before you multiply.": boxes((corner + 0.5) * cell + offsets),
        "The offsets are missing.": boxes((corner + 0.5) * cell),
        "The centres are still in cells: multiply by the pixels of a cell.": boxes(middle),
        "The sides are logarithms: take np.exp of them.": boxes(middle * cell, np.log(sides)),
        "The sides are in pixels already: do not multiply them by the cell.": boxes(middle * cell, sides * cell),
        "Offsets go to the right and down from the cell's middle: add them.": boxes((corner + 0.5 - offsets) * cell),
        "The first column of `offsets` goes to the right, along x: they are the other way round.": boxes(
            (corner + 0.5 + offsets[:, ::-1]) * cell
        ),
        "The first column of `log_sides` is the width: width and height are the other way round.": boxes(
            middle * cell, sides[:, ::-1]
        ),
        "x and y are the other way round throughout: columns count along x.": boxes(
            middle[:, ::-1] * cell, sides[:, ::-1]
        ),
        "The logarithms are natural ones: take np.exp of them, not a power of 2.": boxes(
            middle * cell, 2 ** np.log(sides)
        ),
        "Half a *cell* lies between corner and middle, not half a pixel: add 0.5 before you multiply.": boxes(
            (corner + offsets) * cell + 0.5
        ),
        "The box begins at its centre here: go half a side to each side of it.": np.concatenate(
            [middle * cell, middle * cell + sides], axis=1
        ),
        "The order of the columns is x1, y1, x2, y2.": boxes(middle * cell)[:, [0, 2, 1, 3]],
        "The box goes half a side to each side of its centre, not a whole one.": boxes(middle * cell, sides * 2),
        "These are centres and sides: return x1, y1, x2, y2.": np.concatenate([middle * cell, sides], axis=1),
        "These are corner and sides: return x1, y1, x2, y2.": np.concatenate(
            [middle * cell - sides / 2, sides], axis=1
        ),
    }
    if why := mistake_in(given, mistakes):
        raise Wrong(why)
    right = boxes(middle * cell)[1].round(2).tolist()
    raise Wrong(
        f"The peak in row 5, column 2, sides 30 and 14, offsets 0.25 and -0.4, cells of 4 pixels, gives {right}, "
        f"not {given[1].round(2).tolist()}."
    )
