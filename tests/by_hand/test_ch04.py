"""Chapter 04: its filters, thresholds and flow equal OpenCV's and SciPy's, and the truth where it is known."""

from collections.abc import Callable
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from scipy import ndimage

ByHand = Callable[[str], SimpleNamespace]
rng = np.random.default_rng(4)
IMAGES = {
    "even": rng.integers(0, 256, (40, 60), dtype=np.uint8),
    "dark": rng.integers(3, 30, (33, 47), dtype=np.uint8),
    "two humps": np.clip(rng.normal(np.where(rng.random((50, 50)) < 0.3, 60, 170), 15), 0, 255).astype(np.uint8),
    "two levels": np.where(rng.random((20, 30)) < 0.5, 7, 250).astype(np.uint8),
    "one level": np.full((8, 9), 77, np.uint8),
}
every_image = pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)


@every_image
def test_equalise_equals_opencv(by_hand: ByHand, image: np.ndarray) -> None:
    if image.min() == image.max():
        assert np.unique(by_hand("04").equalise(image)).size == 1  # OpenCV leaves it alone, ours makes it black
        return
    ours, theirs = by_hand("04").equalise(image).astype(int), cv2.equalizeHist(image)
    assert np.abs(ours - theirs).max() <= 1  # OpenCV rounds in 32 bits
    assert np.mean(ours != theirs) < 0.05


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.3])
@pytest.mark.parametrize("shape", [(30, 41), (25, 25), (64, 20)])
def test_gaussian_equals_scipy_and_opencv(by_hand: ByHand, sigma: float, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).normal(size=shape)
    ours = by_hand("04").gaussian(image, sigma)
    np.testing.assert_allclose(ours, ndimage.gaussian_filter(image, sigma, mode="mirror"), atol=1e-12)
    side = 2 * int(4 * sigma + 0.5) + 1
    np.testing.assert_allclose(ours, cv2.GaussianBlur(image, (side, side), sigma), atol=1e-6)


@every_image
@pytest.mark.parametrize("side", [3, 5])
def test_median_equals_opencv(by_hand: ByHand, image: np.ndarray, side: int) -> None:
    np.testing.assert_array_equal(by_hand("04").median(image, side), cv2.medianBlur(image, side))


@every_image
def test_otsu_equals_opencv(by_hand: ByHand, image: np.ndarray) -> None:
    level = by_hand("04").otsu(image)
    theirs, mask = cv2.threshold(image, 0, 255, cv2.THRESH_OTSU)
    if image.min() < image.max():
        assert level == theirs
        np.testing.assert_array_equal(image > level, mask == 255)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_components_equal_scipy(by_hand: ByHand, part: float) -> None:
    mask = np.random.default_rng(2).random((24, 31)) < part
    ours = by_hand("04").components(mask)
    theirs, count = ndimage.label(mask)
    np.testing.assert_array_equal(ours > 0, mask)
    pairs = set(zip(ours[mask].tolist(), theirs[mask].tolist(), strict=True))
    assert len(pairs) == count == len(np.unique(ours[mask]))


def test_running_median_comes_to_rest_at_the_median(by_hand: ByHand) -> None:
    values = np.random.default_rng(3).choice([50, 100, 200], size=(2000, 4, 5, 3), p=[0.2, 0.6, 0.2]).astype(np.uint8)
    masks, background = by_hand("04").running_median(values)
    np.testing.assert_allclose(background, np.median(values, axis=0), atol=8)
    np.testing.assert_array_equal(masks[-1], (np.abs(values[-1] - background) > 25).any(axis=-1))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("moved", [(0, 0), (0.3, 0.2), (-1.4, 0.6), (1.0, 2.0)])
@pytest.mark.parametrize("window", [9, 15, 21])
def test_lucas_kanade_equals_the_truth_and_opencv(
    by_hand: ByHand, seed: int, moved: tuple[float, float], window: int
) -> None:
    chapter = by_hand("04")
    one, two = (np.rint(np.clip(chapter.texture(*d, seed=seed), 0, 255)) for d in ((0, 0), moved))
    points = np.random.default_rng(seed).uniform(30, 130, (40, 2)).astype(np.float32).astype(float)
    flow, eigenvalues = chapter.lucas_kanade(one, two, points, window, rounds=20)
    trusted = eigenvalues[:, 0] > 20  # the flatter direction of the window is well above rounding
    assert trusted.mean() > 0.8
    np.testing.assert_allclose(flow[trusted], np.broadcast_to(moved, (trusted.sum(), 2)), atol=0.1)
    theirs = chapter.opencv_lk(one, two, points, levels=1, window=window)
    np.testing.assert_allclose(flow[trusted], theirs[trusted], atol=0.05)


def test_the_eigenvalues_tell_corner_edge_and_flat(by_hand: ByHand) -> None:
    chapter = by_hand("04")
    image = chapter.square(0, 0, noise=0)
    places = np.array([chapter.PLACES[name] for name in ("corner", "edge", "flat")], float)
    moved = chapter.square(0.4, 0.3, noise=0)
    flow, (corner, edge, flat) = chapter.lucas_kanade(image, moved, places, window=7, rounds=10)
    assert corner[0] > 100 * edge[0]
    assert edge[1] > 100 * edge[0]
    assert flat[1] < 1e-3 * corner[0]
    np.testing.assert_allclose(flow[0], (0.4, 0.3), atol=0.02)
    np.testing.assert_allclose(flow[1], (0.4, 0), atol=0.02)  # only what is at right angles to the edge


def test_a_flat_window_is_given_no_movement(by_hand: ByHand) -> None:
    flow, eigenvalues = by_hand("04").lucas_kanade(np.ones((30, 30)), np.full((30, 30), 2.0), np.array([[15.0, 14.0]]))
    np.testing.assert_array_equal(flow, [[0, 0]])
    np.testing.assert_array_equal(eigenvalues, [[0, 0]])


def test_through_the_hole_only_the_normal_flow_is_seen(by_hand: ByHand) -> None:
    for moved in ((2, 0), (0, 2), (1, 1), (3, -1)):
        one, two = by_hand("04").card(*moved)[3:5, ..., 0].astype(float)
        flow = by_hand("04").lucas_kanade(one, two, np.array([[31.0, 31.0]]), window=9, rounds=10)[0]
        np.testing.assert_allclose(flow, [[1, 1]], atol=0.02)


@pytest.mark.parametrize("moved", [(0.5, 0.0), (5.0, -3.0), (9.0, 6.0)])
def test_the_pyramid_reaches_what_is_fast(by_hand: ByHand, moved: tuple[float, float]) -> None:
    chapter = by_hand("04")
    one, two = (np.rint(np.clip(chapter.texture(*d), 0, 255)) for d in ((0, 0), moved))
    x, y = np.meshgrid(np.arange(40, 121, 16.0), np.arange(40, 121, 16.0))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    ours, theirs = chapter.pyramid_flow(one, two, points), chapter.opencv_lk(one, two, points, levels=4)
    assert np.median(np.linalg.norm(ours - moved, axis=1)) < 0.05
    assert np.median(np.linalg.norm(ours - theirs, axis=1)) < 0.05


def test_texture_moves_exactly(by_hand: ByHand) -> None:
    texture = by_hand("04").texture
    np.testing.assert_allclose(texture(3, -2), np.roll(texture(0, 0), (-2, 3), axis=(0, 1)), atol=1e-9)
    waves = ndimage.fourier_shift(np.fft.fft2(texture(0, 0)), (0.25, -1.5))
    np.testing.assert_allclose(texture(-1.5, 0.25), np.fft.ifft2(waves).real, atol=1e-6)


def test_flow_colours_keep_the_angle(by_hand: ByHand) -> None:
    angle = np.arange(0, 360, 15)
    flow = np.stack([np.cos(np.radians(angle)), np.sin(np.radians(angle))], axis=-1)[None]
    hue = cv2.cvtColor(by_hand("04").flow_colours(flow, 1.0), cv2.COLOR_RGB2HSV)[0, :, 0].astype(int) * 2
    assert np.abs((hue - angle + 180) % 360 - 180).max() <= 2
    np.testing.assert_array_equal(by_hand("04").flow_colours(np.zeros((1, 1, 2)), 1.0), [[[235, 235, 235]]])


def test_whole_frame_solves_least_squares(by_hand: ByHand) -> None:
    pairs = np.random.default_rng(6).integers(0, 256, (5, 2, 16, 16, 3), dtype=np.uint8)
    alone, flow = by_hand("04").whole_frame(pairs)
    for pair, (u, v), d in zip(pairs, alone, flow, strict=True):
        one, two = (ndimage.gaussian_filter(frame.mean(axis=-1), 1) for frame in pair)
        I_y, I_x = np.gradient((one + two) / 2)
        A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
        np.testing.assert_allclose(d, np.linalg.lstsq(A, (one - two).ravel(), rcond=None)[0], atol=1e-9)
        # Chapter 03's two numbers: each component fitted as if the other were 0.
        np.testing.assert_allclose(u, np.linalg.lstsq(A[:, :1], (one - two).ravel(), rcond=None)[0][0], atol=1e-9)
        np.testing.assert_allclose(v, np.linalg.lstsq(A[:, 1:], (one - two).ravel(), rcond=None)[0][0], atol=1e-9)
