"""Checks of chapter 04: motion energy, one window of Lucas and Kanade, the direction of a flow."""

import itertools
from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, mistake_in

import cv2
import numpy as np


@exercise("E04")
def motion_energy(answer: Callable[..., Any]) -> None:
    """Mean absolute difference of neighbouring frames, against OpenCV's absdiff."""
    clip = np.random.default_rng(4).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
    clip[3] = clip[2]  # nothing happens here
    right = np.array([cv2.absdiff(one, two).mean() for one, two in itertools.pairwise(clip)])
    returned = answer(clip.copy())
    shape = np.shape(returned)
    if shape == ():
        raise Wrong(
            "One number for the whole clip does not tell when something happened: average over axes 1, 2 and 3."
        )
    if shape == (6, 7, 3) or shape == (6, 7):
        raise Wrong(f"The answer has shape {shape}: you averaged over time, axis 0, and kept the places.")
    if shape == (4, 3):
        raise Wrong("The answer has shape (4, 3): the average goes over the three channels as well.")
    if shape == (5,):
        raise Wrong("Five frames have four neighbours: return T − 1 numbers, one for each frame and the next.")
    given = expect_array(returned, (4,), "motion_energy of a clip of 5 frames")
    change = np.diff(clip.astype(float), axis=0)
    mistakes = {
        "the bytes wrapped around: 97 − 103 is 250 in uint8. Turn the clip into float before you subtract.": (
            np.diff(clip, axis=0).mean(axis=(1, 2, 3))
        ),
        "brighter and darker cancel: take the absolute value before the average.": change.mean(axis=(1, 2, 3)),
        "the absolute value comes before the average, not after it: brighter and darker pixels cancel.": (
            np.abs(change.mean(axis=(1, 2, 3)))
        ),
        "these are squares: the task asks for absolute differences.": (change**2).mean(axis=(1, 2, 3)),
        "these are sums over all pixels: the task asks for averages.": np.abs(change).sum(axis=(1, 2, 3)),
        "the channels were added up: the average goes over them as well.": 3 * right,
        "these are fractions of 255: keep the grey levels.": right / 255,
        "these are roots of mean squares: the task asks for the mean of absolute differences.": np.sqrt(
            (change**2).mean(axis=(1, 2, 3))
        ),
        "these are the largest changes: the task asks for averages.": np.abs(change).max(axis=(1, 2, 3)),
        "the channels were averaged first, and there brighter and darker cancel.": np.abs(change.mean(axis=3)).mean(
            axis=(1, 2)
        ),
        "int8 ends at 127, so bright pixels wrapped around: turn the clip into int or float.": np.abs(
            np.diff(clip.view(np.int8).astype(float), axis=0)
        ).mean(axis=(1, 2, 3)),
        "int8 ends at 127, so pixels and differences wrapped around: turn the clip into int or float.": np.abs(
            np.diff(clip.view(np.int8), axis=0)
        ).mean(axis=(1, 2, 3)),
    }
    _compare(given, right, mistakes, "which frames are compared, and over what is the average?")


@exercise("E28")
def solve_window(answer: Callable[..., Any]) -> None:
    """The flow of one window, against NumPy's least squares; NaN where the window cannot tell."""
    rng = np.random.default_rng(28)
    for size in (5, 9):
        I_x, I_y = rng.normal(size=(2, size, size)) * [[[1.0]], [[2.0]]] + 0.3
        I_t = -(1.3 * I_x - 0.4 * I_y) + rng.normal(0, 0.05, (size, size))
        A, b = np.stack([I_x.ravel(), I_y.ravel()], axis=1), -I_t.ravel()
        right = np.linalg.lstsq(A, b, rcond=None)[0]
        returned = answer(I_x.copy(), I_y.copy(), I_t.copy())
        if np.shape(returned) == (2,) and np.isnan(np.asarray(returned, float)).all():
            raise Wrong(
                "A window with structure in all directions has an answer: NaN belongs to the small eigenvalues."
            )
        given = expect_array(returned, (2,), "solve_window, (u, v),")
        mistakes = {
            "both signs are turned: the right side is −(Σ I_x I_t, Σ I_y I_t), with a minus.": -right,
            "u and v are exchanged: u belongs to I_x, v to I_y.": right[::-1],
            "u and v are exchanged, and the sign of I_t is missing.": -right[::-1],
            "the mixed sum Σ I_x I_y is missing from the matrix: u and v cannot be solved apart.": (
                (A * b[:, None]).sum(axis=0) / (A**2).sum(axis=0)
            ),
            "the matrix was not inverted: this is only the right side of the normal equations.": A.T @ b,
            "the right side was multiplied by the matrix: solve the equations.": A.T @ A @ A.T @ b,
            "one side holds sums and the other averages: take sums on both.": right * len(A),
        }
        _compare(given, right, mistakes, "it is the least-squares solution of I_x u + I_y v = −I_t.")
    _no_answer(answer, np.zeros((7, 7)), np.zeros((7, 7)), "flat window, all derivatives 0,")
    _no_answer(answer, np.ones((7, 7)), np.zeros((7, 7)), "window on an upright edge, I_x = 1 and I_y = 0,")
    _no_answer(answer, np.ones((7, 7)), np.ones((7, 7)), "window on a slanting edge, I_x = I_y = 1,")
    faint = 0.02 * np.random.default_rng(1).normal(size=(2, 7, 7))  # the eigenvalues are about 0.02 = 49 · 0.02²
    if not np.isfinite(np.asarray(answer(*faint, -faint[0]), float)).all():
        raise Wrong("A faint window whose smaller eigenvalue is about 0.01 is above `least`: it has an answer.")
    if not np.isnan(np.asarray(answer(*faint / 20, -faint[0] / 20), float)).all():
        raise Wrong(
            "A fainter window, with both eigenvalues below 0.001, cannot tell: compare the smaller eigenvalue itself "
            "with `least`, and neither its root nor the ratio of the two."
        )
    if not np.isnan(np.asarray(answer(*faint, -faint[0], least=1.0), float)).all():
        raise Wrong("With least=1.0 the same faint window cannot tell: use the argument `least`.")


def _no_answer(answer: Callable[..., Any], I_x: np.ndarray, I_y: np.ndarray, which: str) -> None:
    try:
        given = np.asarray(answer(I_x, I_y, -I_x), float)
    except np.linalg.LinAlgError:
        raise Wrong(f"A {which} has no inverse: look at the smaller eigenvalue before you solve.") from None
    if given.shape != (2,):
        raise Wrong(f"A {which} cannot tell u and v: return (nan, nan), two numbers as ever.")
    if not np.isnan(given).all():
        raise Wrong(f"A {which} cannot tell u and v: return (nan, nan), not {given.tolist()}, which looks measured.")


@exercise("E42")
def direction(answer: Callable[..., Any]) -> None:
    """Directions of flow vectors in degrees, against the angles of u + iv."""
    u, v = np.array([[1.0, 0, -1], [0, 2, -3]]), np.array([[0.0, 1, 0], [-1, 2, -1]])
    right = np.angle(u + 1j * v, deg=True) % 360
    given = expect_array(answer(u.copy(), v.copy()), u.shape, "direction(u, v)")
    with np.errstate(divide="ignore"):
        halves = np.degrees(np.arctan(v / u))
    full = np.arctan2(v, u)
    mistakes = {
        "these are radians: np.degrees turns them.": full % (2 * np.pi),
        "these are radians, and up is negative: np.degrees, then % 360.": full,
        "up comes out negative: % 360 brings all angles to 0…360.": np.degrees(full),
        "u and v are exchanged: arctan2 wants the y part, v, first.": np.degrees(np.arctan2(u, v)) % 360,
        "down and up are exchanged: y points down in images, so v is not to be turned.": np.degrees(-full) % 360,
        "arctan(v / u) cannot tell left from right: arctan2 sees both signs.": halves % 360,
        "arctan(v / u) cannot tell left from right: arctan2 takes v and u.": halves,
        "right and left are exchanged: u is not to be turned.": np.degrees(np.arctan2(v, -u)) % 360,
        "`% 360` belongs to degrees: np.degrees first.": full % 360,
        "`% 360` belongs to degrees, and here it came before np.degrees.": np.degrees(full % 360),
        "`% 180` makes left of right and down of up: a full turn has 360.": np.degrees(full) % 180,
        "up has become down: a negative angle wants 360 more, and not another sign.": np.abs(np.degrees(full)),
        "360 was added to all angles, and only the negative ones want it.": np.degrees(full) + 360,
    }
    # OpenCV's own angles are off by up to 0.01 degrees, and they pass.
    _compare(given, right, mistakes, "right is 0, down 90, left 180, up 270.", tolerance=0.02)
    if np.any(np.asarray(answer(u, v)) >= 360):
        raise Wrong("360 is not to occur: that direction is called 0.")


def _compare(
    given: np.ndarray, right: np.ndarray, mistakes: dict[str, np.ndarray], hint: str, tolerance: float = 1e-6
) -> None:
    """Accept what is right, name a usual mistake, else give a hint."""
    if np.allclose(given, right, atol=tolerance):
        return
    if why := mistake_in(given, mistakes, tolerance):
        raise Wrong(f"The shape is right, but {why}")
    raise Wrong(f"The answer {np.round(given, 3).tolist()} should be {np.round(right, 3).tolist()}: {hint}")
