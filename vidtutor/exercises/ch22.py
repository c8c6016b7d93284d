"""Checks of chapter 22: four patients, a rule for overfitting, the single next change."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise

PATIENTS = {
    "A": ("too small", "A learns slowly, lies still at the end, and its two accuracies stay together"),
    "B": ("overfitting", "B knows its own clips nearly by heart, and the others not"),
    "C": ("stopped too early", "C has two epochs only, and its loss was still falling fast"),
    "D": ("rate too high", "D begins with a loss far above ln 4 and ends at chance"),
}


@exercise("E66")
def name_them(answer: Callable[..., Any]) -> None:
    """name_them(): a name for each of the four patients."""
    given = answer()
    if not isinstance(given, dict) or set(given) != set(PATIENTS):
        raise Wrong("Return a dictionary with the keys A, B, C and D.")
    names = {name for name, _ in PATIENTS.values()}
    for letter, (name, why) in PATIENTS.items():
        if given[letter] not in names:
            raise Wrong(f"{given[letter]!r} is none of the four names: {', '.join(sorted(names))}.")
        if given[letter] != name:
            raise Wrong(f"{why}: is that {given[letter]}?")


@exercise("E67")
def overfits(answer: Callable[..., Any]) -> None:
    """overfits(history, margin): the last training accuracy against the best validation accuracy."""
    healthy = {"accuracy": [0.3, 0.8, 0.97], "val_accuracy": [0.28, 0.78, 0.95]}
    sick = {"accuracy": [0.3, 0.8, 0.99], "val_accuracy": [0.28, 0.5, 0.55]}
    late = {"accuracy": [0.5, 0.9, 0.99], "val_accuracy": [0.3, 0.93, 0.8]}
    early = {"accuracy": [0.6, 0.8, 0.95], "val_accuracy": [0.3, 0.7, 0.92]}
    better = {"accuracy": [0.3, 0.5, 0.6], "val_accuracy": [0.4, 0.7, 0.9]}
    slow = {"accuracy": [0.2, 0.9, 0.98], "val_accuracy": [0.1, 0.5, 0.9]}
    swings = {"accuracy": [0.3, 0.95, 0.8], "val_accuracy": [0.3, 0.7, 0.72]}
    parts = {"accuracy": [0.4, 0.6, 0.99], "val_accuracy": [0.3, 0.6, 0.5]}
    even = {"accuracy": [0.5, 0.75], "val_accuracy": [0.25, 0.5]}
    cases = (
        (healthy, 0.15, False, "It fires on a healthy training, 0.97 and 0.95: where is the margin?"),
        (sick, 0.15, True, "It misses 0.99 against 0.55."),
        (early, 0.15, False, "Only the first epochs are apart, 0.6 and 0.3: look at the end of training."),
        (late, 0.15, False, "The best validation accuracy is 0.93; the last, 0.8, is a single bad epoch."),
        (better, 0.15, False, "Validation is *better* than training here: the sign of the gap counts."),
        (slow, 0.15, False, "Means over all epochs are far apart, 0.98 and 0.9 at the end are not: look at the end."),
        (swings, 0.15, False, "The *last* training accuracy counts, 0.8, not the best one."),
        (parts, 0.15, True, "The *last* training accuracy counts, 0.99, not that of the best validation epoch."),
        (sick, 0.5, False, "With a margin of 0.5 a gap of 0.44 is none: use `margin`."),
        (healthy, 0.01, True, "With a margin of 0.01 a gap of 0.02 is one: use `margin`."),
        (even, 0.25, False, "A gap of just the margin is not above it: take `>`."),
    )
    for history, margin, right, sentence in cases:
        given = answer({name: list(values) for name, values in history.items()}, margin)
        if given not in (True, False):
            raise Wrong(f"Return True or False, not {given!r}.")
        if bool(given) != right:
            raise Wrong(sentence)


@exercise("E68")
def next_change(answer: Callable[..., Any]) -> None:
    """next_change(training, validation, wanted, checked): the first that applies, and only that."""
    look, fit, more, stop = "look at the data", "fit the training clips", "more videos", "test once"
    cases = (
        ((0.99, 0.55, 0.9, False), look, "Nobody has looked at the data yet: that comes before everything."),
        ((0.97, 0.95, 0.9, False), look, "Good numbers too may come from bad data: look first."),
        ((0.70, 0.40, 0.9, True), fit, "It does not fit its own clips yet; the gap is the later question."),
        ((0.60, 0.59, 0.9, True), fit, "Training lies below what is wanted."),
        ((0.60, 0.59, 0.5, True), stop, "0.6 is enough where 0.5 is wanted."),
        ((0.99, 0.55, 0.9, True), more, "It fits its clips and not the others: that is what more videos cure."),
        ((0.97, 0.95, 0.9, True), stop, "Nothing is wrong here: do not change anything."),
        ((0.95, 0.83, 0.9, True), stop, "A gap of 0.12 is not more than 0.15: only the gap counts here, not `wanted`."),
        ((0.90, 0.85, 0.9, True), stop, "0.9 is not below the 0.9 that is wanted."),
        ((0.95, 0.75, 0.7, True), more, "A gap of 0.2 is more than 0.15, whatever is wanted."),
        ((0.80, 0.99, 0.7, True), stop, "Validation is *better* than training here: the sign of the gap counts."),
    )
    for case, right, sentence in cases:
        given = answer(*case)
        if not isinstance(given, str):
            raise Wrong(f"One change at a time: return one string, not {type(given).__name__}.")
        if given not in (look, fit, more, stop):
            raise Wrong(f"{given!r} is none of the four strings.")
        if given != right:
            raise Wrong(sentence)
