"""The street world: a road and its people filmed from above, with everything true about them written down.

Vehicles keep right and wait at the crossing for people; people walk facing the traffic, so each pavement has one
direction. What happens is in `street_life`, how it looks in `street_drawing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vidtutor.rows import Crossing, Event, Line, Rows
from vidtutor.worlds import street_drawing as drawing
from vidtutor.worlds.street_drawing import HEIGHT, PAVEMENTS, ROAD, ZEBRA
from vidtutor.worlds.street_life import LABELS, Script, World

import cv2
import numpy as np
from numpy.typing import NDArray

EVENTS = ("loiter", "wrong_way", "counterflow", "near_collision")
WARM_UP = 25.0  # seconds before the first frame, so that the street is not empty then
NOISE = 2.2  # standard deviation of the camera's noise, of 255

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Objects(Rows):
    """What is truly there: a row for each object in each frame, in the order of frames.

    frame, label, identity: int64 (M,); label is a position in LABELS. box: float32 (M, 4), without the shadow, cut off
    at the picture's edge. visibility: float32 (M,), the part of the object, 0…1, that is inside the picture and not
    hidden. centre: float32 (M, 2), x, y in pixels, of the whole object.
    velocity: float32 (M, 2), x, y in metres a second, from the frame before to this one.
    """

    identity: NDArray[np.int64]
    visibility: NDArray[np.float32]
    centre: NDArray[np.float32]
    velocity: NDArray[np.float32]


@dataclass(frozen=True)
class Street:
    """A filmed street, and the truth about it.

    frames: uint8 (T, H, W, 3), RGB. labels: names of the labels. lines: counting lines, each from (x, y) to (x, y) in
    pixels. crossings: true crossings of the lines, in the order of frames. events: what was asked for. regions: "road",
    "zebra", "upper pavement", "lower pavement", each x1, y1, x2, y2 in pixels.
    """

    frames: NDArray[np.uint8]
    fps: float
    metres_per_pixel: float
    objects: Objects
    crossings: tuple[Crossing, ...]
    events: tuple[Event, ...]
    lines: dict[str, Line]
    regions: dict[str, Box]
    labels: tuple[str, ...] = LABELS

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many objects of each label are in each frame: int64 (T, labels)."""
        counts = np.zeros((len(self.frames), len(self.labels)), np.int64)
        np.add.at(counts, (self.objects.frame, self.objects.label), 1)
        return counts


def street(
    frames: int,
    *,
    height: int = 128,
    width: int = 192,
    seed: int = 0,
    fps: float = 12,
    traffic: float = 24,
    pedestrians: float = 24,
    events: Sequence[str] = (),
) -> Street:
    """Film a made-up street and keep the truth about it. The picture always shows 18 m from top to bottom.

    traffic, pedestrians: how many vehicles and people set out each minute. events: names out of EVENTS; they begin one
    after the other, about ten seconds apart, though some wait up to half a minute for room. The first frames of a
    longer film are those of a shorter one with the same settings. A film is held in memory: ten minutes of 192 × 128
    take 530 MB.
    Raises ValueError for pictures that are too small or too narrow, for no frames, a strange fps, an unknown event, and
    for a film that ends before its events begin. Chapters 01 and 13 to 15.
    """
    unknown = sorted(set(events) - set(EVENTS))
    if unknown:
        raise ValueError(f"unknown event {unknown[0]!r}: choose from {', '.join(EVENTS)}")
    if height < 64 or width < height or frames < 1 or not 5 <= fps <= 60:
        raise ValueError(
            f"cannot film {frames} frames of {width} × {height} pixels at {fps} a second: take 1 frame or more, "
            "64 or more pixels of height, at least as many of width, and 5 to 60 frames a second"
        )
    planned, living, looking = (np.random.default_rng([seed, part]) for part in range(3))
    pixels = height / HEIGHT  # of one metre
    across = width / pixels
    zebra = across * planned.uniform(0.42, 0.58)
    trees = drawing.tree_places(planned, across, zebra)
    scripts = [Script(kind, WARM_UP + 2 + 10 * i + planned.uniform(0, 2)) for i, kind in enumerate(events)]
    world = World(living, across, zebra, trees, 1 / fps, (traffic, pedestrians), scripts)
    camera = _Camera(looking, height, width, zebra, trees)

    early = round(WARM_UP * fps)
    for _ in range(early):
        world.step()
    film = np.empty((frames, height, width, 3), np.uint8)
    rows: list[tuple[Any, ...]] = []
    for t in range(frames):
        world.step()
        film[t], seen = camera.shoot(world.things)
        rows += [(t, *row) for row in seen]
    objects = _objects(rows)
    regions, lines = _layout(zebra, across, pixels)
    return Street(
        frames=film,
        fps=fps,
        metres_per_pixel=1 / pixels,
        objects=objects,
        crossings=tuple(_crossings(objects, lines)),
        events=tuple(_event(script, objects, early, frames) for script in scripts),
        lines=lines,
        regions=regions,
    )


class _Camera:
    """Turns what is in the world into a frame, and says what can be seen in it."""

    def __init__(
        self, rng: np.random.Generator, height: int, width: int, zebra: float, trees: list[tuple[float, float, float]]
    ) -> None:
        self.rng, self.height, self.width, self.pixels = rng, height, width, height / HEIGHT
        self.ground = drawing.ground(rng, height, width, zebra)
        self.crowns, self.light = drawing.trees(rng, height, width, trees)
        self.noise = rng.normal(0, NOISE, (2 * height, 2 * width, 1)).astype(np.float32)
        self.path = drawing.shadow_path(self.pixels)

    def shoot(self, things: list[Any]) -> tuple[NDArray[np.uint8], list[tuple[Any, ...]]]:
        """A frame uint8 (H, W, 3), and a row of truth for each thing that is in it, drawn from the top downwards."""
        picture = self.crowns[..., :3].copy()
        uncovered = 1 - self.crowns[..., 3:]
        solid = np.zeros((self.height, self.width), np.float32)
        rows = []
        for thing in things:
            sprite = thing.sprite(self.pixels)
            whole = np.array(sprite.box(*thing.position, thing.angle)) * self.pixels
            box = np.clip(whole, 0, (self.width, self.height) * 2)
            sides = box[2:] - box[:2]
            if min(sides) <= 0:
                continue
            patch, left, top = sprite.placed(*thing.position, thing.angle, self.pixels)
            full = patch[..., 3].sum()
            row, column = max(top, 0), max(left, 0)
            patch = patch[row - top : self.height - top, column - left : self.width - left]
            window = np.s_[row : row + patch.shape[0], column : column + patch.shape[1]]
            seen = patch * uncovered[window]
            picture[window] += seen[..., :3] * self.light[window]
            uncovered[window] -= seen[..., 3:]
            np.maximum(solid[window], patch[..., 3], out=solid[window])
            if min(sides) >= 1 and sides.prod() > 0.2 * (whole[2:] - whole[:2]).prod():
                visible = min(1.0, float(seen[..., 3].sum() / full))
                centre = thing.position * self.pixels
                rows.append((thing.identity, thing.label, box, visible, centre, thing.velocity))
        return self._exposed(picture, uncovered, solid), rows

    def _exposed(
        self, picture: NDArray[np.float32], uncovered: NDArray[np.float32], solid: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        """The finished frame: the ground with shadows where nothing covers it, and the camera's noise over all."""
        shadow = cv2.dilate((solid * 255).astype(np.uint8), self.path)
        shadow = cv2.GaussianBlur(shadow, (0, 0), 0.12 * self.pixels)
        # In the shade of a tree there is no sun left for a second shadow to take.
        light = np.minimum(self.light, 1 - drawing.SHADOW / 255 * shadow[..., None])
        row, column = self.rng.integers(0, (self.height, self.width))
        noise = self.noise[row : row + self.height, column : column + self.width]
        picture += self.ground * light * uncovered
        picture += noise
        return np.clip(picture + 0.5, 0, 255, out=picture).astype(np.uint8)


def _objects(rows: list[tuple[Any, ...]]) -> Objects:
    frame, identity, label, box, visibility, centre, velocity = zip(*rows, strict=True) if rows else ([],) * 7
    return Objects(
        frame=np.array(frame, np.int64),
        label=np.array(label, np.int64),
        box=np.array(box, np.float32).reshape(-1, 4),
        identity=np.array(identity, np.int64),
        visibility=np.array(visibility, np.float32),
        centre=np.array(centre, np.float32).reshape(-1, 2),
        velocity=np.array(velocity, np.float32).reshape(-1, 2),
    )


def _layout(zebra: float, across: float, pixels: float) -> tuple[dict[str, Box], dict[str, Line]]:
    """Regions and counting lines in pixels. The lines across road and pavements stand away from the crossing."""
    x = zebra + (across / 4 if zebra < across / 2 else -across / 4)
    left, right, middle = zebra - ZEBRA / 2, zebra + ZEBRA / 2, sum(ROAD) / 2
    regions = {
        "road": (0, ROAD[0], across, ROAD[1]),
        "zebra": (left, ROAD[0], right, ROAD[1]),
        "upper pavement": (0, PAVEMENTS[0][0], across, PAVEMENTS[0][1]),
        "lower pavement": (0, PAVEMENTS[1][0], across, PAVEMENTS[1][1]),
    }
    lines = {
        "road": ((x, ROAD[0]), (x, ROAD[1])),
        "zebra": ((left, middle), (right, middle)),
        "upper pavement": ((x, PAVEMENTS[0][0]), (x, PAVEMENTS[0][1])),
        "lower pavement": ((x, PAVEMENTS[1][0]), (x, PAVEMENTS[1][1])),
    }
    return (
        {name: tuple(float(edge * pixels) for edge in box) for name, box in regions.items()},  # type: ignore[misc]
        {name: tuple((u * pixels, v * pixels) for u, v in line) for name, line in lines.items()},  # type: ignore[misc]
    )


def _crossings(objects: Objects, lines: dict[str, Line]) -> list[Crossing]:
    """Each time that an object's centre went over a line from one frame to the next, in the order of frames."""
    found = []
    for identity in np.unique(objects.identity):
        path = objects.where(objects.identity == identity)
        for name, ((x1, y1), (x2, y2)) in lines.items():
            across, place, ends = (0, x1, (y1, y2)) if x1 == x2 else (1, y1, (x1, x2))
            ahead = path.centre[:, across] >= place
            along = path.centre[:, 1 - across]
            for i in np.flatnonzero((ahead[1:] != ahead[:-1]) & (np.diff(path.frame) == 1)) + 1:
                if ends[0] <= along[i] <= ends[1]:
                    direction = 1 if ahead[i] else -1
                    found.append(Crossing(int(path.frame[i]), int(identity), int(path.label[i]), name, direction))
    return sorted(found)


def _event(script: Script, objects: Objects, early: int, frames: int) -> Event:
    """What became of a script, as far as it can be seen in the film."""
    identities = tuple(actor.identity for actor in script.actors)
    if script.begun is not None:
        first, last = script.begun - early - 1, (script.ended or early + frames) - early - 1
        inside = np.isin(objects.identity, identities) & (objects.frame >= first) & (objects.frame <= last)
        if inside.any():
            seen = objects.frame[inside]
            return Event(script.kind, int(seen[0]), int(seen[-1]), identities)
    raise ValueError(f"the event {script.kind!r} has not begun after {frames} frames: film more of them")
