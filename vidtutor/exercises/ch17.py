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
    ):
        returned = answer(clips, batch, epochs, rate, k, optimiser)
        given = expect_array(returned, (3,), "The answer, updates, rate and warm-up,")
        updates = epochs * -(-clips // (batch * k))
        if given[0] == epochs * -(-clips // batch):
            raise Wrong("These are the updates of the old batch: with a larger one an epoch has fewer.")
        if given[0] == epochs * (clips // (batch * k)) != updates:
            raise Wrong("The last batch of an epoch may be smaller, and it is an update too: round up.")
        if given[0] == -(-clips // (batch * k)) != updates:
            raise Wrong("These are the updates of one epoch: multiply by the epochs.")
        if given[0] != updates:
            raise Wrong(
                f"{clips} clips in batches of {batch * k}, {epochs} epochs: {updates} updates, not {given[0]:g}."
            )
        slips = {
            "The rate has not changed: a larger batch is less noisy, so it can take a larger rate.": rate,
            "The rate goes down here: a larger batch is less noisy, so it goes up.": rate / k,
            "This is the root, which is for Adam: under SGD the rate grows like the batch.": rate * k**0.5,
            "This is in proportion, which is for SGD: under Adam the rate grows like the root.": rate * k,
        }
        right = rate * (k if optimiser == "SGD" else k**0.5)
        if not np.isclose(given[1], right):
            message = f"For k = {k} under {optimiser} the rate is {right:g}, not {given[1]:g}."
            raise Wrong(mistake_in(np.array(given[1]), slips) or message)
        if given[2] != max(1, updates // 10):
            raise Wrong(f"Of {updates} updates the warm-up takes {max(1, updates // 10)}, not {given[2]:g}.")


@exercise("E58")
def better(answer: Callable[..., Any]) -> None:
    """better(a, b, t): which of two settings is better, judged by the differences of each seed."""
    cases = (
        ([0.60, 0.70, 0.80], [0.55, 0.64, 0.75], "a"),  # clear only in pairs
        ([0.55, 0.64, 0.75], [0.60, 0.70, 0.80], "b"),
        ([0.70, 0.60, 0.65], [0.55, 0.68, 0.60], "unclear"),
        ([0.66, 0.60, 0.75], [0.65, 0.50, 0.60], "unclear"),  # a wins with every seed, and it is not enough
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], "unclear"),
    )
    for a, b, right in cases:
        given = answer(np.array(a), np.array(b), 4.30)
        if given not in ("a", "b", "unclear"):
            raise Wrong(f"Return one of the words a, b and unclear, not {given!r}.")
        if given == right:
            continue
        apart = np.subtract(a, b)
        if right == "unclear":
            if not apart.any():
                raise Wrong("Two equal settings are unclear: neither is better.")
            if (apart > 0).all():
                raise Wrong("Winning with every seed is not enough: the mean must be beyond t standard errors.")
            raise Wrong(f"For {a} and {b} the seeds disagree, and the means prove nothing: that is unclear.")
        if given == "unclear":
            raise Wrong(f"For {a} and {b} the differences are nearly equal: compare seed by seed, not the two spreads.")
        raise Wrong(f"For {a} and {b} you return {given}: the one with the higher accuracy is better.")


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
            "This is the plain ratio of the two lengths.": short / long,
        }
        if not np.isclose(given, noise / true):
            message = f"With |g|² = {true:g} and a trace of {noise:g} you return {given:.3g}, not {noise / true:g}."
            raise Wrong(mistake_in(np.array(given), slips) or message)
