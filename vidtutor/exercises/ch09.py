"""Checks of chapter 09: a step of the first GRU, padded clips, the forget gate's bias."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import keras
import numpy as np
from keras import layers
from scipy.special import expit, logit

NEAR = 1e-5


def _explain(given: np.ndarray, right: np.ndarray, mistakes: dict[str, np.ndarray], otherwise: str) -> None:
    """Raise Wrong with the sentence of the mistake that gives the same numbers."""
    if np.allclose(given, right, atol=NEAR):
        return
    if why := mistake_in(given, mistakes, NEAR):
        raise Wrong(f"The shape is right, but {why}")
    raise Wrong(
        f"The shape is right, but values differ from Keras by up to {np.abs(given - right).max():.2g}: {otherwise}"
    )


@exercise("E35")
def first_gru_step(answer: Callable[..., Any]) -> None:
    """One step of the GRU whose reset gate comes before the product, against Keras."""
    rng = np.random.default_rng(35)
    x, h = rng.normal(size=(3, 5)).astype("float32"), rng.normal(size=(3, 4)).astype("float32")
    weights = [rng.normal(size=shape).astype("float32") for shape in ((5, 12), (4, 12), (12,))]
    cell = layers.GRUCell(4, reset_after=False)
    cell.build((3, 5))
    cell.set_weights(weights)
    right = np.asarray(cell(x, [h])[0])
    returned = answer(x.copy(), h.copy(), *(w.copy() for w in weights))
    given = expect_array(returned, (3, 4), "first_gru_step of x (3, 5), h (3, 4)")
    z, r, g = _gru(x, h, *weights, order=(0, 1, 2))
    late = np.tanh((x @ weights[0])[:, 8:] + r * (h @ weights[1])[:, 8:] + weights[2][8:])
    z_turned, _, g_turned = _gru(x, h, *weights, order=(1, 0, 2))
    deaf = np.tanh((x @ weights[0])[:, 8:] + (h @ weights[1])[:, 8:] + weights[2][8:])
    summed = (x @ weights[0])[:, 8:] + (r * h) @ weights[1][:, 8:] + weights[2][8:]
    tanh_z, tanh_r = np.split(np.tanh((x @ weights[0] + h @ weights[1] + weights[2])[:, :8]), 2, axis=1)
    tanh_g = np.tanh((x @ weights[0])[:, 8:] + (tanh_r * h) @ weights[1][:, 8:] + weights[2][8:])
    tanh_gates = _mixed(h, tanh_z, tanh_r, tanh_g)
    mistakes = {
        "old state and candidate are swapped in the mix: `z` keeps the old state.": (1 - z) * h + z * g,
        "the reset gate comes after the product with `U`: that is Keras's usual GRU, and here it comes before.": z * h
        + (1 - z) * late,
        "the gates are in the wrong order: `z` comes first, then `r`, then `g`.": z_turned * h
        + (1 - z_turned) * g_turned,
        "the candidate hears the whole old state: the reset gate is missing.": z * h + (1 - z) * deaf,
        "the candidate went through the sigmoid: it is no gate, so it takes `tanh`.": z * h + (1 - z) * expit(summed),
        "that is the candidate alone: the mix with the old state is missing.": g,
        "the candidate has no activation: it takes `tanh`.": z * h + (1 - z) * summed,
        "what is not kept is replaced: the candidate comes with the weight 1 − z.": z * h + g,
        "the reset gate has done its work in the candidate: the mix is made by `z` alone.": z * h + r * g,
        "gates go through the sigmoid: they are numbers between 0 and 1.": tanh_gates,
        "the biases are missing.": _mixed(h, *_gru(x, h, *weights[:2], 0 * weights[2], order=(0, 1, 2))),
        "the candidate's bias is missing.": z * h + (1 - z) * np.tanh(summed - weights[2][8:]),
        "`z` and `r` are exchanged, and old state and candidate as well.": (1 - z_turned) * h + z_turned * g_turned,
        "the reset gate acts on the old state alone, and not on the frame.": z * h
        + (1 - z) * np.tanh(r * (x @ weights[0] + h @ weights[1] + weights[2])[:, 8:]),
        "the reset gate lets through where it is 1: it is r, and not 1 − r.": z * h
        + (1 - z) * np.tanh((x @ weights[0])[:, 8:] + ((1 - r) * h) @ weights[1][:, 8:] + weights[2][8:]),
    }
    _explain(given, right, mistakes, "which third of the weights belongs to which gate?")


def _mixed(h: np.ndarray, z: np.ndarray, _: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The new state of a GRU with these gates and this candidate."""
    return z * h + (1 - z) * g


def _gru(x: np.ndarray, h: np.ndarray, *weights: np.ndarray, order: tuple[int, int, int]) -> tuple[np.ndarray, ...]:
    """Update gate, reset gate and candidate, where the thirds of the weights lie in this order."""
    wz, wr, wg = (np.split(weights[0], 3, axis=1)[third] for third in order)
    uz, ur, ug = (np.split(weights[1], 3, axis=1)[third] for third in order)
    bz, br, bg = (np.split(weights[2], 3)[third] for third in order)
    z, r = expit(x @ wz + h @ uz + bz), expit(x @ wr + h @ ur + br)
    return z, r, np.tanh(x @ wg + (r * h) @ ug + bg)


@exercise("E36")
def read_padded(answer: Callable[..., Any]) -> None:
    """States of a plain layer over padded clips, against Keras with a mask."""
    rng = np.random.default_rng(36)
    x, lengths = rng.normal(size=(4, 6, 5)).astype("float32"), [6, 3, 1, 5]
    weights = [rng.normal(scale=0.7, size=shape).astype("float32") for shape in ((5, 2), (2, 2), (2,))]
    layer = layers.SimpleRNN(2, return_sequences=True)
    layer.build(x.shape)
    layer.set_weights(weights)

    def masked(extra: int) -> np.ndarray:
        reads = np.arange(6) < np.array(lengths)[:, None] + extra
        return np.asarray(layer(x, mask=keras.ops.convert_to_tensor(reads)))

    right = masked(0)
    turned = np.asarray(layer(x, mask=keras.ops.convert_to_tensor(np.arange(6) >= np.array(lengths)[:, None])))
    layer.set_weights([*weights[:2], 0 * weights[2]])
    unbiased = masked(0)
    layer.set_weights(weights)
    returned = answer(x.copy(), list(lengths), *(w.copy() for w in weights))
    if isinstance(returned, list) and len({np.shape(states) for states in returned}) > 1:
        raise Wrong(
            "Clips of unequal length came back: once its frames are over, a clip repeats its state, to (4, 6, 2)."
        )
    if np.shape(returned) == (4, 2):
        raise Wrong("That is the last state only, (4, 2): return the states after every frame, (4, 6, 2).")
    if np.shape(returned) == (6, 4, 2):
        raise Wrong("The states have shape (6, 4, 2): stack them along axis 1, so that clips come first.")
    if np.shape(returned) == (4, 6, 2) and np.isnan(np.asarray(returned, float)).any():
        raise Wrong("There is NaN behind the ends of clips: a clip's state stays as it is once its frames are over.")
    given = expect_array(returned, (4, 6, 2), "read_padded of x (4, 6, 5)")
    forgetful = np.tanh(x @ weights[0] + weights[2])
    mistakes = {
        "the padding was read as well: a clip's state stays as it is once its frames are over.": np.asarray(layer(x)),
        "every clip was read one frame too far: clip n has frames 0 to lengths[n] - 1.": masked(1),
        "the state is not carried from frame to frame.": forgetful,
        "after its end a clip's state is zero: it should stay what it was.": right
        * (np.arange(6) < np.array(lengths)[:, None])[..., None],
        "every clip was read one frame too short: clip n has frames 0 to lengths[n] - 1.": masked(-1),
        "the state of frame t is the one after reading it: read first, then put it down.": np.pad(
            right[:, :-1], [(0, 0), (1, 0), (0, 0)]
        ),
        "padding made of zeros is read as well: the state moves by `h @ U + b`, so keep the old one.": np.asarray(
            layer(x * (np.arange(6) < np.array(lengths)[:, None])[..., None])
        ),
        "where a clip is over, its last state stays: what the padding made of it is not to be carried on.": (
            np.where(
                (np.arange(6) < np.array(lengths)[:, None])[..., None],
                np.asarray(layer(x)),
                np.pad(np.asarray(layer(x))[:, :-1], [(0, 0), (1, 0), (0, 0)]),
            )
        ),
        "the condition is turned: it keeps the state where there is a frame to read.": turned,
        "the bias is missing.": unbiased,
    }
    _explain(given, right, mistakes, "which frames does each clip read, and from which state?")


@exercise("E44")
def forget_bias(answer: Callable[..., Any]) -> None:
    """The bias at which a product of equal forget gates leaves a given share, against the product itself."""
    for lag, share in ((20, 0.5), (100, 0.1), (1, 0.25)):
        call = f"forget_bias({lag}, {share})"
        given = expect_number(answer(lag, share), call)
        gate = share ** (1 / lag)
        if abs(given - logit(gate)) < 1e-6 * max(1, abs(logit(gate))):
            continue
        mistakes = {
            gate: "that is the gate. The bias is the number whose sigmoid is the gate.",
            float(logit(share)): "that lets so much through in one step; over the lag the gates multiply.",
            -float(logit(gate)): "the sign is turned: an open gate needs a positive bias.",
            float(np.log(gate)): "the sigmoid is 1 / (1 + exp(-b)), and not exp(b).",
            float(logit(share / lag)): "gates multiply, so take the root, `share ** (1 / lag)`, and no part.",
            float(logit(1 - share / lag)): "what is lost multiplies too: take the root of the share.",
            float(np.log(share**lag / (1 - share**lag))): "the gate is the root of the share, and not its power.",
            float(expit(gate)): "that is the sigmoid of the gate: wanted is the number whose sigmoid is the gate.",
            float(np.log10(gate / (1 - gate))): "take the natural logarithm.",
            gate / (1 - gate): "the logarithm is missing.",
            float(-np.log(1 - gate)): "solve f = 1 / (1 + exp(-b)): the logarithm is that of f / (1 - f).",
        }
        why = next((why for wrong, why in mistakes.items() if np.isclose(given, wrong)), "")
        kept = expit(given) ** lag
        raise Wrong(f"{call} is {logit(gate):.3f}, not {given:.3f}: {why or f'with that, {kept:.3g} would be left.'}")
