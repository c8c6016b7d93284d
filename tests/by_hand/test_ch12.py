"""Chapter 12: the mended listing against the packaged one, and the ladder of shapes."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import evaluate, models, worlds

import keras
import numpy as np
import pytest

ByHand = Callable[[str], SimpleNamespace]


def test_the_chapters_model_is_the_packaged_one(by_hand: ByHand) -> None:
    clips = worlds.motion(4).clips
    mine, packaged = by_hand("12").mended_listing(clips.shape[1:], 8), models.cnn_lstm_attention(clips.shape[1:], 8)
    packaged.set_weights(mine.get_weights())
    assert np.allclose(evaluate.predict(mine, clips), evaluate.predict(packaged, clips), atol=1e-6)


@pytest.mark.parametrize(("mends", "refuses"), [(0, "Conv2D 32"), (1, "BiLSTM 128"), (2, "Attention")])
def test_the_ladder_stops_where_the_listing_does(by_hand: ByHand, mends: int, refuses: str) -> None:
    x = keras.Input((8, 32, 32, 3))
    for name, layer in by_hand("12").stack(mends):
        if name == refuses:
            with pytest.raises(ValueError):
                layer(x)
            return
        x = layer(x)


@pytest.mark.parametrize(("mends", "shape"), [(4, (None, 8, 1)), (5, (None, 1))])
def test_the_ladder_ends_with_one_answer(by_hand: ByHand, mends: int, shape: tuple[int | None, ...]) -> None:
    x = keras.Input((8, 32, 32, 3))
    for _, layer in by_hand("12").stack(mends):
        x = layer(x)
    assert x.shape == shape
