"""The motion world: short clips whose class is decided by movement and by nothing else.

A textured sprite moves over a textured background, on a torus: what leaves on the right comes back on the left.
Position, angle, size, colours and textures are drawn from the same distribution for every class, so a frame taken at
random tells nothing. The eight plain classes form four pairs, each the other played backwards, so the frames of a clip
without their order tell at most the pair.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

CLASSES = ("right", "left", "down", "up", "clockwise", "counterclockwise", "grow", "shrink")
ORDER_CLASSES = (
    "right, then left",
    "left, then right",
    "down, then up",
    "up, then down",
    "clockwise, then counterclockwise",
    "counterclockwise, then clockwise",
)
# One step of each movement in x, y, angle, log size. The picture's y axis points down: a positive angle is clockwise.
STEP = {
    "right": (1, 0, 0, 0),
    "left": (-1, 0, 0, 0),
    "down": (0, 1, 0, 0),
    "up": (0, -1, 0, 0),
    "clockwise": (0, 0, 1, 0),
    "counterclockwise": (0, 0, -1, 0),
    "grow": (0, 0, 0, 1),
    "shrink": (0, 0, 0, -1),
}
# Speeds a frame: part of the picture's side (twice), degrees, log size in a clip of 8 frames.
SLOWEST = np.array([0.04, 0.04, 10.0, 0.06])
FASTEST = np.array([0.09, 0.09, 22.0, 0.11])
MIRRORED = (1, 0, 2, 3, 5, 4, 6, 7)  # where each class of CLASSES stands in a mirror, by its position
RADIUS = 0.21  # of the sprite at its middle size, as a part of the picture's side

# Sprites are bright, backgrounds are muted: a turn can be seen only where colours differ.
BRIGHT = np.array(
    [[230, 159, 0], [86, 180, 233], [240, 228, 66], [213, 94, 0], [204, 121, 167], [250, 245, 235], [20, 170, 140]],
    np.float32,
)
DARK = np.array([[24, 32, 58], [60, 16, 40], [10, 60, 74], [44, 26, 84], [24, 24, 24]], np.float32)
MUTED = np.array(
    [[112, 128, 120], [96, 110, 134], [142, 128, 112], [124, 108, 124], [88, 118, 112], [150, 142, 126]], np.float32
)


@dataclass(frozen=True)
class ClipSet:
    """Clips with their labels.

    clips: uint8 (N, T, H, W, 3), RGB. labels: int64 (N,), positions in `classes`. classes: names of the classes.
    """

    clips: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        """Number of clips, N."""
        return len(self.clips)


def motion(
    clips: int,
    *,
    frames: int = 8,
    size: int = 32,
    classes: tuple[str, ...] = CLASSES,
    seed: int = 0,
    speed: float = 1.0,
    noise: float = 0.07,
) -> ClipSet:
    """Draw `clips` clips whose classes take turns, so that every class has its equal share.

    Returns clips uint8 (clips, frames, size, size, 3). Clip i depends on `seed` and i alone, not on how many are drawn.
    classes: names out of CLASSES and ORDER_CLASSES. An order class moves, rests and moves back, with rests at both
    ends, so that no three neighbouring frames tell which came first; it wants at least 8 frames.
    speed: a factor on the speed of every movement. noise: standard deviation of the camera's noise, as a part of white.
    Raises ValueError for an unknown class, or for too few frames or pixels. Chapter 11.
    """
    unknown = sorted(set(classes) - set(CLASSES) - set(ORDER_CLASSES))
    if unknown:
        raise ValueError(f"unknown class {unknown[0]!r}: choose from CLASSES and ORDER_CLASSES")
    if size < 16 or frames < (8 if set(classes) & set(ORDER_CLASSES) else 2):
        raise ValueError(f"{frames} frames of {size} pixels: take 16 pixels or more, 2 frames, or 8 for order classes")
    labels = np.arange(clips) % len(classes)
    video = np.empty((clips, frames, size, size, 3), np.uint8)
    for i, label in enumerate(labels):
        video[i] = _clip(np.random.default_rng([seed, i]), classes[label], frames, size, speed, noise)
    return ClipSet(video, labels.astype(np.int64), classes)


def both_ways(clips: ClipSet) -> ClipSet:
    """Four times the clips: as they are, played backwards, in the mirror, and both, each with the label it then has.

    clips: of the eight plain classes. Returns clips uint8 (4 N, T, H, W, 3), the copies behind the originals.
    Raises ValueError for other classes. Chapters 05 and 12.
    """
    if clips.classes != CLASSES:
        raise ValueError(f"copies are known for the classes {', '.join(CLASSES)}, not for {', '.join(clips.classes)}")
    video, labels = clips.clips, clips.labels
    # Backwards each class is its partner, which differs from it in the last binary digit.
    video, labels = np.concatenate([video, video[:, ::-1]]), np.concatenate([labels, labels ^ 1])
    mirrored = np.array(MIRRORED)[labels]
    return ClipSet(np.concatenate([video, video[:, :, :, ::-1]]), np.concatenate([labels, mirrored]), CLASSES)


def _clip(rng: np.random.Generator, name: str, frames: int, size: int, speed: float, noise: float) -> NDArray[np.uint8]:
    """One clip of one class: uint8 (frames, size, size, 3)."""
    background = _background(rng, size)
    sprite = _sprite(rng, size)
    path = _path(rng, name, frames, speed)
    video = np.stack([_compose(background, sprite, place, size) for place in path])
    grain = rng.normal(0, 255 * noise, (frames, size, size, 1))
    return np.clip(np.rint(video + grain), 0, 255).astype(np.uint8)


def _path(rng: np.random.Generator, name: str, frames: int, speed: float) -> NDArray[np.float64]:
    """Where the sprite is in every frame: float64 (frames, 4) in x, y (parts of the side), degrees, log size."""
    rate = rng.uniform(SLOWEST, FASTEST) * speed
    rate[3] *= 7 / (frames - 1)  # a long clip grows no further than one of 8 frames, or it would fill the picture
    middle = np.array([*rng.uniform(0, 1, 2), rng.uniform(0, 360), 0.0])
    # Growing sprites pass through a range of sizes; the others stay at one of those, drawn at random.
    resting = rate[3] * (rng.integers(frames) - (frames - 1) / 2)
    steps = _steps(name, frames) * rate
    moved = np.concatenate([np.zeros((1, 4)), np.cumsum(steps, axis=0)])
    path = middle + moved - (moved[0] + moved[-1]) / 2
    if not steps[:, 3].any():
        path[:, 3] = resting
    return path


def _steps(name: str, frames: int) -> NDArray[np.float64]:
    """Directions of the frames - 1 steps of a class: float64 (frames - 1, 4) in x, y, angle, log size."""
    if name in STEP:
        return np.tile(np.array(STEP[name], float), (frames - 1, 1))
    moving = (frames - 1 - 3) // 2
    spare = frames - 1 - 2 * moving
    rests = (spare // 3, spare - 2 * (spare // 3), spare // 3)
    first, second = (np.tile(np.array(STEP[part], float), (moving, 1)) for part in name.split(", then "))
    still = [np.zeros((rest, 4)) for rest in rests]
    return np.concatenate([still[0], first, still[1], second, still[2]])


def _compose(
    background: NDArray[np.float32], sprite: NDArray[np.float32], place: NDArray[np.float64], size: int
) -> NDArray[np.float32]:
    """The sprite at place (x, y, angle, log size) over the background, wrapped around the edges."""
    x, y, angle, log_size = place
    side = len(sprite)
    scale = 2 * RADIUS * size / (side * 0.8) * np.exp(log_size)  # the sprite's radius is 0.4 of its own side
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), -angle, scale)
    # Drawn on a sheet of twice the side, which is then folded: that is the torus.
    turn[0, 2] += (x % 1 + 0.5) * size - (side - 1) / 2
    turn[1, 2] += (y % 1 + 0.5) * size - (side - 1) / 2
    sheet = cv2.warpAffine(sprite, turn, (2 * size, 2 * size), flags=cv2.INTER_LINEAR)
    folded = sheet.reshape(2, size, 2, size, 4).sum(axis=(0, 2))
    return background * (1 - folded[..., 3:]) + folded[..., :3]


def _value_noise(rng: np.random.Generator, size: int, cells: int) -> NDArray[np.float32]:
    """Smooth noise in 0…1 that closes on itself: float32 (size, size)."""
    coarse = rng.random((cells, cells), dtype=np.float32)
    tiled = cv2.resize(np.tile(coarse, (3, 3)), (3 * size, 3 * size), interpolation=cv2.INTER_CUBIC)
    return np.clip(tiled[size : 2 * size, size : 2 * size], 0, 1)


def _background(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """A lighter and a darker muted colour mixed by smooth noise of three grains: float32 (size, size, 3) in 0…255."""
    grains = [weight * _value_noise(rng, size, cells) for cells, weight in ((3, 0.4), (6, 0.3), (12, 0.3))]
    mix = np.clip((np.sum(grains, axis=0) - 0.5) * 1.8 + 0.5, 0, 1)[..., None]
    one, other = MUTED[rng.choice(len(MUTED), 2, replace=False)]
    shades = rng.permutation([rng.uniform(0.45, 0.9), rng.uniform(0.9, 1.35)])
    return np.asarray(mix * one * shades[0] + (1 - mix) * other * shades[1], np.float32)


@lru_cache(maxsize=4)
def _polar(side: int) -> tuple[NDArray[np.float32], ...]:
    """Coordinates x, y in -1…1, radius and angle of every pixel of a square of `side` pixels."""
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y, np.hypot(x, y), np.arctan2(y, x)


def _sprite(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """A flower, star or blob with a bright and a dark half and stripes: float32 (side, side, 4), colour times alpha."""
    side = max(24, round(size * 0.75))
    x, y, radius, angle = _polar(side)
    petals = rng.integers(2, 6)
    outline = 0.8 * (1 + rng.uniform(0.05, 0.3) * (np.cos(petals * angle + rng.uniform(0, 2 * np.pi)) - 0.5))
    edge = (outline - radius) * side / 2
    alpha = np.clip(edge + 0.5, 0, 1)[..., None]
    lit, stripe = BRIGHT[rng.choice(len(BRIGHT), 2, replace=False)]
    dark = DARK[rng.integers(len(DARK))]
    heading = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(heading) + y * np.sin(heading)
    across = y * np.cos(heading) - x * np.sin(heading)
    half = np.clip(along * side / 4 + 0.5, 0, 1)[..., None]
    stripes = np.clip(np.sin(rng.uniform(5, 9) * across + rng.uniform(0, 6)) * 2 - 0.5, 0, 1)[..., None]
    colour = lit * half + dark * (1 - half)
    colour = colour * (1 - stripes * half) + stripe * stripes * half
    rim = np.clip(1.6 - edge / (0.045 * side), 0, 1)[..., None] * 0.55
    colour = colour * (1 - rim) + dark * rim
    return np.ascontiguousarray(np.concatenate([colour * alpha, alpha], axis=-1), np.float32)
