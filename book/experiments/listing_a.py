"""Chapter 11: the listing as printed, each mend in turn, the controls, and the order of activation and norm."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from vidtutor import evaluate, models, train, worlds
from vidtutor.worlds import ClipSet

import keras
from keras import layers

SEEDS = (0, 1, 2)
SHAPE = (8, 32, 32, 3)
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each training."""
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
    return row


def _score(model: keras.Model, data: ClipSet) -> float:
    return round(evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1)), 4)
