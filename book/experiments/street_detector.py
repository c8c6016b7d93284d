"""Chapter 13: the street detector, trained as the chapter does with three seeds, with and without the frame before.

Also a longer training on more streets, with three seeds. The weights of the first seed are those that
`models.street_detector` loads; where `vidtutor/recorded/street_detector.npz` is missing they are written there. Streets
for training and for testing are different ones.
"""

import time
from collections.abc import Callable, Iterator, Sequence
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
# Vehicles and people a minute, in the streets for training.
DENSITIES = ((60, 90), (48, 60), (60, 30))  # the chapter's
CROWDED = ((60, 90), (48, 60), (30, 120))  # of the longer training
TEST = {"calm": (24, 24), "busy": (60, 60)}
HIDDEN = 0.25  # what is visible by less is neither asked for nor held against anybody
WAIT = 60  # frames in which background subtraction may learn the background; they are not scored
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each way to find things, seed, density and label."""
    tests = {name: [film(900 + i, *TEST[name], frames=WAIT + 48) for i in range(4)] for name in TEST}
    yield from scored("background", 0, tests, classical)
    clips, maps = lessons()
    for seed in SEEDS:
        begun = time.process_time()
        model = trained(clips, maps, seed, epochs=14, batch=8, learning_rate=5e-3)
        seconds = round(time.process_time() - begun, 1)
        kept = [weight.astype(np.float16) for weight in model.get_weights()]
        if seed == SEEDS[0] and not WEIGHTS.exists():
            np.savez_compressed(WEIGHTS, *kept)
        model.set_weights([weight.astype(np.float32) for weight in kept])
        yield from scored("long", seed, tests, partial(learned, model), seconds)
    clips, maps = scenes(32, DENSITIES)
    for seed in SEEDS:
        for setting, length in (("live", 2), ("one frame", 1)):
            begun = time.process_time()
            model = trained(clips[:, -length:], maps, seed, epochs=15)
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


def scenes(
    streets: int, densities: Sequence[tuple[int, int]] = CROWDED
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Four clips of two frames from each of so many streets, and their maps."""
    made = [
        detect.examples(film(1000 + i, *densities[i % len(densities)], frames=24), every=6, length=2)
        for i in range(streets)
    ]
    return joined(made)


def lessons() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Clips and maps of 168 streets. In 24 of them somebody loiters and somebody steps before a car."""
    made = [scenes(96)]
    for i in range(24):
        calm = film(1100 + i, 24, 24, frames=60)
        made += [detect.examples(calm, every=12, length=2)]
        busy = film(1300 + i, (24, 48)[i % 2], (24, 60)[i % 2], frames=60)
        made += [detect.examples(busy, every=12, length=2)]
        odd = worlds.street(420, seed=1200 + i, events=("near_collision", "loiter"))
        at = set(range(10 + i % 7, 420, 30))
        for event in odd.events:
            step = 2 if event.kind == "near_collision" else 12
            at |= set(range(max(1, event.first - 4), min(419, event.last), step))
        frames = np.array(sorted(at))
        truth = odd.objects.where(np.isin(odd.objects.frame, frames))
        maps = detect.targets(truth, 420, odd.frames.shape[1:3], len(odd.labels))[frames]
        made += [(odd.frames[frames[:, None] + np.arange(-1, 1)], maps)]
    return joined(made)


def joined(
    made: list[tuple[NDArray[np.uint8], NDArray[np.float32]]],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Clips and maps of several streets, one after the other."""
    clips, maps = zip(*made, strict=True)
    return np.concatenate(clips), np.concatenate(maps)


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
