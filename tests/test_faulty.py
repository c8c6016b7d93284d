"""The made-up detector misses, shakes, sees ghosts and suppresses, each as much as it is told."""

from vidtutor.worlds.faulty import faulty
from vidtutor.worlds.street import Street, street

import numpy as np
import pytest


@pytest.fixture(scope="module")
def film() -> Street:
    return street(120, seed=3, pedestrians=40)


def test_without_faults_it_finds_what_is_in_full_view(film: Street) -> None:
    clear = film.objects.where(film.objects.visibility > 0.999)
    found = faulty(film, miss=0, noise=0, ghosts=0, overlap=1)
    boxes = {tuple(row) for row in np.column_stack([found.frame, found.box]).round(3).tolist()}
    assert all(tuple(row) in boxes for row in np.column_stack([clear.frame, clear.box]).round(3).tolist())
    assert len(found) <= len(film.objects)


def test_misses_and_ghosts_come_in_the_dose_that_is_asked_for(film: Street) -> None:
    none = faulty(film, miss=0, noise=0, ghosts=0, overlap=1)
    half = faulty(film, miss=0.5, noise=0, ghosts=0, overlap=1)
    assert len(half) / len(none) == pytest.approx(0.5, abs=0.12)
    assert len(faulty(film, miss=0, noise=0, ghosts=2, overlap=1)) - len(none) == pytest.approx(240, abs=70)


def test_it_is_the_same_twice_and_keeps_its_form(film: Street) -> None:
    one, other = faulty(film, seed=5), faulty(film, seed=5)
    for name, column in vars(one).items():
        np.testing.assert_array_equal(column, vars(other)[name])
    assert one.box.dtype == one.score.dtype == np.float32 and one.frame.dtype == one.label.dtype == np.int64
    assert one.score.min() >= 0 and one.score.max() <= 1
    assert set(faulty(film, noise=0.2).box.ravel()) != set(one.box.ravel())
