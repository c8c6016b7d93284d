"""Counts, speeds, events and flow: plain cases, and streets whose tracks are made from the truth and then spoiled."""

import os
from pathlib import Path

from vidtutor import behaviour, detect, events, flow, video
from vidtutor.rows import Event, Tracks
from vidtutor.track import track
from vidtutor.worlds import street
from vidtutor.worlds.street import Objects, Street

import numpy as np
import pytest
from matplotlib.path import Path as Polyline
from numpy.typing import NDArray
from scipy.signal import savgol_filter

PICTURE = (128, 192)
UPRIGHT = {"line": ((100.0, 0.0), (100.0, 128.0))}


def tracks_of(*ways: NDArray[np.floating], begin: tuple[int, ...] = (), size: float = 8, label: int = 2) -> Tracks:
    """Tracks with these middles (n, 2) in frames one after the other, from frame 0 or `begin` on; NaN: not found."""
    rows = []
    for identity, (way, first) in enumerate(zip(ways, begin or (0,) * len(ways), strict=True)):
        for t, (x, y) in enumerate(way):
            if np.isfinite(x):
                rows.append((first + t, identity, x - size / 2, y - size / 2, x + size / 2, y + size / 2))
    table = np.array(sorted(rows), float).reshape(-1, 6)
    ones = np.ones(len(table))
    return Tracks(
        table[:, 0].astype(np.int64),
        (label * ones).astype(np.int64),
        table[:, 2:].astype(np.float32),
        ones.astype(np.float32),
        table[:, 1].astype(np.int64),
    )


def straight(frames: int, start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    return np.linspace(start, end, frames)


def faulty(objects: Objects, seed: int, cut: float = 1 / 300) -> Tracks:
    """The truth as a poor tracker gives it: boxes shaken, rows missing, what is hidden lost, identities that break."""
    rng = np.random.default_rng(seed)
    rows = objects.where((objects.visibility > 0.3) & (rng.random(len(objects)) > 0.08))
    sides = np.tile(rows.box[:, 2:] - rows.box[:, :2], 2)
    box = rows.box + rng.normal(size=sides.shape) * np.maximum(0.04 * sides, 0.3)
    identity = rows.identity * 1000
    for who in np.unique(rows.identity):
        chosen = np.flatnonzero(rows.identity == who)
        gap = np.diff(rows.frame[chosen], prepend=rows.frame[chosen[0]])
        identity[chosen] += np.cumsum((gap > 24) | (rng.random(len(chosen)) < cut))
    score = np.ones(len(rows), np.float32)
    return Tracks(rows.frame, rows.label, box.astype(np.float32), score, identity)


@pytest.fixture(scope="module")
def calm() -> Street:
    return street(480, seed=31)


@pytest.fixture(scope="module")
def eventful() -> tuple[Street, Street]:
    kinds = ("wrong_way", "loiter", "near_collision", "counterflow")
    return street(700, seed=204, traffic=30, pedestrians=30), street(700, seed=204, events=kinds)


# Counting


def test_a_passage_counts_once_in_its_direction() -> None:
    there = behaviour.crossings(tracks_of(straight(21, (60, 50), (140, 60))), UPRIGHT)
    assert [(c.frame, c.identity, c.label, c.line, c.direction) for c in there] == [(10, 0, 2, "line", 1)]
    back = behaviour.crossings(tracks_of(straight(21, (140, 50), (60, 60))), UPRIGHT)
    assert [c.direction for c in back] == [-1]


def test_trembling_on_the_line_does_not_count() -> None:
    rng = np.random.default_rng(0)
    wait = np.column_stack([100 + rng.normal(0, 0.5, 60), np.full(60, 50.0)])
    come, go = straight(20, (60, 50), (100, 50)), straight(20, (100, 50), (140, 50))
    assert len(behaviour.crossings(tracks_of(np.concatenate([come, wait, go])), UPRIGHT, band=0.25)) == 1
    assert len(behaviour.crossings(tracks_of(np.concatenate([come, wait, come[::-1]])), UPRIGHT, band=0.25)) == 0
    assert len(behaviour.crossings(tracks_of(np.concatenate([come, wait, go])), UPRIGHT, band=0, blind=0)) > 5


def test_what_passes_beyond_the_end_does_not_count() -> None:
    line = {"short": ((100.0, 0.0), (100.0, 40.0))}
    assert behaviour.crossings(tracks_of(straight(21, (60, 50), (140, 50))), line) == []


@pytest.mark.parametrize("seed", range(8))
def test_lines_at_any_angle_agree_with_geometry(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, start, end = rng.uniform(0, 128, (4, 2))
    way = straight(60, tuple(start), tuple(end))
    found = behaviour.crossings(tracks_of(way, size=1), {"line": (tuple(a), tuple(b))}, band=0, blind=0)
    assert len(found) == int(Polyline([a, b]).intersects_path(Polyline([start, end])))


def test_directions_are_right_and_down() -> None:
    down = tracks_of(straight(21, (50, 20), (50, 90)))
    assert behaviour.crossings(down, {"flat": ((90.0, 50.0), (10.0, 50.0))})[0].direction == 1
    assert behaviour.crossings(down, {"flat": ((10.0, 50.0), (90.0, 50.0))})[0].direction == 1


def test_hidden_while_crossing_and_come_out_as_another() -> None:
    way = straight(81, (60, 50), (140, 50))
    gap = way.copy()
    gap[35:46] = np.nan
    assert [c.frame for c in behaviour.crossings(tracks_of(gap), UPRIGHT)] == [40]
    broken = tracks_of(way[:35], way[46:], begin=(0, 46))
    assert len(behaviour.crossings(broken, UPRIGHT, blind=12)) == 1
    assert len(behaviour.crossings(broken, UPRIGHT, blind=0)) == 0
    two = tracks_of(way[:60], way[:60] + np.array([0, 12]))
    assert len(behaviour.crossings(two, UPRIGHT)) == 2  # seen at the same time, so not the same thing


def test_the_street_counts_with_faulty_tracks(calm: Street) -> None:
    found = behaviour.crossings(faulty(calm.objects, 5), calm.lines)
    for name in calm.lines:
        for way in (1, -1):
            pair = [sum((c.line, c.direction) == (name, way) for c in cs) for cs in (found, calm.crossings)]
            assert abs(pair[0] - pair[1]) <= 1 + pair[1] // 8
    assert abs(len(found) - len(calm.crossings)) <= len(calm.crossings) // 8


def test_strange_lines_and_no_tracks() -> None:
    with pytest.raises(ValueError, match="two different ends"):
        behaviour.crossings(tracks_of(straight(5, (0, 0), (9, 9))), {"dot": ((3.0, 3.0), (3.0, 3.0))})
    nobody = tracks_of()
    assert behaviour.crossings(nobody, UPRIGHT) == []
    assert behaviour.paths(nobody) == []
    assert events.loitering(nobody, 12, 0.1) == []
    assert behaviour.velocities(nobody, 12, 0.1, picture=PICTURE).shape == (0, 2)


# Speed and stay


def test_velocity_is_a_savitzky_golay_slope() -> None:
    rng = np.random.default_rng(1)
    way = np.column_stack([40 + np.cumsum(rng.uniform(0, 2, 60)), 60 + rng.normal(0, 0.5, 60)])
    found = behaviour.velocities(tracks_of(way), 12, 0.5, picture=PICTURE)
    slope = savgol_filter(way, 19, 2, deriv=1, axis=0, mode="interp") * 12 * 0.5
    np.testing.assert_allclose(found[9:-9], slope[9:-9], atol=1e-3)


def test_gaps_and_cut_boxes_do_not_bend_the_speed() -> None:
    way = straight(80, (30, 60), (150, 60))
    way[30:38] = np.nan
    speed = behaviour.speeds(tracks_of(way), 10, 0.2, picture=PICTURE)
    np.testing.assert_allclose(speed, 120 / 79 * 2, rtol=1e-3)
    boxes = tracks_of(straight(60, (-4, 60), (100, 60)), size=20)
    cut = Tracks(**{**vars(boxes), "box": boxes.box.clip(0, None)})
    known = behaviour.speeds(cut, 10, 0.2, picture=PICTURE)
    assert np.isnan(known[0])
    np.testing.assert_allclose(known[np.isfinite(known)], 104 / 59 * 2, rtol=1e-3)


def test_speeds_need_a_scale() -> None:
    with pytest.raises(ValueError, match="above 0"):
        behaviour.velocities(tracks_of(straight(9, (0, 0), (9, 9))), 12, 0, picture=PICTURE)


def test_cars_within_a_little(calm: Street) -> None:
    cars = faulty(calm.objects, 6)
    cars = cars.where(cars.label == 0)
    real = {(f, i): v for f, i, v in zip(calm.objects.frame, calm.objects.identity, calm.objects.velocity, strict=True)}
    true = np.array([np.hypot(*real[f, i // 1000]) for f, i in zip(cars.frame, cars.identity, strict=True)])
    off = np.abs(behaviour.speeds(cars, calm.fps, calm.metres_per_pixel, picture=PICTURE) - true) * 3.6
    assert np.nanmean(off) < 1.0
    assert np.isfinite(off).mean() > 0.6


def test_dwell_counts_seconds_inside() -> None:
    stay = behaviour.dwell(tracks_of(straight(41, (0, 50), (40, 50))), (10, 40, 20, 60), 10)
    assert stay == {0: pytest.approx(1.1)}


# Events


def test_loitering_is_a_stay_and_not_a_walk() -> None:
    rng = np.random.default_rng(2)
    stay, walk = 50 + rng.normal(0, 1, (200, 2)), straight(200, (20, 90), (150, 90))
    both = tracks_of(stay, walk)
    assert events.loitering(both, 12, 0.14) == [Event("loiter", 0, 199, (0,))]
    assert events.loitering(both, 12, 0.14, waiting=[(40, 40, 60, 60)]) == []
    assert events.loitering(both, 12, 0.14, seconds=20) == []


def test_time_to_collision() -> None:
    reach = np.array([3.0, 2.0])
    for apart, speed, right in (
        ([10, 0], [-7, 0], 1.0),
        ([10, 0], [7, 0], np.inf),
        ([10, 5], [-7, 0], np.inf),
        ([10, 5], [-7, -3], 1.0),
        ([1, 1], [5, 0], 0.0),
        ([0, 9], [0, 0], np.inf),
    ):
        assert events.time_to_collision(np.array(apart, float), np.array(speed, float), reach) == right


def test_time_to_collision_agrees_with_small_steps() -> None:
    rng, steps = np.random.default_rng(3), np.arange(0, 8, 0.001)
    for _ in range(200):
        apart, speed, reach = rng.uniform(-9, 9, 2), rng.uniform(-5, 5, 2), rng.uniform(0.5, 4, 2)
        touch = (np.abs(apart + steps[:, None] * speed) <= reach).all(axis=1)
        stepped = steps[touch.argmax()] if touch.any() else np.inf
        found = events.time_to_collision(apart, speed, reach)
        assert found == pytest.approx(stepped, abs=0.002) or (found > 7.9 and stepped == np.inf)


def test_the_four_events_are_found_and_nothing_else(eventful: tuple[Street, Street]) -> None:
    usual, odd = eventful
    scale, road = (odd.fps, odd.metres_per_pixel), odd.regions["road"]
    found: list[Event] = []
    drivers = faulty(odd.objects, 1)
    drivers = drivers.where(drivers.label < 2)
    for people in (False, True):
        before, now = (faulty(s.objects, i) for i, s in enumerate((usual, odd)))
        before, now = (rows.where((rows.label == 2) == people) for rows in (before, now))
        velocity = behaviour.velocities(before, *scale, picture=PICTURE)
        against = events.wrong_way(now, flow.usual_way(before, velocity, (18, 27), PICTURE), *scale, picture=PICTURE)
        if people:
            found += events.counterflow(now, against, odd.metres_per_pixel)
            left, _, right, _ = odd.regions["zebra"]
            found += events.loitering(now, *scale, waiting=[(left - 7, 0, right + 7, 128)])
            found += events.near_collisions(now, drivers, *scale, picture=PICTURE, road=road)
        else:
            found += against
    assert sorted({event.kind for event in found}) == sorted(event.kind for event in odd.events)
    for event in odd.events:
        (met,) = [
            f for f in found if f.kind == event.kind and {i // 1000 for i in f.identities} & set(event.identities)
        ]
        assert met.first <= event.last
        assert met.last >= event.first


# Flow


def test_density_adds_up_to_the_number_of_things() -> None:
    rows = tracks_of(straight(10, (10, 10), (180, 100)), straight(10, (10, 120), (20, 10)))
    density = flow.density(rows, 10, (4, 6), PICTURE)
    assert density.shape == (4, 6)
    assert density.sum() == pytest.approx(2)
    assert flow.cells(rows, (4, 6), PICTURE).max(axis=0).tolist() == [3, 5]


def test_the_usual_way_is_where_most_agree() -> None:
    ways = [straight(40, (10, 20 + i), (180, 20 + i)) for i in range(3)]
    ways += [straight(40, (10, 100 + i), (180, 100 + i))[:: 1 - 2 * (i % 2)] for i in range(4)]
    rows = tracks_of(*ways)
    way = flow.usual_way(rows, behaviour.velocities(rows, 12, 0.14, picture=PICTURE), (4, 6), PICTURE)
    np.testing.assert_allclose(way[0, 1:5], np.tile([1, 0], (4, 1)), atol=0.01)
    assert np.isnan(way[3]).all()  # both ways
    assert np.isnan(way[1:3]).all()  # nobody


def test_flow_fields_of_a_moving_texture() -> None:
    rng = np.random.default_rng(4)
    texture = np.kron(rng.integers(0, 255, (20, 30)), np.ones((4, 4))).astype(np.uint8)
    frames = [np.repeat(np.roll(texture, 2 * t, axis=1)[..., None], 3, axis=2) for t in range(3)]
    fields = np.stack(list(flow.flow_fields(iter(frames))))
    assert fields.shape == (2, 10, 15, 2)
    np.testing.assert_allclose(np.median(fields, axis=(0, 1, 2)), [2, 0], atol=0.1)


def test_a_turned_direction_surprises_and_a_usual_one_does_not() -> None:
    right = np.zeros((400, 4, 5, 2))
    right[::4, ..., 0] = 2
    usual = flow.Directions.learn(right, least=0.4)
    assert usual.surprise(right).max() == 0
    turned = usual.surprise(-right[:1])
    np.testing.assert_allclose(turned, np.log(0.005 / 1e-4))
    assert usual.surprise(right[:1] * [[1, 0.3]]).max() == 0  # a little to the side is not odd


@pytest.mark.footage
@pytest.mark.skipif("VIDTUTOR_DATA" not in os.environ, reason="VIDTUTOR_DATA does not name a folder of footage")
def test_real_traffic_is_counted_about_right() -> None:
    film = Path(os.environ["VIDTUTOR_DATA"]) / "footage" / "highway.mp4"
    rate = video.probe(film).fps
    frames = [frame for frame, _ in zip(video.frames(film), range(round(10 * rate)), strict=False)]
    found = track(detect.moving([frame[::2, ::2] for frame in frames], smallest=60))
    assert len(np.unique(found.identity)) > 3
