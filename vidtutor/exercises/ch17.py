"""Checks of chapter 17: a larger batch, two settings with three seeds, the noise scale."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np


@exercise("E57")
def scaled(answer: Callable[..., Any]) -> None:
    """scaled(clips, batch, epochs, rate, k, optimiser): updates, rate, and warm-up for k times the batch."""
    for clips, batch, epochs, rate, k, optimiser in (
        (512, 16, 8, 0.003, 4, "Adam"),
        (512, 16, 8, 0.03, 4, "SGD"),
        (1000, 8, 10, 0.1, 8, "SGD"),
        (100, 10, 2, 0.01, 9, "Adam"),
        (900, 10, 2, 0.01, 5, "Adam"),
    ):
        returned = answer(clips, batch, epochs, rate, k, optimiser)
        given = expect_array(returned, (3,), "The answer, updates, rate and warm-up,")
        updates = epochs * -(-clips // (batch * k))
        if given[0] == epochs * -(-clips // batch):
            raise Wrong("These are the updates of the old batch: with a larger one an epoch has fewer.")
        if given[0] == epochs * (clips // (batch * k)) != updates:
            raise Wrong("The last batch of an epoch may be smaller, and it is an update too: round up.")
        if given[0] in (-(-clips * epochs // (batch * k)), clips * epochs // (batch * k)) and given[0] != updates:
            raise Wrong("Each epoch ends with a smaller batch of its own: round up in an epoch, then multiply.")
        if given[0] == -(-clips // (batch * k)) != updates:
            raise Wrong("These are the updates of one epoch: multiply by the epochs.")
        if given[0] != updates:
            raise Wrong(
                f"{clips} clips in batches of {batch * k}, {epochs} epochs: {updates} updates, not {given[0]:g}."
            )
        slips = {
            "The rate has not changed: a larger batch is less noisy, so it can take a larger rate.": rate,
            "The rate goes down here: a larger batch is less noisy, so it goes up.": rate / k,
            "The rate goes down, by the root: a larger batch is less noisy, so it goes up.": rate / k**0.5,
            'This is the root, which is for Adam: under "SGD", so written, the rate grows like the batch.': rate
            * k**0.5,
            "This is in proportion, which is for SGD: under Adam the rate grows like the root.": rate * k,
        }
        right = rate * (k if optimiser == "SGD" else k**0.5)
        if not np.isclose(given[1], right):
            message = f"For k = {k} under {optimiser} the rate is {right:g}, not {given[1]:g}."
            raise Wrong(mistake_in(np.array(given[1]), slips) or message)
        if given[2] != max(1, updates // 10):
            raise Wrong(
                f"Of {updates} updates the warm-up takes {max(1, updates // 10)}, not {given[2]:g}: a tenth, rounded "
                "down, and 1 at least."
            )


@exercise("E58")
def better(answer: Callable[..., Any]) -> None:
    """better(a, b, t): which of two settings is better, judged by the differences of each seed."""
    same = [0.60, 0.60, 0.60]
    wins = [0.66, 0.60, 0.75], [0.65, 0.50, 0.60]  # 2.12 standard errors
    cases = (
        ([0.60, 0.70, 0.80], [0.55, 0.64, 0.75], 4.30, "a", "compare seed by seed, not the two spreads."),
        ([0.55, 0.64, 0.75], [0.60, 0.70, 0.80], 4.30, "b", "a difference below zero may be as clear as one above."),
        ([0.70, 0.60, 0.65], [0.55, 0.68, 0.60], 4.30, "unclear", "the seeds disagree, and the means prove nothing."),
        (*wins, 4.30, "unclear", "winning with every seed is not enough, the mean must be beyond t standard errors."),
        ([0.65, 0.66, 0.68], same, 4.30, "a", "a standard error is the standard deviation over the root of n."),
        (*wins, 2.00, "a", "these are 2.12 standard errors, so use `t`."),
        ([0.63, 0.65, 0.69], same, 4.30, "unclear", "divide the standard deviation by the root of n, not by n."),
        ([0.64, 0.66, 0.695], same, 4.30, "unclear", "the standard deviation takes n - 1, `ddof=1`."),
        ([0.62, 0.64, 0.65, 0.67, 0.72], [0.60] * 5, 2.78, "a", "n is the number of seeds, which need not be three."),
        (same, same, 4.30, "unclear", "of two equal settings neither is better."),
    )
    for a, b, t, right, why in cases:
        given = answer(np.array(a), np.array(b), t)
        if given not in ("a", "b", "unclear"):
            raise Wrong(f"Return one of the words a, b and unclear, not {given!r}.")
        if given != right and "unclear" not in (given, right):
            raise Wrong(f"For {a} and {b} you return {given}: the one with the higher accuracy is better.")
        if given != right:
            raise Wrong(f"For {a} and {b}, with t = {t:g}, the answer is {right}, not {given}: {why}")


@exercise("E59")
def scale_of_noise(answer: Callable[..., Any]) -> None:
    """scale_of_noise(short, long, small, large): out of made-up lengths whose noise scale is known."""
    for true, noise, small, large in ((2.0, 40.0, 4, 64), (0.5, 30.0, 8, 512), (1.0, 6.0, 1, 2)):
        short, long = true + noise / small, true + noise / large
        given = expect_number(answer(short, long, small, large), "The noise scale")
        slips = {
            "This is the gradient over the noise: turn it over.": true / noise,
            "This is the noise alone: divide it by the squared gradient.": noise,
            "This is the squared gradient alone: the noise goes above it.": true,
            "The long batch's gradient still holds noise: solve for the true one.": (short - long)
            / (1 / small - 1 / large)
            / long,
            "The short gradients hold more noise than the long ones: solve for the true one.": noise / short,
            "Only the difference of both is there: divide it by 1/small - 1/large to get the noise.": (short - long)
            / long,
            "The long gradient holds noise / large, not the whole noise: take that off.": noise / (long - noise),
            "Small and large are the wrong way round in 1/small - 1/large.": -noise / (long + noise / large),
            "This is the plain ratio of the two lengths.": short / long,
        }
        if not np.isclose(given, noise / true):
            message = f"With |g|² = {true:g} and a trace of {noise:g} you return {given:.3g}, not {noise / true:g}."
            raise Wrong(mistake_in(np.array(given), slips) or message)
