"""Chapter 16: what its one live run shows, for three seeds, and half of the training clips, and labels drawn by lot."""

import time
from collections.abc import Iterator

from vidtutor import certainty, evaluate, models, train, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
from numpy.typing import NDArray

SIX = worlds.CLASSES[:6]
WIDTHS = (8, 16, 32)
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each training."""
    data = worlds.motion(480, classes=SIX, seed=1)
    validation, test = films(60, 2), films(240, 3)
    frame = evaluate.one_frame(data)
    for seed in range(3):
        yield run("all clips", data, validation, test, seed)
        yield run("half the clips", ClipSet(data.clips[:240], data.labels[:240], SIX), validation, test, seed)
        yield run("one frame", frame, evaluate.one_frame(validation), evaluate.one_frame(test), seed)
        lots = np.random.default_rng(seed)
        drawn = ClipSet(data.clips[:120], lots.permutation(data.labels[:120]), SIX)
        yield run("labels by lot", drawn, validation, by_lot(test, lots), seed, epochs=30)


def films(count: int, seed: int) -> ClipSet:
    """Films of 64 frames, each cut into eight clips that follow each other."""
    made = worlds.motion(count, frames=64, classes=SIX, seed=seed)
    return ClipSet(made.clips.reshape(-1, 8, *made.clips.shape[2:]), np.repeat(made.labels, 8), SIX)


def by_lot(clips: ClipSet, lots: np.random.Generator) -> ClipSet:
    """The same clips, each with a label of the others."""
    return ClipSet(clips.clips, lots.permutation(clips.labels), clips.classes)


def run(setting: str, data: ClipSet, validation: ClipSet, test: ClipSet, seed: int, epochs: int = 12) -> Row:
    """Train once; the row says how well it went, by clips, by films, and how sure the model was."""
    keras.utils.set_random_seed(seed)
    model, begun = models.conv3d_net(data.clips.shape[1:], len(SIX), WIDTHS), time.process_time()
    train.fit(model, data, epochs=epochs, verbose=False)
    given, film = evaluate.predict(model, test.clips), np.repeat(np.arange(len(test) // 8), 8)
    first, mean = evaluate.per_video(given, film)
    vote = evaluate.per_video(given, film, vote=True)[1]
    right = given.argmax(axis=1) == test.labels
    temperature = certainty.fit_temperature(evaluate.predict(model, validation.clips), validation.labels)
    softer = certainty.tempered(given, temperature)
    return {
        "setting": setting,
        "seed": seed,
        "clips": len(data),
        "train_accuracy": _score(model, data),
        "test_accuracy": round(float(right.mean()), 4),
        "shuffled_accuracy": _score(model, evaluate.shuffled_frames(test)),
        "film_mean": round(evaluate.accuracy(test.labels[first], mean.argmax(axis=1)), 4),
        "film_vote": round(evaluate.accuracy(test.labels[first], vote.argmax(axis=1)), 4),
        "design_effect": round(design_effect(right.reshape(-1, 8)), 2),
        "confidence": round(float(given.max(axis=1).mean()), 4),
        "temperature": round(temperature, 3),
        "error_before": round(certainty.calibration(given.max(axis=1), right).error, 4),
        "error_after": round(certainty.calibration(softer.max(axis=1), right).error, 4),
        "cpu_seconds": round(time.process_time() - begun, 1),
    }


def design_effect(right: NDArray[np.bool_]) -> float:
    """How many times larger the variance of the accuracy is than with independent clips. right: (films, clips)."""
    each = right.mean(axis=1)
    return float(each.var(ddof=1) * right.shape[1] / (right.mean() * (1 - right.mean())))


def _score(model: keras.Model, data: ClipSet) -> float:
    return round(evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1)), 4)
