"""Checks of chapter 10: attention with a mask, blindness to order, the cost of attention."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np
from numpy.typing import NDArray
from scipy import special


@exercise("E15")
def live_attention(answer: Callable[..., Any]) -> None:
    """Attention to the last few frames, against one frame at a time, without any mask."""
    rng = np.random.default_rng(15)
    for frames, width, values, reach in ((7, 16, 16, 2), (5, 9, 4, 0), (4, 8, 8, 10)):
        Q, K = rng.normal(size=(2, 3, frames, width))
        V = rng.normal(size=(3, frames, values))
        call = f"live_attention of Q {Q.shape}, V {V.shape}, reach {reach}"
        given = expect_array(answer(Q.copy(), K.copy(), V.copy(), reach), V.shape, call)
        if not np.allclose(given, _frame_by_frame(Q, K, V, reach), atol=1e-5):
            raise Wrong(_what_went_wrong(given, Q, K, V, reach))


def _frame_by_frame(Q: NDArray[Any], K: NDArray[Any], V: NDArray[Any], reach: int) -> NDArray[Any]:
    output = np.empty(V.shape)
    for n, t in np.ndindex(Q.shape[:2]):
        seen = slice(max(0, t - reach), t + 1)
        output[n, t] = special.softmax(K[n, seen] @ Q[n, t] / np.sqrt(Q.shape[2])) @ V[n, seen]
    return output


def _what_went_wrong(given: NDArray[Any], Q: NDArray[Any], K: NDArray[Any], V: NDArray[Any], reach: int) -> str:
    frames, width = Q.shape[1:]
    back = np.subtract.outer(np.arange(frames), np.arange(frames))
    allowed = (back >= 0) & (back <= reach)
    raw = Q @ K.swapaxes(1, 2)
    scores = raw / np.sqrt(width)

    def usual(scores: NDArray[Any], seen: NDArray[Any], axis: int = 2) -> NDArray[Any]:
        return special.softmax(np.where(seen, scores, -1e30), axis=axis) @ V

    mistakes = {
        "The scores are not divided by the root of d.": usual(raw, allowed),
        "The scores are divided by d, not by its root.": usual(raw / width, allowed),
        "The softmax runs down the columns: the weights of a query, a row, add up to 1.": usual(scores, allowed, 1),
        "The mask comes after the softmax, so the rows do not add up to 1: set scores to minus infinity before it.": (
            special.softmax(scores, axis=2) * allowed @ V
        ),
        "The scores of forbidden frames are set to 0, but a score of 0 still gets weight: it takes minus infinity.": (
            special.softmax(scores * allowed, axis=2) @ V
        ),
        "The mask is upside down: it hides the frames that should be seen.": usual(scores, ~allowed),
        "It looks ahead: rows are queries and columns are keys, and a key must not come after its query.": usual(
            scores, allowed.T
        ),
        "No frame is hidden: neither the future nor the frames out of reach.": usual(scores, back == back),
        "The future is hidden, but not the frames further back than the reach.": usual(scores, back >= 0),
        "The reach is one frame short: with reach 2, frame 5 sees frames 3, 4 and 5.": usual(
            scores, (back >= 0) & (back < max(reach, 1))
        ),
    }
    if why := mistake_in(given, mistakes, 1e-5):
        return why
    furthest = np.abs(given - _frame_by_frame(Q, K, V, reach)).max()
    return f"With reach {reach}, outputs are off by up to {furthest:.2g}: compare with one frame computed by itself."


@exercise("E16")
def order_matters(answer: Callable[..., Any]) -> None:
    """How much order matters to three kinds of attention, against the definition."""
    rng = np.random.default_rng(16)
    x, places = rng.normal(size=(4, 6, 5)), rng.normal(size=(6, 5))
    kinds: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
        "plain attention": lambda x: _attend(x, np.ones((6, 6), bool)),
        "attention with positions": lambda x: _attend(x + places, np.ones((6, 6), bool)),
        "causal attention without positions": lambda x: _attend(x, np.tri(6, dtype=bool)),
    }
    for name, attend in kinds.items():
        given = expect_number(answer(attend, x.copy()), f"order_matters of {name}")
        there, back = attend(x), attend(x[:, ::-1])
        right = np.abs(there.mean(axis=1) - back.mean(axis=1)).max()
        mistakes = {
            np.abs(there - back).max(): "take the mean over time before you compare.",
            np.abs(there.mean(axis=1) - there[:, ::-1].mean(axis=1)).max(): "reverse what goes in, not what comes out.",
            np.abs(there - attend(x[:, :, ::-1])).max(): "axis 1 is time; you reversed the features.",
            np.abs((there - attend(x[:, :, ::-1])).mean(axis=1)).max(): "axis 1 is time; you reversed the features.",
            np.abs((there - attend(x[::-1])).mean(axis=1)).max(): "axis 1 is time; you reversed the batch.",
            (there.mean(axis=1) - back.mean(axis=1)).max(): "a difference below zero counts as well: take its size.",
            np.abs((there - back).mean()): "the mean goes over time alone, and the largest difference is wanted.",
            np.abs(there.mean(axis=1) - back.mean(axis=1)).mean(): "the largest difference is wanted, not the mean.",
        }
        if abs(given - right) > 1e-9:
            why = next((why for wrong, why in mistakes.items() if abs(given - wrong) < 1e-9), "is it a difference?")
            raise Wrong(f"For {name} it is {right:.2g}, not {given:.2g}: {why}")


def _attend(x: NDArray[Any], seen: NDArray[Any]) -> NDArray[Any]:
    scores = x @ x.swapaxes(1, 2) / np.sqrt(x.shape[2])
    return np.asarray(special.softmax(np.where(seen, scores, -np.inf), axis=2) @ x)


@exercise("E39")
def attention_macs(answer: Callable[..., Any]) -> None:
    """Multiply-adds of joint and factorised attention, against a count over the shapes of every product."""
    for clip, tubelet, D in (((8, 32, 32), (2, 8, 8), 48), ((16, 224, 96), (2, 16, 16), 192)):
        T, S = clip[0] // tubelet[0], clip[1] // tubelet[1] * (clip[2] // tubelet[2])
        returned = answer(clip, tubelet, D)
        call = f"attention_macs({clip}, {tubelet}, {D})"
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise Wrong(f"{call} should return two numbers, (joint, factorised), not {returned!r}.")
        names = {"joint": [(1, T * S)], "factorised": [(T, S), (S, T)]}
        for (name, groups), value in zip(names.items(), returned, strict=True):
            _count_right(f"{call}: {name}", expect_number(value, call), groups, D)


def _count_right(call: str, given: float, groups: list[tuple[int, int]], D: int) -> None:
    """Compare with the count of so many attentions of n tokens each, for each pair (many, n) in `groups`."""

    def total(project: float = 4, pairs: float = 2, square: int = 2, many: bool = True) -> float:
        return sum((m if many else 1) * (project * n * D * D + pairs * n**square * D) for m, n in groups)

    mistakes = {
        total(square=1): "every token looks at every other: the pairs are n squared.",
        total(pairs=1): "scores and weighted sum each take n squared times D, so the pairs count twice.",
        total(project=3): "the output has a projection too, the fourth.",
        total(project=0): "the four projections of every token are missing.",
        total(project=1): "queries, keys, values and output are four projections.",
        total(many=False): "it takes turns: an attention within each frame, and another over time at each place.",
    }
    if len(groups) == 2:
        mistakes[total() - 4 * D * D * groups[0][0] * groups[0][1]] = "each attention has projections of its own."
    if given != total():
        why = mistakes.get(given, "count tokens first, then 4nD² for projections and 2n²D for pairs.")
        raise Wrong(f"{call} attention takes {total():,.0f}, not {given:,.0f}: {why}")
