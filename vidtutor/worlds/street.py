"""The street world: a road, a crossing and its people from above, with everything true about them written down.

Vehicles follow the intelligent driver model (Treiber 2000), people a social force (Helbing and Molnár 1995). Vehicles
keep right; people walk facing the traffic, so each pavement has one direction. At the crossing, people wait until every
vehicle has passed or is sure to stop. Lengths are in metres, x to the right, y down, until they leave this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidtutor.worlds import street_drawing as drawing
from vidtutor.worlds.street_drawing import HEIGHT, PAVEMENTS, ROAD, ZEBRA

LABELS = ("car", "lorry", "person")
EVENTS = ("loiter", "wrong_way", "counterflow", "near_collision")
LANES = ((ROAD[0] + 1.95, -1), (ROAD[1] - 1.95, 1))  # the middle of each lane, and its direction along x
RUN_UP = 12.0  # vehicles begin this far outside the picture
WARM_UP = 25.0  # seconds before the first frame, so that the street is not empty then


class Crossing(NamedTuple):
    """Something crossed a counting line. direction: 1 to the right or down, -1 to the left or up."""

    frame: int
    identity: int
    label: int
    line: str
    direction: int


class Event(NamedTuple):
    """Something out of the ordinary, from frame `first` to frame `last`, both within it."""

    kind: str
    first: int
    last: int
    identities: tuple[int, ...]


@dataclass(frozen=True)
class Objects:
    """What is where: one row for each object in each frame, in the order of frames.

    frame, identity, label: int64 (M,); label is a position in LABELS. box: float32 (M, 4), x1, y1, x2, y2 in pixels,
    without the shadow, cut off at the picture's edge. visibility: float32 (M,), the part of the object, 0…1, that is
    inside the picture and not under a tree. centre: float32 (M, 2), x, y in pixels, of the whole object.
    velocity: float32 (M, 2), x, y in metres a second, from the frame before to this one.
    """

    frame: NDArray[np.int64]
    identity: NDArray[np.int64]
    label: NDArray[np.int64]
    box: NDArray[np.float32]
    visibility: NDArray[np.float32]
    centre: NDArray[np.float32]
    velocity: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.frame)

    def where(self, chosen: NDArray[np.bool_]) -> "Objects":
        """The rows that a boolean array (M,) chooses."""
        return Objects(*(getattr(self, column.name)[chosen] for column in fields(self)))

    def at(self, frame: int) -> "Objects":
        """The rows of one frame."""
        return self.where(self.frame == frame)


@dataclass(frozen=True)
class Street:
    """A street scene and the truth about it.

    frames: uint8 (T, H, W, 3), RGB. objects: see Objects. labels: their names. lines: counting lines, name → (x1, y1),
    (x2, y2) in pixels. crossings: true crossings of the lines. events: what was asked for. regions: "road", "zebra",
    "upper pavement", "lower pavement" → x1, y1, x2, y2 in pixels.
    """

    frames: NDArray[np.uint8]
    fps: float
    metres_per_pixel: float
    objects: Objects
    crossings: tuple[Crossing, ...]
    events: tuple[Event, ...]
    lines: dict[str, tuple[tuple[float, float], tuple[float, float]]]
    regions: dict[str, tuple[float, float, float, float]]
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
    traffic: float = 22,
    pedestrians: float = 20,
    events: Sequence[str] = (),
) -> Street:
    """Film a made-up street, and keep the truth. The picture always shows 18 m from top to bottom.

    traffic, pedestrians: how many vehicles and people set out each minute. events: names out of EVENTS, which begin one
    after the other, about ten seconds apart, the first after two or more seconds. The first frames of a longer film are
    those of a shorter one with the same settings. The film is held in memory: ten minutes of 192 × 128 take 530 MB.
    Raises ValueError for pictures that are too small or narrow, for unknown events, and for a film too short for them.
    Chapters 01 and 13 to 15.
    """
    unknown = sorted(set(events) - set(EVENTS))
    if unknown:
        raise ValueError(f"unknown event {unknown[0]!r}: choose from {', '.join(EVENTS)}")
    if height < 64 or width < height or frames < 1 or not 5 <= fps <= 60:
        raise ValueError(
            f"cannot film {frames} frames of {width} × {height} pixels at {fps} a second: take 1 frame or more, "
            "64 or more pixels of height, at least as many of width, and 5…60 frames a second"
        )
    world = _World(seed, width / height * HEIGHT, 1 / fps, (traffic, pedestrians), events)
    camera = _Camera(seed, height, width, world.zebra)
    for _ in range(round(WARM_UP * fps)):
        world.step()
    film = np.empty((frames, height, width, 3), np.uint8)
    rows: list[tuple] = []
    for t in range(frames):
        world.step()
        film[t], seen = camera.shoot(world.things)
        rows += [(t, *row) for row in seen]
    objects = _objects(rows)
    pixels = height / HEIGHT
    lines = {name: (_pair(line[:2], pixels), _pair(line[2:], pixels)) for name, line in _lines(world).items()}
    return Street(
        frames=film,
        fps=fps,
        metres_per_pixel=1 / pixels,
        objects=objects,
        crossings=tuple(_crossings(objects, lines)),
        events=tuple(_event(script, objects, frames) for script in world.scripts),
        lines=lines,
        regions={
            "road": (0, ROAD[0] * pixels, width, ROAD[1] * pixels),
            "zebra": (
                (world.zebra - ZEBRA / 2) * pixels,
                ROAD[0] * pixels,
                (world.zebra + ZEBRA / 2) * pixels,
                ROAD[1] * pixels,
            ),
            "upper pavement": (0, PAVEMENTS[0][0] * pixels, width, PAVEMENTS[0][1] * pixels),
            "lower pavement": (0, PAVEMENTS[1][0] * pixels, width, PAVEMENTS[1][1] * pixels),
        },
    )
