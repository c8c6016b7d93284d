"""Chapter 12: the mended listing B, its parts left out, one frame, and the 3D-CNN at equal time."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from vidtutor import evaluate, models, train, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SEEDS = (0, 1, 2)
SHAPE = (8, 32, 32, 3)
EPOCHS = 4  # over four times the clips
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each training."""
    data, test = worlds.both_ways(worlds.motion(1024, seed=1)), worlds.motion(512, seed=2)
    frame, test_frame = evaluate.one_frame(data), evaluate.one_frame(test)
    for seed in SEEDS:
        yield run("mended", partial(models.cnn_lstm_attention, SHAPE, 8), data, test, seed)
        yield run("raw, pooled", partial(variant, difference=False, flatten=False), data, test, seed)
        # A step of the 3D-CNN takes about twice as long: half the epochs are equal time.
        yield run("3D-CNN", partial(models.conv3d_net, SHAPE, 8), data, test, seed, epochs=EPOCHS // 2)
        yield run("one frame", partial(models.cnn_lstm_attention, (1, *SHAPE[1:]), 8), frame, test_frame, seed)
    for seed in SEEDS:
        yield run("raw, flattened", partial(variant, difference=False), data, test, seed)
        yield run("difference, pooled", partial(variant, flatten=False), data, test, seed)
    for seed in SEEDS:
        yield run("no attention", partial(variant, attention=False), data, test, seed)
    for seed in SEEDS:
        yield run("dropout 0.5", partial(variant, dropout=0.5), data, test, seed)


def variant(difference: bool = True, flatten: bool = True, attention: bool = True, dropout: float = 0.1) -> keras.Model:
    """`models.cnn_lstm_attention` with one part left out, or with another dropout; not flattened means averaged."""
    clips = keras.Input(SHAPE, dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1)(clips)
    if difference:
        before = layers.Cropping3D(((0, 1), 0, 0))(layers.ZeroPadding3D(((1, 0), 0, 0))(x))
        x = layers.Concatenate()([x, layers.Subtract()([x, before])])
    for width in (8, 16, 32):
        x = layers.Conv3D(width, (1, 3, 3), strides=(1, 2, 2), padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
    x = layers.Reshape((SHAPE[0], -1))(x) if flatten else keras.ops.mean(x, axis=(2, 3))
    x = layers.Dropout(dropout)(layers.Dense(64, activation="relu")(x))
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    if attention:
        x = layers.Add()([x, layers.Attention(use_scale=True)([x, x])])
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(clips, layers.Dense(8, activation="softmax")(x))


def run(
    setting: str, build: Callable[[], keras.Model], data: ClipSet, test: ClipSet, seed: int, *, epochs: int = EPOCHS
) -> Row:
    """Train once; the row says how well it went."""
    keras.utils.set_random_seed(seed)
    model, begun = build(), time.process_time()
    train.fit(model, data, epochs=epochs, verbose=False)
    spent = time.process_time() - begun
    answers = evaluate.predict(model, test.clips).argmax(1)
    kinds = {"directions": (0, 4), "turns": (4, 6), "sizes": (6, 8)}  # which of the eight classes
    kept = ClipSet(data.clips[:1024], data.labels[:1024], data.classes)  # the clips without their copies
    return {
        "setting": setting,
        "seed": seed,
        "parameters": model.count_params(),
        "epochs": epochs,
        "train_accuracy": _score(model, kept),
        "test_accuracy": round(evaluate.accuracy(test.labels, answers), 4),
        "shuffled_accuracy": _score(model, evaluate.shuffled_frames(test)),
        **{kind: round(_among(test.labels, answers, *classes), 4) for kind, classes in kinds.items()},
        "cpu_seconds": round(spent, 1),
    }


def _among(labels: NDArray[np.int64], answers: NDArray[np.int64], first: int, behind: int) -> float:
    """Accuracy on the clips of the classes from `first` up to, not including, `behind`."""
    chosen = (labels >= first) & (labels < behind)
    return evaluate.accuracy(labels[chosen], answers[chosen])


def _score(model: keras.Model, data: ClipSet) -> float:
    return round(evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1)), 4)
