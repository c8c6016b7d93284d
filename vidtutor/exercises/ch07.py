"""Checks of chapter 07: batch normalisation in training and prediction, cross-entropy from logits, a masked average."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import keras
import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[Any]
AXES = (0, 1, 2, 3)


@exercise("E11")
def normalise(answer: Callable[..., Any]) -> None:
    """Batch normalisation in training and in prediction, against Keras's layer."""
    rng = np.random.default_rng(11)
    x = (rng.normal(size=(3, 2, 4, 5, 6)) * rng.uniform(0.05, 0.5, 6) + rng.normal(size=6)).astype("float32")
    gamma, beta, mean = rng.normal(size=(3, 6)).astype("float32")
    variance = rng.uniform(0.5, 2, 6).astype("float32")
    for training in (True, False):
        layer = keras.layers.BatchNormalization(momentum=0.8, epsilon=1e-3)
        layer.build(x.shape)
        layer.set_weights([gamma, beta, mean, variance])
        right = np.asarray(layer(x, training=training))
        call = f"normalise(x, gamma, beta, state, {training=}, momentum=0.8)"
        try:
            returned = answer(x.copy(), gamma, beta, (mean.copy(), variance.copy()), training, momentum=0.8, eps=1e-3)
        except ValueError as error:
            if "broadcast" not in str(error):
                raise
            raise Wrong(
                f"{call}: shapes do not fit. One mean a channel is wanted, (6,), so it goes over axes (0, 1, 2, 3)."
            ) from None
        if not isinstance(returned, tuple | list) or len(returned) != 2 or np.shape(returned[1])[:1] != (2,):
            raise Wrong(f"{call} should return two things, y and the state (mean, variance).")
        given = expect_array(returned[0], x.shape, f"y of {call}")
        _output_right(call, given, right, _wrong_outputs(x, gamma, beta, mean, variance, training))
        state = [expect_array(part, (6,), f"a part of the state of {call}") for part in returned[1]]
        _state_right(call, state, [np.asarray(value) for value in layer.get_weights()[2:]], x, mean, variance)


def _wrong_outputs(
    x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, training: bool
) -> dict[str, Array]:
    batch, kept, eps = (x.mean(axis=AXES), x.var(axis=AXES)), (mean, variance), 1e-3
    used, other = (batch, kept) if training else (kept, batch)
    source = "training uses the batch's own mean and variance, the running ones are only updated."
    if not training:
        source = "prediction uses the running mean and variance, not those of the batch."
    spread = np.sqrt(used[1])
    centred = gamma * (x - used[0])
    return {
        source: gamma * (x - other[0]) / np.sqrt(other[1] + eps) + beta,
        "divide by the standard deviation, the root of the variance.": centred / (used[1] + eps) + beta,
        "eps belongs under the root, beside the variance.": centred / (spread + eps) + beta,
        "under the root stands the variance, not the standard deviation.": centred / np.sqrt(spread + eps) + beta,
        "gamma and beta are missing.": (x - used[0]) / np.sqrt(used[1] + eps),
        "gamma is missing.": (x - used[0]) / np.sqrt(used[1] + eps) + beta,
        "beta is missing.": centred / np.sqrt(used[1] + eps),
        "gamma multiplies and beta is added, and not the other way round.": beta
        * (x - used[0])
        / np.sqrt(used[1] + eps)
        + gamma,
        "gamma multiplies what is normalised: subtract the mean first.": (gamma * x - used[0]) / np.sqrt(used[1] + eps)
        + beta,
        "eps is missing: a channel may have a variance of 0.": centred / spread + beta,
        "eps has a value of its own here: use the argument.": centred / np.sqrt(used[1] + 1e-5) + beta,
        "divide by M, as `np.var` does, and not by M − 1.": gamma
        * (x - used[0])
        / np.sqrt(x.var(axis=AXES, ddof=1) + eps)
        + beta,
        "each channel has a mean and a variance of its own, and here all share one.": gamma
        * (x - x.mean())
        / np.sqrt(x.var() + eps)
        + beta,
        "the mean went over the channels, which is layer normalisation: take axes (0, 1, 2, 3).": gamma
        * (x - x.mean(axis=-1, keepdims=True))
        / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
        + beta,
        "training uses the batch's own mean and variance, not the running ones just updated.": gamma
        * (x - 0.8 * mean - 0.2 * batch[0])
        / np.sqrt(0.8 * variance + 0.2 * batch[1] + eps)
        + beta,
        "the channel is the last axis: mean and variance go over places and frames too.": gamma
        * (x - x.mean(axis=0))
        / np.sqrt(x.var(axis=0) + eps)
        + beta,
    }


def _output_right(call: str, given: Array, right: Array, mistakes: dict[str, Array]) -> None:
    if np.allclose(given, right, atol=1e-4):
        return
    if why := mistake_in(given, mistakes, 1e-4):
        raise Wrong(f"{call}: {why}")
    raise Wrong(f"{call}: y differs from Keras's layer by up to {np.abs(given - right).max():.2g}.")


def _state_right(call: str, given: list[Array], right: list[Array], x: Array, mean: Array, variance: Array) -> None:
    batch = (x.mean(axis=AXES), x.var(axis=AXES))
    for name, value, true, old, new in zip(("mean", "variance"), given, right, (mean, variance), batch, strict=True):
        if np.allclose(value, true, atol=1e-5):
            continue
        if "False" in call:
            raise Wrong(f"{call}: prediction leaves the running {name} as it was.")
        if np.allclose(value, old):
            raise Wrong(f"{call}: training updates the running {name}, and here it came back unchanged.")
        if np.allclose(value, new):
            raise Wrong(f"{call}: the running {name} forgets its past: keep `momentum` of the old one.")
        if np.allclose(value, 0.2 * old + 0.8 * new, atol=1e-5):
            raise Wrong(f"{call}: momentum is the part of the old {name} that stays, 1 - momentum that of the new.")
        if np.allclose(value, 0.9 * old + 0.1 * new, atol=1e-5):
            raise Wrong(f"{call}: the running {name} was updated with 0.9, and momentum is an argument.")
        raise Wrong(f"{call}: the running {name} differs from Keras's by up to {np.abs(value - true).max():.2g}.")


@exercise("E12")
def cross_entropy(answer: Callable[..., Any]) -> None:
    """Mean cross-entropy from logits of any size, against SciPy's log of the softmax."""
    rng = np.random.default_rng(12)
    for size, why in ((1.0, ""), (1000.0, "at logits of thousands ")):
        logits, labels = rng.normal(size=(7, 5)) * size, np.arange(7) % 5
        losses = -special.log_softmax(logits, axis=1)[np.arange(7), labels]
        with np.errstate(all="ignore"):
            returned = answer(logits.copy(), labels.copy())
        if isinstance(returned, float | np.floating) and not np.isfinite(returned):
            raise Wrong(f"The loss {why}is {returned}: e to the power of 1000 overflows, and ln 0 is no number. "
                        "Subtract the largest logit of each row, and take no logarithm of a probability.")  # fmt: skip
        given = expect_number(returned, "The loss")
        if np.isclose(given, losses.mean(), rtol=1e-5):
            continue
        total, true = special.logsumexp(logits, axis=1), logits[np.arange(7), labels]
        largest, p = logits.max(axis=1), special.softmax(logits, axis=1)
        shifted = logits - logits.max(axis=0)
        with np.errstate(divide="ignore"):
            mistakes = {
                "it is the sum over the batch: return the mean.": losses.sum(),
                "the sign is turned: a loss is never negative.": -losses.mean(),
                "the mean goes over the N examples, not over all N times K logits.": losses.sum() / logits.size,
                "each example has one true class: `z[np.arange(N), labels]`, and not `z[:, labels]`.": (
                    total.mean() - logits[:, labels].mean()
                ),
                "the logit of the true class is missing: subtract it.": total.mean(),
                "that is the loss of the likeliest class: the label says which one counts.": (total - largest).mean(),
                "what was taken from all logits is to be taken from the true one as well.": (
                    (total - largest - true).mean()
                ),
                "that is the mean over all classes, and only the true one counts.": -special.log_softmax(
                    logits, 1
                ).mean(),
                "these are bits: take the natural logarithm.": ((total - largest) / np.log(2) + largest - true).mean(),
                "that is the logarithm of a mean: take the mean of the logarithms.": -np.log(
                    p[np.arange(7), labels].mean()
                ),
                "that is a mean of 1 − p: the loss is −ln p.": 1 - p[np.arange(7), labels].mean(),
                "that is the sigmoid of the true logit: the softmax looks at the others as well.": (
                    np.logaddexp(0, -true).mean()
                ),
                "the largest logit of each row is to be taken off, `axis=1`, and not that of each column.": (
                    (special.logsumexp(shifted, axis=1) - shifted[np.arange(7), labels]).mean()
                ),
            }
        for reason, wrong in mistakes.items():
            if np.isclose(given, wrong, rtol=1e-5):
                raise Wrong(f"The loss is {losses.mean():.4f}, not {given:.4f}: {reason}")
        clipped = ": a bound or a small number inside the logarithm spoils it" if size > 1 else ""
        raise Wrong(f"The mean loss {why}is {losses.mean():.4f}, not {given:.4f}{clipped}.")


@exercise("E37")
def average_clips(answer: Callable[..., Any]) -> None:
    """Average of maps over true frames and all places, against a loop over clips; filling may be anything, also NaN."""
    rng = np.random.default_rng(37)
    maps, lengths = rng.normal(size=(4, 6, 3, 5, 2)), np.array([6, 1, 3, 4])
    for filling in (100.0, np.nan):
        for clip, length in zip(maps, lengths, strict=True):
            clip[length:] = filling
        right = np.array([clip[:length].mean(axis=(0, 1, 2)) for clip, length in zip(maps, lengths, strict=True)])
        returned = answer(maps.copy(), lengths.copy())
        if np.isnan(filling) and np.isnan(np.asarray(returned, float)).any():
            raise Wrong("NaN in frames that do not count reaches the answer: NaN times 0 is NaN, so use `np.where`.")
        if np.shape(returned) == (4,):
            raise Wrong("One number a clip: the channels were averaged as well, and they stay, (4, 2).")
        given = expect_array(returned, (4, 2), "average_clips of maps (4, 6, 3, 5, 2)")
        if np.allclose(given, right):
            continue
        shares = lengths[:, None] / 6
        mistakes = {
            "the frames that were filled in count as well: leave them out.": maps.mean(axis=(1, 2, 3)),
            "divide by the frames that count, not by all of them.": right * shares,
            "that is the sum over the frames: divide by their number.": right * lengths[:, None],
            "that is the sum over frames and places: divide by their number.": right * lengths[:, None] * 15,
            "each clip is divided by its own number of frames, not by that of all.": right
            * lengths[:, None]
            / lengths.sum(),
            "one frame too many: frames 0 to lengths[n] − 1 count.": np.array(
                [clip[: length + 1].mean(axis=(0, 1, 2)) for clip, length in zip(maps, lengths, strict=True)]
            ),
            "the frames that count stand at the beginning of a clip, not at its end.": np.array(
                [clip[-length:].mean(axis=(0, 1, 2)) for clip, length in zip(maps, lengths, strict=True)]
            ),
            "all clips were cut to the shortest one: each has a length of its own.": maps[:, :1].mean(axis=(1, 2, 3)),
            "one frame too many: frames 0 to lengths[n] − 1 count, and the sum is divided by lengths[n].": np.array(
                [
                    clip[: length + 1].mean(axis=(1, 2)).sum(axis=0) / length
                    for clip, length in zip(maps, lengths, strict=True)
                ]
            ),
        }
        if why := mistake_in(given, mistakes, 1e-8):
            raise Wrong(f"The shape is right, but {why}")
        raise Wrong(f"The averages differ from the true ones by up to {np.abs(given - right).max():.2g}.")
