"""Chapter 10: a tiny video transformer, joint or factorised, and what its parts are worth; order told by positions.

The first settings are classified from pixels, those that begin with "order" from the mean movement in each frame.
"""

import time
from collections.abc import Callable, Iterator

from vidtutor import evaluate, models, train, worlds
from vidtutor.features import movement
from vidtutor.worlds import ClipSet

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SEEDS = (0, 1, 2)
SHAPE = (8, 32, 32, 3)
WIDTH, HEADS, EPOCHS = 48, 4, 4
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each training."""
    data, test = worlds.both_ways(worlds.motion(1024, seed=1)), worlds.motion(512, seed=2)
    frame, test_frame = evaluate.one_frame(data), evaluate.one_frame(test)
    for seed in SEEDS:
        yield run("factorised", lambda: transformer(), data, test, seed)
        yield run("joint", lambda: transformer(joint=True), data, test, seed)
        yield run("no difference", lambda: transformer(difference=False), data, test, seed)
        yield run("no positions", lambda: transformer(positions=False), data, test, seed)
        yield run("one frame", lambda: transformer((1, *SHAPE[1:])), frame, test_frame, seed)
    yield from order_rows()


def transformer(shape: models.Shape = SHAPE, **parts: bool) -> keras.Model:
    """One block for the eight movements; `parts` are switched on or off."""
    return models.video_transformer(shape, 8, WIDTH, HEADS, **parts)


def run(setting: str, build: Callable[[], keras.Model], data: ClipSet, test: ClipSet, seed: int) -> Row:
    """Train once on pixels; the row says how well it went."""
    keras.utils.set_random_seed(seed)
    model, begun = build(), time.process_time()
    train.fit(model, data, epochs=EPOCHS, verbose=False)
    answers = (evaluate.predict(model, some.clips) for some in (data, test, evaluate.shuffled_frames(test)))
    labels = (data.labels, test.labels, test.labels)
    return _row(setting, seed, model, list(answers), labels, begun)


def order_rows() -> Iterator[Row]:
    """Yield a row for each way to tell attention the order, and each seed."""
    four = worlds.ORDER_CLASSES[:4]
    data, test = (worlds.motion(clips, frames=16, classes=four, seed=clips) for clips in (480, 320))
    # A frame's movement is the one since the frame before it; the first has none.
    x, x_test = (np.pad(movement(some.clips), [(0, 0), (1, 0), (0, 0)]) for some in (data, test))
    order = np.random.default_rng(0).permuted(np.tile(np.arange(16), (len(test), 1)), axis=1)
    shuffled = np.take_along_axis(x_test, order[..., None], axis=1)
    for positions in ("none", "sinusoidal", "learned"):
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            model, begun = order_reader(positions), time.process_time()
            model.compile(keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy")
            model.fit(x, data.labels, batch_size=32, epochs=20, verbose=0)
            answers = [model.predict(some, verbose=0) for some in (x, x_test, shuffled)]
            labels = (data.labels, test.labels, test.labels)
            yield _row(f"order, positions {positions}", seed, model, answers, labels, begun)


def order_reader(positions: str, width: int = 16) -> keras.Model:
    """Attention over 16 frames with one head, then the mean over time: none, sinusoidal or learned positions."""
    moves = keras.Input((16, 2))
    x = layers.Dense(width)(moves)
    if positions != "none":
        place = models.Positions()
        x = place(x)
        if positions == "sinusoidal":
            angles = np.arange(16)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
            place.set_weights([np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(16, width)])
            place.trainable = False
    x = layers.Add()([x, layers.MultiHeadAttention(1, 8)(x, x)])
    x = layers.GlobalAveragePooling1D()(layers.Dense(32, activation="relu")(x))
    return keras.Model(moves, layers.Dense(4, activation="softmax")(x))


def _row(
    setting: str,
    seed: int,
    model: keras.Model,
    answers: list[NDArray[np.float32]],
    labels: tuple[NDArray[np.int64], ...],
    begun: float,
) -> Row:
    scores = [round(evaluate.accuracy(y, p.argmax(1)), 4) for p, y in zip(answers, labels, strict=True)]
    names = ("train_accuracy", "test_accuracy", "shuffled_accuracy")
    row: Row = {"setting": setting, "seed": seed, "parameters": model.count_params()}
    return row | dict(zip(names, scores, strict=True)) | {"cpu_seconds": round(time.process_time() - begun, 1)}
