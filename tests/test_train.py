"""Training: the same twice, a rate that climbs and falls, augmented clips, and a run that is killed and goes on."""

import signal
import subprocess
import sys
from pathlib import Path

from vidtutor import models, pipeline, train, worlds

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
    with pytest.raises(ValueError, match=r"shape \(4, 16, 16, 3\), not \(40, 4, 12, 12, 3\)"):
        train.fit(model, clips, epochs=1, augment=pipeline.augmentation(clips.classes, 4, 12))


def test_augmented_training_takes_larger_clips_than_the_model_and_is_the_same_twice() -> None:
    histories = []
    for _ in range(2):
        _, model = small()
        clips = worlds.motion(40, frames=6, size=20)
        augment = pipeline.augmentation(clips.classes, 4, 16)
        centre = pipeline.centre(clips, 4, 16)
        histories.append(train.fit(model, clips, epochs=2, augment=augment, validation=centre, verbose=False))
        assert int(model.optimizer.iterations) == 2 * 3
    assert histories[0] == histories[1]


TRAIN = """
import sys
from vidtutor import models, pipeline, train, worlds
import keras
keras.utils.set_random_seed(0)
clips = worlds.motion(40, frames=6, size=20)
model = models.conv3d_net((4, 16, 16, 3), 8, widths=(4, 4))
augment = pipeline.augmentation(clips.classes, 4, 16)
train._Lines.on_epoch_begin = lambda self, epoch, logs=None: print(f"begins {epoch + 1}", flush=True)
history = train.fit(model, clips, epochs=int(sys.argv[2]), augment=augment, checkpoint=sys.argv[1])
print("kept", len(history["loss"]), [round(value, 3) for value in history["loss"]], int(model.optimizer.iterations))
"""


def run(place: Path, epochs: int, kill_in: int | None = None) -> list[str]:
    """Train in a process of its own; kill it without a warning as soon as an epoch begins."""
    command = [sys.executable, "-c", TRAIN, str(place), str(epochs)]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if lines[-1] == f"begins {kill_in}":
                process.kill()
    assert process.returncode == (-signal.SIGKILL if kill_in else 0)
    return [line for line in lines if not line.startswith("begins")]


def test_a_killed_training_goes_on_after_its_last_whole_epoch(tmp_path: Path) -> None:
    before = run(tmp_path, 4, kill_in=3)
    (place,) = tmp_path.iterdir()
    after = run(tmp_path, 4)
    assert [line[:13] for line in before] == ["epoch  1 of 4", "epoch  2 of 4"]
    assert after[0] == f"going on after epoch 2, from {place}"
    assert [line[:13] for line in after[1:3]] == ["epoch  3 of 4", "epoch  4 of 4"]
    # The optimiser's count goes on, so the rate falls as if nothing had happened; and so does the history.
    losses = [line.split("loss ")[1] for line in before + after[1:3]]
    assert after[3] == f"kept 4 [{', '.join(str(float(loss)) for loss in losses)}] 12"
    assert not list(tmp_path.iterdir())


def test_a_state_that_was_cut_off_or_is_of_another_training_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, model = small()
    shapes = [model.input_shape[1:], *(weight.shape for weight in model.weights)]
    settings = (clips.clips.shape, 2, 16, 3e-3, shapes)
    with pytest.raises(KeyboardInterrupt), train._resumed(tmp_path, settings) as (callbacks, _):
        model.compile("adam", "sparse_categorical_crossentropy")
        stop = keras.callbacks.LambdaCallback(on_epoch_begin=interrupt_in_second)
        model.fit(clips.clips, clips.labels, epochs=2, verbose=0, callbacks=[*callbacks, stop])
    (weights,) = tmp_path.glob("*/state/latest.weights.h5")
    train.fit(small()[1], clips, epochs=3, checkpoint=tmp_path)  # three epochs are another training
    assert "going on" not in capsys.readouterr().out
    weights.write_bytes(weights.read_bytes()[:2000])
    history = train.fit(small()[1], clips, epochs=2, checkpoint=tmp_path)
    assert "was cut off as it was written" in capsys.readouterr().out
    assert len(history["loss"]) == 2


def interrupt_in_second(epoch: int, logs: dict[str, float] | None) -> None:
    if epoch == 1:
        raise KeyboardInterrupt
