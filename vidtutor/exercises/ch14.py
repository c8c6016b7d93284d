"""Checks of chapter 14: a Kalman filter's step, assignment with a gate, and MOTA."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np


@exercise("E24")
def filtered(answer: Callable[..., Any]) -> None:
    """filtered(m, P, z, F, Q, H, R): mean and covariance after one prediction and one correction."""
    rng = np.random.default_rng(24)
    for size, seen in ((2, 1), (4, 2), (3, 3)):
        F, H, m, z = (rng.normal(size=shape) for shape in ((size, size), (seen, size), (size,), (seen,)))
        P, Q, R = (a @ a.T + np.eye(n) for n in (size, size, seen) for a in [rng.normal(size=(n, n))])
        given = tuple(map(np.copy, (m, P, z, F, Q, H, R)))
        found = answer(*given)
        if not isinstance(found, tuple | list) or len(found) != 2:
            raise Wrong("Return two things: the new mean and the new covariance.")
        mean, covariance = (
            expect_array(found[0], (size,), "The mean"),
            expect_array(found[1], (size, size), "The covariance"),
        )
        slips = {
            "The covariance of F e is F P Fᵀ, not F P: errors turn on both sides.": (F @ m, F @ P + Q),
            "The covariance of F e is F P Fᵀ: the transpose stands on the right, yours on the left.": (
                F @ m,
                F.T @ P @ F + Q,
            ),
            "Q is taken away: a prediction adds doubt.": (F @ m, F @ P @ F.T - Q),
            "Q is missing: every prediction adds doubt.": (F @ m, F @ P @ F.T),
            "The mean is not moved by F.": (m, F @ P @ F.T + Q),
            "Nothing is predicted: move mean and covariance by F first, then correct.": (m, P),
        }
        right = _corrected(F @ m, F @ P @ F.T + Q, z, H, R)
        both = np.concatenate([mean[:, None], covariance], axis=1)
        early, late = _gain(P, H, R), _gain(F @ P @ F.T + Q, H, R)
        fixed, apart = _corrected(m, P, z, H, R), z - H @ F @ m
        ends = {
            "First predict, then correct: z is of this frame, and m of the last one.": (
                F @ fixed[0],
                F @ fixed[1] @ F.T + Q,
            ),
            "The gain is that of the last frame's P: it needs the predicted one.": (
                F @ m + early @ apart,
                (np.eye(size) - early @ H) @ (F @ P @ F.T + Q),
            ),
            "The mean moves away from z: the error is z − H m, not H m − z.": (F @ m - late @ apart, right[1]),
            "The error is z less what the *predicted* mean would show, not the last one.": (
                F @ m + late @ (z - H @ m),
                right[1],
            ),
            "A measurement takes doubt away: P − K H P, not +.": (
                right[0],
                (np.eye(size) + late @ H) @ (F @ P @ F.T + Q),
            ),
            "R is missing in the gain: without it a measurement would be believed blindly.": _corrected(
                F @ m, F @ P @ F.T + Q, z, H, 0 * R
            ),
        }
        ends |= {text: _corrected(*start, z, H, R) for text, start in slips.items()}
        said = mistake_in(both, {text: _beside(*end) for text, end in ends.items()})
        if said:
            raise Wrong(said)
        if np.allclose(mean, F @ m) and np.allclose(covariance, F @ P @ F.T + Q):
            raise Wrong("That is the prediction alone: the correction by z is missing.")
        if np.allclose(mean, right[0]) and np.allclose(covariance, F @ P @ F.T + Q):
            raise Wrong("The mean is right, but the correction makes the covariance smaller too: P − K H P.")
        if not np.allclose(both, _beside(*right)):
            raise Wrong(
                f"With a state of {size}, of which H measures {seen}, mean or covariance is wrong: "
                "the gain is P Hᵀ (H P Hᵀ + R)⁻¹, with the predicted P."
            )


def _corrected(m: Any, P: Any, z: Any, H: Any, R: Any) -> tuple[Any, Any]:
    K = _gain(P, H, R)
    return m + K @ (z - H @ m), P - K @ H @ P


def _gain(P: Any, H: Any, R: Any) -> Any:
    return P @ H.T @ np.linalg.inv(H @ P @ H.T + R)


def _beside(m: Any, P: Any) -> Any:
    return np.concatenate([m[:, None], P], axis=1)


@exercise("E25")
def assigned(answer: Callable[..., Any]) -> None:
    """assigned(cost, gate): pairs (i, j): as many as the gate allows, and the cheapest of such choices."""
    cases = [
        ([[3.0, 1.0, 2.0]], 5.0, [(0, 1)], "one"),
        ([[1.0, 2.0], [1.5, 9.0]], 10.0, [(0, 1), (1, 0)], "greedy"),
        ([[1.0, 8.0], [9.0, 2.0]], 5.0, [(0, 0), (1, 1)], "plain"),
        ([[1.0, 9.0], [9.0, 9.0]], 5.0, [(0, 0)], "gate"),
        ([[4.0, 1.0], [9.0, 4.5]], 5.0, [(0, 0), (1, 1)], "most"),
        ([[1.0, 4.9], [1.2, 6.0]], 5.0, [(0, 1), (1, 0)], "greedy"),
        # The cheapest sum of two uses a forbidden pair; throwing it out afterwards leaves one pair of two.
        ([[0.1, 3.0], [4.0, 5.5]], 5.0, [(0, 1), (1, 0)], "after"),
        # Two forbidden pairs cost no more than three dear ones, if forbidden is only twice the gate.
        ([[4.9, 0.0, 9.0], [9.0, 4.9, 0.0], [9.0, 9.0, 4.9]], 5.0, [(0, 0), (1, 1), (2, 2)], "dear"),
        ([[5.0, 9.0], [9.0, 5.0]], 5.0, [(0, 0), (1, 1)], "just"),
        ([[3.0], [1.0], [2.0]], 5.0, [(1, 0)], "shape"),
    ]
    texts = {
        "one": "One track takes the cheapest of three boxes, and two stay alone.",
        "greedy": "The cheapest pair first left a dear one for the rest: the sum of all pairs counts.",
        "plain": "Even where every cheapest pair is free your pairs are others.",
        "gate": "A pair that costs more than the gate is no pair.",
        "most": "Two pairs were allowed, so two are wanted, even where one alone would be cheaper.",
        "after": "The gate came after the assignment: a forbidden pair had already kept two allowed ones apart.",
        "dear": "Three pairs were allowed: a forbidden one has to cost more than all allowed ones together.",
        "just": "A pair that costs just the gate is allowed: only what costs more is not.",
        "shape": "There may be more tracks than boxes, or more boxes than tracks: the rest stays alone.",
    }
    for cost, gate, right, kind in cases:
        try:
            found = answer(np.array(cost), gate)
        except ValueError as error:
            if "infeasible" in str(error):
                raise Wrong(
                    "SciPy refuses infinite costs where they leave no assignment of all: take a large number, as 1e6."
                ) from None
            raise
        if isinstance(found, tuple) and len(found) == 2 and all(isinstance(part, np.ndarray) for part in found):
            raise Wrong("These are the rows and the columns as SciPy gives them: `zip` them to pairs (i, j).")
        try:
            pairs = [(int(i), int(j)) for i, j in found]
        except (TypeError, ValueError):
            raise Wrong("Return a list of pairs (i, j).") from None
        if pairs != right:
            if len({j for _, j in pairs}) < len(pairs):
                raise Wrong(f"A box goes to one track only. Cost {cost}: a column is taken twice in {pairs}.")
            if sorted((j, i) for i, j in pairs) == right and sorted(pairs) != right:
                raise Wrong("A pair is (row, column): yours are the other way round.")
            if sorted(pairs) == right:
                raise Wrong("The pairs are right, but not in the order of i.")
            raise Wrong(f"{texts[kind]} Cost {cost}, gate {gate:g}: expected {right}, not {pairs}.")
    if len(list(answer(np.zeros((0, 3)), 5.0))):
        raise Wrong("Without tracks there are no pairs.")


@exercise("E27")
def mota(answer: Callable[..., Any]) -> None:
    """mota(matched, true, found): 1 − (misses + ghosts + switches) / true boxes."""
    matched = [{1: 1, 2: 2}, {1: 1}, {1: 2, 2: 3}, {}, {1: 2, 2: 1}, {2: 1, 3: 5}]
    true, found = [2, 2, 3, 2, 3, 3], [2, 2, 2, 1, 3, 4]
    value = expect_number(answer([dict(frame) for frame in matched], list(true), list(found)), "MOTA")
    # 15 true boxes, 14 found, 9 matched: 6 misses, 5 ghosts, and 3 switches, one of them between neighbouring frames.
    slips = {
        "The switches are forgotten: MOTA counts them beside misses and ghosts.": 1 - 11 / 15,
        "A switch may lie behind a gap: compare with the last match, however long ago.": 1 - 12 / 15,
        "The first match of a name is no switch.": 1 - 17 / 15,
        "The ghosts are missing: boxes of tracks that match nothing.": 1 - 9 / 15,
        "The misses are missing: true boxes without a match.": 1 - 8 / 15,
        "The mistakes are divided by the boxes that were found: divide by the true ones.": 1 - 14 / 14,
        "The mistakes are divided by the matches: divide by all true boxes.": 1 - 14 / 9,
        "This is the mean of a MOTA for each frame: add up the whole film, and divide once.": 1 - 5.5 / 6,
        "A match is a hit whatever the track is called: its number need not be the true one.": 1 - 23 / 15,
        "That is the sum of all mistakes over the true boxes: MOTA is 1 minus that.": 14 / 15,
    }
    if said := mistake_in(np.array(value), slips):
        raise Wrong(said)
    if abs(value - 1 / 15) > 1e-9:
        raise Wrong(f"With 6 misses, 5 ghosts and 3 switches of 15 true boxes MOTA is {1 / 15:.3f}, not {value:.3f}.")
    negative = expect_number(answer([{}], [1], [3]), "MOTA")
    if abs(negative + 3) > 1e-9:
        raise Wrong(f"One miss and three ghosts of one true box give −3, not {negative:g}: MOTA may be negative.")
