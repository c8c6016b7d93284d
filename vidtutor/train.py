"""Training with what even a short run needs: a seed, a warm-up, a decay, a line an epoch; and what a detector needs."""

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vidtutor import pipeline
from vidtutor.worlds.motion import ClipSet

import h5py  # Keras brings it: its weights are such files
import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


class _Lines(keras.callbacks.Callback):
    """One line an epoch, without times: two runs of a chapter print the same."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        shown = "  ".join(f"{name} {value:.3f}" for name, value in (logs or {}).items())
        print(f"epoch {epoch + 1:>2} of {self.params['epochs']}  {shown}")


def fit(
    model: keras.Model,
    clips: ClipSet,
    *,
    epochs: int,
    batch: int = 16,
    learning_rate: float = 3e-3,
    validation: ClipSet | None = None,
    augment: pipeline.Augmentation | None = None,
    checkpoint: str | Path | None = None,
    verbose: bool = True,
) -> dict[str, list[float]]:
    """Train a classifier with Adam; the rate climbs for a tenth of the steps, then falls along a cosine to zero.

    clips: training clips, shuffled anew each epoch. learning_rate: the highest rate reached. validation: clips that are
    only looked at, after each epoch. augment: done to each clip, anew in each epoch, as `pipeline.augmentation` makes.
    checkpoint: a folder for the state after each epoch; a training that was interrupted goes on from there when it is
    called again, and its history with it. At the end the folder is emptied. verbose: print a line an epoch.
    Returns the history: a list for each of "loss", "accuracy" (and "val_loss", "val_accuracy"), one value an epoch.
    Raises ValueError where there are no clips, fewer clips than one batch, or clips of another shape than the model's.
    Chapters 08 and 11.
    """
    data = pipeline.batches(clips, batch, augment=augment, seed=_drawn_seed()) if augment and len(clips) else None
    shape = tuple((data.element_spec[0] if data else clips.clips).shape[1:])
    if len(clips) < batch or shape != model.input_shape[1:]:
        raise ValueError(
            f"the model wants {batch} or more clips of shape {model.input_shape[1:]}, not {(len(clips), *shape)}"
        )
    adam = _adam(learning_rate, epochs * int(np.ceil(len(clips) / batch)))
    model.compile(adam, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    shapes = [shape, *(weight.shape for weight in model.weights)]  # a convolution's weights do not tell how many frames
    settings = (clips.clips.shape, epochs, batch, learning_rate, shapes)
    with _resumed(checkpoint, settings) as (callbacks, earlier):
        history = model.fit(
            *((data,) if data else (clips.clips, clips.labels, batch)),
            epochs=epochs,
            shuffle=data is None,  # `batches` has done so, and Keras would warn
            validation_data=(validation.clips, validation.labels) if validation else None,
            verbose=0,
            callbacks=[*([_Lines()] if verbose else []), *callbacks],
        ).history
    return {name: [*earlier.get(name, []), *values] for name, values in history.items()}


def centre_loss(true: keras.KerasTensor, maps: keras.KerasTensor) -> keras.KerasTensor:
    """How wrong a detector's maps float32 (N, h, w, labels + 4) are, against those that `detect.targets` wrote.

    The focal loss on heat: cells at a centre (heat 1) want probability 1, all others 0, the less strictly the nearer
    they are to one. Twice the mean distance of sizes and offsets is added, near the centres. Chapter 13.
    """
    heat, p = true[..., :-4], ops.clip(maps[..., :-4], 1e-4, 1 - 1e-4)
    centre = ops.cast(heat == 1, "float32")
    focal = centre * (1 - p) ** 2 * ops.log(p) + (1 - centre) * (1 - heat) ** 4 * p**2 * ops.log(1 - p)
    near = ops.max(heat, axis=-1, keepdims=True)
    near = ops.where(near > 0.3, near, 0.0)
    apart = ops.sum(near * ops.abs(true[..., -4:] - maps[..., -4:])) / ops.maximum(ops.sum(near), 1.0)
    return 2 * apart - ops.sum(focal) / ops.maximum(ops.sum(centre), 1.0)


def fit_detector(
    model: keras.Model,
    clips: NDArray[np.uint8],
    maps: NDArray[np.float32],
    *,
    epochs: int,
    batch: int = 2,
    learning_rate: float = 6e-3,
    seed: int = 0,
    verbose: bool = True,
) -> dict[str, list[float]]:
    """Train a `models.centre_net` on clips and on what its maps should say about them.

    clips: uint8 (N, T, H, W, 3). maps: float32 (N, h, w, labels + 4), their `detect.targets`. Every batch is mirrored,
    turned upside down, both or neither, with its maps. seed: of order and mirrors. The rest as in `fit`.
    Returns the history: the "loss" of each epoch. Raises ValueError for fewer clips than one batch, or not a map for
    each clip. Chapter 13.
    """
    if len(clips) < batch or len(clips) != len(maps):
        raise ValueError(f"give {batch} or more clips and a map for each, not {len(clips)} and {len(maps)}")
    model.compile(_adam(learning_rate, epochs * (len(clips) // batch)), loss=centre_loss)
    data = _Mirrored(clips, maps, batch, seed)
    return model.fit(data, epochs=epochs, verbose=0, callbacks=[_Lines()] if verbose else []).history


class _Mirrored(keras.utils.PyDataset):
    """Batches in a new order each epoch, in one of four mirror images. What is left over at the end waits an epoch."""

    def __init__(self, clips: NDArray[np.uint8], maps: NDArray[np.float32], batch: int, seed: int) -> None:
        super().__init__()
        self.clips, self.maps, self.batch, self.rng = clips, maps, batch, np.random.default_rng(seed)
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.clips))

    def __len__(self) -> int:
        return len(self.clips) // self.batch

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        chosen = self.order[index * self.batch : (index + 1) * self.batch]
        clips, maps = self.clips[chosen], self.maps[chosen]
        # axis -2 is across, -3 down; the centre's offset lies the other way in a mirror.
        for axis, offset in ((-2, -2), (-3, -1)):
            if self.rng.random() < 0.5:
                clips, maps = np.flip(clips, axis), np.flip(maps, axis).copy()
                maps[..., offset] *= -1
        return clips, maps


def _adam(highest: float, steps: int) -> keras.optimizers.Optimizer:
    warm_up = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        highest / 10, max(1, steps - warm_up), warmup_target=highest, warmup_steps=warm_up
    )
    return keras.optimizers.Adam(rate)


def _drawn_seed() -> int:
    """Draw from NumPy's global generator, which `keras.utils.set_random_seed` seeds with all others."""
    return int(np.random.randint(2**31))  # noqa: NPY002


@contextmanager
def _resumed(
    checkpoint: str | Path | None, settings: tuple[Any, ...]
) -> Iterator[tuple[list[keras.callbacks.Callback], dict[str, list[float]]]]:
    """Callbacks that keep the state after each epoch, and the history up to the epoch where an earlier call ended.

    Each training, known by its settings, has a folder of its own in `checkpoint`, which is removed when it is done.
    """
    if checkpoint is None:
        yield [], {}
        return
    place = Path(checkpoint) / hashlib.sha256(repr(settings).encode()).hexdigest()[:12]
    state, lines = place / "state", place / "history.csv"
    if not _readable(state / "latest.weights.h5"):
        print(f"the state in {place} was cut off as it was written: training begins anew")
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    earlier: dict[str, list[float]] = {}
    if (state / "training_metadata.json").is_file():
        done = json.loads((state / "training_metadata.json").read_text())["epoch"]
        with lines.open(newline="") as file:
            rows = {int(row.pop("epoch")): row for row in csv.DictReader(file)}  # an epoch done twice counts once
        for epoch in range(done):
            for name, value in rows[epoch].items():
                if value != "NA":  # for metrics that there are not
                    earlier.setdefault(name, []).append(float(value))
        print(f"going on after epoch {done}, from {place}")
    yield (
        [keras.callbacks.CSVLogger(lines, append=True), keras.callbacks.BackupAndRestore(state)],
        earlier,
    )
    shutil.rmtree(place)


def _readable(weights: Path) -> bool:
    """Say whether saved weights can be opened; none are no trouble."""
    try:
        return not weights.exists() or bool(h5py.File(weights, "r"))
    except OSError:
        return False
