"""Chapter 18: what a small 3D-CNN that knows the eight movements is worth where labels are few.

It is asked for the same movements from a noisier camera, and for six classes that differ by the order of two movements.
"""

import time
from collections.abc import Iterator

from vidtutor import evaluate, models, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from architectures import BATCH, CLIPS, SHAPE, descend

SEEDS, LABELS = (0, 1, 2), (8, 32, 128)
WIDTHS = (8, 16, 32)  # half of chapter 11's
PRETRAINING, UPDATES = 4, 192  # epochs of the body; steps of everything that follows
# The highest learning rate of each way: a head alone takes more, weights that know something take less.
RATES = {"from scratch": 6e-3, "frozen": 1e-2, "frozen, time kept": 1e-2, "fine-tuned": 2e-3}
TARGETS = ("noisier camera", "order")
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each training but the pretraining."""
    known, body = worlds.both_ways(worlds.motion(CLIPS // 4, seed=1)), network("body", 8)
    tests = {target: clips_of(target, 480, seed=200) for target in TARGETS}
    nets = {(target, way): network(way, len(tests[target].classes)) for target in TARGETS for way in RATES}
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        body.set_weights(network("body", 8).get_weights())
        descend(body, known.clips, known.labels, PRETRAINING, RATES["from scratch"])
        for target, test in tests.items():
            for labels in LABELS:
                data = clips_of(target, labels * len(test.classes), seed=100 + seed)
                for way in RATES:
                    yield run(target, way, labels, seed, body, nets[target, way], data, test)


def clips_of(target: str, clips: int, seed: int) -> ClipSet:
    """Clips of one of the two tasks."""
    if target == "order":
        return worlds.motion(clips, classes=worlds.ORDER_CLASSES, seed=seed)
    return worlds.motion(clips, seed=seed, noise=0.18)


def network(way: str, classes: int) -> keras.Model:
    """What is trained: a whole 3D-CNN, or a softmax on the 32 features of a frozen one, or on those of 4 moments."""
    if "frozen" in way:
        features = keras.Input((WIDTHS[-1] if way == "frozen" else 4 * WIDTHS[-1],))
        net = keras.Model(features, layers.Dense(classes, activation="softmax")(features))
    else:
        net = models.conv3d_net(SHAPE, classes, WIDTHS)
    net.compile(keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    return net


def run(
    target: str, way: str, labels: int, seed: int, body: keras.Model, net: keras.Model, data: ClipSet, test: ClipSet
) -> Row:
    """Train once on few labels; the row says how well it went on clips that are new."""
    begun = time.process_time()
    keras.utils.set_random_seed(seed)
    net.set_weights(network(way, len(data.classes)).get_weights())
    if way == "fine-tuned":
        for mine, given in zip(net.layers[:-1], body.layers[:-1], strict=True):
            mine.set_weights(given.get_weights())
    shuffled = evaluate.shuffled_frames(test)
    x, x_test, x_shuffled = (features(body, way, some.clips) for some in (data, test, shuffled))
    epochs = UPDATES // int(np.ceil(len(x) / BATCH))
    descend(net, x, data.labels, epochs, RATES[way])
    scores = [
        evaluate.accuracy(test.labels, net.predict(some, batch_size=64, verbose=0).argmax(1))
        for some in (x_test, x_shuffled)
    ]
    return {
        "target": target,
        "setting": way,
        "labels_a_class": labels,
        "seed": seed,
        "clips": len(x),
        "updates": epochs * int(np.ceil(len(x) / BATCH)),
        "learning_rate": RATES[way],
        "trained_parameters": sum(int(np.prod(weight.shape)) for weight in net.trainable_weights),
        "accuracy": round(scores[0], 4),
        "shuffled": round(scores[1], 4),
        "chance": round(1 / len(test.classes), 4),
        "cpu_seconds": round(time.process_time() - begun, 1),
    }


def features(body: keras.Model, way: str, clips: NDArray[np.uint8]) -> NDArray:
    """What a network is given: the clips; or a frozen body's maps, averaged over space and time, or over space."""
    if "frozen" not in way:
        return clips
    maps = keras.Model(body.input, body.layers[-3].output)
    seen = np.concatenate([np.asarray(maps(part, training=False)) for part in np.array_split(clips, len(clips) // 48)])
    return seen.mean(axis=(1, 2, 3)) if way == "frozen" else seen.mean(axis=(2, 3)).reshape(len(clips), -1)
