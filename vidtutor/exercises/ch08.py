"""Checks of chapter 08: the gradient of softmax and cross-entropy, the largest stable rate, a step of AdamW."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Array = NDArray[Any]


@exercise("E13")
def logits_gradient(answer: Callable[..., Any]) -> None:
    """The gradient of the mean cross-entropy by the logits, against TensorFlow's tape."""
    labels = np.array([2, 0, 3, 2, 1])
    small = np.random.default_rng(13).normal(size=(5, 4))
    for logits in (small, small + 1000):
        given_logits, given_labels = logits.copy(), labels.copy()
        with np.errstate(all="ignore"):
            returned = answer(given_logits, given_labels)
        if not (np.array_equal(given_logits, logits) and np.array_equal(given_labels, labels)):
            raise Wrong("Your function changed the arrays that it was given: work on a copy of them.")
        if logits is not small and not np.isfinite(returned).all():
            raise Wrong("Logits near 1,000 overflow: take the largest of each row off before the exponential.")
        _gradient_right(expect_array(returned, logits.shape, "The gradient"), logits, labels)


def _gradient_right(given: Array, logits: Array, labels: Array) -> None:
    def loss(z: Any) -> Any:
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, z))

    with tf.GradientTape() as tape:
        variable = tf.Variable(logits)
        value = loss(variable)
    right = tape.gradient(value, variable).numpy()
    rows, classes = logits.shape
    p = rows * right + np.eye(classes)[labels]
    mistakes = {
        "it is N times too large: the loss is a mean, so divide by the number of rows.": rows * right,
        "its sign is turned: it is prediction minus truth.": -right,
        "it is divided by the number of classes, not of rows.": rows * right / classes,
        "it is divided by all the numbers of the array: the mean is over the rows.": right / classes,
        "the integers themselves were subtracted: make each label a one-hot row first.": (p - labels[:, None]) / rows,
        "nothing was subtracted at the true class.": p / rows,
    }
    if why := mistake_in(given, mistakes):
        raise Wrong(f"The shape is right, but {why}")
    if not np.allclose(given, right, atol=1e-6):
        step = np.zeros_like(logits)
        step[0, 0] = 1e-5
        slope = float(loss(logits + step) - loss(logits - step)) / 2e-5
        raise Wrong(f"By central differences the first number is {slope:.4f}, and yours is {given[0, 0]:.4f}.")


@exercise("E14")
def largest_rate(answer: Callable[..., Any]) -> None:
    """The limit of stable descent, with and without momentum."""
    turn = np.linalg.qr(np.random.default_rng(14).normal(size=(3, 3)))[0]
    askew = turn @ np.diag([0.5, 2.0, 8.0]) @ turn.T
    for matrix in (np.array([[3.0, 2.0], [2.0, 3.0]]), np.diag([4.0, 1.0]), askew):
        where = f"For the matrix {np.round(matrix, 2).tolist()}"
        _rate_right(expect_number(answer(matrix.copy()), "The rate"), matrix, 0.0, where)
    _rate_right(expect_number(answer(askew.copy(), momentum=0.9), "The rate"), askew, 0.9, "With momentum 0.9")


def _rate_right(given: float, matrix: Array, momentum: float, where: str) -> None:
    flattest, *_, steepest = np.linalg.eigvalsh(matrix)
    right = 2 * (1 + momentum) / steepest
    mistakes = {
        1 / steepest: "1/λmax arrives in one step along the steepest direction; twice that is still stable.",
        2 / flattest: "that is the limit of the flattest direction, and the steepest one breaks first.",
        2 / np.diag(matrix).max(): "the diagonal holds the curvatures along the axes: take the eigenvalues.",
        2 / np.linalg.norm(np.diag(matrix)): "the length of the diagonal is no curvature: take the largest eigenvalue.",
        2 / np.linalg.norm(matrix): "the norm mixes all eigenvalues, and only the largest counts.",
        2 / (flattest + steepest): "that is the quickest rate, and the largest stable one is higher.",
        2 / steepest: "momentum raises the limit: put r = −1 into the equation for r.",
        2 * (1 - momentum) / steepest: "momentum raises the limit, it does not lower it.",
    }
    if not np.isclose(given, right, rtol=1e-3):
        reasons = [why for wrong, why in mistakes.items() if np.isclose(given, wrong, rtol=1e-3)]
        why = reasons[0] if reasons else "it belongs to the steepest direction."
        raise Wrong(f"{where} the limit is {right:.4g}, not {given:.4g}: {why}")


@exercise("E38")
def adamw(answer: Callable[..., Any]) -> None:
    """Three steps of AdamW, by the paper's formulas."""
    rng = np.random.default_rng(38)
    for decay, epsilon in ((0.0, 1e-7), (0.0, 1e-2), (0.1, 1e-7)):
        theta, m, v = rng.normal(size=5), np.zeros(5), np.zeros(5)
        for done, gradient in enumerate(rng.normal(size=(3, 5)) * [1, 0.1, 1e-3, 3, 1e-6]):
            before = (theta, gradient, m, v)
            with np.errstate(all="ignore"):
                given = answer(*(part.copy() for part in before), done, rate=0.05, decay=decay, epsilon=epsilon)
            if not isinstance(given, tuple | list) or len(given) != 3:
                raise Wrong("adamw should return three arrays, (theta, m, v).")
            if done == 0 and not np.isfinite(given[0]).all():
                raise Wrong(
                    "The first step is not finite: at `done` = 0 the present step is number 1, so use done + 1."
                )
            theta, m, v = _adamw(before, done, decay, epsilon)
            for name, mine, right in zip(("m", "v"), given[1:], (m, v), strict=True):
                if not np.allclose(expect_array(mine, right.shape, name), right, rtol=1e-7, atol=0):
                    raise Wrong(_mean_wrong(name, np.asarray(mine), right, decay, gradient, done))
            _step_right(expect_array(given[0], theta.shape, "theta"), theta, before, done, decay, epsilon)


def _mean_wrong(name: str, given: Array, right: Array, decay: float, gradient: Array, done: int) -> str:
    if done == 0 and np.allclose(given, gradient if name == "m" else gradient**2):
        return f"Return {name} as it is before the correction: the next step goes on from there."
    if decay:
        return f"With a decay, {name} differs: the decay went into the gradient, which is L2 and not AdamW."
    return f"In step {done + 1}, {name} should begin with {right[0]:.6g}, not {given[0]:.6g}."


def _step_right(given: Array, right: Array, before: tuple[Array, ...], done: int, decay: float, epsilon: float) -> None:
    mistakes = {
        "uncorrected": "the two means are not corrected: divide by 1 − β to the power of the step.",
        "inside": "ε stands inside the root: add it after the root.",
        "whole": "the decay is not multiplied by the rate.",
        "none": "the decay is missing: θ itself shrinks by the factor 1 − ηw.",
    }
    if np.allclose(given, right, rtol=1e-7, atol=0):
        return
    for mistake, why in mistakes.items():
        if np.allclose(given, _adamw(before, done, decay, epsilon, mistake)[0], rtol=1e-7, atol=0):
            raise Wrong(f"In step {done + 1}, {why}")
    raise Wrong(f"In step {done + 1}, theta should begin with {right[0]:.6g}, not {given[0]:.6g}.")


def _adamw(
    before: tuple[Array, ...], done: int, decay: float, epsilon: float, mistake: str = ""
) -> tuple[Array, Array, Array]:
    """The paper's step at rate 0.05, with a usual mistake to order."""
    theta, gradient, m, v = before
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    power = np.inf if mistake == "uncorrected" else done + 1
    mean, square = m / (1 - 0.9**power), v / (1 - 0.999**power)
    root = np.sqrt(square + epsilon) if mistake == "inside" else np.sqrt(square) + epsilon
    shrink = {"whole": decay, "none": 0.0}.get(mistake, 0.05 * decay)
    return theta * (1 - shrink) - 0.05 * mean / root, m, v
