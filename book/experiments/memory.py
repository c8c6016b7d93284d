"""Chapter 09: remember the first frame of a noisy sequence: recurrent layers, lags, and how the gates start."""

import time
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

SEEDS = (0, 1, 2)
LAGS = (10, 20, 40, 80)
UNITS, STEPS, BATCH = 32, 300, 64
# For each setting its layer, how open its memory is at the start (the bias of the gate that keeps), its learning rate.
SETTINGS = {
    "SimpleRNN": (layers.SimpleRNN, None, 5e-3),
    "SimpleRNN, twice the rate": (layers.SimpleRNN, None, 1e-2),
    "GRU": (layers.GRU, None, 5e-3),
    "LSTM": (layers.LSTM, None, 5e-3),
    "GRU, bias 3": (layers.GRU, 3.0, 5e-3),
    "LSTM, bias 3": (layers.LSTM, 3.0, 5e-3),
}
Sequences = tuple[NDArray[np.float32], NDArray[np.int64]]


def rows() -> Iterator[dict[str, object]]:
    """Yield a row for each training."""
    for lag in LAGS:
        for setting in SETTINGS:
            for seed in SEEDS:
                yield run(setting, lag, seed)


def sequences(rng: np.random.Generator, count: int, lag: int) -> Sequences:
    """Sequences float32 (count, lag + 1, 5): a marked frame with one of four symbols, then noise; and the symbols."""
    x = np.zeros((count, lag + 1, 5), np.float32)
    symbols = rng.integers(4, size=count)
    x[np.arange(count), 0, symbols] = 1
    x[:, 0, 4] = 1
    x[:, 1:, :4] = rng.normal(size=(count, lag, 4))
    return x, symbols


def run(setting: str, lag: int, seed: int) -> dict[str, object]:
    """Train once; the row says how well it remembers, and how much of its gradient reached the symbol at the start."""
    make, bias, rate = SETTINGS[setting]
    begun = time.process_time()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    layer = make(UNITS)
    model = keras.Sequential([keras.Input((lag + 1, 5)), layer, layers.Dense(4)])
    if bias is not None:
        keep_open(layer, bias)
    reached = reaches(layer, sequences(rng, 256, lag)[0])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss)
    for _ in range(STEPS):
        model.train_on_batch(*sequences(rng, BATCH, lag))
    x, symbols = sequences(np.random.default_rng(1000 + seed), 1000, lag)
    return {
        "setting": setting,
        "lag": lag,
        "seed": seed,
        "reached": f"{reached:.2e}",
        "accuracy": float(np.mean(np.asarray(model(x)).argmax(1) == symbols)),
        "cpu_seconds": round(time.process_time() - begun, 1),
    }


def keep_open(layer: layers.Layer, bias: float) -> None:
    """Set the bias of the gate that keeps: the LSTM's second quarter, the first third of the GRU's input biases."""
    kernel, recurrent, biases = layer.get_weights()
    if biases.ndim == 1:
        biases[UNITS : 2 * UNITS] = bias
    else:
        biases[0, :UNITS] = bias
    layer.set_weights([kernel, recurrent, biases])


def reaches(layer: layers.Layer, x: NDArray[np.float32]) -> float:
    """The gradient of the last state by the first frame, as a part of that by the last frame."""
    frames = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(frames)
        told = tf.reduce_sum(layer(frames) * tf.random.stateless_normal((len(x), UNITS), (0, 0)))
    sizes = np.sqrt(np.mean(np.sum(tape.gradient(told, frames).numpy() ** 2, axis=2), axis=0))
    return float(sizes[0] / sizes[-1])
