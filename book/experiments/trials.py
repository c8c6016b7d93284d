"""Chapter 17: depth, width, regularisation, batch and learning rate, each on trial, every setting with three seeds.

`settings()` lists the trainings, `run` makes one of them. All share one way to train: batches out of clips that are
shuffled anew whenever they have all been read, a rate that climbs for a tenth of the updates and then falls along a
cosine to zero. The race alone keeps its rate, because nobody knows beforehand when it ends.
"""

import functools
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vidtutor import evaluate, models, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SEEDS = (0, 1, 2)
SHAPE = (8, 24, 24, 3)
TARGET = 0.6  # the accuracy on unseen clips at which the race ends
Row = dict[str, object]


@dataclass(frozen=True)
class Setting:
    """All that distinguishes one training from another."""

    trial: str
    setting: str
    seed: int = 0
    clips: int = 256
    copies: int = 1  # 4: each clip also in the mirror, backwards and both, with the label it then has
    batch: int = 16
    updates: int = 256
    optimiser: str = "Adam"
    rate: float = 3e-3
    widths: tuple[int, ...] = (8, 16, 32)
    extra: int = 0  # blocks without stride behind the others
    skip: bool = False  # the extra blocks come in pairs with a way around each pair
    head: str = "average"
    dropout: float = 0.0
    l2: float = 0.0
    decay: float = 0.0
    smoothing: float = 0.0
    frames: int = 8


def rows() -> Iterator[Row]:
    """Yield a row for each training."""
    for setting in settings():
        yield race(setting) if setting.trial == "race" else run(setting)


def settings() -> list[Setting]:
    """Every training of the grid, the seeds of a setting one after the other."""
    grid = [*batches(), *sizes(), *regularisers(), *rates(), *races()]
    return [replace(setting, seed=seed) for setting in grid for seed in SEEDS]


def sizes() -> Iterator[Setting]:
    """Width, depth with and without a way around, and width against data; every training makes as many updates."""
    for width in (2, 4, 8, 16):
        yield Setting("width", str(width), widths=(width, 2 * width, 4 * width))
    for depth in (1, 2, 4):
        yield Setting("depth", str(depth), widths=(8, 16, 32, 32)[:depth])
    for skip in (False, True):
        yield Setting("depth", f"11, {'skip' if skip else 'plain'}", extra=8, skip=skip)
    for clips, width in itertools.product((64, 1024), (2, 16)):
        widths = (width, 2 * width, 4 * width)
        yield Setting("data and width", f"{clips} clips, width {width}", clips=clips, widths=widths)
    yield Setting("control", "one frame", frames=1)


def regularisers() -> Iterator[Setting]:
    """The usual means against overfitting, each alone, and another head; every training makes as many updates."""
    flatten, average = (Setting("regulariser", head, head=head) for head in ("flatten", "average"))
    yield flatten
    yield replace(flatten, setting="flatten, dropout", dropout=0.5)
    yield replace(flatten, setting="flatten, L2", l2=1e-3)
    yield replace(average, setting="average, dropout", dropout=0.5)
    yield replace(average, setting="average, L2", l2=1e-3)
    yield replace(average, setting="average, weight decay", optimiser="AdamW", decay=0.05)
    yield replace(average, setting="average, smoothing", smoothing=0.1)
    yield replace(average, setting="average, copies", copies=4)
    yield replace(average, setting="average, four times the data", clips=1024)


def batches() -> Iterator[Setting]:
    """Batches at equal epochs, with three rules for the rate, and at equal updates."""
    for optimiser, rate, sizes in (("Adam", 3e-3, (8, 16, 64, 256)), ("SGD", 0.03, (16, 64))):
        base = Setting("batch, equal epochs", "", clips=512, updates=256, optimiser=optimiser, rate=rate)
        for batch, (rule, power) in itertools.product(sizes, (("same", 0), ("root", 0.5), ("linear", 1))):
            if batch > 16 or rule == "same":
                scaled = round(rate * (batch / 16) ** power, 5)
                name = f"{optimiser} {batch} {rule}"
                yield replace(base, setting=name, batch=batch, updates=256 * 16 // batch, rate=scaled)
    yield Setting("batch, equal updates", "Adam 64 same", clips=512, batch=64, updates=256)


def rates() -> Iterator[Setting]:
    """Learning rates, under Adam and under SGD with momentum, around those of the batch of 16 above."""
    for optimiser, tried in (("Adam", (1e-4, 1e-3, 3e-2, 0.3)), ("SGD", (1e-3, 0.3, 3.0))):
        for rate in tried:
            name = f"{optimiser} {rate:g}"
            yield Setting("learning rate", name, clips=512, updates=256, optimiser=optimiser, rate=rate)


def races() -> Iterator[Setting]:
    """How much does it take to reach a target? The rate goes with the root of the batch."""
    for batch in (4, 16, 64, 256):
        rate = 3e-3 * (batch / 16) ** 0.5
        yield Setting("race", str(batch), clips=1024, batch=batch, updates=12 * 1024 // batch, rate=rate)


def network(setting: Setting) -> keras.Model:
    """`models.conv3d_net`, or the same with more blocks, another head, dropout or a penalty on its weights."""
    shape = (setting.frames, *SHAPE[1:])
    if (setting.head, setting.extra, setting.dropout, setting.l2) == ("average", 0, 0, 0):
        return models.conv3d_net(shape, 8, setting.widths)
    penalty = keras.regularizers.L2(setting.l2) if setting.l2 else None
    clips = keras.Input(shape, dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1)(clips)
    for block, width in enumerate(setting.widths):
        x = layers.Activation("relu")(_norm(x, width, (1, 2, 2) if block < 2 else (2, 2, 2), penalty))
    around = x
    for block in range(setting.extra):
        around = x if block % 2 == 0 else around
        x = _norm(x, setting.widths[-1], 1, penalty)
        if setting.skip and block % 2:
            x = layers.Add()([x, around])
        x = layers.Activation("relu")(x)
    if setting.head == "average":
        x = layers.GlobalAveragePooling3D()(x)
    else:
        x = layers.Dense(128, activation="relu", kernel_regularizer=penalty)(layers.Flatten()(x))
    x = layers.Dropout(setting.dropout)(x)
    return keras.Model(clips, layers.Dense(8, activation="softmax", kernel_regularizer=penalty)(x))


def _norm(
    x: keras.KerasTensor, width: int, strides: int | tuple[int, ...], penalty: keras.Regularizer | None
) -> keras.KerasTensor:
    convolution = layers.Conv3D(width, 3, strides=strides, padding="same", use_bias=False, kernel_regularizer=penalty)
    return layers.BatchNormalization(momentum=0.9)(convolution(x))


def compiled(setting: Setting, *, constant: bool = False) -> keras.Model:
    """The network with its loss and its optimiser, ready to train."""
    keras.utils.set_random_seed(setting.seed)
    model = network(setting)
    warm_up = max(1, setting.updates // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        setting.rate / 10, setting.updates - warm_up, warmup_target=setting.rate, warmup_steps=warm_up
    )
    optimiser = {
        "Adam": keras.optimizers.Adam,
        "AdamW": functools.partial(keras.optimizers.AdamW, weight_decay=setting.decay),
        "SGD": functools.partial(keras.optimizers.SGD, momentum=0.9),
    }[setting.optimiser](setting.rate if constant else rate)
    model.compile(optimiser, loss=keras.losses.CategoricalCrossentropy(label_smoothing=setting.smoothing))
    return model


@functools.cache
def data(clips: int, copies: int, frames: int) -> ClipSet:
    """The first `clips` training clips, with their copies, or one frame of each."""
    made = worlds.motion(clips, size=SHAPE[1], seed=1)
    made = worlds.both_ways(made) if copies == 4 else made
    return evaluate.one_frame(made) if frames == 1 else made


@functools.cache
def unseen(frames: int = 8) -> ClipSet:
    """The test clips, the same for every training."""
    made = worlds.motion(480, size=SHAPE[1], seed=2)
    return evaluate.one_frame(made) if frames == 1 else made


def batches_of(clips: int, batch: int, updates: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Which clips each update reads: all of them in random order, then all of them in another one, and so on."""
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(clips) for _ in range(-(-batch * updates // clips))])
    yield from order[: batch * updates].reshape(updates, batch)


def run(setting: Setting) -> Row:
    """Train once; the row says with which settings, and how well it went on training and on unseen clips."""
    begun = time.process_time()
    learnt, test = data(setting.clips, setting.copies, setting.frames), unseen(setting.frames)
    model, answers = compiled(setting), np.eye(8, dtype=np.float32)[learnt.labels]
    for step, chosen in enumerate(batches_of(len(learnt), setting.batch, setting.updates, setting.seed)):
        if step == 1:  # the first update also compiles
            first = time.process_time()
        model.train_on_batch(learnt.clips[chosen], answers[chosen])
    seconds = time.process_time() - first
    scores = {
        "train_accuracy": _score(model, data(setting.clips, 1, setting.frames)),
        "test_accuracy": _score(model, test),
        "shuffled_accuracy": _score(model, evaluate.shuffled_frames(test)),
    }
    read = setting.batch * (setting.updates - 1)
    return _row(setting, model, setting.updates, scores, round(read / seconds), time.process_time() - begun)


def race(setting: Setting) -> Row:
    """Train with a constant rate until `TARGET` is reached on the test clips; updates: how many that took, or -1."""
    begun, seconds, reached = time.process_time(), 0.0, -1
    learnt, test = data(setting.clips, 1, 8), unseen()
    model, answers = compiled(setting, constant=True), np.eye(8, dtype=np.float32)[learnt.labels]
    every = max(1, 256 // setting.batch)
    for step, chosen in enumerate(batches_of(len(learnt), setting.batch, setting.updates, setting.seed), 1):
        before = time.process_time()
        model.train_on_batch(learnt.clips[chosen], answers[chosen])
        seconds += time.process_time() - before if step > 1 else 0
        if step % every == 0:
            accuracy = evaluate.accuracy(test.labels, np.asarray(model.predict_on_batch(test.clips)).argmax(1))
            if accuracy >= TARGET:
                reached = step
                break
    speed = setting.batch * (step - 1) / seconds
    scores = {"train_accuracy": float("nan"), "test_accuracy": round(accuracy, 4), "shuffled_accuracy": float("nan")}
    return _row(setting, model, reached, scores, round(speed), time.process_time() - begun)


def _row(
    setting: Setting, model: keras.Model, updates: int, scores: dict[str, float], speed: int, seconds: float
) -> Row:
    means = {"dropout": setting.dropout, "L2": setting.l2, "decay": setting.decay, "smoothing": setting.smoothing}
    return {
        "trial": setting.trial,
        "setting": setting.setting,
        "seed": setting.seed,
        "clips": setting.clips,
        "copies": setting.copies,
        "batch": setting.batch,
        "updates": updates,
        "optimiser": setting.optimiser,
        "learning_rate": setting.rate,
        "widths": "-".join(map(str, setting.widths)),
        "extra_blocks": setting.extra,
        "head": setting.head,
        "regulariser": " ".join(f"{name} {value:g}" for name, value in means.items() if value) or "none",
        "parameters": model.count_params(),
        **scores,
        "clips_per_second": speed,
        "cpu_seconds": round(seconds, 1),
    }


def _score(model: keras.Model, clips: ClipSet) -> float:
    return round(evaluate.accuracy(clips.labels, evaluate.predict(model, clips.clips).argmax(1)), 4)
