"""Chapter 18: seven ways to look through time, with about equal parameters, equal clips and equal updates.

Each learning rate is chosen out of two on validation clips, by a shorter training with a seed of its own.
The one-frame network has as many updates. A network's first training includes what TensorFlow takes to trace it only
for the choice of the rate, so the CPU-seconds of the rows are without it.
"""

import importlib
import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

from vidtutor import evaluate, models, worlds
from vidtutor.worlds import ClipSet

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SEEDS, EPOCHS, SHORT, BATCH = (0, 1, 2), 4, 1, 16
CLIPS = 4 * 512  # drawn, played backwards, in the mirror, and both
RATES = (3e-3, 6e-3)
SHAPE = (8, 32, 32, 3)
Row = dict[str, object]


def frame_net(shape: models.Shape, classes: int, widths: tuple[int, ...] = (32, 64, 80)) -> keras.Model:
    """A 2-D CNN on every frame, averaged late: the limit of `shift_net` without its shift."""
    clips = keras.Input(shape, dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1)(clips)
    for width in widths:
        x = models._block(x, width, kernel=(1, 3, 3), strides=(1, 2, 2))
    return keras.Model(clips, models._softmax(classes)(layers.GlobalAveragePooling3D()(x)))


def fusion_net(shape: models.Shape, classes: int, widths: tuple[int, ...] = (32, 64, 80)) -> keras.Model:
    """A 2-D CNN that takes all frames as channels: early fusion."""
    clips = keras.Input(shape, dtype="uint8")
    x = layers.Permute((2, 3, 1, 4))(layers.Rescaling(1 / 127.5, offset=-1)(clips))
    x = layers.Reshape((*shape[1:3], -1))(x)
    for width in widths:
        x = models._block(x, width, strides=2)
    return keras.Model(clips, models._softmax(classes)(layers.GlobalAveragePooling2D()(x)))


NETS: dict[str, Callable[..., keras.Model]] = {
    "frames, averaged": frame_net,
    "early fusion": fusion_net,
    "two-stream": models.two_stream_net,
    "3D": models.conv3d_net,
    "(2+1)D": models.two_plus_one_net,
    "shift": models.shift_net,
    "transformer": models.video_transformer,
}


def rows() -> Iterator[Row]:
    """Yield a row for each training that counts."""
    data, validation = worlds.both_ways(worlds.motion(CLIPS // 4, seed=1)), worlds.motion(256, seed=9)
    tests = test_worlds()
    for name in NETS:
        net, frame_net = compiled(name, SHAPE), compiled(name, (1, *SHAPE[1:]))
        tried = {}
        for rate in RATES:
            train_anew(net, name, data, SHORT, rate, seed=9)
            tried[rate] = right(net, validation)
        rate = max(tried, key=lambda rate: tried[rate])
        for seed in SEEDS:
            seconds = train_anew(net, name, data, EPOCHS, rate, seed)
            train_anew(frame_net, name, evaluate.one_frame(data), EPOCHS, rate, seed)
            yield row(name, net, frame_net, rate, seed, tests) | {"cpu_seconds": round(seconds, 1)}


def test_worlds() -> dict[str, ClipSet]:
    """The world of training, drawn anew, and five that the networks have not seen: 512 clips each."""
    plain = worlds.motion(512, seed=2)
    return {
        "accuracy": plain,
        "faster": worlds.motion(512, seed=3, speed=1.5),
        "slower": worlds.motion(512, seed=4, speed=0.6),
        "noisier": worlds.motion(512, seed=5, noise=0.18),
        "other_textures": other_textures(512, seed=6),
        "inverted": ClipSet(255 - plain.clips, plain.labels, plain.classes),
    }


def other_textures(clips: int, seed: int) -> ClipSet:
    """The motion world with chequered squares of any two colours, over pixels drawn by lot around any colour."""
    world = importlib.import_module("vidtutor.worlds.motion")
    with patch.multiple(world, _sprite=_chequered, _background=_grains):
        return worlds.motion(clips, seed=seed)


def _chequered(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    side = max(24, round(size * 0.75))
    cells, margin = int(rng.integers(2, 4)), side // 6
    one, other = rng.uniform(0, 255, (2, 3))
    pattern = np.add.outer(np.arange(cells), np.arange(cells)) % 2
    inner = side - 2 * margin
    pattern = cv2.resize(pattern.astype(np.float32), (inner, inner), interpolation=cv2.INTER_NEAREST)[..., None]
    colour = np.pad(pattern * one + (1 - pattern) * other, ((margin, margin), (margin, margin), (0, 0)))
    alpha = np.pad(np.ones((inner, inner, 1)), ((margin, margin), (margin, margin), (0, 0)))
    return np.ascontiguousarray(np.concatenate([colour, alpha], axis=-1), np.float32)


def _grains(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    grains = rng.uniform(0, 255, 3) + rng.normal(0, 40, (size, size, 1))
    return np.asarray(np.clip(grains, 0, 255), np.float32)


def compiled(name: str, shape: models.Shape) -> keras.Model:
    """A network that is traced once and trained several times."""
    net = NETS[name](shape, 8)
    net.compile(keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    return net


def train_anew(net: keras.Model, name: str, data: ClipSet, epochs: int, rate: float, seed: int) -> float:
    """Train from new weights, with the rise and fall of the rate that `train.fit` has; return CPU-seconds."""
    keras.utils.set_random_seed(seed)
    net.set_weights(NETS[name](net.input_shape[1:], 8).get_weights())
    return descend(net, data.clips, data.labels, epochs, rate)


def descend(net: keras.Model, x: NDArray, labels: NDArray[np.int64], epochs: int, rate: float) -> float:
    """Train a compiled network from the weights that it has, Adam's memory emptied; return CPU-seconds."""
    steps = epochs * int(np.ceil(len(x) / BATCH))
    warm_up = max(1, steps // 10)
    step = np.arange(steps)
    falling = 0.5 * (1 + np.cos(np.pi * np.maximum(step - warm_up, 0) / (steps - warm_up)))
    rates = iter(rate * np.where(step < warm_up, 0.1 + 0.9 * step / warm_up, falling))
    for variable in net.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    set_rate = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: setattr(net.optimizer, "learning_rate", float(next(rates)))
    )
    begun = time.process_time()
    net.fit(x, labels, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[set_rate])
    return time.process_time() - begun


def row(name: str, net: keras.Model, frame_net: keras.Model, rate: float, seed: int, tests: dict[str, ClipSet]) -> Row:
    """What a training was given, how well it went, and what the network costs."""
    plain = tests["accuracy"]
    scores = {world: right(net, test) for world, test in tests.items()}
    scores["one_frame"] = right(frame_net, evaluate.one_frame(plain))
    scores["shuffled"] = right(net, evaluate.shuffled_frames(plain))
    return {
        "setting": name,
        "seed": seed,
        "clips": CLIPS,
        "updates": EPOCHS * CLIPS // BATCH,
        "learning_rate": rate,
        "parameters": net.count_params(),
        "multiply_adds": multiply_adds(net),
        **{column: round(score, 4) for column, score in scores.items()},
    }


def right(model: keras.Model, test: ClipSet) -> float:
    """The part of the clips that are classified right."""
    return evaluate.accuracy(test.labels, evaluate.predict(model, test.clips).argmax(1))


def multiply_adds(model: keras.Model) -> int:
    """Products of an input number and a weight, or of two tokens, that one clip takes."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, layers.MultiHeadAttention):
            _, frames, places, width = layer.output.shape
            seen = places if layer._attention_axes in ((2,), 2) else frames
            total += frames * places * width * (4 * width + 2 * seen)
        elif isinstance(layer, layers.Conv2D | layers.Conv3D | layers.Dense):
            total += int(np.prod(layer.output.shape[1:])) * int(np.prod(layer.kernel.shape[:-1]))
    return total
