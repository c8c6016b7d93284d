"""Chapter 12: the mended listing against the packaged one, attention by hand against Keras, and the ladder of shapes."""

from collections.abc import Callable
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

from vidtutor import evaluate, models, worlds

ByHand = Callable[[str], SimpleNamespace]


def test_the_chapters_model_is_the_packaged_one(by_hand: ByHand) -> None:
    clips = worlds.motion(4).clips
    mine, packaged = by_hand("12").mended_listing(clips.shape[1:], 8), models.cnn_lstm_attention(clips.shape[1:], 8)
    packaged.set_weights(mine.get_weights())
    assert np.allclose(evaluate.predict(mine, clips), evaluate.predict(packaged, clips), atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_attention_maps_equal_keras(by_hand: ByHand, scale: float) -> None:
    states = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)
    layer = layers.Attention(use_scale=True)
    layer.build([states.shape, states.shape])
    layer.set_weights([np.float32(scale)])
    theirs = layer([states, states], return_attention_scores=True)[1]
    assert np.allclose(by_hand("12").attention_maps(states, scale), theirs, atol=1e-5)


def test_the_ladder_stops_where_the_listing_does(by_hand: ByHand) -> None:
    shapes = by_hand("12").shapes
    assert [shapes(mends)[-1][0] for mends in range(3)] == ["Conv2D 32", "BiLSTM 128", "Attention"]
    assert shapes(0)[-1][1] is None
    assert shapes(4)[-1] == ("Dense 1", (None, 8, 1)) and shapes(5)[-1] == ("Dense 1", (None, 1))


def test_states_move_only_forwards_in_a_one_way_net(by_hand: ByHand) -> None:
    clips = worlds.motion(2, frames=4).clips
    inputs = keras.Input(clips.shape[1:])
    x = layers.LSTM(4, return_sequences=True)(layers.Reshape((4, -1))(layers.Rescaling(1 / 255)(inputs)))
    moved = by_hand("12").moved_states(keras.Model(inputs, x), clips, without=2)
    assert np.allclose(moved[:2], 0) and moved[2] > 0 and moved[3] > 0
