"""The motion world is what it says: nothing but movement decides the class."""

from collections import Counter
from itertools import pairwise

from vidtutor import evaluate, models, train, worlds
from vidtutor.worlds import CLASSES, ORDER_CLASSES, ClipSet
from vidtutor.worlds.motion import _path, _steps

import keras
import numpy as np
import pytest
from scipy.stats import ks_2samp

PAIRS = list(zip(CLASSES[::2], CLASSES[1::2], strict=True))


def only(name: str, **settings) -> np.ndarray:
    return worlds.motion(6, classes=(name,), **settings).clips


@pytest.mark.parametrize(("forth", "back"), PAIRS)
def test_a_class_played_backwards_is_its_partner(forth: str, back: str) -> None:
    one, other = only(forth, noise=0), only(back, noise=0)
    assert np.abs(one.astype(int) - other[:, ::-1]).max() <= 1  # one grey level of rounding
    assert np.abs(one.astype(int) - other).max() > 100


@pytest.mark.parametrize("name", CLASSES[1:] + ORDER_CLASSES)
def test_a_frame_at_random_is_placed_alike_in_every_class(name: str) -> None:
    def places(of: str) -> np.ndarray:
        drawn = []
        for i in range(1500):
            rng = np.random.default_rng([len(of), i])
            drawn.append(_path(rng, of, 8, 1.0)[rng.integers(8)])
        return np.array(drawn) % [1, 1, 360, np.inf]

    one, other = places("right"), places(name)
    assert min(ks_2samp(one[:, i], other[:, i]).pvalue for i in range(3)) > 1e-3
    assert ks_2samp(one[:, 3], other[:, 3]).pvalue > 1e-3


@pytest.mark.parametrize("frames", [8, 10, 13, 16])
@pytest.mark.parametrize("pair", [ORDER_CLASSES[i : i + 2] for i in (0, 2, 4)])
def test_three_neighbouring_frames_never_tell_which_came_first(frames: int, pair: tuple[str, str]) -> None:
    def windows(name: str) -> Counter:
        steps = [tuple(step) for step in _steps(name, frames)]
        return Counter(pairwise(steps))

    assert len(_steps(pair[0], frames)) == frames - 1
    assert windows(pair[0]) == windows(pair[1])
    assert not np.array_equal(_steps(pair[0], frames), _steps(pair[1], frames))


def test_clips_repeat_and_do_not_depend_on_how_many_are_drawn() -> None:
    few, many = worlds.motion(10, seed=4), worlds.motion(20, seed=4)
    assert np.array_equal(few.clips, many.clips[:10]) and np.array_equal(few.labels, many.labels[:10])
    assert not np.array_equal(few.clips, worlds.motion(10, seed=5).clips)
    assert few.clips.shape == (10, 8, 32, 32, 3) and few.clips.dtype == np.uint8
    assert np.bincount(worlds.motion(16).labels).tolist() == [2] * 8


def test_sprites_leave_on_one_side_and_come_back_on_the_other() -> None:
    clips = only("right", noise=0, frames=30, speed=2.0)
    changed = (np.abs(np.diff(clips.astype(int), axis=1)).max(axis=-1) > 8).any(axis=2)  # (N, T - 1, W)
    assert changed.any(axis=1).all(), "a sprite that goes around passes every column"


def test_the_textures_do_not_move() -> None:
    clips = only("up", noise=0)
    still = np.abs(clips[:, 0].astype(int) - clips[:, -1]).max(axis=-1) == 0
    assert still.mean() > 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": ("sideways",)}, "unknown class 'sideways'"),
        ({"size": 8}, "16 pixels or more"),
        ({"frames": 1}, "2 frames"),
        ({"frames": 7, "classes": ORDER_CLASSES}, "8 for order classes"),
    ],
)
def test_bad_settings_get_a_sentence(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        worlds.motion(2, **settings)


def test_only_a_clip_in_its_order_can_be_classified() -> None:
    data, test = worlds.both_ways(worlds.motion(256, seed=1)), worlds.motion(512, seed=2)

    def averaged(clips: ClipSet) -> ClipSet:
        return ClipSet(clips.clips.mean(axis=1, keepdims=True).astype(np.uint8), clips.labels, clips.classes)

    def trained(on: ClipSet):
        keras.utils.set_random_seed(0)
        model = models.conv3d_net(on.clips.shape[1:], len(on.classes), widths=(8, 16, 32))
        train.fit(model, on, epochs=4, verbose=False)
        return model

    scores = evaluate.with_controls(trained(data), trained(evaluate.one_frame(data)), test)
    average = averaged(test)
    mean_score = evaluate.accuracy(test.labels, evaluate.predict(trained(averaged(data)), average.clips).argmax(1))
    assert scores["clips"] > 0.65  # chapter 11 trains longer, and asks for more
    assert abs(scores["one frame"] - scores["chance"]) < 0.06  # four standard errors of 512 guesses
    assert mean_score < 0.45  # an average tells the axis at best: right from up, never right from left
    assert scores["shuffled frames"] < 0.45


def test_copies_show_what_their_label_says() -> None:
    data = worlds.motion(16, seed=4, noise=0)
    copies = worlds.both_ways(data)
    assert len(copies) == 64 and np.array_equal(copies.clips[:16], data.clips)
    for name, axis, step in (("right", 2, 2), ("left", 2, -2), ("down", 1, 2), ("up", 1, -2)):
        for clip in copies.clips[copies.labels == CLASSES.index(name)].astype(float):
            moving = np.abs(clip[1:] - clip[:-1]) > 40
            fits, misfits = (np.abs(np.roll(clip[:-1], by, axis) - clip[1:])[moving].mean() for by in (step, -step))
            assert fits < misfits, name
    with pytest.raises(ValueError, match="copies are known"):
        worlds.both_ways(worlds.motion(4, classes=CLASSES[:2]))
