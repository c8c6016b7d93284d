"""Chapter 07: does a normalisation reduce overfitting, and which learning rates does it make possible?"""

import time
from collections.abc import Iterator

from vidtutor import evaluate, train, worlds
from vidtutor.worlds import ClipSet

import keras
from keras import layers

SEEDS = (0, 1, 2)
SHAPE = (8, 32, 32, 3)
RATE = 3e-3


def rows() -> Iterator[dict[str, object]]:
    """Yield a row for each training: few clips, so that there is overfitting to reduce."""
    data, test = worlds.motion(256, seed=1), worlds.motion(400, seed=2)
    for head in ("average", "flatten"):
        for norm in ("none", "batch", "group"):  # a group norm normalises each clip alone: no noise from the batch
            for seed in SEEDS:
                yield run(norm, head, RATE, seed, data, test)
    for rate in (1e-3, 1e-2, 3e-2):
        for norm in ("none", "batch"):
            for seed in SEEDS:
                yield run(norm, "average", rate, seed, data, test)


def run(norm: str, head: str, rate: float, seed: int, data: ClipSet, test: ClipSet) -> dict[str, object]:
    """Train once with the same schedule; the row says how well it went on training and on unseen clips."""
    keras.utils.set_random_seed(seed)
    model, begun = network(norm, head), time.process_time()
    train.fit(model, data, epochs=16, learning_rate=rate, verbose=False)
    return {
        "norm": norm,
        "head": head,
        "learning_rate": rate,
        "seed": seed,
        "train_accuracy": _score(model, data),
        "test_accuracy": _score(model, test),
        "cpu_seconds": round(time.process_time() - begun, 1),
    }


def network(norm: str, head: str) -> keras.Model:
    """Three strided blocks, each with or without a normalisation, and a head that averages or flattens."""
    made = [keras.Input(SHAPE, dtype="uint8"), layers.Rescaling(1 / 127.5, offset=-1)]
    for block, width in enumerate((16, 32, 64)):
        strides = (1, 2, 2) if block < 2 else (2, 2, 2)
        made.append(layers.Conv3D(width, 3, strides=strides, padding="same"))
        made += {
            "none": [],
            "batch": [layers.BatchNormalization(momentum=0.9)],
            "group": [layers.GroupNormalization(8)],
        }[norm]
        made.append(layers.Activation("relu"))
    made += {
        "average": [layers.GlobalAveragePooling3D()],
        "flatten": [layers.Flatten(), layers.Dense(128, activation="relu")],
    }[head]
    return keras.Sequential([*made, layers.Dense(8, activation="softmax")])


def _score(model: keras.Model, data: ClipSet) -> float:
    return round(evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1)), 4)
