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
    for frames, width, values, reach in ((7, 16, 16, 2), (5, 9, 4, 0), (4, 8, 5, 10)):
        Q, K = rng.normal(size=(2, 3, frames, width))
        V = rng.normal(size=(3, frames, values))
        call = f"live_attention of Q {Q.shape}, V {V.shape}, reach {reach}"
        with np.errstate(all="ignore"):
            returned = answer(Q.copy(), K.copy(), V.copy(), reach)
        if np.shape(returned) == V.shape and np.isnan(np.asarray(returned, float)).any():
            raise Wrong(
                f"{call} contains NaN: either a frame sees nothing, and each sees at least itself, or minus infinity "
                "was multiplied by 0, where `np.where` chooses."
            )
        if np.shape(returned) == (3, frames, frames):
            raise Wrong(
                f"{call} has shape {np.shape(returned)}: those are the weights, and they are to mix the values."
            )
        given = expect_array(returned, V.shape, call)
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

    hidden = np.where(allowed, scores, -1e30)
    weights, rows = (
        special.softmax(hidden, axis=2),
        np.exp(hidden - hidden.max(axis=2, keepdims=True)).sum(axis=2, keepdims=True),
    )
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
        "The reach is one frame too long: with reach 2, frame 5 sees frames 3, 4 and 5.": usual(
            scores, (back >= 0) & (back <= reach + 1)
        ),
        "It sees as many frames ahead as back: a live camera has no future.": usual(scores, abs(back) <= reach),
        "Queries and keys are exchanged: a row belongs to a query.": usual(scores.swapaxes(1, 2), allowed),
        "The scores are divided by the root of the number of frames: d is the length of a query.": usual(
            raw / np.sqrt(frames), allowed
        ),
        "The scores are divided by the root of the number of clips: d is the length of a query.": usual(
            raw / np.sqrt(len(Q)), allowed
        ),
        "The scores are divided by the root of the values' length: d is the length of a query.": usual(
            raw / np.sqrt(V.shape[2]), allowed
        ),
        "The weights are turned: row i of the output mixes the values with row i of the weights.": (
            weights.swapaxes(1, 2) @ V
        ),
        "The weights are not divided by their sum: those of a query add up to 1.": (
            np.exp(hidden - hidden.max(axis=2, keepdims=True)) @ V
        ),
        "The weights of all queries together add up to 1: each row does so by itself.": weights * rows / rows.sum() @ V,
    }
    if V.shape == K.shape:
        mistakes["The weights mix the keys: they are to mix the values."] = weights @ K
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
    otherwise = "play `x` backwards, `x[:, ::-1]`, and compare the means over time of the two outputs."
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
            np.abs(there.sum(axis=1) - back.sum(axis=1)).max(): "that is the sum over time, and the mean is wanted.",
            np.abs(there.mean(axis=1) - back.mean(axis=1)).sum(): "the largest difference is wanted, not the sum.",
            np.linalg.norm(there.mean(axis=1) - back.mean(axis=1)): "the largest difference is wanted, not the length.",
            right**2: "the difference itself is wanted, not its square.",
            np.abs(there.mean(axis=2) - back.mean(axis=2)).max(): "the mean goes over time, axis 1, not over features.",
            np.abs(there.mean(axis=0) - back.mean(axis=0)).max(): "the mean goes over time, axis 1, not over clips.",
            np.abs(there.max(axis=1) - back.max(axis=1)).max(): "take the mean over time, and not the largest value.",
            np.abs(
                there - back[:, ::-1]
            ).max(): "turned back, the outputs lie beside their own frames: compare the means.",
            np.abs(
                there.mean(axis=1).max() - back.mean(axis=1).max()
            ): "subtract first, and then look for the largest.",
            1.0: "return how large the difference is, and not whether there is one.",
        }
        if abs(given - right) > 1e-9:
            why = next((why for wrong, why in mistakes.items() if abs(given - wrong) < 1e-9), otherwise)
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
        counts = [expect_number(value, call) for value in returned]
        if counts == [_macs(groups, D) for groups in list(names.values())[::-1]]:
            raise Wrong(f"{call}: the two are exchanged: return (joint, factorised).")
        if any(isinstance(value, float) for value in returned):
            raise Wrong(f"{call}: return integers, since operations are counted: divide by `//`.")
        for (name, groups), value in zip(names.items(), returned, strict=True):
            _count_right(f"{call}: {name}", expect_number(value, call), groups, D)


def _macs(groups: list[tuple[int, int]], D: int) -> int:
    """Multiply-adds of so many attentions of n tokens each, for each pair (many, n) in `groups`."""
    return sum(many * (4 * n * D * D + 2 * n * n * D) for many, n in groups)


def _count_right(call: str, given: float, groups: list[tuple[int, int]], D: int) -> None:
    """Compare with `_macs`, and name a usual mistake."""
    right = _macs(groups, D)

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
    mistakes |= {
        2 * right: "a multiplication and its addition are one multiply-add.",
        sum(m * (4 * n * D * D + 2 * n * n) for m, n in groups): "each score is a dot product of D numbers.",
        sum(
            m * (4 * n * D + 2 * n * n * D) for m, n in groups
        ): "a projection takes D × D multiply-adds for each token.",
        sum(m * (4 * D * D + 2 * n * n * D) for m, n in groups): "every token is projected: n times.",
        sum(m * (4 * n * D * D + 2 * n * n * D + n * n) for m, n in groups): "forget the softmax, as the task says.",
        sum(m * (4 * n * D * (D + 1) + 2 * n * n * D) for m, n in groups): "forget the biases, as the task says.",
    }
    if len(groups) == 2:
        (steps, places), _ = groups
        mistakes |= {
            right - 4 * D * D * steps * places: "each attention has projections of its own.",
            _macs(
                [(places, places), (steps, steps)], D
            ): "within a frame there are `places` tokens, and `steps` such frames.",
            _macs(groups[:1], D): "attention over time is missing: one at each place.",
            _macs(groups[1:], D): "attention within the frames is missing: one in each.",
        }
    if given != right:
        why = mistakes.get(given, "count tokens first, then 4nD² for projections and 2n²D for pairs.")
        raise Wrong(f"{call} attention takes {right:,}, not {given:,.0f}: {why}")
