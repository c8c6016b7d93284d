"""Chapter 15's functions against the packaged ones and against other people's."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import behaviour, events, flow
from vidtutor.rows import Crossing, Tracks

import numpy as np
import pytest
from scipy.signal import savgol_filter

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize("seed", range(10))
def test_passages_are_those_of_the_package(by_hand: ByHand, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ahead = np.cumsum(rng.normal(0, 3, 200))
    box = np.column_stack([ahead + 96, np.full(200, 50), ahead + 104, np.full(200, 58)]).astype(np.float32)
    ones = np.ones(200, np.int64)
    tracks = Tracks(np.arange(200), ones, box, ones.astype(np.float32), ones)
    packaged = behaviour.crossings(tracks, {"line": ((100, 0), (100, 100))}, band=0.25, blind=0)
    assert by_hand("15").passages(ahead, 2) == [(c.frame, c.direction) for c in packaged]


def test_scored_finds_each_crossing_once(by_hand: ByHand) -> None:
    true = tuple(Crossing(frame, 1, 0, "road", way) for frame, way in ((10, 1), (14, 1), (50, -1)))
    scored = by_hand("15").scored
    scored.__globals__["FPS"] = 12
    assert scored(true, true) == (3, 0, 0)
    assert scored(true[:1], true) == (1, 0, 2)
    assert scored([true[2]._replace(frame=70)], true) == (0, 1, 3)
    assert scored([true[2]._replace(label=1, frame=45)], true) == (1, 0, 2)


def test_slopes_are_those_of_savitzky_and_golay(by_hand: ByHand) -> None:
    x = np.cumsum(np.random.default_rng(1).normal(1, 1, 50))
    ours, theirs = by_hand("15").slopes(x, 6), savgol_filter(x, 13, 2, deriv=1)
    np.testing.assert_allclose(ours[6:-6], theirs[6:-6], atol=1e-9)
    assert np.isnan(ours[:6]).all()


def test_density_times_speed_is_flow(by_hand: ByHand) -> None:
    chapter = by_hand("15")
    chapter.edie.__globals__.update(FPS=12, SCALE=18 / 128, PICTURE=(128, 192))
    frame = np.repeat(np.arange(120), 3)  # three vehicles, ten seconds, five metres a second
    density, rate = chapter.edie(SimpleNamespace(frame=frame), np.full(360, 5.0))
    np.testing.assert_allclose(density, [3 / 0.027, 3 / 0.027])
    np.testing.assert_allclose(rate, density * 18)


def test_time_to_collision_is_that_of_the_package(by_hand: ByHand) -> None:
    rng = np.random.default_rng(2)
    for _ in range(300):
        apart, speed, reach = rng.uniform(-9, 9, 2), rng.uniform(-5, 5, 2), rng.uniform(0.5, 4, 2)
        given = by_hand("15").time_to_collision(apart, speed, reach)
        assert given == pytest.approx(events.time_to_collision(apart, speed, reach))


def test_surprise_is_that_of_the_package_without_neighbours(by_hand: ByHand) -> None:
    rng = np.random.default_rng(3)
    usual, odd = rng.normal(0, 0.2, (2, 300, 4, 6, 2)) + rng.choice([0, 3], (2, 300, 1, 1, 1)) * [[[[[1, 0]]]]]
    chapter = by_hand("15")
    seen = np.stack([(chapter.sectors(usual) == k).mean(axis=0) for k in range(8)], axis=-1)
    packaged = flow.Directions(seen, 0.4)
    np.testing.assert_allclose(chapter.surprise(usual, odd), packaged.surprise(odd), atol=1e-9)
    assert chapter.surprise(usual, odd).max() > 1


def test_the_autoencoder_squeezes_and_keeps_the_shape(by_hand: ByHand) -> None:
    model = by_hand("15").autoencoder((16, 24, 2))
    assert model.output_shape == (None, 16, 24, 2)
    assert min(np.prod(layer.output.shape[1:]) for layer in model.layers) == 16 * 24 * 2 / 8
