"""Movement of the whole picture, against least squares and against worlds whose movement is known."""

from vidtutor import worlds
from vidtutor.features import movement

import numpy as np
import pytest


def test_each_direction_is_a_least_squares_fit() -> None:
    clips = np.random.default_rng(1).integers(0, 256, (3, 4, 12, 15, 3), dtype=np.uint8)
    found = movement(clips)
    assert found.shape == (3, 3, 2)
    assert found.dtype == np.float32
    for clip, moves in zip(clips.mean(axis=-1) / 255, found, strict=True):
        for t, move in enumerate(moves):
            rows, columns = np.gradient((clip[t] + clip[t + 1]) / 2)
            for slope, ours in zip((columns, rows), move, strict=True):
                fit = np.linalg.lstsq(slope.reshape(-1, 1), (clip[t] - clip[t + 1]).ravel(), rcond=None)[0][0]
                assert ours == pytest.approx(fit, abs=1e-6)


def test_the_sign_tells_the_direction() -> None:
    four = ("right", "left", "down", "up")
    clips = worlds.motion(80, classes=four, seed=2)
    u, v = movement(clips.clips).mean(axis=1).T
    named = np.argmax([u, -u, v, -v], axis=0)
    assert np.mean(named == clips.labels) > 0.95


def test_flat_and_still_pictures_do_not_move() -> None:
    assert not movement(np.full((1, 3, 8, 8, 3), 90, np.uint8)).any()
    still = np.repeat(worlds.motion(1, seed=3).clips[:, :1], 4, axis=1)
    assert not movement(still).any()


@pytest.mark.parametrize("shape", [(8, 32, 32, 3), (1, 1, 8, 8, 3)])
def test_another_shape_gets_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="two frames or more"):
        movement(np.zeros(shape, np.uint8))
