"""The street world tells the truth: what is where, how fast, who crossed what, what was out of the ordinary."""

from itertools import combinations

from vidtutor.worlds import street_drawing as drawing
from vidtutor.worlds.street import EVENTS, Street, street
from vidtutor.worlds.street_life import Person, Script, Vehicle, World

import numpy as np
import pytest


@pytest.fixture(scope="module")
def film() -> Street:
    return street(400, seed=3, traffic=40, pedestrians=40)


def test_a_film_has_the_promised_shapes(film: Street):
    assert film.frames.shape == (400, 128, 192, 3) and film.frames.dtype == np.uint8
    rows = len(film.objects.frame)
    assert film.objects.box.shape == (rows, 4) and film.objects.box.dtype == np.float32
    assert film.objects.centre.shape == film.objects.velocity.shape == (rows, 2)
    assert set(film.objects.label) == {0, 1, 2} and film.labels == ("car", "lorry", "person")
    assert (np.diff(film.objects.frame) >= 0).all()
    assert film.counts.sum() == rows and film.counts[7, 2] == (film.objects.at(7).label == 2).sum()


def test_the_same_seed_gives_the_same_film_and_a_longer_one_begins_with_it():
    settings = {"seed": 5, "events": ("counterflow",)}
    short, again, long = street(60, **settings), street(60, **settings), street(90, **settings)
    assert np.array_equal(short.frames, again.frames)
    assert np.array_equal(short.frames, long.frames[:60])
    assert np.array_equal(short.objects.box, long.objects.where(long.objects.frame < 60).box)
    assert not np.array_equal(short.frames, street(60, seed=6).frames)


def test_boxes_hold_exactly_the_pixels_that_an_object_changes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drawing, "SHADOW", 0.0)
    full = street(200, seed=8, height=192, width=288)
    empty = street(200, seed=8, height=192, width=288, traffic=0, pedestrians=0)
    assert len(empty.objects.frame) == 0
    inside_boxes = 0
    for t in range(0, 200, 7):
        changed = (full.frames[t] != empty.frames[t]).any(-1)
        rows = full.objects.at(t)
        covered = np.zeros_like(changed)
        for box, visibility in zip(rows.box, rows.visibility, strict=True):
            x1, y1, x2, y2 = box
            covered[max(0, int(y1) - 1) : int(y2) + 2, max(0, int(x1) - 1) : int(x2) + 2] = True
            if visibility == 1:
                inside = changed[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))]
                ys, xs = np.nonzero(inside)
                assert xs.min() <= 1 and ys.min() <= 1
                assert xs.max() >= inside.shape[1] - 2 and ys.max() >= inside.shape[0] - 2
                assert inside.mean() > 0.4
                inside_boxes += 1
        # What has only just come into the picture is drawn but not listed.
        assert not (changed & ~covered)[:, 18:-18].any()
    assert inside_boxes > 40


def test_shadows_darken_the_ground_outside_the_boxes():
    full, empty = street(30, seed=8), street(30, seed=8, traffic=0, pedestrians=0)
    rows = full.objects.at(20)
    outside = np.ones((128, 192), bool)
    for x1, y1, x2, y2 in rows.box:
        outside[max(0, int(y1) - 1) : int(y2) + 2, max(0, int(x1) - 1) : int(x2) + 2] = False
    difference = full.frames[20].astype(int) - empty.frames[20]
    assert difference[outside].min() < -20
    assert difference[outside][:, 1].max() <= 1 or (difference[outside] > 1).mean() < 0.01


def test_velocity_is_displacement(film: Street):
    for identity in np.unique(film.objects.identity):
        path = film.objects.where(film.objects.identity == identity)
        assert len(set(path.label)) == 1
        together = np.diff(path.frame) == 1
        moved = np.diff(path.centre, axis=0) * film.metres_per_pixel * film.fps
        assert np.allclose(moved[together], path.velocity[1:][together], atol=0.01)
        assert np.hypot(*moved[together].T).max(initial=0) < (12 if path.label[0] < 2 else 2.2)


def test_an_identity_never_comes_back_and_never_jumps(film: Street):
    for identity in np.unique(film.objects.identity):
        frames = film.objects.frame[film.objects.identity == identity]
        assert len(set(frames)) == len(frames)
        assert np.diff(frames).max(initial=1) <= 3  # a swinging foot may be all that is in the picture


def test_visibility_reaches_both_ends(film: Street):
    seen, box = film.objects.visibility, film.objects.box
    assert seen.min() == 0 and seen.max() == 1
    at_edge = (box[:, 0] == 0) | (box[:, 2] == 192)
    assert (seen[at_edge] < 1).mean() > 0.9
    middle = (box[:, 0] > 90) & (box[:, 2] < 100) & (box[:, 1] > 40) & (box[:, 3] < 88)  # on the crossing: no trees
    assert middle.any() and (seen[middle] == 1).all()


def test_a_large_tree_hides_cars():
    film = street(600, seed=1)
    cars = film.objects.label == 0
    inside = (film.objects.box[:, 0] > 1) & (film.objects.box[:, 2] < 191)
    assert film.objects.visibility[cars & inside].min() < 0.25


def test_crossings_are_those_of_the_centres(film: Street):
    x = film.lines["road"][0][0]
    counted = []
    for identity in np.unique(film.objects.identity[film.objects.label < 2]):
        path = film.objects.where(film.objects.identity == identity)
        for i in range(1, len(path.frame)):
            before, after = path.centre[i - 1, 0], path.centre[i, 0]
            if (before < x) != (after < x):
                counted.append((int(path.frame[i]), int(identity), 1 if after > before else -1))
    told = [(c.frame, c.identity, c.direction) for c in film.crossings if c.line == "road"]
    assert sorted(counted) == told and len(told) >= 6
    assert all(film.labels[c.label] == "person" for c in film.crossings if c.line == "zebra")
    assert {c.direction for c in film.crossings if c.line == "zebra"} == {-1, 1}
    assert {c.direction for c in film.crossings if c.line == "upper pavement"} == {1}


def simulate(seed: int, events: tuple[str, ...] = ()) -> list[tuple[Vehicle | Person, Vehicle]]:
    """Pairs of things that came so near that they touched, in a minute and a half of dense traffic."""
    rng = np.random.default_rng(seed)
    scripts = [Script(kind, 5 + 10 * i) for i, kind in enumerate(events)]
    world = World(rng, 27, 13 + seed / 5, [], 1 / 12, (60, 60), scripts)
    touching = []
    for _ in range(1100):
        world.step()
        pairs = [*combinations(world.vehicles, 2), *((p, v) for p in world.people for v in world.vehicles)]
        for one, other in pairs:
            own = np.array((one.length, one.width) if isinstance(one, Vehicle) else (0.7, 0.7))
            room = (own + np.array((other.length, other.width))) / 2
            if (np.abs(one.position - other.position) < room).all():
                touching.append((one, other))
    return touching


@pytest.mark.parametrize("seed", range(3))
def test_vehicles_touch_neither_each_other_nor_people(seed: int):
    assert not simulate(seed, (*EVENTS, "near_collision"))


def test_vehicles_wait_at_the_crossing(film: Street):
    left, _, right, _ = film.regions["zebra"]
    crossing = {(c.frame, c.identity) for c in film.crossings if c.line == "zebra"}
    for frame, _ in crossing:
        vehicles = film.objects.at(frame).where(film.objects.at(frame).label < 2)
        on_it = (vehicles.box[:, 0] < right) & (vehicles.box[:, 2] > left)
        assert not on_it.any()
    stopped = np.hypot(*film.objects.velocity[film.objects.label < 2].T) < 0.1
    assert stopped.any()


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_comes_when_asked_for(kind: str):
    film = street(480, seed=2, events=(kind,), height=64, width=96)
    (event,) = film.events
    assert event.kind == kind and 0 <= event.first < event.last < 480
    part = np.isin(film.objects.identity, event.identities)
    part &= (film.objects.frame >= event.first) & (film.objects.frame <= event.last)
    actors = film.objects.where(part)
    assert set(actors.identity) == set(event.identities)
    assert {event.first, event.last} <= set(actors.frame)
    if kind == "wrong_way":
        lane = 1 if actors.centre[0, 1] > 32 else -1
        assert (np.sign(actors.velocity[:, 0]) * lane <= 0).all() and (actors.label < 2).all()
    elif kind == "loiter":
        spread = np.ptp(actors.centre, axis=0) * film.metres_per_pixel
        assert spread.max() < 4 and event.last - event.first > 8 * film.fps
    elif kind == "counterflow":
        others = film.objects.where((film.objects.label == 2) & ~np.isin(film.objects.identity, event.identities))
        side = actors.centre[:, 1].mean() < 32
        stream = others.where((others.centre[:, 1] < 32) == side)
        assert np.median(actors.velocity[:, 0]) * np.median(stream.velocity[:, 0]) < 0
        assert len(event.identities) == 5
    else:
        person, car = (actors.where(actors.identity == identity) for identity in event.identities)
        gap = np.minimum(abs(car.box[:, 0] - person.box[:, 2]), abs(car.box[:, 2] - person.box[:, 0]))
        assert gap.min() * film.metres_per_pixel < 1.2
        speed = np.hypot(*car.velocity.T)
        assert speed[0] > 4 and speed.min() < 0.1
        assert person.label[0] == 2 and car.label[0] < 2


def test_nothing_out_of_the_ordinary_unless_asked_for(film: Street):
    assert film.events == ()
    vehicles = film.objects.where(film.objects.label < 2)
    direction = np.where(vehicles.centre[:, 1] > 64, 1, -1)
    assert (vehicles.velocity[:, 0] * direction > -1e-6).all()
    people = film.objects.where(film.objects.label == 2)
    for identity in np.unique(people.identity):  # nobody goes to and fro on one spot for long
        path = people.centre[people.identity == identity]
        steps = int(9 * film.fps)
        assert all(np.ptp(path[i : i + steps], axis=0).max() > 3 for i in range(0, len(path) - steps, 12)) or (
            np.abs(path - np.array([np.mean(film.regions["zebra"][::2]), 64])).min(0)[0] < 12
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frames": 0}, "cannot film 0 frames"),
        ({"height": 32}, "64 or more pixels"),
        ({"width": 100}, "at least as many of width"),
        ({"fps": 2}, "5 to 60 frames a second"),
        ({"events": ("parade",)}, "unknown event 'parade'"),
        ({"events": ("loiter",)}, "film more of them"),
    ],
)
def test_bad_settings_are_explained(settings: dict, message: str):
    with pytest.raises(ValueError, match=message):
        street(**{"frames": 6, **settings})


def test_two_events_wait_for_a_lane_of_their_own():
    film = street(600, seed=4, height=64, width=96, events=("wrong_way", "wrong_way", "near_collision"))
    assert [event.kind for event in film.events] == ["wrong_way", "wrong_way", "near_collision"]
