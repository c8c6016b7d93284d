"""Checks of chapter 18: channels for equal parameters, a shift for a live camera, the frontier of accuracy and cost."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np
from numpy.typing import NDArray


@exercise("E09")
def mid_channels(answer: Callable[..., Any]) -> None:
    """mid_channels(c_in, c_out, t, d): the most channels in the middle that cost no more weights than the 3D kernel."""
    for c_in, c_out, t, d in ((64, 128, 3, 3), (64, 64, 3, 3), (3, 64, 3, 7), (32, 16, 5, 3), (8, 200, 3, 1)):
        call = f"mid_channels({c_in}, {c_out}, {t}, {d})"
        given = expect_number(answer(c_in, c_out, t, d), call)
        whole, each = t * d * d * c_in * c_out, d * d * c_in + t * c_out
        right = whole // each
        if given == right:
            continue
        if given != int(given):
            raise Wrong(f"{call} is {given:.2f}: there is no part of a channel, so round down.")
        slips = {
            c_in: "that is the number of channels that come in, and the split then has fewer weights than it may have",
            c_out: "that is the number of channels that go out, and the weights are not equal",
            -(-whole // each): "rounded up, the split has more weights than the 3D kernel",
            t * d * d * c_in * c_out // (d * c_in + t * c_out): "the kernel over space has d × d places, not d",
            t * d * d * c_in * c_out // (d * d * c_in + c_out): "the kernel over time has t places, not one",
            t
            * d
            * d
            * c_in
            * c_out
            // (t * c_in + d * d * c_out): "space comes first here: d × d goes with what comes in",
            t * d * c_in * c_out // each: "the 3D kernel has t × d × d places, not t × d",
        }
        if (given + 1) * each == whole:
            raise Wrong(f"{call} should be {right}, not {given:g}: just as many weights as the 3D kernel are not more.")
        why = slips.get(int(given), f"the 3D kernel has {whole:,} weights, and a channel in the middle costs {each:,}")
        raise Wrong(f"{call} should be {right}, not {given:g}: {why}.")


@exercise("E60")
def live_shift(answer: Callable[..., Any]) -> None:
    """live_shift(x, part): the first channels one frame later, against a loop, and its usual mistakes."""
    rng = np.random.default_rng(60)
    for shape, part in (((2, 5, 3, 4, 8), 2), ((1, 8, 2, 2, 6), 1), ((3, 1, 2, 2, 4), 3)):
        x = rng.normal(size=shape)
        call = f"live_shift of clips {shape} with part {part}"
        tried = x.copy()
        given = expect_array(answer(tried, part), shape, call)
        if not np.array_equal(tried, x):
            raise Wrong("Your function changes the clips that it was given: write into a copy.")
        if not np.allclose(given, _one_later(x, part)):
            raise Wrong(_slip(given, x, part) or f"{call}: {np.mean(given != _one_later(x, part)):.0%} are off.")


def _one_later(x: NDArray[Any], part: int) -> NDArray[Any]:
    y = x.copy()
    for t in range(x.shape[1]):
        y[:, t, ..., :part] = x[:, t - 1, ..., :part] if t else 0
    return y


def _slip(given: NDArray[Any], x: NDArray[Any], part: int) -> str | None:
    every, ahead, last, stays = (np.zeros_like(x), *(x.copy() for _ in range(3)))
    every[:, 1:] = x[:, :-1]
    ahead[..., :part] = 0
    ahead[:, :-1, ..., :part] = x[:, 1:, ..., :part]
    last[..., -part:] = 0
    last[:, 1:, ..., -part:] = x[:, :-1, ..., -part:]
    stays[:, 1:, ..., :part] = x[:, :-1, ..., :part]
    both, dark, lost, first = stays.copy(), _one_later(x, part), np.zeros_like(x), x.copy()
    both[:, 0, ..., :part] = both[:, -1, ..., part : 2 * part] = 0
    both[:, :-1, ..., part : 2 * part] = x[:, 1:, ..., part : 2 * part]
    dark[:, 0] = 0
    lost[..., :part] = _one_later(x, part)[..., :part]
    first[:, 1:, ..., :part], first[:, 0, ..., :part] = x[:, :1, ..., :part], 0
    rolled, rolled_all = x.copy(), np.roll(x, 1, axis=1)
    rolled[..., :part] = np.roll(x[..., :part], 1, axis=1)
    slips = {
        "Nothing moves here: the first `part` channels of a frame come from the frame before it.": x,
        "All channels move: only the first `part` do, the others are the frame's own.": every,
        "All channels move, and they wrap round: only the first `part` do, and zeros come in.": rolled_all,
        "What leaves at the end comes in again at the start, as `np.roll` does it: zeros come in.": rolled,
        "It takes them from the next frame, which a live camera has not seen yet: take the frame before.": ahead,
        "The last channels move, where the first `part` were asked for.": last,
        "This shifts both ways, as TSM does for a file: a live camera has no next frame to take channels from.": both,
        "The first frame is all zero: only its first `part` channels are.": dark,
        "The other channels are lost: they stay as they are.": lost,
        "Every frame gets the channels of the first one: a loop forwards reads what it has just written.": first,
        "One channel too many moves: `:part` ends before `part`.": _one_later(x, part + 1),
        "The first frame keeps its own channels: nothing came before it, so those are zero.": stays,
    }
    for axis, name in ((0, "clips"), (2, "rows"), (3, "columns")):
        padded, moved = x.copy(), x.copy()
        moved[..., :part] = np.roll(x[..., :part], 1, axis=axis)
        padded[..., :part] = np.moveaxis(_one_later(np.moveaxis(x, axis, 1), part), 1, axis)[..., :part]
        slips[f"This moves along the axis of {name}: time is axis 1 of (clips, frames, rows, columns, channels)."] = (
            moved
        )
        slips[f"This moves along the axis of {name}, but time is axis 1."] = padded
    return mistake_in(given, slips)


@exercise("E61")
def frontier(answer: Callable[..., Any]) -> None:
    """frontier(accuracy, gflops, views): which models no other one beats, against a loop over all pairs."""
    rng = np.random.default_rng(61)
    for count in (12, 4, 30):
        gflops, views = rng.permutation(np.arange(1, count + 1)) * 10.0, rng.choice([1, 3, 15, 30], count)
        accuracy = np.round(60 + 8 * np.log10(gflops * views) + rng.normal(0, 4, count), 1)
        # Two more: the first model once again, for as much and less accurate; and the dearest, which is not the best.
        gflops = np.append(gflops, [gflops[0], gflops.max() + 10])
        views = np.append(views, [views[0], 30])
        accuracy = np.append(accuracy, [accuracy[0] - 1, accuracy.max() - 2])
        given = np.asarray(answer(accuracy.copy(), gflops.copy(), views.copy()))
        if given.shape != accuracy.shape or given.dtype != bool:
            raise Wrong(
                f"Return True or False for each of the {len(accuracy)} models, not {given.dtype} {given.shape}."
            )
        if not np.array_equal(given, _unbeaten(accuracy, gflops * views)):
            raise Wrong(_what_else(given, accuracy, gflops, views))


def _unbeaten(accuracy: NDArray[Any], cost: NDArray[Any]) -> NDArray[np.bool_]:
    beaten = np.zeros(len(cost), bool)
    for one, other in np.ndindex(len(cost), len(cost)):
        no_worse = accuracy[other] >= accuracy[one] and cost[other] <= cost[one]
        beaten[one] |= no_worse and (accuracy[other] > accuracy[one] or cost[other] < cost[one])
    return ~beaten


def _what_else(given: NDArray[Any], accuracy: NDArray[Any], gflops: NDArray[Any], views: NDArray[Any]) -> str:
    right = _unbeaten(accuracy, gflops * views)
    if not given.any():
        return "No model is left: does each of them beat itself? One of accuracy and cost must be really better."
    others = {
        "Only the most accurate one is left: a cheaper one may be unbeaten as well.": accuracy == accuracy.max(),
        "The views are left out: the cost is that of one view times the number of views.": _unbeaten(accuracy, gflops),
        "The views are added: each of them costs a whole pass, so multiply.": _unbeaten(accuracy, gflops + views),
        "This is the frontier upside down: it wants high accuracy and low cost.": _unbeaten(-accuracy, -gflops * views),
        "This prefers the dear ones: low cost is the good side.": _unbeaten(accuracy, -gflops * views),
        "A model that is as good in one and better in the other beats too: not both have to be better.": ~(
            (accuracy[:, None] > accuracy) & (gflops * views < (gflops * views)[:, None]).T
        ).any(axis=0),
        "Only the cheapest one is left: a dearer one may be unbeaten by its accuracy.": gflops * views
        == (gflops * views).min(),
        "These are the ones that are beaten: turn it round.": ~right,
    }
    for sentence, wrong in others.items():
        if np.array_equal(given, wrong):
            return sentence
    one = int(np.flatnonzero(given != right)[0])
    told = "is beaten by another one" if given[one] else "is beaten by none"
    return f"With {len(accuracy)} models, number {one} ({accuracy[one]} % for {gflops[one] * views[one]:g}) {told}."
