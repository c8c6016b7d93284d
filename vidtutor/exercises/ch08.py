"""Checks of chapter 08: the gradient of softmax and cross-entropy, the largest stable rate, a step of AdamW."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.special import expit, softmax

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
    truth = np.eye(classes)[labels]
    p = rows * right + truth
    mistakes = {
        "it is N times too large: the loss is a mean, so divide by the number of rows.": rows * right,
        "its sign is turned: it is prediction minus truth.": -right,
        "it is divided by the number of classes, not of rows.": rows * right / classes,
        "it is divided by all the numbers of the array: the mean is over the rows.": right / classes,
        "the integers themselves were subtracted: make each label a one-hot row first.": (p - labels[:, None]) / rows,
        "nothing was subtracted at the true class.": p / rows,
        "each row has one true class: `p[np.arange(N), labels]`, and not `p[:, labels]`.": _less_one(
            p, np.s_[:, labels]
        )
        / rows,
        "`p[labels]` takes whole rows: the true classes are `p[np.arange(N), labels]`.": _less_one(p, labels) / rows,
        "truth is subtracted, not added.": (p + truth) / rows,
        "at the true class stands p − 1, and not −1.": np.where(truth, -1, p) / rows,
        "that is the derivative by the probabilities: go on, through the softmax, to the logits.": -truth / p / rows,
        "that is p(1 − p), the slope of one probability by its own logit: p − y is what remains of the loss.": p
        * (1 - p)
        / rows,
        "the logits themselves stand there: take their softmax first.": (logits - truth) / rows,
        "the softmax goes down the columns: the probabilities of a row add up to 1.": (softmax(logits, axis=0) - truth)
        / rows,
        "the softmax goes over the whole batch: the probabilities of a row add up to 1.": (softmax(logits) - truth)
        / rows,
        "that is the sigmoid: the probabilities of a row add up to 1.": (expit(logits) - truth) / rows,
        "the mean divides by the number of rows, and you multiplied.": rows**2 * right,
    }
    if why := mistake_in(given, mistakes):
        raise Wrong(f"The shape is right, but {why}")
    if not np.allclose(given, right, atol=1e-6):
        place = np.unravel_index(np.abs(given - right).argmax(), right.shape)
        step = np.zeros_like(logits)
        step[place] = 1e-5
        slope = float(loss(logits + step) - loss(logits - step)) / 2e-5
        raise Wrong(
            f"By central differences the number in row {place[0]}, column {place[1]} is {slope:.4f}, and yours is "
            f"{given[place]:.4f}."
        )


def _less_one(p: Array, places: Any) -> Array:
    """The probabilities, less 1 at these places."""
    lessened = p.copy()
    lessened[places] -= 1
    return lessened


@exercise("E14")
def largest_rate(answer: Callable[..., Any]) -> None:
    """The limit of stable descent, with and without momentum."""
    turn = np.linalg.qr(np.random.default_rng(14).normal(size=(3, 3)))[0]
    askew = turn @ np.diag([0.5, 4.0, 8.0]) @ turn.T
    for matrix in (np.array([[5.0, 2.0], [2.0, 3.0]]), np.diag([2.0, 6.0]), askew):
        where = f"For the matrix {np.round(matrix, 2).tolist()}"
        _rate_right(expect_number(answer(matrix.copy()), "The rate"), matrix, 0.0, where)
    _rate_right(expect_number(answer(askew.copy(), momentum=0.9), "The rate"), askew, 0.9, "With momentum 0.9")


def _rate_right(given: float, matrix: Array, momentum: float, where: str) -> None:
    flattest, *_, steepest = np.linalg.eigvalsh(matrix)
    right = 2 * (1 + momentum) / steepest
    mistakes = {
        2 / np.linalg.eigvalsh(matrix).mean(): "an average curvature is no limit: the steepest direction breaks first.",
        2 / np.linalg.det(matrix): "the determinant is the product of the curvatures: take the largest eigenvalue.",
        2 / np.abs(matrix).sum(axis=1).max(): "a sum of a row is only an upper bound of the largest eigenvalue.",
        2 / (1 - momentum) / steepest: "1 / (1 − β) is how much the steps add up; the limit grows by 1 + β.",
        2 * steepest: "divide by the curvature: the steeper, the smaller the rate.",
        steepest / 2: "that is upside down: the steeper, the smaller the rate.",
        2 / np.sqrt(steepest): "the curvature stands there itself, without a root.",
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
            theta, m, v = _adamw(before, done, decay, epsilon)
            if np.shape(given[0]) == m.shape and np.allclose(given[0], m, rtol=1e-7, atol=0):
                raise Wrong("The order is (theta, m, v).")
            for name, mine, right in zip(("m", "v"), given[1:], (m, v), strict=True):
                if np.isfinite(np.asarray(mine, float)).all() and not np.allclose(
                    expect_array(mine, right.shape, name), right, rtol=1e-7, atol=0
                ):
                    raise Wrong(_mean_wrong(name, np.asarray(mine), right, decay, gradient, done))
            if done == 0 and not all(np.isfinite(np.asarray(part, float)).all() for part in given):
                raise Wrong(
                    "The first step is not finite: at `done` = 0 the present step is number 1, so use done + 1."
                )
            _step_right(expect_array(given[0], theta.shape, "theta"), theta, before, done, decay, epsilon)


def _mean_wrong(name: str, given: Array, right: Array, decay: float, gradient: Array, done: int) -> str:
    old, fresh = (0.1, gradient) if name == "m" else (0.001, gradient**2)
    if done == 0 and np.allclose(given, fresh):
        return (
            f"In step 1, {name} is {old} times what is new, and so it is returned, as it is before the correction: "
            "the next step goes on from there."
        )
    if done == 0 and np.allclose(given, (1 - old) * fresh):
        return f"In step 1, {name} took too much of what is new: β is the part of the old {name} that stays."
    if done == 0 and name == "v" and np.allclose(given, old * gradient):
        return "v is the running mean of the gradient's square, and here the gradient was not squared."
    if decay:
        return f"With a decay, {name} differs: the decay went into the gradient, which is L2 and not AdamW."
    return f"In step {done + 1}, {name} should begin with {right[0]:.6g}, not {given[0]:.6g}."


def _step_right(given: Array, right: Array, before: tuple[Array, ...], done: int, decay: float, epsilon: float) -> None:
    mistakes = {
        "uncorrected": "the two means are not corrected: divide by 1 − β to the power of the step.",
        "inside": "ε stands inside the root: add it after the root.",
        "whole": "the decay is not multiplied by the rate.",
        "none": "the decay is missing: θ itself shrinks by the factor 1 − ηw.",
        "grows": "θ grows by the decay: the factor is 1 − ηw.",
        "after": "the decay acts on θ before the step, and not on what comes out of it.",
        "mean": "the mean of the gradient is not corrected: divide m by 1 − β₁ to the power of the step.",
        "square": "the mean of the squares is not corrected: divide v by 1 − β₂ to the power of the step.",
        "uphill": "the step goes uphill: subtract it.",
        "rootless": "the root is missing: divide by the root of the mean square.",
        "early": "ε was added before v was corrected, as Keras does: here it comes after the root of the corrected v.",
        "bare": "ε is missing: it keeps the division from failing where a gradient is nearly 0.",
    }
    if np.allclose(given, right, rtol=1e-7, atol=0):
        return
    for mistake, why in mistakes.items():
        if np.allclose(given, _adamw(before, done, decay, epsilon, mistake)[0], rtol=1e-7, atol=0):
            raise Wrong(f"In step {done + 1}, {why}")
    place = int(np.abs(given - right).argmax())
    raise Wrong(f"In step {done + 1}, number {place} of theta should be {right[place]:.8g}, not {given[place]:.8g}.")


def _adamw(
    before: tuple[Array, ...], done: int, decay: float, epsilon: float, mistake: str = ""
) -> tuple[Array, Array, Array]:
    """The paper's step at rate 0.05, with a usual mistake to order."""
    theta, gradient, m, v = before
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    mean = m if mistake in ("uncorrected", "mean") else m / (1 - 0.9 ** (done + 1))
    square = v if mistake in ("uncorrected", "square") else v / (1 - 0.999 ** (done + 1))
    root = {
        "inside": np.sqrt(square + epsilon),
        "rootless": square + epsilon,
        "bare": np.sqrt(square),
        "early": np.sqrt(square) + epsilon / np.sqrt(1 - 0.999 ** (done + 1)),
    }.get(mistake, np.sqrt(square) + epsilon)
    shrink = {"whole": decay, "none": 0.0, "grows": -0.05 * decay}.get(mistake, 0.05 * decay)
    step = (-0.05 if mistake == "uphill" else 0.05) * mean / root
    return (theta - step) * (1 - shrink) if mistake == "after" else theta * (1 - shrink) - step, m, v
