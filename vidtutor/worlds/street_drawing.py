"""How the street world looks: the ground, the trees, and the sprites of what moves. All lengths are in metres.

Everything is drawn several times too large with OpenCV's plain polygons and then shrunk by averaging, which gives soft
edges. A sprite is drawn once; each frame only turns it, shifts it by parts of a pixel and lays it over the ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
Image = NDArray[Any]  # float32, height × width × channels
Points = NDArray[np.float64]

# Where things are across the street, from the top edge of the picture, whatever its size.
HEIGHT = 18.0
PAVEMENTS = ((1.5, 5.2), (12.8, 16.5))
ROAD = (5.2, 12.8)
ZEBRA = 3.6  # the crossing's width
SUN = (0.62, 0.45)  # how far a shadow reaches, to the right and down
SHADOW = 0.42  # how much light it takes

ASPHALT, PAVING, KERB, PAINT = (103, 104, 108), (190, 181, 167), (214, 208, 196), (226, 223, 212)
GRASS, LEAVES = (121, 138, 92), ((84, 112, 72), (100, 122, 70), (76, 104, 82), (118, 124, 72))
GLASS, TYRE, LAMP = (48, 58, 68), (44, 44, 48), (246, 236, 204)
CARS = ((178, 74, 62), (62, 104, 132), (222, 218, 208), (70, 74, 80), (204, 158, 74), (92, 128, 116), (146, 156, 166))
LORRIES = ((226, 220, 204), (96, 134, 148), (196, 148, 96), (170, 176, 176))
SHIRTS = ((196, 88, 74), (58, 92, 128), (226, 184, 92), (238, 232, 220), (84, 130, 118), (146, 96, 140), (214, 128, 96))
SKIN, HAIR = (
    ((232, 194, 166), (196, 146, 112), (128, 86, 62)),
    ((62, 46, 38), (36, 32, 32), (150, 112, 70), (180, 172, 166)),
)
TROUSERS = ((62, 72, 96), (112, 102, 92), (50, 52, 58))


@dataclass(frozen=True)
class Sprite:
    """A thing seen from above, facing right: float32 (h, w, 4) colour times alpha, `scale` pixels a metre.

    outline: float64 (P, 2), points in metres from the middle; their bounds, turned, are the thing's box.
    """

    image: Image
    outline: Points
    scale: float

    def box(self, x: float, y: float, angle: float) -> tuple[float, float, float, float]:
        """Bounds x1, y1, x2, y2 in metres of the thing at (x, y), turned by `angle` (radians, clockwise)."""
        cos, sin = np.cos(angle), np.sin(angle)
        across = self.outline @ np.array([cos, -sin])
        down = self.outline @ np.array([sin, cos])
        return x + across.min(), y + down.min(), x + across.max(), y + down.max()

    def placed(self, x: float, y: float, angle: float, pixels: float) -> tuple[Image, int, int]:
        """The thing on pixels: its patch float32 (h, w, 4), and the patch's left and top. pixels: a metre's length."""
        x1, y1, x2, y2 = (pixels * edge for edge in self.box(x, y, angle))
        left, top = int(x1) - 2, int(y1) - 2
        cos, sin = np.cos(angle) * self.scale / pixels, np.sin(angle) * self.scale / pixels
        turn = np.array([[cos, sin, 0], [-sin, cos, 0]])
        middle = np.array([pixels * x - 0.5 - left, pixels * y - 0.5 - top])  # OpenCV counts from a pixel's middle
        turn[:, 2] = (self.image.shape[1] / 2 - 0.5, self.image.shape[0] / 2 - 0.5) - turn[:, :2] @ middle
        size = (int(x2) + 3 - left, int(y2) + 3 - top)
        return cv2.warpAffine(self.image, turn, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), left, top


def rounded(x1: float, x2: float, y1: float, y2: float, radius: float) -> Points:
    """The outline of a rectangle with round corners."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False) + np.pi / 24
    middle, half = np.array([x1 + x2, y1 + y2]) / 2, np.array([x2 - x1, y2 - y1]) / 2 - radius
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    return middle + np.sign(circle) * half + circle * radius


def ellipse(x: float, y: float, across: float, down: float) -> Points:
    """The outline of an ellipse with these half axes."""
    return rounded(-1, 1, -1, 1, 1) * (across, down) + (x, y)


def sprite(parts: Sequence[tuple[Points, Colour]], pixels: float) -> Sprite:
    """Draw the parts one over the other. pixels: a metre's length in the picture; the sprite is twice as fine."""
    outline = np.concatenate([points for points, _ in parts])
    side = 2 * np.abs(outline).max(0) + 0.4
    fine = 8 * pixels
    width, height = (4 * np.ceil(side * 2 * pixels)).astype(int)
    colour, alpha = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    for points, paint in parts:
        corners = np.rint((points * fine + (width / 2, height / 2)) * 16).astype(np.int32)
        cv2.fillPoly(colour, [corners], paint, shift=4)
        cv2.fillPoly(alpha, [corners], 255, shift=4)
    # Darker towards the rim: that makes a flat shape look round.
    rim = cv2.distanceTransform(alpha, cv2.DIST_L2, 3)
    depth = min(0.3 * fine, 0.7 * float(rim.max()))
    light = (0.72 + 0.28 * np.clip(rim / depth, 0, 1) ** 0.6) * (alpha > 0)
    both = np.dstack([colour * light[..., None], alpha / 255.0]).astype(np.float32)
    return Sprite(cv2.resize(both, (width // 4, height // 4), interpolation=cv2.INTER_AREA), outline, 2 * pixels)


def lighter(colour: Colour, factor: float) -> Colour:
    """The colour, brighter by a factor."""
    return tuple(min(255, round(channel * factor)) for channel in colour)  # type: ignore[return-value]


@lru_cache(maxsize=256)
def car(colour: Colour, length: float, width: float, braking: bool, pixels: float) -> Sprite:
    """A car: the windscreen and the pale lamps are at its front, red lamps at its back."""
    x, y = length / 2, width / 2
    tail = (236, 60, 44) if braking else (142, 44, 40)
    parts = [(rounded(0.35, 0.62, s * y - 0.12, s * y + 0.12, 0.08), lighter(colour, 0.8)) for s in (-1, 1)]
    parts.append((rounded(-x, x, -y, y, 0.45), colour))
    parts += [(ellipse(x - 0.24, s * (y - 0.38), 0.16, 0.24), LAMP) for s in (-1, 1)]
    parts += [(rounded(-x + 0.04, -x + 0.3, s * (y - 0.42) - 0.26, s * (y - 0.42) + 0.26, 0.1), tail) for s in (-1, 1)]
    parts.append((rounded(-x + 0.5, 0.24 * length, -y + 0.14, y - 0.14, 0.3), GLASS))
    parts.append((rounded(-x + 1.0, 0.1 * length, -y + 0.28, y - 0.28, 0.25), lighter(colour, 1.14)))
    return sprite(parts, pixels)


@lru_cache(maxsize=256)
def lorry(colour: Colour, length: float, width: float, braking: bool, pixels: float) -> Sprite:
    """A lorry: a cab with a windscreen in front of a ribbed box."""
    x, y = length / 2, width / 2
    tail = (236, 60, 44) if braking else (142, 44, 40)
    cab = CARS[(LORRIES.index(colour) * 3) % len(CARS)]
    parts = [(rounded(x - 0.75, x - 0.5, s * y - 0.16, s * y + 0.16, 0.08), TYRE) for s in (-1, 1)]
    parts += [(rounded(x - 2.1, x, -y + 0.08, y - 0.08, 0.35), cab), (rounded(-x, x - 2.0, -0.5, 0.5, 0.1), TYRE)]
    parts += [(ellipse(x - 0.14, s * (y - 0.45), 0.12, 0.22), LAMP) for s in (-1, 1)]
    parts.append((rounded(x - 0.8, x - 0.28, -y + 0.26, y - 0.26, 0.2), GLASS))
    parts += [(rounded(-x, -x + 0.3, s * (y - 0.4) - 0.3, s * (y - 0.4) + 0.3, 0.1), tail) for s in (-1, 1)]
    parts.append((rounded(-x + 0.12, x - 2.3, -y, y, 0.15), colour))
    ribs = np.arange(-x + 0.7, x - 2.6, 0.8)
    parts += [(rounded(rib, rib + 0.12, -y + 0.1, y - 0.1, 0.05), lighter(colour, 0.88)) for rib in ribs]
    return sprite(parts, pixels)


@lru_cache(maxsize=1024)
def person(shirt: Colour, skin: Colour, hair: Colour, trousers: Colour, swing: float, pixels: float) -> Sprite:
    """A person: head and shoulders; feet and hands swing to and fro, `swing` in -1…1."""
    parts = [(ellipse(s * swing * 0.32, s * 0.13, 0.21, 0.1), trousers) for s in (-1, 1)]
    parts += [(ellipse(-s * swing * 0.3, s * 0.36, 0.14, 0.1), skin) for s in (-1, 1)]
    parts += [(ellipse(-s * swing * 0.12, s * 0.29, 0.18, 0.14), lighter(shirt, 0.92)) for s in (-1, 1)]
    parts += [(ellipse(0, 0, 0.22, 0.36), shirt), (ellipse(0.09, 0, 0.15, 0.14), skin)]
    parts.append((ellipse(0.01, 0, 0.16, 0.16), hair))
    return sprite(parts, pixels)


def grain(rng: np.random.Generator, height: int, width: int, cell: float) -> Image:
    """Smooth noise with spots of about `cell` pixels: float32 (height, width), mean 0, about -1…1."""
    coarse = rng.uniform(-1, 1, (int(height / cell) + 3, int(width / cell) + 3)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def ground(rng: np.random.Generator, height: int, width: int, zebra: float) -> Image:
    """Everything flat: float32 (height, width, 3), 0…255. zebra: the crossing's middle, in metres from the left."""
    factor = max(1, round(768 / height))
    tall, wide = height * factor, width * factor
    metre = tall / HEIGHT
    spots = np.zeros((tall, wide), np.float32)
    for cell, part in ((3, 0.5), (0.7, 0.3), (0.12, 0.5)):
        spots += grain(rng, tall, wide, metre * cell) * part
    picture = np.empty((tall, wide, 3), np.float32)
    picture[:] = GRASS
    picture += spots[..., None] * (15, 13, 9)

    def band(top: float, bottom: float, colour: Colour, roughness: float, left: float = 0, right: float = 1e3) -> None:
        rows, columns = (
            slice(round(top * metre), round(bottom * metre)),
            slice(round(left * metre), round(right * metre)),
        )
        picture[rows, columns] = colour
        picture[rows, columns] += spots[rows, columns, None] * roughness

    for top, bottom in PAVEMENTS:
        band(top, bottom, PAVING, 5)
        for line in np.arange(top, bottom, 0.74):
            band(line, line + 0.05, (172, 163, 150), 5)
        for line in np.arange(0.3, wide / metre, 0.74):
            band(top, bottom, (172, 163, 150), 5, line, line + 0.05)
        for edge in (top, bottom - 0.22):
            band(edge, edge + 0.22, KERB, 4)
    band(*ROAD, ASPHALT, 7)
    for lane in (0.25, 0.75):  # tyres polish the middle of a lane
        middle = ROAD[0] + lane * (ROAD[1] - ROAD[0])
        for side in (-0.75, 0.75):
            band(middle + side - 0.22, middle + side + 0.22, lighter(ASPHALT, 0.955), 7)
    for edge in (ROAD[0] + 0.2, ROAD[1] - 0.32):
        band(edge, edge + 0.12, (196, 194, 186), 9)
    for dash in np.arange(-1.0, wide / metre, 3.2):
        if abs(dash + 0.8 - zebra) > ZEBRA / 2 + 1.3:
            band(sum(ROAD) / 2 - 0.07, sum(ROAD) / 2 + 0.07, PAINT, 12, max(dash, 0), dash + 1.6)
    for stripe in np.arange(ROAD[0] + 0.35, ROAD[1] - 0.5, 0.95):
        band(stripe, stripe + 0.52, PAINT, 12, zebra - ZEBRA / 2, zebra + ZEBRA / 2)
    for side, (top, bottom) in ((-1, (sum(ROAD) / 2 + 0.2, ROAD[1] - 0.4)), (1, (ROAD[0] + 0.4, sum(ROAD) / 2 - 0.2))):
        line = zebra + side * (ZEBRA / 2 + 0.9)
        band(top, bottom, PAINT, 12, line - 0.15, line + 0.15)
    return cv2.resize(np.clip(picture, 0, 255), (width, height), interpolation=cv2.INTER_AREA)


def tree_places(rng: np.random.Generator, width: float, zebra: float) -> list[tuple[float, float, float]]:
    """Middle x, y and radius of each tree, none near the crossing. Cars disappear under the first, so large is it."""
    edge, side = (width, 1) if zebra < width / 2 else (0, -1)
    found = [((zebra + side * 2 + edge) / 2 + side * rng.uniform(1, 2), 5.7 + rng.uniform(-0.3, 0.3), 3.0)]
    for (top, bottom), tries in zip(PAVEMENTS, (6, 6), strict=True):
        for _ in range(tries):
            x, y, radius = rng.uniform(0, width), rng.uniform(top, bottom), rng.uniform(1.2, 2.0)
            crowded = any(np.hypot(x - u, y - v) < radius + r + 1.5 for u, v, r in found)
            if abs(x - zebra) > radius + 2.4 and not crowded:
                found.append((x, y, radius))
    return found


def trees(
    rng: np.random.Generator, height: int, width: int, places: Sequence[tuple[float, float, float]]
) -> tuple[Image, Image]:
    """Crowns, float32 (height, width, 4), colour times alpha, and the light under them, (height, width, 1) in 0…1."""
    factor = max(1, round(768 / height))
    tall, wide = height * factor, width * factor
    metre = tall / HEIGHT
    colour, alpha = np.zeros((tall, wide, 3), np.uint8), np.zeros((tall, wide), np.uint8)

    def blob(x: float, y: float, radius: float, paint: NDArray[np.floating]) -> None:
        middle = (round((x * metre - 0.5) * 16), round((y * metre - 0.5) * 16))
        for canvas, value in ((alpha, [255.0]), (colour, np.clip(paint, 0, 255).tolist())):
            cv2.circle(canvas, middle, round(radius * metre * 16), value, -1, shift=4)

    for x, y, radius in places:
        leaf = np.array(LEAVES[rng.integers(len(LEAVES))], float)
        blob(x, y, 0.88 * radius, leaf * 0.6)
        turns, reach = rng.uniform(0, 2 * np.pi, int(70 * radius)), np.sqrt(rng.random(int(70 * radius)))
        # From the rim inwards, and brighter where the sun comes from.
        for turn, far in sorted(zip(turns, reach, strict=True), key=lambda place: -place[1]):
            u, v = far * np.cos(turn), far * np.sin(turn)
            lit = 0.92 - 0.3 * (u * SUN[0] + v * SUN[1]) / np.hypot(*SUN) - 0.16 * far + rng.uniform(-0.1, 0.1)
            blob(x + 0.86 * radius * u, y + 0.86 * radius * v, rng.uniform(0.16, 0.36), leaf * lit)
    crowns: Image = np.dstack([colour, alpha / 255.0]).astype(np.float32)
    crowns = cv2.resize(crowns, (width, height), interpolation=cv2.INTER_AREA)
    shift = np.array([[1, 0, 1.6 * SUN[0] * height / HEIGHT], [0, 1, 1.6 * SUN[1] * height / HEIGHT]])
    shade = cv2.GaussianBlur(cv2.warpAffine(crowns[..., 3], shift, (width, height)), (0, 0), 0.18 * height / HEIGHT)
    return crowns, (1 - SHADOW * shade)[..., None]


def shadow_path(pixels: float) -> Image:
    """The way from a thing to the end of its shadow, as a kernel for cv2.dilate. pixels: of one metre."""
    across, down = (round(reach * pixels) for reach in SUN)
    kernel = np.zeros((2 * down + 1, 2 * across + 1), np.uint8)
    # A dilation takes the largest value that lies in its kernel: so the kernel reaches to where the light comes from.
    return cv2.line(kernel, (0, 0), (across, down), 1)
