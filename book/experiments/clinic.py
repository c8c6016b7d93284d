"""Chapter 22: trainings with one known fault each, healthy ones beside them, and what one remedy did to two of them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vidtutor import evaluate, models, train, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

SEEDS = (0, 1, 2)
FOUR = worlds.CLASSES[:4]
Row = dict[str, object]


@dataclass(frozen=True)
class Plan:
    """Every setting of a training. data: which of the functions below makes its clips."""

    data: str = "as drawn"
    clips: int = 320
    widths: tuple[int, ...] = (8, 16, 32)
    rate: float = 3e-3
    epochs: int = 6
    momentum: float = 0.9
    dropout: float = 0.0


FEW, SMALL = Plan(clips=48, epochs=20), Plan(widths=(2, 2, 4))
FAULTS = {
    "healthy": Plan(),
    "healthy, half the rate": Plan(rate=1.5e-3, epochs=8),
    "healthy, with dropout": Plan(dropout=0.1, clips=448),
    "rate too high": Plan(rate=10.0),
    "rate too low": Plan(rate=3e-6),
    "stopped too early": Plan(epochs=2),
    "too small": SMALL,
    "overfitting": FEW,
    "statistics late": Plan(momentum=0.999),
    "inputs scaled twice": Plan(data="scaled twice"),
    "labels by lot": Plan(data="labels by lot", epochs=12),
    "a third of the labels wrong": Plan(data="a third wrong"),
    "leak": Plan(data="one pot"),
    "imbalance": Plan(data="nine in ten"),
    "shortcut": Plan(data="a camera a class"),
}
# Two opposite diseases and the same remedies. Three times the clips come with as many updates as before.
REMEDIES = {
    "overfitting": {
        "wider": replace(FEW, widths=(24, 48, 96)),
        "dropout": replace(FEW, dropout=0.5),
        "both": replace(FEW, widths=(24, 48, 96), dropout=0.5),
        "more clips": replace(FEW, clips=144, epochs=7),
    },
    "too small": {
        "wider": replace(SMALL, widths=(6, 6, 12)),
        "dropout": replace(SMALL, dropout=0.5),
        "both": replace(SMALL, widths=(6, 6, 12), dropout=0.5),
        "more clips": replace(SMALL, clips=960, epochs=2),
    },
}


def rows() -> Iterator[Row]:
    """Yield a row for each training, seed by seed; the data of every seed are its own."""
    for seed in SEEDS:
        for fault in FAULTS:
            yield run(fault, "none", seed)
        yield waiting(seed)
        for fault, remedies in REMEDIES.items():
            for remedy in remedies:
                yield run(fault, remedy, seed)


def run(fault: str, remedy: str, seed: int) -> Row:
    """Train once; the row holds the history, and what somebody who looks further would have found."""
    plan = FAULTS[fault] if remedy == "none" else REMEDIES[fault][remedy]
    data, validation, shared, checked = material(plan, seed)
    test = worlds.motion(256, classes=FOUR, seed=300 + seed)
    if plan.data == "a camera a class":
        test = filmed(test, np.random.default_rng(seed).permutation(test.labels))
    if plan.data == "scaled twice":
        test = scaled(test)
    keras.utils.set_random_seed(seed)
    begun, model = time.process_time(), network(plan)
    history = train.fit(model, data, epochs=plan.epochs, learning_rate=plan.rate, validation=validation, verbose=False)
    seconds = time.process_time() - begun
    first = keras.Model(model.input, model.layers[1].output)(data.clips[:64])  # what the first convolution gets
    facts: Row = {
        "train_again": accuracy(model, data),
        "test": accuracy(model, test),
        "one_frame": control(data, validation, seed) if remedy == "none" and plan in CONTROLLED else "",
        "shared_sources": shared,
        "labels_looked": 50,
        "labels_right": checked,
        "lowest": round(float(np.min(first)), 3),
        "highest": round(float(np.max(first)), 3),
        "clips_per_class": " ".join(map(str, np.bincount(data.labels, minlength=4))),
        "input_share": "",
    }
    return row(fault, remedy, seed, plan, history, facts, model.count_params(), seconds)


# Data with the same frames have the same control: the chapter takes it from the healthy run of that seed.
CONTROLLED = (FAULTS["healthy"], FAULTS["shortcut"], FAULTS["imbalance"], FAULTS["leak"])


def row(
    fault: str,
    remedy: str,
    seed: int,
    plan: Plan,
    history: dict[str, list[float]],
    facts: Row,
    parameters: int,
    seconds: float,
) -> Row:
    """One row, with every setting."""
    curves = {name: " ".join(f"{value:.4g}" for value in history[name]) for name in sorted(history)}
    settings: Row = {
        "clips": plan.clips,
        "widths": " ".join(map(str, plan.widths)),
        "learning_rate": plan.rate,
        "epochs": plan.epochs,
        "momentum": plan.momentum,
        "dropout": plan.dropout,
    }
    end: Row = {"parameters": parameters, "cpu_seconds": round(seconds, 1)}
    return {"fault": fault, "remedy": remedy, "seed": seed} | curves | facts | settings | end


def network(plan: Plan) -> keras.Model:
    """Chapter 11's network, with its norm's momentum and a dropout before the softmax as planned."""
    model = models.conv3d_net((8, 32, 32, 3), 4, plan.widths)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = plan.momentum
    if not plan.dropout:
        return model
    x = layers.Dropout(plan.dropout)(model.layers[-2].output)
    return keras.Model(model.input, layers.Dense(4, activation="softmax")(x))


def material(plan: Plan, seed: int) -> tuple[ClipSet, ClipSet, int, int]:
    """Clips to train on and to validate, how many films they share, how many of 50 labels looked at are right."""
    rng = np.random.default_rng([22, seed])
    if plan.data == "one pot":  # films of 128 frames, cut into 16 clips each, then split clip by clip
        whole = worlds.motion(28, frames=128, classes=FOUR, seed=100 + seed)
        clips, labels = whole.clips.reshape(-1, 8, 32, 32, 3), np.repeat(whole.labels, 16)
        order, film = rng.permutation(448), np.repeat(np.arange(28), 16)
        train_on, look_at = order[:320], order[320:]
        shared = len(np.intersect1d(film[train_on], film[look_at]))
        parts = [ClipSet(clips[part], labels[part], FOUR) for part in (train_on, look_at)]
        return parts[0], parts[1], shared, 50
    both = worlds.motion(plan.clips, classes=FOUR, seed=100 + seed), worlds.motion(128, classes=FOUR, seed=200 + seed)
    if plan.data == "nine in ten":
        both = uneven(1280, 320, 100 + seed), uneven(512, 128, 200 + seed)
    if plan.data == "a camera a class":
        both = filmed(both[0], both[0].labels), filmed(both[1], both[1].labels)
    if plan.data == "scaled twice":
        both = scaled(both[0]), scaled(both[1])
    right = 50
    if plan.data in ("labels by lot", "a third wrong"):
        written = [rng.permutation(part.labels) for part in both]
        if plan.data == "a third wrong":
            written = [mislabelled(part.labels, rng) for part in both]
        right = int(np.sum(written[0][:50] == both[0].labels[:50]))
        both = ClipSet(both[0].clips, written[0], FOUR), ClipSet(both[1].clips, written[1], FOUR)
    return *both, 0, right


def mislabelled(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A third of the labels, replaced by one of the three others."""
    wrong = rng.random(len(labels)) < 1 / 3
    return np.where(wrong, (labels + rng.integers(1, 4, len(labels))) % 4, labels)


def uneven(drawn: int, kept: int, seed: int) -> ClipSet:
    """Nine clips in ten go to the right, the others share the rest."""
    whole, rest = worlds.motion(drawn, classes=FOUR, seed=seed), kept // 30
    chosen = np.concatenate(
        [np.flatnonzero(whole.labels == label)[: rest if label else kept - 3 * rest] for label in range(4)]
    )
    return ClipSet(whole.clips[chosen], whole.labels[chosen], FOUR)


def filmed(clips: ClipSet, camera: NDArray[np.int64]) -> ClipSet:
    """As filmed by one of four cameras, each with a tint of its own."""
    tint = 24 * np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])[camera]
    tinted = np.clip(clips.clips + tint[:, None, None, None], 0, 255).astype(np.uint8)
    return ClipSet(tinted, clips.labels, clips.classes)


def scaled(clips: ClipSet) -> ClipSet:
    """Divided by 255 on the way into the file, although the network scales too."""
    return ClipSet((clips.clips / 255).astype(np.uint8), clips.labels, clips.classes)


def control(data: ClipSet, validation: ClipSet, seed: int) -> float:
    """Validation accuracy of the same network on one frame a clip, trained for three epochs."""
    keras.utils.set_random_seed(seed)
    model = models.conv3d_net((1, 32, 32, 3), 4, (8, 16, 32))
    train.fit(model, evaluate.one_frame(data), epochs=3, verbose=False)
    return accuracy(model, evaluate.one_frame(validation))


def accuracy(model: keras.Model, clips: ClipSet) -> float:
    """Of the compiled model, as it predicts."""
    return round(float(model.evaluate(clips.clips, clips.labels, batch_size=64, verbose=0)[1]), 4)


class Films(keras.utils.PyDataset):
    """Batches that are made when they are wanted: a film of 64 frames for each clip, of which 8 are kept."""

    def __init__(self, clips: int, seed: int) -> None:
        super().__init__()
        self.clips, self.seed, self.seconds = clips, seed, 0.0

    def __len__(self) -> int:
        return self.clips // 16

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        begun = time.thread_time()
        made = worlds.motion(16, frames=64, classes=FOUR, seed=1000 * self.seed + index)
        self.seconds += time.thread_time() - begun
        return made.clips[:, 28:36], made.labels


def waiting(seed: int) -> Row:
    """Train on films that are made anew for every epoch; how much of the time goes into making them?"""
    plan, films = replace(Plan(), clips=160, epochs=4), Films(160, seed)
    validation = worlds.motion(128, classes=FOUR, seed=200 + seed)
    keras.utils.set_random_seed(seed)
    model = network(plan)
    model.compile(keras.optimizers.Adam(plan.rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    begun = time.process_time()
    history = model.fit(films, epochs=plan.epochs, validation_data=(validation.clips, validation.labels), verbose=0)
    seconds = time.process_time() - begun
    facts: Row = {"train_again": "", "test": "", "one_frame": "", "shared_sources": 0, "labels_looked": 50}
    facts |= {"labels_right": 50, "lowest": -1.0, "highest": 1.0, "clips_per_class": "40 40 40 40"}
    facts |= {"input_share": round(films.seconds / seconds, 3)}
    return row("waits for its input", "none", seed, plan, history.history, facts, model.count_params(), seconds)
