"""Checks of chapter 19: what changes with k replicas, and the mean gradient of parts of unlike size."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np

NAMES = ("The global batch", "The number of updates an epoch", "The learning rate", "The number of warm-up updates")


@exercise("E62")
def scaled(answer: Callable[..., Any]) -> None:
    """scaled(clips, batch, rate, replicas, optimiser): global batch, updates an epoch, rate, warm-up updates."""
    for clips, batch, rate, replicas, optimiser in (
        (1000, 16, 0.01, 4, "sgd"),
        (1000, 16, 0.001, 4, "adam"),
        (936, 8, 0.002, 9, "adam"),
        (490, 32, 0.1, 1, "sgd"),
    ):
        whole = batch * replicas
        updates = -(-clips // whole)
        factor = {"sgd": replicas, "adam": replicas**0.5}[optimiser]
        right = (whole, updates, rate * factor, 5 * updates)
        slips: tuple[dict[str, float], ...] = (
            {"`batch` is what one replica gets: the global batch is larger.": batch},
            {
                "These are the updates of one device: every update now takes a global batch.": -(-clips // batch),
                "The last clips are left out: an incomplete batch is an update too.": clips // whole,
                "This is a fraction of an update: round up.": clips / whole,
                "One update too many, where the clips split evenly: round up, do not add 1.": clips // whole + 1,
            },
            {
                "For Adam the rate grows with the square root: it divides by the gradient's size.": rate * replicas,
                'For "sgd", so written, the rate grows in proportion to the batch.': rate * replicas**0.5,
                "The rate goes down here: a larger batch is less noisy, so it can take a larger rate.": rate / replicas,
                "The rate is left as it was, but there are fewer updates now.": rate,
            },
            {
                "This is one epoch of warm-up, where five are asked for.": updates,
                "Five updates are not five epochs.": 5,
                "These are the updates of one device: the warm-up counts those of the global batch.": 5
                * -(-clips // batch),
                "Each of the five epochs ends with an incomplete batch: round up in an epoch, then multiply.": -(
                    -5 * clips // whole
                ),
            },
        )
        given = answer(clips, batch, rate, replicas, optimiser)
        if not isinstance(given, tuple | list) or len(given) != 4:
            raise Wrong("Return four numbers: global batch, updates an epoch, learning rate, warm-up updates.")
        for name, value, expected, slip in zip(NAMES, given, right, slips, strict=True):
            number = expect_number(value, name)
            if not np.isclose(number, expected, rtol=1e-6):
                case = f"For {clips} clips, {replicas} replicas of {batch} and {optimiser}, {name.lower()}"
                message = f"{case} is {number:g}, and {expected:g} is expected."
                raise Wrong(mistake_in(np.array(number), slip) or message)


@exercise("E63")
def global_gradient(answer: Callable[..., Any]) -> None:
    """global_gradient(means, counts): against the mean over all clips, with parts of unlike size and an empty one."""
    rng = np.random.default_rng(63)
    for counts in ([8, 8], [8, 3], [5, 5, 1], [4, 0, 2]):
        sizes, clips = np.array(counts), rng.normal(size=(sum(counts), 6))
        parts = np.split(clips, np.cumsum(sizes)[:-1])
        means = np.stack([part.mean(axis=0) if len(part) else np.zeros(6) for part in parts])
        kept = means.copy()
        given = expect_array(answer(means, sizes), (6,), "The gradient")
        if not np.array_equal(means, kept):
            raise Wrong("Your function changes `means`: other replicas still need them.")
        slips = {
            "This is the mean of the means: a replica with few clips counts as much as one with many.": means.mean(0),
            "This is the sum of the means: divide by something.": means.sum(axis=0),
            "The counts multiply a mean back to a sum: they do not divide it once more.": (
                means / np.maximum(sizes, 1)[:, None]
            ).sum(0),
            "This is the sum over all clips: divide by how many there are.": clips.sum(axis=0),
            "The sum over all clips is divided by the number of replicas, not of clips.": clips.sum(0) / len(sizes),
        }
        if not np.allclose(given, clips.mean(axis=0), atol=1e-9):
            message = (
                f"With {counts} clips in the replicas, your gradient is not the mean over all {sum(counts)} clips."
            )
            raise Wrong(mistake_in(given, slips, 1e-9) or message)
