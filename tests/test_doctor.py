"""The doctor: each rule fires on its trouble and not on a near miss, quotes its input, and never crashes."""

import itertools
import math
import re
from typing import Any

from vidtutor.doctor import Diagnosis, doctor

import numpy as np
import pytest

FACTS: dict[str, Any] = {
    "one_frame": 0.26,
    "shared_sources": 0,
    "labels_checked": (50, 50),
    "clips_per_class": [80, 80, 80, 80],
    "input_range": (-1.0, 1.0),
    "input_share": 0.05,
}
History = dict[str, list[float]]


def run(loss: list[float], accuracy: list[float], validation: list[float] | None = None) -> History:
    curves = {"loss": loss, "accuracy": accuracy}
    return curves if validation is None else curves | {"val_loss": loss, "val_accuracy": validation}


GOOD = run([1.4, 0.5, 0.2, 0.195], [0.3, 0.8, 0.97, 0.98], [0.3, 0.75, 0.93, 0.95])
CHANCE = run([1.42, 1.41, 1.40, 1.40], [0.25, 0.26, 0.25, 0.26], [0.25] * 4)
GAP = run([1.4, 0.5, 0.2, 0.195], [0.3, 0.8, 0.97, 0.98], [0.3, 0.5, 0.55, 0.55])
LOW = run([1.4, 1.3, 1.21, 1.2], [0.3, 0.4, 0.5, 0.52], [0.3, 0.4, 0.48, 0.5])
HEAVY = {"clips_per_class": [288, 11, 11, 10]}

# The trouble, a history and facts that show it, and near misses with the name that they get.
RULES: list[tuple[str, History, dict[str, Any], list[tuple[str, History, dict[str, Any]]]]] = [
    ("healthy", GOOD, {}, [("holds here only", GOOD, {"test": 0.6}), ("healthy", GOOD, {"test": 0.9})]),
    ("holds here only", GOOD, {"test": 0.79}, [("healthy", GOOD, {"test": 0.81})]),
    ("loss is no number", run([1.4, math.nan], [0.2, 0.2]), {}, [("rate too high", run([2.6, 2.5], [0.2, 0.2]), {})]),
    ("loss is no number", run([1.4, math.inf], [0.2, 0.2]), {}, []),
    ("inputs out of scale", CHANCE, {"input_range": (-1.0, -0.992)}, [("rate too low", CHANCE, {})]),
    ("inputs out of scale", GOOD, {"input_range": (0, 255)}, [("healthy", GOOD, {"input_range": (0, 1)})]),
    ("wrong labels", GAP, {"labels_checked": (50, 44)}, [("overfitting", GAP, {"labels_checked": (50, 45)})]),
    ("leak", GOOD, {"shared_sources": 1}, [("healthy", GOOD, {})]),
    (
        "imbalance",
        run([1.4, 0.4, 0.3, 0.295], [0.5, 0.9, 0.9, 0.9], [0.9, 0.9, 0.9, 0.9]),
        HEAVY,
        [("healthy", GOOD, HEAVY), ("healthy", run(GOOD["loss"], GOOD["accuracy"], [0.9] * 4), {})],
    ),
    ("shortcut", GOOD, {"one_frame": 0.8}, [("healthy", GOOD, {"one_frame": 0.77})]),
    ("waits for its input", GOOD, {"input_share": 0.51}, [("healthy", GOOD, {"input_share": 0.5})]),
    ("rate too high", run([9.0, 2.0, 1.4], [0.2, 0.25, 0.25], [0.25] * 3), {}, [("rate too low", CHANCE, {})]),
    (
        "rate too high",
        run([9.0, 2.0, 1.4], [0.2, 0.25, 0.25]),
        {},
        [("healthy", GOOD | {"loss": [9, 1, 0.2, 0.2]}, {})],
    ),
    ("rate too low", CHANCE, {"learning_rate": 3e-6}, [("too small", LOW, {})]),
    ("training and prediction differ", GOOD, {"train_again": 0.80}, [("healthy", GOOD, {"train_again": 0.84})]),
    ("stopped too early", run([1.4, 1.1], [0.3, 0.6], [0.3, 0.6]), {}, [("too small", LOW, {})]),
    ("overfitting", GAP, {}, [("healthy", run(GOOD["loss"], GOOD["accuracy"], [0.3, 0.5, 0.84, 0.8]), {})]),
    ("too small", LOW, {}, [("healthy", LOW, {"wanted": 0.5}), ("cannot tell", LOW, {"labels_checked": None})]),
]


@pytest.mark.parametrize(("name", "history", "facts", "near"), RULES, ids=[f"{i}-{r[0]}" for i, r in enumerate(RULES)])
def test_a_rule_fires_on_its_trouble_and_not_beside_it(
    name: str, history: History, facts: dict[str, Any], near: list[tuple[str, History, dict[str, Any]]]
) -> None:
    assert doctor(history, classes=4, **FACTS | facts).name == name
    for other, nearly, known in near:
        assert doctor(nearly, classes=4, **FACTS | known).name == other


@pytest.mark.parametrize(
    ("history", "facts", "wants"),
    [
        (CHANCE, {}, ["input_range", "labels_checked"]),
        (CHANCE, {"labels_checked": (50, 50)}, ["input_range"]),
        (run([1.4, 0.3, 0.3], [0.3, 0.9, 0.95]), {}, ["validation clips"]),
        (run([1.4, 0.3, 0.3], [0.3, 0.9, 0.95], [0.25] * 3), {}, ["labels_checked", "train_again"]),
        (GOOD, {}, ["one_frame", "shared_sources", "labels_checked"]),
        (GOOD, {"test": 0.5}, ["shared_sources", "one_frame"]),
    ],
)
def test_it_says_what_it_lacks(history: History, facts: dict[str, Any], wants: list[str]) -> None:
    found = doctor(history, classes=4, **facts)
    assert found.name == "cannot tell"
    assert re.findall(r"`([^`]+)`", found.step) == wants


def test_the_next_step_names_the_rate() -> None:
    assert "3e-05" in doctor(CHANCE, classes=4, **FACTS | {"learning_rate": 3e-6}).step
    assert "ten times" in doctor(CHANCE, classes=4, **FACTS).step
    assert "0.05" in doctor(run([9.0, 2.0], [0.2, 0.2]), classes=4, learning_rate=0.5).step
    assert "0.05" in doctor(run([1.4, math.nan], [0.2, 0.2]), classes=4, learning_rate=0.5).step


def test_dropout_in_training_is_no_disease() -> None:
    history = run([1.4, 0.9, 0.89], [0.3, 0.6, 0.62], [0.5, 0.9, 0.93])
    assert doctor(history, classes=4, **FACTS | {"train_again": 0.97}).name == "healthy"


@pytest.mark.parametrize(
    ("history", "classes", "message"),
    [
        ({}, 4, "lacks 'loss'; it has nothing"),
        ({"loss": [1.0]}, 4, "lacks 'accuracy'; it has 'loss'"),
        ({"loss": [], "accuracy": []}, 4, "at least one epoch"),
        ({"loss": [1.0], "accuracy": [0.5, 0.6]}, 4, "one value an epoch"),
        (GOOD | {"val_accuracy": [0.1]}, 4, "one value an epoch"),
        (GOOD, 1, "nothing to tell apart"),
    ],
)
def test_what_is_no_history_is_refused(history: History, classes: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        doctor(history, classes=classes)


def test_it_shows_as_a_box_and_as_text() -> None:
    shown = doctor(GAP, classes=4, **FACTS)._repr_mimebundle_()
    assert shown["text/plain"].startswith("! Overfitting. Training clips 0.980")
    assert 'class="vt-box"' in shown["text/html"] and "<strong>! Overfitting.</strong>" in shown["text/html"]
    assert shown["text/plain"].count("Next: ") == shown["text/plain"].count("It would be refuted if ") == 1


def numbers(values: Any) -> set[str]:
    """Every number in nested lists, as the doctor may write it."""
    if isinstance(values, dict | list | tuple):
        inside = values.values() if isinstance(values, dict) else values
        return set(itertools.chain.from_iterable(numbers(value) for value in inside))
    return set() if values is None else {f"{values:.3f}", f"{values:g}", str(values)}


@pytest.mark.parametrize("seed", range(400))
def test_any_history_gets_one_diagnosis_with_numbers_of_its_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    epochs, classes = int(rng.integers(1, 12)), int(rng.integers(2, 10))
    history = run(*(rng.random(epochs).tolist() for _ in range(3 if seed % 3 else 2)))
    history["loss"] = (rng.choice([1, 3]) * rng.random(epochs) * math.log(classes)).tolist()
    if seed % 11 == 0:
        history["loss"][-1] = math.nan
    facts: dict[str, Any] = {name: float(rng.random()) for name in ("train_again", "test", "one_frame", "input_share")}
    facts |= {"shared_sources": int(rng.integers(2)), "labels_checked": (50, int(rng.integers(40, 51)))}
    facts |= {
        "input_range": (-1.0, float(rng.uniform(-1, 1))),
        "clips_per_class": rng.integers(1, 99, classes).tolist(),
    }
    facts = {name: value for name, value in facts.items() if rng.random() < 0.4}
    found = doctor(history, classes=classes, **facts)
    assert isinstance(found, Diagnosis) and all((found.name, found.evidence, found.step, found.refuted))
    assert found == doctor(history, classes=classes, **facts)
    derived = {"wanted": 0.9, "chance": 1 / classes, "nothing": math.log(classes), "epochs": list(range(epochs + 1))}
    counts = facts.get("clips_per_class", [1])
    known = numbers([history, facts, derived, max(counts) / sum(counts)])
    quoted = re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?|\bnan\b|\binf\b", found.evidence)
    assert quoted and set(quoted) <= known
