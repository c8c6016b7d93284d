"""Checks of chapter 03: a dense layer forwards and backwards, and how many parameters a stack of them has."""

import itertools
from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import keras
import numpy as np
import tensorflow as tf


@exercise("E32")
def dense_relu(answer: Callable[..., Any]) -> None:
    """A dense layer with ReLU, against Keras; the square batch comes first, where every order of a product fits."""
    rng = np.random.default_rng(32)
    for n, d, h in ((4, 4, 4), (5, 3, 6), (1, 2, 1)):
        x, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=h)
        layer = keras.layers.Dense(h, activation="relu", dtype="float64")
        layer.build((n, d))
        layer.set_weights([W, b])
        name = f"dense_relu of x {x.shape}, W {W.shape}, b {b.shape}"
        given = expect_array(_numberwise(answer, x, W, b), (n, h), name)
        if np.allclose(given, np.asarray(layer(x)), atol=1e-9):
            continue
        mistakes = {
            "that is `x @ W + b`, before the activation: negative sums become 0.": x @ W + b,
            "the bias is missing.": np.maximum(x @ W, 0),
            "the bias comes after the ReLU: it belongs to the sum that is bent.": np.maximum(x @ W, 0) + b,
            "the ReLU stands on the wrong side: it bends what comes out, not what goes in.": np.maximum(x, 0) @ W + b,
            "the ReLU is upside down: it keeps what is positive.": np.minimum(x @ W + b, 0),
            "that is the absolute value: ReLU makes what is negative 0.": np.abs(x @ W + b),
            "that is the sigmoid: this layer ends in ReLU.": 1 / (1 + np.exp(-(x @ W + b))),
            "that is tanh: this layer ends in ReLU.": np.tanh(x @ W + b),
            "that is a step: ReLU hands on the sum itself where it is positive.": (x @ W + b > 0).astype(float),
        }
        if n == d == h:
            mistakes |= {
                "the product is the wrong way round: clips are rows, so it is `x @ W`.": np.maximum(W @ x + b, 0),
                "`W` is transposed: its columns are the nodes already.": np.maximum(x @ W.T + b, 0),
                "`*` multiplies number by number: the matrix product is `@`.": np.maximum(x * W + b, 0),
                "the answer is transposed: a row of it belongs to a row of `x`.": np.maximum(x @ W + b, 0).T,
            }
        raise Wrong(f"{name}: {_named(given, mistakes, 'which rows meet which columns?')}")


def _numberwise(answer: Callable[..., Any], *given: np.ndarray) -> Any:
    """The answer; Python's `max` on arrays gets a sentence of its own."""
    try:
        return answer(*(array.copy() for array in given))
    except ValueError as error:
        if "truth value" in str(error):
            raise Wrong("Python's `max` compares two single numbers: `np.maximum` works number by number.") from None
        raise


@exercise("E33")
def dense_backward(answer: Callable[..., Any]) -> None:
    """The backward pass of a dense layer, against GradientTape; the square batch first, as above."""
    rng = np.random.default_rng(33)
    for n, d, h in ((3, 3, 3), (5, 2, 4), (1, 3, 1)):
        x, W, dz = rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=(n, h))
        name = f"dense_backward of x {x.shape}, W {W.shape}, dz {dz.shape}"
        returned = answer(x.copy(), W.copy(), dz.copy())
        if not isinstance(returned, tuple | list) or len(returned) != 3:
            came = len(returned) if isinstance(returned, tuple | list) else type(returned).__name__
            raise Wrong(f"{name} should return three arrays, (dx, dW, db), not {came}.")
        right = _by_tape(x, W, dz)
        # The bias first: where its sum is wrong, the shape says it.
        _bias_right(f"{name}: db", returned[2], dz, right[2])
        for place, what, mistakes in (
            (
                0,
                "dx",
                {
                    "`W` is to be transposed: `dz` has a column a node, and so has `W`.": _fits(dz, W, x.shape),
                    "it is transposed: a row belongs to a clip, so it is `dz @ W.T`.": W @ dz.T,
                    "it is a mean: `dz` holds the division by N already.": right[0] / n,
                    "this layer has no activation, so nothing is blocked.": right[0] * (x > 0),
                    "`*` multiplies number by number: the matrix product is `@`.": dz * W if n == d == h else dz,
                    "its sign is turned: only the step of descent subtracts.": -right[0],
                },
            ),
            (
                1,
                "dW",
                {
                    "it is a mean: `dz` holds the division by N already, so the clips are added up.": x.T @ dz / n,
                    "it is transposed: a row of `W` belongs to an input.": (dz.T @ x),
                    "`x` is to be transposed: the sum runs over the clips.": _fits(x, dz, W.shape),
                    "its sign is turned: only the step of descent subtracts.": -right[1],
                },
            ),
        ):
            given = expect_array(returned[place], right[place].shape, f"{name}: {what}")
            if not np.allclose(given, right[place], atol=1e-9):
                other = {"this looks like dW: return (dx, dW, db).": right[1], "this looks like dx.": right[0]}
                raise Wrong(f"{name}: {what}: {_named(given, mistakes | other, 'it differs from GradientTape.')}")


def _bias_right(name: str, given: Any, dz: np.ndarray, right: np.ndarray) -> None:
    if np.shape(given) == dz.shape and np.shape(given) != right.shape:
        raise Wrong(f"{name} still has a row a clip: the same bias serves all clips, so add up over the batch.")
    if np.shape(given) == ():
        raise Wrong(f"{name} is one number: each node has a bias of its own, so add up over the clips only, `axis=0`.")
    array = expect_array(given, right.shape, name)
    mistakes = {
        "it is a mean: `dz` holds the division by N already, so the clips are added up.": dz.mean(axis=0),
        "the sum runs over the nodes: it should run over the clips, `axis=0`.": dz.sum(axis=1),
        "its sign is turned: only the step of descent subtracts.": -right,
        "a bias meets 1 in every clip, so its derivative is the sum of `dz`, and not 1.": np.ones(dz.shape[1]),
    }
    if not np.allclose(array, right, atol=1e-9):
        raise Wrong(f"{name}: {_named(array, mistakes, 'it differs from GradientTape.')}")


def _by_tape(x: np.ndarray, W: np.ndarray, dz: np.ndarray) -> list[np.ndarray]:
    """Gradients of sum(dz * z) by x, W and b: what dz becomes on its way back."""
    inputs = [tf.Variable(value) for value in (x, W, np.zeros(W.shape[1]))]
    with tf.GradientTape() as tape:
        handed_back = tf.reduce_sum(dz * (inputs[0] @ inputs[1] + inputs[2]))
    return [gradient.numpy() for gradient in tape.gradient(handed_back, inputs)]


def _fits(left: np.ndarray, right: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The product of two matrices where it has this shape, else NaN, which equals nothing."""
    possible = left.shape[1] == right.shape[0] and (left.shape[0], right.shape[1]) == shape
    return left @ right if possible else np.full(shape, np.nan)


def _named(given: np.ndarray, mistakes: dict[str, np.ndarray], otherwise: str) -> str:
    """The sentence of the mistake that gives these numbers."""
    return mistake_in(given, mistakes, 1e-9) or f"the shape is right, the values are not: {otherwise}"


@exercise("E41")
def parameters(answer: Callable[..., Any]) -> None:
    """Parameters of a stack of dense layers, against Keras's count."""
    for sizes in ([2, 8, 1], [3, 4], [8192, 64, 16, 4]):
        model = keras.Sequential([keras.Input((sizes[0],)), *(keras.layers.Dense(size) for size in sizes[1:])])
        pairs = list(itertools.pairwise(sizes))
        weights, right = sum(a * b for a, b in pairs), model.count_params()
        given = expect_number(answer(list(sizes)), f"parameters({sizes})")
        mistakes = {
            weights: "these are the weights; each node has a bias as well.",
            weights + len(pairs): "each node has a bias of its own, not one for each layer.",
            weights + sum(sizes): "the input layer has no biases: it only holds the numbers.",
            weights + sum(sizes[:-1]): "biases belong to the nodes that a layer computes, not to what goes in.",
            sum(sizes[1:]): "these are the biases; the weights are missing.",
            sum(sizes): "these are the nodes; a parameter is a weight or a bias.",
            weights + sum(sizes[1:-1]): "the nodes of the last layer have biases as well.",
            weights + 1: "each node has a bias of its own, not one for all.",
            int(np.prod(sizes)): "only neighbouring layers are joined: one product for each pair, and then the sum.",
        }
        if given != right:
            why = mistakes.get(int(given), "each pair of neighbours has a weight matrix and a bias for each node.")
            raise Wrong(f"parameters({sizes}) is {right:,}, not {given:,.0f}: {why}")
