import random

from vidtutor.start import start

import numpy as np
import pytest


def test_the_same_seed_draws_the_same_numbers(capsys) -> None:
    drawn = []
    for _ in range(2):
        start(3)
        drawn.append((random.random(), np.random.random()))  # noqa: NPY002 - the global generator is what is tested
    assert drawn[0] == drawn[1]
    first, second = capsys.readouterr().out.splitlines()
    assert first == second and "seed 3" in first and "TensorFlow" not in first


def test_tensorflow_is_seeded_when_asked(capsys) -> None:
    import keras
    import tensorflow as tf

    drawn = []
    for _ in range(2):
        start(5, tensorflow=True)
        weights = keras.initializers.RandomNormal()((3,))  # a new one each time: Keras has seeds of its own
        drawn.append([weights.numpy(), tf.random.normal((3,)).numpy()])
    assert np.array_equal(drawn[0], drawn[1])
    assert f"Keras {keras.__version__} on " in capsys.readouterr().out


def test_the_profile_can_be_chosen(monkeypatch) -> None:
    monkeypatch.setenv("VIDTUTOR_PROFILE", "gpu")
    assert start(0).pick(cpu=1, gpu=2) == 2
    monkeypatch.setenv("VIDTUTOR_PROFILE", "cpu")
    assert start(0).pick(cpu=1, gpu=2) == 1
    monkeypatch.setenv("VIDTUTOR_PROFILE", "tpu")
    with pytest.raises(ValueError, match="'cpu' or 'gpu'"):
        start(0)
