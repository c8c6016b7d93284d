"""Chapter 14: filter, assignments and tracker by hand equal OpenCV's, SciPy's, every order tried, and the package's."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor.mot import hota
from vidtutor.rows import Detections, Tracks
from vidtutor.track import track

import cv2
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linear_sum_assignment

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize(("size", "seen"), [(2, 1), (8, 4), (5, 5)])
def test_the_filter_equals_opencv(by_hand: ByHand, size: int, seen: int) -> None:
    rng, hand = np.random.default_rng(size), by_hand("14")
    F, H = rng.normal(size=(size, size)) / size, rng.normal(size=(seen, size))
    Q, R, P = (a @ a.T + np.eye(n) for n in (size, seen, size) for a in [rng.normal(size=(n, n))])
    m = rng.normal(size=size)
    theirs = cv2.KalmanFilter(size, seen, 0, cv2.CV_64F)
    theirs.transitionMatrix, theirs.measurementMatrix = F, H
    theirs.processNoiseCov, theirs.measurementNoiseCov = Q, R
    theirs.statePost, theirs.errorCovPost = m[:, None].copy(), P.copy()
    for _ in range(20):
        z = rng.normal(size=seen)
        m, P = hand.correct(*hand.predict(m, P, F, Q), z, H, R)
        theirs.predict()
        theirs.correct(z[:, None])
        np.testing.assert_allclose(m, theirs.statePost[:, 0], atol=1e-9)
        np.testing.assert_allclose(P, theirs.errorCovPost, atol=1e-9)


def test_two_opinions_are_the_product_of_two_densities(by_hand: ByHand) -> None:
    x = np.linspace(-20, 20, 100_001)
    for m, P, z, R in ((3, 2.0, 6, 1.0), (-1, 0.3, 2, 4.0)):
        both = stats.norm.pdf(x, m, P**0.5) * stats.norm.pdf(x, z, R**0.5)
        both /= both.sum()
        mean = (both * x).sum()
        np.testing.assert_allclose(by_hand("14").mixed(m, P, z, R), (mean, (both * (x - mean) ** 2).sum()), atol=1e-6)


def test_best_by_trying_and_the_method_with_a_limit_equal_scipy(by_hand: ByHand) -> None:
    rng, hand = np.random.default_rng(0), by_hand("14")
    for n, k in ((1, 1), (3, 3), (4, 6), (5, 5)):
        cost = rng.random((n, k))
        wanted = list(zip(*map(list, linear_sum_assignment(cost)), strict=True))
        assert hand.best_by_trying(cost) == wanted == hand.optimal(cost)
        total = cost[tuple(zip(*hand.greedy(cost), strict=True))].sum()
        assert total >= cost[tuple(zip(*wanted, strict=True))].sum() - 1e-12
    forbidden = np.array([[1.0, 1e6], [1e6, 1e6]])
    assert hand.optimal(forbidden) == hand.greedy(forbidden) == [(0, 0)]
    assert hand.optimal(np.zeros((0, 3))) == hand.greedy(np.zeros((0, 3))) == []


def test_the_gate_lets_99_of_100_through(by_hand: ByHand) -> None:
    assert stats.chi2.cdf(13.3, 4) == pytest.approx(0.99, abs=0.001)
    rng, hand = np.random.default_rng(1), by_hand("14")
    one = hand.born(np.array([50.0, 40, 20, 30]), 2, 1)
    S = one.P[:4, :4] + hand.noises(one.m)[1]
    z = rng.multivariate_normal(one.m[:4], S, size=20_000)
    table = hand.costs([one], z, np.full(len(z), 2))
    assert np.mean(table < 1e5) == pytest.approx(0.99, abs=0.005)
    wanted = -2 * stats.multivariate_normal(one.m[:4], S).logpdf(z) - 4 * np.log(2 * np.pi)
    inside = table[0] < 1e5
    np.testing.assert_allclose(table[0, inside], wanted[inside])
    assert (hand.costs([one], z, np.zeros(len(z))) == 1e6).all()


def test_hand_and_package_give_the_same_tracks(by_hand: ByHand) -> None:
    rng = np.random.default_rng(2)
    corner = np.array([[0, 0], [180, 10], [20, 120], [60, 300]])[None] + np.arange(40)[:, None, None] * np.array(
        [[4, 0.5], [-4, 0], [3, 3], [0, 0]]
    )
    box = np.concatenate([corner, corner + np.array((24, 40))], axis=2) + rng.normal(0, 0.7, (40, 4, 4))
    seen = np.ones((40, 4), bool)
    seen[18:24, 2] = False
    frame, thing = np.nonzero(seen)
    found = Detections(frame, np.zeros(len(frame), int), box[seen].astype(np.float32), np.ones(len(frame), np.float32))
    truth = Tracks(*vars(found).values(), identity=thing)
    for tracks in (by_hand("14").follow(found), track(found, fill=0, smooth=0)):
        assert len(tracks) == len(found)
        assert hota([(truth, tracks)]) == pytest.approx({"HOTA": 1, "DetA": 1, "AssA": 1})


def test_weak_boxes_continue_tracks_and_begin_none(by_hand: ByHand) -> None:
    corner = np.arange(12)[:, None] * np.array([2.0, 0])
    box = np.concatenate([corner, corner + 20], axis=1).astype(np.float32)
    score = np.where((np.arange(12) > 5) & (np.arange(12) < 8), 0.2, 0.9).astype(np.float32)
    found = Detections(np.arange(12), np.zeros(12, int), box, score)
    assert by_hand("14").follow(found, sure=0.5).identity.tolist() == [1] * 12
    assert len(by_hand("14").follow(found.where(score < 0.5), sure=0.5)) == 0
