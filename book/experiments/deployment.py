"""Chapter 20: a network that reads a frame at a time, and what a smaller file, fewer bits, fewer weights, no look ahead
and a smaller network change, for three seeds. Six classes of the motion world, clips of 8 frames of 32 × 32 pixels.
"""

import contextlib
import os
import tempfile
import time
import warnings
from collections.abc import Iterator

from vidtutor import certainty, evaluate, train, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

SIX = worlds.CLASSES[:6]
WIDTHS, SMALL = (8, 16, 32), (8, 12, 16)
EPOCHS, BATCH, RATE = 12, 16, 6e-3
FORMATS = ("float32", "float16", "dynamic", "int8", "int8, a scale a tensor")
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each network, file, number of bits, share of weights and number of frames."""
    data, test = worlds.motion(480, classes=SIX, seed=1), worlds.motion(600, classes=SIX, seed=3)
    longer = worlds.motion(600, frames=16, classes=SIX, seed=4)
    for seed in range(3):
        model, row = trained("causal", data, test, seed)
        yield row
        yield trained("looks ahead", data, test, seed, padding=(1, 1))[1]
        yield trained("one frame", evaluate.one_frame(data), evaluate.one_frame(test), seed)[1]
        told = certainty.tempered(evaluate.predict(model, data.clips), 3.0)
        yield trained("small, by labels", data, test, seed, widths=SMALL)[1]
        yield trained("small, by labels and teacher", data, test, seed, widths=SMALL, told=told)[1]
        step = step_net(SMALLEST, len(SIX), WIDTHS)
        step.set_weights([w.reshape(v.shape) for w, v in zip(model.get_weights(), step.get_weights(), strict=True)])
        yield from files(step, data, test, seed)
        yield from fewer_bits(model, test, seed)
        yield from fewer_weights(model, test, seed)
        yield from frames_seen(step, longer, seed)


SMALLEST = (8, 32, 32, 3)


def row(part: str, setting: object, seed: int, accuracy: float, **more: object) -> Row:
    """One row of the table; what does not apply stays empty."""
    empty = dict.fromkeys(("shuffled", "parameters", "bytes", "cpu_ms", "difference", "same", "confidence"), "")
    return {"part": part, "setting": setting, "seed": seed, "accuracy": round(accuracy, 4), **empty, **more}


def unit(x: keras.KerasTensor, layer: layers.Layer) -> keras.KerasTensor:
    """A convolution, batch normalisation, ReLU."""
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(layer(x)))


def stream_net(
    shape: tuple[int, ...], classes: int, widths: tuple[int, ...], padding: tuple[int, int] = (2, 0)
) -> keras.Model:
    """The chapter's network for whole clips. padding: frames of zeros in front and behind, (2, 0) or (1, 1)."""
    clips = x = keras.Input(shape, dtype="uint8", name="clips")
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for width in widths:
        x = unit(x, layers.Conv3D(width, (1, 3, 3), strides=(1, 2, 2), padding="same", use_bias=False))
        x = layers.ZeroPadding3D((padding, 0, 0))(x)
        x = unit(x, layers.Conv3D(width, (3, 1, 1), use_bias=False))
    x = layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, layers.Dense(classes, activation="softmax")(x))


def step_net(shape: tuple[int, ...], classes: int, widths: tuple[int, ...]) -> keras.Model:
    """The same network for one frame: frame and buffers in, logits and buffers out."""
    frame = keras.Input(shape[1:], dtype="uint8", name="frame")
    x = layers.Rescaling(1 / 127.5, offset=-1)(frame)
    before, after = [], []
    for i, width in enumerate(widths):
        x = unit(x, layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False))
        before.append(keras.Input((*x.shape[1:3], 2 * width), name=f"buffer_{i}"))
        three = layers.Concatenate()([before[-1], x])
        after.append(three[..., width:])
        x = unit(three, layers.Conv2D(width, 1, use_bias=False))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model([frame, *before], [layers.Dense(classes)(x), *after])


def trained(
    setting: str,
    data: ClipSet,
    test: ClipSet,
    seed: int,
    *,
    widths: tuple[int, ...] = WIDTHS,
    padding: tuple[int, int] = (2, 0),
    told: NDArray[np.float64] | None = None,
) -> tuple[keras.Model, Row]:
    """Train once, on the labels or on the mean of the labels and of what a teacher told."""
    keras.utils.set_random_seed(seed)
    model = stream_net(data.clips.shape[1:], len(SIX), widths, padding)
    if told is None:
        train.fit(model, data, epochs=EPOCHS, batch=BATCH, learning_rate=RATE, verbose=False)
    else:  # the schedule of `train.fit`
        steps = EPOCHS * len(data) // BATCH
        rate = keras.optimizers.schedules.CosineDecay(
            RATE / 10, steps - steps // 10, warmup_target=RATE, warmup_steps=steps // 10
        )
        model.compile(keras.optimizers.Adam(rate), loss="categorical_crossentropy")
        mixed = (np.eye(len(SIX))[data.labels] + told) / 2
        model.fit(data.clips, mixed, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    mixed_up = score(model, evaluate.shuffled_frames(test))
    return model, row(
        "network", setting, seed, score(model, test), shuffled=round(mixed_up, 4), parameters=model.count_params()
    )


def score(model: keras.Model, data: ClipSet) -> float:
    """Accuracy of whole clips."""
    return evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1))


def files(step: keras.Model, data: ClipSet, test: ClipSet, seed: int) -> Iterator[Row]:
    """The step as a LiteRT file of each kind; then with one channel made louder, which the float network cancels."""
    exact = probabilities(streamed(interpreted(converted(step, "float32", data)), test.clips))
    for kind in FORMATS:
        yield file_row(step, kind, kind, data, test, exact, seed)
    for factor in (10, 100, 1000):
        loud = louder(step, factor)
        for kind in ("float32", "int8"):
            yield file_row(loud, kind, f"{kind}, one channel × {factor}", data, test, exact, seed)


def file_row(
    step: keras.Model, kind: str, setting: str, data: ClipSet, test: ClipSet, exact: NDArray[np.float32], seed: int
) -> Row:
    """Convert, and measure size, accuracy, distance from the exact probabilities, and CPU time a frame."""
    content = converted(step, kind, data)
    given = probabilities(streamed(interpreted(content), test.clips))
    run, clip = interpreted(content), test.clips[:1]
    streamed(run, clip)
    begun = time.process_time()
    for _ in range(100):
        streamed(run, clip)
    return row(
        "file",
        setting,
        seed,
        evaluate.accuracy(test.labels, given.argmax(1)),
        bytes=len(content),
        cpu_ms=round((time.process_time() - begun) / 100 / 8 * 1000, 4),
        difference=f"{np.abs(given - exact).max():.1e}",
        same=round(float(np.mean(given.argmax(1) == exact.argmax(1))), 4),
    )


def converted(step: keras.Model, kind: str, data: ClipSet) -> bytes:
    """The step as a LiteRT file."""
    with tempfile.TemporaryDirectory() as folder, _quiet():
        step.export(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind.startswith("int8"):
            converter.representative_dataset = lambda: typical(step, data.clips[:12])
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter._experimental_disable_per_channel = kind != "int8"
        return bytes(converter.convert())


def typical(step: keras.Model, clips: NDArray[np.uint8]) -> Iterator[dict[str, NDArray]]:
    """Every input that the step gets while it reads these clips: frames and the buffers that belong to them."""
    call = tf.function(step, reduce_retracing=True)
    for clip in clips:
        buffers = empty(step, 1)
        for frame in clip:
            yield {"frame": frame[None], **buffers}
            _, *after = call([frame[None], *buffers.values()])
            buffers = {name: np.asarray(value) for name, value in zip(buffers, after, strict=True)}


def empty(step: keras.Model, clips: int) -> dict[str, NDArray]:
    """Buffers before the first frame."""
    return {i.name: np.zeros((clips, *i.shape[1:]), np.float32) for i in step.inputs[1:]}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the warning that another package will hold the interpreter, and the converter's own lines."""
    with warnings.catch_warnings(), open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        yield


def interpreted(content: bytes) -> tf.lite.Interpreter:
    """A LiteRT file, ready to run on one thread."""
    with _quiet():
        return tf.lite.Interpreter(model_content=content, num_threads=1)


def streamed(interpreter: tf.lite.Interpreter, clips: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (T, N, classes) of clips (N, T, H, W, 3), a frame at a time."""
    run = interpreter.get_signature_runner()
    shapes = {name: detail["shape"][1:] for name, detail in run.get_input_details().items()}
    buffers = {
        name: np.zeros((len(clips), *shape), np.float32) for name, shape in sorted(shapes.items()) if name != "frame"
    }
    logits = []
    for t in range(clips.shape[1]):
        out = run(frame=clips[:, t], **buffers)
        logits.append(out["output_0"])
        buffers = {name: out[f"output_{i + 1}"] for i, name in enumerate(buffers)}
    return np.stack(logits)


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the stream says after its last frame: the softmax of the mean."""
    return np.asarray(keras.ops.softmax(logits.mean(axis=0)))


def louder(step: keras.Model, factor: float) -> keras.Model:
    """The same function: one channel between the first block and the second times `factor`, its weights divided."""
    other = step_net(SMALLEST, len(SIX), WIDTHS)
    other.set_weights(step.get_weights())
    norms = [layer for layer in other.layers if isinstance(layer, layers.BatchNormalization)]
    convolutions = [layer for layer in other.layers if isinstance(layer, layers.Conv2D)]
    gamma, beta, mean, variance = norms[1].get_weights()
    (kernel,) = convolutions[2].get_weights()
    gamma[0], beta[0], kernel[:, :, 0] = gamma[0] * factor, beta[0] * factor, kernel[:, :, 0] / factor
    norms[1].set_weights([gamma, beta, mean, variance])
    convolutions[2].set_weights([kernel])
    return other


def fewer_bits(model: keras.Model, test: ClipSet, seed: int) -> Iterator[Row]:
    """Round the kernels of convolutions to so many bits, with a scale for each tensor or for each filter."""
    kept = model.get_weights()
    for bits in (8, 6, 5, 4, 3):
        for each in ("tensor", "channel"):
            most = 2 ** (bits - 1) - 1
            rounded = []
            for weights in kept:
                if weights.ndim == 5:
                    axes = tuple(range(4 if each == "channel" else 5))
                    scale = np.abs(weights).max(axis=axes, keepdims=True) / most
                    weights = np.rint(weights / scale) * scale
                rounded.append(weights)
            model.set_weights(rounded)
            yield row(f"bits, a scale a {each}", bits, seed, score(model, test))
    model.set_weights(kept)


def fewer_weights(model: keras.Model, test: ClipSet, seed: int) -> Iterator[Row]:
    """Set the smallest weights of all convolutions together to zero, without training again."""
    kept = model.get_weights()
    sizes = np.abs(np.concatenate([w.ravel() for w in kept if w.ndim == 5]))
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9):
        least = np.quantile(sizes, share)
        model.set_weights([np.where((np.abs(w) < least) & (w.ndim == 5), 0, w) for w in kept])
        yield row("pruned", share, seed, score(model, test))
    model.set_weights(kept)


def frames_seen(step: keras.Model, longer: ClipSet, seed: int) -> Iterator[Row]:
    """Accuracy and mean confidence after each of 16 frames, twice as many as in training; and with every second one."""
    call, sets = (
        tf.function(step, reduce_retracing=True),
        {"frames": longer.clips, "every second": longer.clips[:, ::2]},
    )
    for part, clips in sets.items():
        buffers, total = list(empty(step, len(clips)).values()), 0
        for t in range(clips.shape[1]):
            logits, *buffers = call([clips[:, t], *buffers])
            total = total + logits
            given = np.asarray(keras.ops.softmax(total / (t + 1)))
            right = evaluate.accuracy(longer.labels, given.argmax(1))
            yield row(part, t + 1, seed, right, confidence=round(float(given.max(axis=1).mean()), 4))
