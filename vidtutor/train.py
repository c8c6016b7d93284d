"""Training with what even a short run needs: a seed, a warm-up, a decay, and a line an epoch."""

import keras
import numpy as np

from vidtutor.worlds.motion import ClipSet


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
    verbose: bool = True,
) -> dict[str, list[float]]:
    """Train a classifier with Adam; the rate climbs for a tenth of the steps, then falls along a cosine to zero.

    clips: training clips, shuffled anew each epoch. learning_rate: the highest rate reached. validation: clips that are
    only looked at, after each epoch. verbose: print a line an epoch.
    Returns the history: a list for each of "loss", "accuracy" (and "val_loss", "val_accuracy"), one value an epoch.
    Raises ValueError where there are no clips, fewer clips than one batch, or clips of another shape than the model's.
    Chapters 08 and 11.
    """
    expected = model.input_shape[1:]
    if len(clips) < batch or clips.clips.shape[1:] != expected:
        raise ValueError(f"the model wants {batch} or more clips of shape {expected}, not {clips.clips.shape}")
    steps = epochs * int(np.ceil(len(clips) / batch))
    warm_up = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10, steps - warm_up, warmup_target=learning_rate, warmup_steps=warm_up
    )
    model.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        clips.clips,
        clips.labels,
        batch_size=batch,
        epochs=epochs,
        validation_data=(validation.clips, validation.labels) if validation else None,
        verbose=0,
        callbacks=[_Lines()] if verbose else [],
    )
    return history.history
