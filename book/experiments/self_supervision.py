"""Chapter 19: how many labels does training on unlabelled films save, and by which pretext?"""

import time
from collections.abc import Iterator

from vidtutor import evaluate, models, train, worlds
from vidtutor.worlds import ClipSet

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

SEEDS = (0, 1, 2)
SHAPE, WIDTHS = (8, 32, 32, 3), (8, 16, 32)  # chapter 11's network, half as wide
FILMS, FRAMES = 1024, 16  # unlabelled
EPOCHS, UPDATES, BATCH, RATE = 10, 320, 16, 3e-3  # 640 updates of the pretext, then 320 with labels

# Which frames of a film a clip gets, for the answer "no" and for the answer "yes".
PRETEXTS = {
    "arrow": (range(8), range(7, -1, -1)),
    "order": (range(8), (0, 4, 1, 5, 2, 6, 3, 7)),
    "turn": ((0, 1, 2, 3, 8, 9, 10, 11), (0, 1, 2, 3, 8, 7, 6, 5)),
}
# For each start the numbers of labels, and how many copies `both_ways` made of each clip.
PLAN = dict.fromkeys(("scratch", "order", "turn"), ((32, 1), (96, 1), (320, 1), (96, 4))) | {"arrow": ((96, 1),)}
Drawn = tuple[NDArray[np.uint8], NDArray[np.int64]]


def rows() -> Iterator[dict[str, object]]:
    """Yield a row for each training with labels: by start, number of labels, copies and seed."""
    # One thread: two that wait for each other cost processor seconds on a busy machine.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    test, unlabelled = worlds.motion(400, seed=2), worlds.motion(FILMS, frames=FRAMES, seed=1).clips
    labelled, asked = compiled(8, UPDATES), compiled(2, EPOCHS * FILMS // BATCH)
    for seed in SEEDS:
        for start, plan in PLAN.items():
            begun = time.process_time()
            score = np.nan if start == "scratch" else pretrain(asked, start, unlabelled, seed)
            spent = time.process_time() - begun
            for count, copies in plan:
                fresh(labelled, 100 + seed)
                if start != "scratch":
                    for mine, theirs in zip(labelled.layers[:-1], asked.layers[:-1], strict=True):
                        mine.set_weights(theirs.get_weights())
                data = worlds.motion(count, seed=10 + seed)
                learn(labelled, data if copies == 1 else worlds.both_ways(data), seed)
                yield {
                    "start": start,
                    "labels": count,
                    "copies": copies,
                    "seed": seed,
                    "films": 0 if start == "scratch" else FILMS,
                    "pretext_updates": 0 if start == "scratch" else EPOCHS * FILMS // BATCH,
                    "updates": UPDATES,
                    "batch": BATCH,
                    "learning_rate": RATE,
                    "pretext_score": round(score, 4),
                    "shuffled": score_of(labelled, evaluate.shuffled_frames(test)),
                    "accuracy": score_of(labelled, test),
                    "pretext_cpu_seconds": round(spent, 1),
                }


def pretext(name: str, films: NDArray[np.uint8], seed: int | tuple[int, ...]) -> Drawn:
    """A clip of each film and its answer; the film may be turned round first, unless the arrow is what is asked."""
    rng, places = np.random.default_rng(seed), np.array([list(frames) for frames in PRETEXTS[name]])
    answer = rng.integers(2, size=len(films))
    taken = places[answer] + rng.integers(FRAMES - places.max(axis=1)[answer])[:, None]
    if name != "arrow":
        taken = np.where(rng.integers(2, size=(len(films), 1)), FRAMES - 1 - taken, taken)
    return films[np.arange(len(films))[:, None], taken], answer


def compiled(classes: int, updates: int) -> keras.Model:
    """The network with an optimiser, compiled once for all its trainings."""
    model = models.conv3d_net(SHAPE, classes, WIDTHS)
    model.compile(train._adam(RATE, updates), loss="sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def fresh(model: keras.Model, seed: int) -> None:
    """Set a compiled model back to the start: random weights, and an optimiser that has seen nothing."""
    keras.utils.set_random_seed(seed)
    model.set_weights(models.conv3d_net(SHAPE, model.output_shape[1], WIDTHS).get_weights())
    for variable in model.optimizer.variables:
        if variable is not model.optimizer._learning_rate:
            variable.assign(ops.zeros_like(variable))


def pretrain(model: keras.Model, name: str, films: NDArray[np.uint8], seed: int) -> float:
    """Train on a pretext; return its accuracy on new films."""
    fresh(model, seed)
    for epoch in range(EPOCHS):
        clips, answer = pretext(name, films, (seed, epoch))
        model.fit(clips, answer, batch_size=BATCH, verbose=0)
    clips, answer = pretext(name, worlds.motion(256, frames=FRAMES, seed=3).clips, 4)
    return evaluate.accuracy(answer, evaluate.predict(model, clips).argmax(1))


def learn(model: keras.Model, data: ClipSet, seed: int) -> None:
    """Train with labels for UPDATES updates, whatever the number of clips, each as often as every other."""
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(len(data)) for _ in range(-(-UPDATES * BATCH // len(data)))]
    order = np.concatenate(rounds)[: UPDATES * BATCH]
    model.fit(data.clips[order], data.labels[order], batch_size=BATCH, shuffle=False, verbose=0)


def score_of(model: keras.Model, data: ClipSet) -> float:
    return round(evaluate.accuracy(data.labels, evaluate.predict(model, data.clips).argmax(1)), 4)
