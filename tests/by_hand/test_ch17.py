"""Chapter 17: its walkers, its noise scale, and a row of its recorded grid, against Keras, formulas and a new run."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

from vidtutor import evaluate

import keras
import numpy as np
import pytest

ByHand = Callable[[str], SimpleNamespace]
ROOT = Path(__file__).parents[2]


def experiment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trials", ROOT / "book" / "experiments" / "trials.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["trials"] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


def test_sgd_walk_is_what_theory_says(by_hand: ByHand) -> None:
    rate, batch, sigma, clips = 0.02, 4, 3.0, 400
    far = by_hand("17").walk(batch, rate, clips=clips, copies=200_000, sigma=sigma)
    steps = np.arange(1, clips // batch + 1)
    kept = (1 - rate) ** (2 * steps)
    noise = rate**2 * sigma**2 / batch * (1 - kept) / (1 - (1 - rate) ** 2)
    np.testing.assert_allclose(far, np.sqrt(kept + noise), rtol=0.01)


def test_adam_walk_is_keras_adam(by_hand: ByHand) -> None:
    far = by_hand("17").walk(2, 0.05, adam=True, clips=40, seed=3, copies=50, sigma=2.0)
    rng, place = np.random.default_rng(3), keras.Variable(np.ones(50, np.float32))
    adam = keras.optimizers.Adam(0.05)
    adam.build([place])
    for expected in far:
        gradient = np.asarray(place) + rng.normal(0, 2.0 / np.sqrt(2), 50)
        adam.apply([keras.ops.convert_to_tensor(gradient.astype(np.float32))])
        assert np.sqrt(np.mean(np.square(np.asarray(place)))) == pytest.approx(expected, rel=1e-4)


def test_noise_scale_is_that_of_a_linear_regression(by_hand: ByHand) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2000, 5))
    each = x * (x @ np.ones(5) + rng.normal(0, 3, 2000) - x @ np.full(5, 0.4))[:, None]  # one gradient a row
    true = np.trace(np.cov(each.T)) / np.sum(each.mean(axis=0) ** 2)
    lengths = {
        batch: np.mean([np.sum(each[rng.integers(2000, size=batch)].mean(axis=0) ** 2) for _ in range(20_000)])
        for batch in (4, 64)
    }
    assert by_hand("17").noise_scale(lengths[4], lengths[64], 4, 64) == pytest.approx(true, rel=0.05)


def test_every_setting_of_the_grid_is_recorded() -> None:
    listed = [(s.trial, s.setting, str(s.seed)) for s in experiment().settings()]
    assert [(row["trial"], row["setting"], row["seed"]) for row in evaluate.recorded("trials")] == listed


def test_a_recorded_row_can_be_made_again() -> None:
    trials = experiment()
    setting = next(s for s in trials.settings() if (s.trial, s.setting, s.seed) == ("depth", "2", 1))
    (recorded,) = [
        r for r in evaluate.recorded("trials") if (r["trial"], r["setting"], r["seed"]) == ("depth", "2", "1")
    ]
    made = trials.run(setting)
    for name in ("clips", "batch", "updates", "optimiser", "learning_rate", "widths", "parameters"):
        assert str(made[name]) == recorded[name]
    # Another number of threads adds up in another order: a range, not equality.
    for name in ("train_accuracy", "test_accuracy", "shuffled_accuracy"):
        assert made[name] == pytest.approx(float(recorded[name]), abs=0.12)
