"""Runs the experiments that do not fit into a chapter's minute and records them as CSV in `vidtutor/recorded/`.

`make experiments` runs all of them; `python book/tools/experiments.py listing_a` runs one.
Each file begins with a comment that says when, on what machine and with which versions it was made.
A file is replaced only when its whole experiment has run.
"""

import csv
import io
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from chapters import ROOT, write
from vidtutor import evaluate, models, train, worlds
from vidtutor.worlds import ClipSet

RECORDED = ROOT / "vidtutor" / "recorded"
SEEDS = (0, 1, 2)
SHAPE = (8, 32, 32, 3)
Row = dict[str, object]


def listing_a() -> Iterator[Row]:
    """Chapter 11: the listing as printed, each mend in turn, the controls, and the order of activation and norm."""
    whole, test = worlds.motion(1024, seed=1), worlds.motion(512, seed=2)
    for clips in (512, 1024):
        data = ClipSet(whole.clips[:clips], whole.labels[:clips], whole.classes)
        for seed in SEEDS:
            yield run("as printed", as_printed, data, test, seed, as_printed=True)
            yield run("mended", lambda: models.conv3d_net(SHAPE, 8), data, test, seed)
    for seed in SEEDS:
        # The mends in the order in which the chapter makes them, each on top of the one before.
        yield run("norm momentum 0.9", lambda: as_printed(0.9), whole, test, seed, as_printed=True)
        yield run("global pooling", global_pooling, whole, test, seed, as_printed=True)
        yield run("three strided blocks", lambda: blocks("conv norm relu"), whole, test, seed, as_printed=True)
        for order in ("conv norm relu", "conv relu norm", "conv relu norm relu"):
            yield run(order, partial(blocks, order), whole, test, seed)
        frame = evaluate.one_frame(whole)
        yield run("one frame", lambda: models.conv3d_net((1, *SHAPE[1:]), 8), frame, evaluate.one_frame(test), seed)


def as_printed(momentum: float = 0.99) -> keras.Model:
    """The listing with the least change that lets it run: a known shape. Keras's own momentum is 0.99."""
    return keras.Sequential(
        [*_first_block(momentum), layers.Flatten(), layers.Dense(128, activation="relu"), _softmax()]
    )


def global_pooling() -> keras.Model:
    """The same block, averaged over time and space instead of flattened."""
    return keras.Sequential([*_first_block(0.9), layers.GlobalAveragePooling3D(), _softmax()])


def blocks(order: str) -> keras.Model:
    """Three strided blocks in which convolution, normalisation and activation follow each other as `order` says."""
    made = [keras.Input(SHAPE, dtype="uint8"), layers.Rescaling(1 / 127.5, offset=-1)]
    for block, width in enumerate((16, 32, 64)):
        strides = (1, 2, 2) if block < 2 else (2, 2, 2)
        parts: dict[str, Callable[[], layers.Layer]] = {
            "conv": partial(layers.Conv3D, width, 3, strides=strides, padding="same"),
            "norm": partial(layers.BatchNormalization, momentum=0.9),
            "relu": partial(layers.Activation, "relu"),
        }
        made += [parts[part]() for part in order.split()]
    return keras.Sequential([*made, layers.GlobalAveragePooling3D(), _softmax()])


def _first_block(momentum: float) -> list[object]:
    return [
        keras.Input(SHAPE, dtype="uint8"),
        layers.Rescaling(1 / 255),
        layers.Conv3D(filters=64, kernel_size=(3, 3, 3), activation="relu", padding="same"),
        layers.BatchNormalization(momentum=momentum),
        layers.Activation("relu"),
        layers.MaxPooling3D(pool_size=(2, 2, 2)),
    ]


def _softmax() -> layers.Layer:
    return layers.Dense(8, activation="softmax")


def run(
    setting: str,
    build: Callable[[], keras.Model],
    data: ClipSet,
    test: ClipSet,
    seed: int,
    *,
    as_printed: bool = False,
) -> Row:
    """Train once; the row says how well it went. as_printed: Adam as it comes, batch 32, 10 epochs."""
    keras.utils.set_random_seed(seed)
    model, begun = build(), time.process_time()
    if as_printed:
        model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(data.clips, data.labels, batch_size=32, epochs=10, verbose=0)
    else:
        train.fit(model, data, epochs=16, verbose=False)
    row: Row = {
        "setting": setting,
        "clips": len(data),
        "seed": seed,
        "parameters": model.count_params(),
        "train_accuracy": _score(model, data),
        "test_accuracy": _score(model, test),
        "shuffled_accuracy": _score(model, evaluate.shuffled_frames(test)),
        "cpu_seconds": round(time.process_time() - begun, 1),
    }
    print(*row.values(), flush=True)
    return row


def _score(model: keras.Model, data: ClipSet) -> float:
    return round(evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1)), 4)


def record(name: str, rows: Iterator[Row]) -> Path:
    """Write an experiment's rows to its CSV, once all of them are there."""
    kept = list(rows)
    target = RECORDED / f"{name}.csv"
    made_with = (
        f"{date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}, "
        f"TensorFlow {tf.__version__}, Keras {keras.__version__}, NumPy {np.__version__}"
    )
    text = io.StringIO(f"# {made_with}\n")
    text.seek(0, io.SEEK_END)
    table = csv.DictWriter(text, kept[0].keys(), lineterminator="\n")
    table.writeheader()
    table.writerows(kept)
    write(target, text.getvalue())
    return target


EXPERIMENTS = {"listing_a": listing_a}

if __name__ == "__main__":
    for chosen in sys.argv[1:] or EXPERIMENTS:
        print(record(chosen, EXPERIMENTS[chosen]()))
