"""A doctor for trainings: reads the curves and whatever else is known, and names one trouble, its evidence, one step.

It is a decision list: the rules of `doctor`, from top to bottom, and the first that fits speaks. What would make the
numbers worthless comes first, then whether the network learns, then whether that holds for new clips.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidtutor.check import box

GAP = 0.15  # between two accuracies that ought to agree
SIGNS = {"healthy": ("✓", "#2a9d6f"), "cannot tell": ("?", "#2f86d0")}


@dataclass(frozen=True)
class Diagnosis:
    """One trouble. name: "overfitting", "healthy", "cannot tell" … The others are sentences; step: a single change."""

    name: str
    evidence: str
    step: str
    refuted: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        sign, colour = SIGNS.get(self.name, ("!", "#d9822b"))
        words = f"{self.evidence} Next: {self.step} It would be refuted if {self.refuted}"
        title = f"{sign} {self.name[0].upper()}{self.name[1:]}."
        return {"text/plain": f"{title} {words}", "text/html": box(colour, title, words)}


def doctor(
    history: Mapping[str, Sequence[float]],
    *,
    classes: int,
    wanted: float = 0.9,
    train_again: float | None = None,
    test: float | None = None,
    one_frame: float | None = None,
    shared_sources: int | None = None,
    labels_checked: tuple[int, int] | None = None,
    clips_per_class: Sequence[int] | None = None,
    input_range: tuple[float, float] | None = None,
    input_share: float | None = None,
    learning_rate: float | None = None,
) -> Diagnosis:
    """Say what is wrong with the training of a classifier, on what evidence, and what to do next.

    history: what `train.fit` returned: "loss", "accuracy", and "val_loss" and "val_accuracy" if there were any.
    classes: how many. wanted: the accuracy that would be enough, 0…1. What else is known, accuracies 0…1:
    train_again, on the training clips, predicted after training; test, on clips of sources that neither trained nor
    validated; one_frame, of the control, on validation clips. shared_sources: videos with clips on both sides.
    labels_checked: how many labels were looked at, and how many were right. clips_per_class: of the training.
    input_range: lowest and highest number that the first layer with weights gets. input_share: part of the time spent
    on input. learning_rate: the highest. Raises ValueError for a history that is empty, of unlike lengths or without
    "loss" or "accuracy", and for fewer than two classes. NaN is a diagnosis. Chapter 22.
    """
    loss, accuracy, validation = _curves(history, classes)
    chance, end = 1 / classes, accuracy[-1]
    seen = end if train_again is None else max(end, train_again)  # dropout lowers what training prints
    at_chance = seen < chance + 0.1

    # What would make every other number worthless.
    if not all(map(math.isfinite, [*loss, *accuracy, *validation])):
        broken = next((i for i, value in enumerate(loss, 1) if not math.isfinite(value)), len(loss))
        evidence = f"The loss of epoch {broken} of {len(loss)} is {loss[broken - 1]}, or an accuracy is no number."
        return Diagnosis(
            "loss is no number", evidence, f"{_rate(learning_rate, 0.1)}.", "it stays so: then look for NaN in inputs."
        )
    if input_range and not 0.1 <= input_range[1] - input_range[0] <= 20:
        evidence = f"The first layer gets numbers from {input_range[0]:g} to {input_range[1]:g}."
        return Diagnosis(
            "inputs out of scale",
            evidence,
            "scale once, to −1…1.",
            "the training is as poor with numbers from −1 to 1.",
        )
    if labels_checked and labels_checked[1] < 0.9 * labels_checked[0]:
        evidence = f"Of {labels_checked[0]} labels looked at, {labels_checked[1]} are right."
        return Diagnosis("wrong labels", evidence, "find where labels are lost.", "another sample of labels is right.")
    if validation and shared_sources:
        evidence = f"Validation {validation[-1]:.3f}, and {shared_sources} videos have clips on both sides."
        return Diagnosis("leak", evidence, "split by source video and train again.", "the new split scores the same.")

    # What the score is worth.
    share = max(clips_per_class) / sum(clips_per_class) if clips_per_class else chance
    if validation and share > 1.5 * chance and abs(validation[-1] - share) < 0.03:
        evidence = f"Validation {validation[-1]:.3f}; always naming the commonest class is right on {share:.3f}."
        return Diagnosis("imbalance", evidence, "show the recall of each class.", "every class has a good recall.")
    above = validation[-1] - chance if validation else 0.0
    if one_frame is not None and above > 0.1 and one_frame - chance > 0.75 * above:
        evidence = f"Validation {validation[-1]:.3f}, and one frame alone {one_frame:.3f}; chance is {chance:.3f}."
        return Diagnosis("shortcut", evidence, "find what single frames give away.", "the task needs no movement.")
    if input_share is not None and input_share > 0.5:
        evidence = f"{input_share:.3f} of the time goes into making batches."
        return Diagnosis(
            "waits for its input",
            evidence,
            "prepare clips once and keep them.",
            "an epoch takes as long with kept clips.",
        )

    # Does it learn its own clips?
    if at_chance and max(loss) > 1.5 * math.log(classes):
        evidence = f"Loss up to {max(loss):.3f}, knowing nothing costs {math.log(classes):.3f}; accuracy {end:.3f}."
        return Diagnosis(
            "rate too high", evidence, f"{_rate(learning_rate, 0.1)}.", "it stays at chance with a lower rate."
        )
    if at_chance:
        evidence = (
            f"Training accuracy {end:.3f}, chance {chance:.3f}; the loss went from {loss[0]:.3f} to {loss[-1]:.3f}."
        )
        if input_range is None or labels_checked is None:
            return _cannot(evidence, {"input_range": input_range, "labels_checked": labels_checked})
        if abs(loss[0] - loss[-1]) < 0.05:
            return Diagnosis(
                "rate too low", evidence, f"{_rate(learning_rate, 10)}.", "the loss does not fall faster then."
            )
    if train_again is not None and end - train_again > GAP:
        evidence = f"Training printed {end:.3f}; the same clips, predicted afterwards, give {train_again:.3f}."
        return Diagnosis(
            "training and prediction differ",
            evidence,
            "lower the momentum of the norms to 0.9.",
            "that changes nothing.",
        )
    if seen < wanted and len(loss) > 1 and loss[-2] - loss[-1] > 0.05 * loss[-2]:
        evidence = f"Training accuracy {end:.3f}; the loss still fell from {loss[-2]:.3f} to {loss[-1]:.3f} at the end."
        return Diagnosis("stopped too early", evidence, "train for twice as many epochs.", "the loss lies still then.")

    # Does it hold for clips that it has not seen?
    if not validation:
        return _cannot(f"Training accuracy {end:.3f}, nothing on other clips.", {"validation clips": None})
    best = max(validation)
    if seen - best > GAP:
        evidence = f"Training clips {seen:.3f}, validation at best {best:.3f}, at the end {validation[-1]:.3f}."
        if best < chance + GAP and (labels_checked is None or train_again is None):
            return _cannot(evidence, {"labels_checked": labels_checked, "train_again": train_again})
        return Diagnosis(
            "overfitting", evidence, "more clips, of other videos.", "the gap stays as wide with many more clips."
        )
    if seen < wanted:
        evidence = f"Training clips {seen:.3f}, wanted {wanted:.3f}; validation {validation[-1]:.3f} is no further off."
        if labels_checked is None:
            return _cannot(evidence, {"labels_checked": None})
        return Diagnosis("too small", evidence, "a wider network.", "a wider one fits its own clips no better.")
    if test is not None and validation[-1] - test > GAP:
        evidence = f"Validation {validation[-1]:.3f}, on other sources {test:.3f}."
        if shared_sources is None or one_frame is None:
            return _cannot(evidence, {"shared_sources": shared_sources, "one_frame": one_frame})
        return Diagnosis(
            "holds here only", evidence, "look at what differs there.", "more such videos score as validation does."
        )
    evidence = f"Training clips {seen:.3f}, validation {validation[-1]:.3f}, chance {chance:.3f}."
    missing = {"one_frame": one_frame, "shared_sources": shared_sources, "labels_checked": labels_checked}
    if None in missing.values():
        return _cannot(evidence, missing)
    return Diagnosis("healthy", f"{evidence} One frame {one_frame:.3f}.", "test on new videos.", "those score lower.")


def _curves(history: Mapping[str, Sequence[float]], classes: int) -> tuple[list[float], list[float], list[float]]:
    """Loss, accuracy and validation accuracy, or [] for the last, as floats."""
    if classes < 2:
        raise ValueError(f"{classes} classes are nothing to tell apart: give 2 or more")
    for name in ("loss", "accuracy"):
        if name not in history:
            raise ValueError(f"the history lacks {name!r}; it has {', '.join(map(repr, history)) or 'nothing'}")
    lengths = {name: len(values) for name, values in history.items()}
    if len(set(lengths.values())) > 1 or not lengths["loss"]:
        raise ValueError(f"every curve needs one value an epoch, and at least one epoch, not {lengths}")
    loss, accuracy = ([float(value) for value in history[name]] for name in ("loss", "accuracy"))
    return loss, accuracy, [float(value) for value in history.get("val_accuracy", [])]


def _rate(rate: float | None, factor: float) -> str:
    words = "a tenth of the learning rate" if factor < 1 else "ten times the learning rate"
    return words if rate is None else f"{words}, {rate * factor:.3g}"


def _cannot(evidence: str, facts: Mapping[str, Any]) -> Diagnosis:
    missing = " and ".join(f"`{name}`" for name, value in facts.items() if value is None)
    return Diagnosis("cannot tell", evidence, f"give me {missing}.", "these point nowhere new.")
