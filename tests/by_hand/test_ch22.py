"""Chapter 22: the speed-up equals a simulated training, the choice a search, and its data are what it says."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import evaluate, worlds
from vidtutor.doctor import doctor

import numpy as np
import pytest

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("factor", [1, 2, 50])
def test_the_speedup_is_that_of_a_simulated_training(by_hand: ByHand, part: float, factor: float) -> None:
    rng = np.random.default_rng(0)
    steps = rng.uniform(0.5, 2, 1000)
    inputs, rest = part * steps, (1 - part) * steps
    faster = inputs / factor + rest
    assert by_hand("22").speedup(part, factor) == pytest.approx(steps.sum() / faster.sum())
    assert by_hand("22").speedup(part, np.inf) == pytest.approx(steps.sum() / rest.sum())


@pytest.mark.parametrize("seed", range(20))
def test_the_choice_is_the_cheapest_that_is_good_enough(by_hand: ByHand, seed: int) -> None:
    rng = np.random.default_rng(seed)
    models = {str(i): tuple(rng.random(2).round(2) * (1, 50)) for i in range(8)}
    for budget in (0, 5, 20, 100):
        chosen = by_hand("22").recommend(models, budget, 0.1)
        affordable = sorted((cost, -accuracy, name) for name, (accuracy, cost) in models.items() if cost <= budget)
        if not affordable:
            assert chosen is None
            continue
        best = max(-accuracy for _, accuracy, _ in affordable)
        first = next(cost for cost, accuracy, _ in affordable if -accuracy >= best - 0.1)
        assert models[chosen][1] == first


def test_cameras_tint_and_nothing_else(by_hand: ByHand) -> None:
    clips = worlds.motion(8, classes=worlds.CLASSES[:4], seed=0)
    tinted = by_hand("22").filmed(clips, clips.labels)
    grown = tinted.clips.astype(int) - clips.clips
    for i, camera in enumerate(clips.labels):
        expected = np.minimum(by_hand("22").TINT[camera], 255 - clips.clips[i].astype(int))
        np.testing.assert_array_equal(grown[i], np.broadcast_to(expected, grown[i].shape))
    np.testing.assert_array_equal(tinted.labels, clips.labels)


def test_clips_that_are_prepared_have_lost_their_picture(by_hand: ByHand) -> None:
    clips = worlds.motion(4, classes=worlds.CLASSES[:4], seed=0)
    assert set(np.unique(by_hand("22").prepared(clips).clips)) <= {0, 1}


def test_films_give_every_clip_once_and_count_their_time(by_hand: ByHand) -> None:
    films = by_hand("22").Films(32)
    batches = [films[i] for i in range(len(films))]
    assert sum(len(labels) for _, labels in batches) == 32
    assert batches[0][0].shape == (32, 8, 32, 32, 3)
    assert films.seconds > 0


def test_the_doctor_is_right_on_nearly_every_recorded_run_and_never_alarmed_by_a_healthy_one(by_hand: ByHand) -> None:
    chapter = by_hand("22")
    runs = [row for row in evaluate.recorded("clinic") if row["remedy"] == "none"]
    chapter.facts_of.__globals__["controls"] = {r["seed"]: r["one_frame"] for r in runs if r["fault"] == "healthy"}
    other = {"statistics late": "training and prediction differ", "inputs scaled twice": "inputs out of scale"}
    other |= {"labels by lot": "wrong labels", "a third of the labels wrong": "wrong labels"}
    wrong = []
    for row in runs:
        name = doctor(chapter.history_of(row), classes=4, **chapter.facts_of(row)).name
        truth = "healthy" if row["fault"].startswith("healthy") else other.get(row["fault"], row["fault"])
        if name != truth:
            wrong.append(row["fault"])
    assert wrong == ["statistics late"]


def test_patients_of_the_exercise_are_what_it_says(by_hand: ByHand) -> None:
    runs = [row for row in evaluate.recorded("clinic") if (row["remedy"], row["seed"]) == ("none", "1")]
    for fault in ("too small", "overfitting", "stopped too early", "rate too high"):
        (row,) = [row for row in runs if row["fault"] == fault]
        facts = {"labels_checked": (50, 50), "input_range": (-1.0, 1.0)}
        assert doctor(by_hand("22").history_of(row), classes=4, **facts).name == fault
