"""Chapter 20: what it writes by hand equals Keras, TensorFlow and formulas of queues."""

import math
from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import video

import keras
import numpy as np
import pytest
import tensorflow as tf

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize("taps", [1, 2, 3, 5])
def test_causal_convolution_equals_keras(by_hand: ByHand, taps: int) -> None:
    rng = np.random.default_rng(taps)
    x, kernel = rng.normal(size=(9, 4)).astype("float32"), rng.normal(size=(taps, 4, 3)).astype("float32")
    layer = keras.layers.Conv1D(3, taps, padding="causal", use_bias=False)
    layer.build((None, 9, 4))
    layer.set_weights([kernel])
    np.testing.assert_allclose(by_hand("20").causal(x, kernel), np.asarray(layer(x[None]))[0], atol=1e-5)


@pytest.mark.parametrize("taps", [1, 3, 5])
def test_the_centred_one_equals_keras(by_hand: ByHand, taps: int) -> None:
    rng = np.random.default_rng(taps)
    x, kernel = rng.normal(size=(9, 4)).astype("float32"), rng.normal(size=(taps, 4, 3)).astype("float32")
    theirs = np.asarray(keras.ops.conv(x[None], kernel, padding="same"))[0]
    np.testing.assert_allclose(by_hand("20").same(x, kernel), theirs, atol=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_a_stream_in_any_pieces_equals_the_whole_film(by_hand: ByHand, seed: int) -> None:
    rng = np.random.default_rng(seed)
    taps = int(rng.integers(1, 5))
    film, kernel = rng.normal(size=(14, 2, 3, 4)), rng.normal(size=(taps, 4, 5))
    stream = by_hand("20").Stream(kernel, (2, 3, 4))
    cuts = np.sort(rng.choice(np.arange(1, 14), rng.integers(14), replace=False))
    given = np.concatenate([stream(piece) for piece in np.split(film, cuts)])
    theirs = keras.ops.conv(np.pad(film, ((taps - 1, 0), *[(0, 0)] * 3))[None], kernel[:, None, None], padding="valid")
    np.testing.assert_allclose(given, np.asarray(theirs)[0], atol=1e-4)
    assert stream.buffer.shape == (taps - 1, 2, 3, 4)


def test_the_step_equals_the_network(by_hand: ByHand) -> None:
    chapter, shape = by_hand("20"), (6, 16, 16, 3)
    keras.utils.set_random_seed(0)
    network, step = chapter.causal_net(shape, 4, (4, 6)), chapter.step_net(shape, 4, (4, 6))
    step.set_weights([w.reshape(v.shape) for w, v in zip(network.get_weights(), step.get_weights(), strict=True)])
    clips = np.random.default_rng(0).integers(0, 256, (5, *shape), np.uint8)
    logits, buffers = [], [np.zeros((5, *put.shape[1:]), np.float32) for put in step.inputs[1:]]
    for t in range(6):
        now, *buffers = step([tf.constant(clips[:, t]), *map(tf.constant, buffers)])
        logits.append(np.asarray(now))
    given = chapter.cumulative(np.stack(logits))
    for t in range(1, 7):
        shorter = chapter.causal_net((t, *shape[1:]), 4, (4, 6))
        shorter.set_weights(network.get_weights())
        np.testing.assert_allclose(given[t - 1], np.asarray(shorter(clips[:, :t])), atol=1e-5)


@pytest.mark.parametrize(("low", "high"), [(-0.6, 2.4), (0.0, 6.0), (-3.0, 0.0), (-2.0, 1.0), (-0.1, 7.3)])
def test_affine_codes_equal_tensorflow(by_hand: ByHand, low: float, high: float) -> None:
    chapter, x = by_hand("20"), np.random.default_rng(0).uniform(-4, 8, 300).astype("float32")
    scale, zero = chapter.affine(low, high)
    codes = chapter.quantised(x, scale, zero)
    assert codes.dtype == np.int8
    assert -128 <= zero <= 127
    theirs = tf.quantization.fake_quant_with_min_max_args(x, low, high).numpy()
    apart = np.abs(chapter.restored(codes, scale, zero) - theirs)
    assert np.mean(apart > 1e-5) < 0.01  # a number between two codes may go to either
    assert apart.max() < 1.01 * scale
    assert chapter.restored(chapter.quantised(np.zeros(1), scale, zero), scale, zero) == 0


def test_affine_takes_zero_into_the_range(by_hand: ByHand) -> None:
    assert by_hand("20").affine(1.0, 2.55) == pytest.approx((0.01, -128))


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_waiting_equals_pollaczek_and_khinchine(by_hand: ByHand, load: float) -> None:
    rng = np.random.default_rng(0)
    arrive = np.cumsum(rng.exponential(1.0, 20_000))
    age = by_hand("20").queue(arrive, np.full(20_000, load), math.inf) - arrive
    assert age.mean() == pytest.approx(load + load**2 / (2 * (1 - load)), rel=0.1)


@pytest.mark.parametrize("room", [1, 5, 20])
@pytest.mark.parametrize(("fps", "seconds"), [(25, 0.061), (50, 0.12), (12, 0.0833), (25, 0.01)])
def test_drops_of_a_steady_queue_follow_the_formula(by_hand: ByHand, room: int, fps: int, seconds: float) -> None:
    arrive = np.arange(4000) / fps
    done = by_hand("20").queue(arrive, np.full(4000, seconds), room)
    dropped, age = np.isnan(done), done - arrive
    assert dropped.mean() == pytest.approx(max(0, 1 - 1 / (seconds * fps)), abs=0.01)
    assert seconds - 1e-9 <= np.nanmin(age)
    assert np.nanmax(age) <= (room + 1) * seconds + 1 / fps
    assert (np.diff(done[~dropped]) >= seconds - 1e-9).all()


@pytest.mark.parametrize("seconds", [0.011, 0.1003, 0.3107])
def test_the_newest_frame_is_the_newest(by_hand: ByHand, seconds: float) -> None:
    taken = [number for number, _ in by_hand("20").newest(iter(range(200)), 12, seconds)]
    free, expected = 0.0, []
    while True:  # the reader goes by the clock, not by the frames
        number = max(math.floor(free * 12 + 1e-9), expected[-1] + 1 if expected else 0)
        if number > 199:
            break
        expected.append(number)
        free = max(free, number / 12) + seconds
    assert taken[: len(expected)] == expected


def test_a_broken_stream_ends_with_one_sentence(by_hand: ByHand, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> object:
        yield np.zeros((4, 4, 3), np.uint8)
        raise video.VideoError("the camera is gone")

    chapter = by_hand("20")
    vars(chapter)  # `watched` reads two names that the chapter makes while it runs
    namespace = chapter.watched.__globals__
    namespace |= {"empty": lambda clips: {}, "workshop": SimpleNamespace(name="/nowhere")}
    answers = list(chapter.watched(broken(), lambda inputs: [np.zeros((1, 3))]))
    assert [number for number, _ in answers] == [0]
    assert capsys.readouterr().out == "The stream broke off: the camera is gone\n"
