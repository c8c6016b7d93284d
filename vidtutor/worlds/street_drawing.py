"""How the street world looks: the ground, the trees, and the sprites of what moves. All lengths are in metres.

Everything is drawn several times too large with OpenCV's plain polygons and then shrunk by averaging, which gives soft
edges. A sprite is drawn once; each frame only turns it, shifts it by parts of a pixel and lays it over the ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
Image = NDArray[np.float32]
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
SHIRTS = ((196, 88, 74), (58, 92, 128), (226, 184, 92), (238, 232, 220), (84, 130, 118), (120, 84, 116), (72, 72, 84))
SKIN, HAIR = (
    ((232, 194, 166), (196, 146, 112), (128, 86, 62)),
    ((62, 46, 38), (36, 32, 32), (150, 112, 70), (180, 172, 166)),
)
TROUSERS = ((52, 58, 74), (96, 88, 80), (40, 42, 46))


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
    rim = cv2.distanceTransform(alpha, cv2.DIST_L2, 3) / (0.3 * fine)
    light = (0.72 + 0.28 * np.clip(rim, 0, 1) ** 0.6) * (alpha > 0)
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
    parts = [(ellipse(s * swing * 0.3, s * 0.12, 0.19, 0.09), trousers) for s in (-1, 1)]
    parts += [(ellipse(-s * swing * 0.26, s * 0.32, 0.13, 0.09), skin) for s in (-1, 1)]
    parts += [(ellipse(-s * swing * 0.1, s * 0.25, 0.16, 0.13), lighter(shirt, 0.9)) for s in (-1, 1)]
    parts += [
        (ellipse(0, 0, 0.19, 0.31), shirt),
        (ellipse(0.08, 0, 0.14, 0.13), skin),
        (ellipse(0.01, 0, 0.15, 0.15), hair),
    ]
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
    spots = sum(grain(rng, tall, wide, metre * cell) * part for cell, part in ((3, 0.5), (0.7, 0.3), (0.12, 0.5)))
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


def trees(rng: np.random.Generator, height: int, width: int, zebra: float) -> tuple[Image, Image]:
    """Crowns over the street as float32 (height, width, 4), colour times alpha, and the light they leave, (height, width, 1).

    They keep away from the crossing. The largest hangs over the road, so far that a car disappears under it.
    """
    factor = max(1, round(512 / height))
    tall, wide = height * factor, width * factor
    metre = tall / HEIGHT
    colour, alpha = np.zeros((tall, wide, 3), np.uint8), np.zeros((tall, wide), np.uint8)
    for x, y, radius in _places(rng, wide / metre, zebra):
        leaf = np.array(LEAVES[rng.integers(len(LEAVES))])
        places = rng.normal(0, 1, (int(60 * radius), 2))
        places *= (rng.random(len(places)) ** 0.5 / np.hypot(*places.T))[:, None]
        places = places[np.argsort(places @ -np.array(SUN) - 0.6 * np.hypot(*places.T) * -1)]
        cv2.circle(alpha, _pixel(x, y, metre), round(radius * 0.9 * metre * 16), 255, -1, shift=4)
        cv2.circle(colour, _pixel(x, y, metre), round(radius * 0.9 * metre * 16), (leaf * 0.62).tolist(), -1, shift=4)
        for place in places:
            lit = 0.86 - 0.34 * float(place @ np.array(SUN)) / np.hypot(*SUN) + rng.uniform(-0.12, 0.12)
            spot, size = (
                _pixel(x + radius * 0.86 * place[0], y + radius * 0.86 * place[1], metre),
                rng.uniform(0.18, 0.4),
            )
            cv2.circle(alpha, spot, round(size * metre * 16), 255, -1, shift=4)
            cv2.circle(colour, spot, round(size * metre * 16), (leaf * lit).clip(0, 255).tolist(), -1, shift=4)
    crowns = np.dstack([colour * (alpha[..., None] / 255.0), alpha / 255.0]).astype(np.float32)
    crowns = cv2.resize(crowns, (width, height), interpolation=cv2.INTER_AREA)
    shift = np.array([[1, 0, 1.5 * SUN[0] * height / HEIGHT], [0, 1, 1.5 * SUN[1] * height / HEIGHT]])
    shade = cv2.GaussianBlur(cv2.warpAffine(crowns[..., 3], shift, (width, height)), (0, 0), 0.2 * height / HEIGHT)
    return crowns, (1 - SHADOW * shade)[..., None]


def _places(rng: np.random.Generator, width: float, zebra: float) -> list[tuple[float, float, float]]:
    """Middle and radius of each tree; one hangs over the road, the others stand along the pavements."""
    side = 1 if zebra < width / 2 else -1
    edge = width if side > 0 else 0
    large = ((zebra + side * 2 + edge) / 2 + rng.uniform(-0.4, 0.4), 5.6 + rng.uniform(-0.3, 0.3), 3.0)
    found = [large]
    for (top, bottom), count in zip(PAVEMENTS, (2, 3), strict=True):
        for _ in range(count):
            x, y, radius = rng.uniform(0, width), rng.uniform(top + 0.4, bottom - 0.4), rng.uniform(1.2, 1.9)
            if abs(x - zebra) > radius + 2.2 and all(np.hypot(x - u, y - v) > radius + r for u, v, r in found):
                found.append((x, y, radius))
    return found


def _pixel(x: float, y: float, metre: float) -> tuple[int, int]:
    """A place in OpenCV's sixteenths of a pixel."""
    return round((x * metre - 0.5) * 16), round((y * metre - 0.5) * 16)


def shadow_shape(pixels: float) -> NDArray[np.uint8]:
    """The path from a thing to the end of its shadow, as a kernel for cv2.dilate."""
    reach = np.rint(np.array(SUN) * pixels).astype(int)
    kernel = np.zeros((2 * reach[1] + 1, 2 * reach[0] + 1), np.uint8)
    # A dilation looks where the light comes from: up and to the left.
    return cv2.line(kernel, (0, 0), (int(reach[0]), int(reach[1])), 1)
