from vidtutor import models, train, worlds

import keras
import numpy as np
import pytest


def small() -> tuple[worlds.ClipSet, keras.Model]:
    keras.utils.set_random_seed(0)
    clips = worlds.motion(40, frames=4, size=16)
    return clips, models.conv3d_net(clips.clips.shape[1:], 8, widths=(4, 4))


def test_two_runs_are_the_same_to_the_last_bit(capsys) -> None:
    runs = []
    for _ in range(2):
        clips, model = small()
        history = train.fit(model, clips, epochs=2, validation=clips)
        runs.append((history, capsys.readouterr().out, model.get_weights()))
    assert runs[0][0] == runs[1][0]
    assert runs[0][1] == runs[1][1]
    assert all(np.array_equal(a, b) for a, b in zip(runs[0][2], runs[1][2], strict=True))
    assert list(runs[0][0]) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert runs[0][1].splitlines()[1].startswith("epoch  2 of 2  accuracy ")


def test_the_rate_climbs_then_falls_to_zero() -> None:
    clips, model = small()
    train.fit(model, clips, epochs=10, batch=8, learning_rate=0.01, verbose=False)
    rate = model.optimizer._learning_rate  # the schedule itself; `learning_rate` is its value at the last step
    rates = [float(rate(step)) for step in range(51)]
    assert max(rates) == pytest.approx(0.01) and rates.index(max(rates)) == 5
    assert rates[0] == pytest.approx(0.001) and rates[-1] == pytest.approx(0, abs=1e-9)
    assert int(model.optimizer.iterations) == 50


def test_clips_that_do_not_fit_get_a_sentence() -> None:
    clips, model = small()
    with pytest.raises(ValueError, match=r"16 or more clips of shape \(4, 16, 16, 3\), not \(40, 4, 20, 20, 3\)"):
        train.fit(model, worlds.motion(40, frames=4, size=20), epochs=1)
    with pytest.raises(ValueError, match="64 or more clips"):
        train.fit(model, clips, epochs=1, batch=64)
