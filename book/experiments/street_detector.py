"""Chapter 13: the street detector, trained as the chapter does with three seeds, with and without the frame before.

Also scores the recorded weights, `vidtutor/recorded/street_detector.npz`, which `models.street_detector` loads. Where
that file is missing it is made first: once, with the first seed, longer and on more streets. Streets for training and
for testing are different ones.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from vidtutor import detect, models, train, worlds
from vidtutor.rows import Detections
from vidtutor.worlds import Street

import keras
import numpy as np
from numpy.typing import NDArray

from chapters import ROOT

SEEDS = (0, 1, 2)
WEIGHTS = ROOT / "vidtutor" / "recorded" / "street_detector.npz"
DENSITIES = ((24, 24), (48, 60), (12, 90))  # vehicles and people a minute, in the streets for training
TEST = {"calm": (24, 24), "busy": (60, 60)}
HIDDEN = 0.25  # what is visible by less is neither asked for nor held against anybody
WAIT = 60  # frames in which background subtraction may learn the background; they are not scored
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each way to find things, seed, density and label."""
    tests = {name: [film(900 + i, *TEST[name], frames=WAIT + 48) for i in range(4)] for name in TEST}
    yield from scored("background", 0, tests, classical)
    if not WEIGHTS.exists():
        clips, maps = scenes(48)
        model = trained(clips, maps, SEEDS[0], epochs=20, batch=8, learning_rate=5e-3)
        np.savez_compressed(WEIGHTS, *(weight.astype(np.float16) for weight in model.get_weights()))
    yield from scored("long", SEEDS[0], tests, partial(learned, models.street_detector()))
    clips, maps = scenes(20)
    for seed in SEEDS:
        for setting, length in (("live", 2), ("one frame", 1)):
            begun = time.process_time()
            model = trained(clips[:, -length:], maps, seed, epochs=18)
            seconds = round(time.process_time() - begun, 1)
            yield from scored(setting, seed, tests, partial(learned, model), seconds)


def trained(clips: NDArray[np.uint8], maps: NDArray[np.float32], seed: int, **options: Any) -> keras.Model:
    """Train a detector of the street's three labels."""
    keras.utils.set_random_seed(seed)
    model = models.centre_net((clips.shape[1], None, None, 3), 3)
    train.fit_detector(model, clips, maps, seed=seed, verbose=False, **options)
    return model


def film(seed: int, traffic: float, pedestrians: float, frames: int) -> Street:
    """A street."""
    return worlds.street(frames, seed=seed, traffic=traffic, pedestrians=pedestrians)


def scenes(streets: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Eight clips of two frames from each of so many streets, and their maps."""
    made = [
        detect.examples(film(1000 + i, *DENSITIES[i % len(DENSITIES)], frames=40), every=5, length=2)
        for i in range(streets)
    ]
    return np.concatenate([clips for clips, _ in made]), np.concatenate([maps for _, maps in made])


def classical(street: Street) -> Detections:
    """What moves, named by its size."""
    return detect.moving(street.frames, label=detect.by_size(street.metres_per_pixel))


def learned(model: keras.Model, street: Street) -> Detections:
    """What the detector finds once the wait is over."""
    found = detect.find(model, street.frames[WAIT:])
    return replace(found, frame=found.frame + WAIT)


def scored(
    setting: str,
    seed: int,
    tests: dict[str, list[Street]],
    find: Callable[[Street], Detections],
    seconds: float = 0.0,
) -> Iterator[Row]:
    """Yield a row for each density and label: AP over all streets of that density, once the wait is over."""
    for density, streets in tests.items():
        found = detect.one_film([find(street) for street in streets], WAIT + 48)
        truth = detect.one_film([street.objects for street in streets], WAIT + 48)
        found = found.where(found.frame % (WAIT + 48) >= WAIT)
        truth = truth.where(truth.frame % (WAIT + 48) >= WAIT)
        hidden = truth.visibility < HIDDEN
        for label, name in enumerate(streets[0].labels):
            each = [detect.average_precision(found, truth, label, limit, hidden) for limit in detect.COCO_IOUS]
            yield {
                "setting": setting,
                "seed": seed,
                "density": density,
                "label": name,
                "ap50": round(each[0], 4),
                "ap": round(float(np.mean(each)), 4),
                "ap50_with_hidden": round(detect.average_precision(found, truth, label), 4),
                "cpu_seconds": seconds,
            }
