"""Intervals and calibration, against SciPy and scikit-learn."""

from vidtutor import certainty

import numpy as np
import pytest
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression


@pytest.mark.parametrize("seed", range(3))
def test_where_every_clip_is_a_video_it_is_scipys_bootstrap(seed: int) -> None:
    values = np.random.default_rng(seed).gamma(2, size=50)
    ours = certainty.interval(np.mean, np.arange(50), values, resamples=4000)
    theirs = stats.bootstrap(
        [values], np.mean, n_resamples=4000, method="percentile", random_state=seed
    ).confidence_interval
    np.testing.assert_allclose(ours, theirs, atol=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_with_clips_it_is_scipys_bootstrap_of_the_videos(seed: int) -> None:
    rng = np.random.default_rng(seed)
    means = rng.normal(size=40)
    clips = means[:, None] + rng.normal(0, 0.1, (40, 6))
    order = rng.permutation(240)
    ours = certainty.interval(np.mean, np.repeat(np.arange(40), 6)[order], clips.ravel()[order], resamples=4000)
    theirs = stats.bootstrap(
        [clips.mean(axis=1)], np.mean, n_resamples=4000, method="percentile", random_state=seed
    ).confidence_interval
    np.testing.assert_allclose(ours, theirs, atol=0.03)


def test_arrays_of_a_draw_stay_together_and_a_seed_repeats_it() -> None:
    videos = np.repeat(np.arange(5), [1, 2, 3, 4, 5])
    label = np.arange(15)
    assert certainty.interval(lambda a, b: float(np.abs(a - b).max()), videos, label, label) == (0, 0)
    runs = [certainty.interval(np.mean, videos, label, level=0.5, resamples=50, seed=seed) for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


def test_draws_without_a_value_are_left_out() -> None:
    videos, hit = np.arange(4), np.array([0, 0, 0, 1.0])
    low, high = certainty.interval(lambda values: 1.0 if values.any() else float("nan"), videos, hit, resamples=200)
    assert (low, high) == (1, 1)


@pytest.mark.parametrize("seed", range(10))
def test_calibration_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.choice([rng.random(200), rng.integers(11, size=200) / 10])
    correct = rng.random(200) < confidence**2
    ours = certainty.calibration(confidence, correct)
    accuracy, mean = calibration_curve(correct, confidence, n_bins=10)
    np.testing.assert_allclose(ours.accuracy, accuracy)
    np.testing.assert_allclose(ours.confidence, mean)
    assert ours.clips.sum() == 200
    assert ours.error == pytest.approx(np.sum(ours.clips * np.abs(accuracy - mean)) / 200)


@pytest.mark.parametrize("true_temperature", [0.25, 1.0, 3.0])
def test_the_temperature_of_two_classes_is_a_logistic_regression(true_temperature: float) -> None:
    rng = np.random.default_rng(0)
    given = rng.dirichlet([1, 1], 2000)
    labels = (rng.random(2000) > certainty.tempered(given, true_temperature)[:, 0]).astype(int)
    logit = np.log(given[:, 1:] / given[:, :1])
    theirs = LogisticRegression(fit_intercept=False, C=1e9).fit(logit, labels)
    ours = certainty.fit_temperature(given, labels)
    assert ours == pytest.approx(1 / theirs.coef_[0, 0], rel=0.01)
    np.testing.assert_allclose(certainty.tempered(given, ours)[:, 1], theirs.predict_proba(logit)[:, 1], atol=0.01)


def test_a_temperature_of_one_changes_nothing_and_none_changes_the_order() -> None:
    given = np.random.default_rng(0).dirichlet(np.ones(5), 100)
    np.testing.assert_allclose(certainty.tempered(given, 1), given)
    np.testing.assert_array_equal(certainty.tempered(given, 0.2).argmax(axis=1), given.argmax(axis=1))
    assert np.isfinite(certainty.tempered(np.array([[1, 0]], np.float32), 0.05)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: certainty.interval(np.mean, np.zeros(5), np.zeros(5)), "1 videos of 5 clips"),
        (lambda: certainty.interval(np.mean, np.arange(5), np.zeros(4)), r"arrays of \[4\]"),
        (lambda: certainty.interval(np.mean, np.arange(5), np.zeros(5), level=95), "level 95"),
        (lambda: certainty.calibration(np.array([0.5, 1.2]), np.array([True, False])), "outside 0…1"),
        (lambda: certainty.calibration(np.zeros(0), np.zeros(0)), "a right or wrong a clip"),
        (lambda: certainty.tempered(np.ones((1, 2)), 0), "must be above 0"),
        (lambda: certainty.fit_temperature(np.ones((1, 2)), np.zeros(2, int)), "1 rows of probabilities and 2 labels"),
    ],
)
def test_what_cannot_be_computed_gets_a_sentence(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
