"""A page's pictures as files beside it: lazy, with a second picture for dark pages, once for all pages that show it.

A notebook carries its pictures in itself. A page that did so would be megabytes before a reader had seen the first.
"""

import base64
import hashlib
import io
import json
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chapters import ROOT

MADE = ROOT / "build/pictures"  # kept from one build to the next: making a dark one takes a tenth of a second
SMALL = 3_000  # characters: a shorter picture stays in the page, since a request would cost as much
GROUND, INK = 24, 232  # what white and black become on a dark page
ADDRESS = "data:image/webp;base64,"
TAG = re.compile(rf'<img src="({ADDRESS}[^"]+)"([^>]*)>')
PHOTOS = re.compile(r' data-photos="([^"]*)"')
STATE = re.compile(r"^( *var data = )(\{.*\})(;)$", re.MULTILINE)  # in the script of an `explore`


class Album:
    """Takes pictures out of pages, and makes the files that those pages name then."""

    def __init__(self, folder: Path, address: str) -> None:
        """Take the folder for the files, and its address from the root of the book."""
        self.folder, self.address = folder, address
        self.dark: dict[str, tuple[str, int]] = {}  # for each: boxes of its photographs, and its width on the page
        folder.mkdir(parents=True, exist_ok=True)

    def page(self, html: str, up: str) -> str:
        """Return HTML whose pictures are files; `up` leads from the page to the root of the book."""
        html = TAG.sub(lambda match: self._tag(match[1], match[2], up), html)
        return STATE.sub(lambda match: match[1] + self._state(json.loads(match[2]), up) + match[3], html)

    def finish(self) -> None:
        """Make the pictures for dark pages."""
        MADE.mkdir(parents=True, exist_ok=True)
        missing = [(name, *how) for name, how in self.dark.items() if not (MADE / f"{name}.dark.webp").exists()]
        with ProcessPoolExecutor() as pool:
            list(pool.map(self._make, missing, chunksize=8))
        for name in self.dark:
            (self.folder / f"{name}.dark.webp").write_bytes((MADE / f"{name}.dark.webp").read_bytes())

    def _tag(self, source: str, rest: str, up: str) -> str:
        photos = PHOTOS.search(rest)
        if not photos:  # frames of a film, or a sheet: the same by day and by night
            return f'<img src="{source if len(source) < SMALL else self._file(source, "", up)}"{rest}>'
        width = int(re.search(r' width="(\d+)"', rest)[1])  # type: ignore[index]
        light, rest = self._file(source, photos[1], up, width), PHOTOS.sub("", rest)
        dark = light.replace(".webp", ".dark.webp")
        return f'<img class="only-light" src="{light}"{rest}><img class="only-dark" src="{dark}"{rest}>'

    def _state(self, data: dict[str, Any], up: str) -> str:
        widths = {number: width for number, _, _, width in data["states"]}
        data["pictures"] = [
            self._file(source, photos, up, widths[number])
            for number, (source, photos) in enumerate(zip(data["pictures"], data.pop("photos"), strict=True))
        ]
        return json.dumps(data).replace("</", "<\\/")

    def _file(self, source: str, photos: str, up: str, width: int = 0) -> str:
        """Write a picture; return its address. With a width, there will be one for the dark, too."""
        content = base64.b64decode(source.removeprefix(ADDRESS))
        name = hashlib.sha256(content + photos.encode()).hexdigest()[:16]
        (self.folder / f"{name}.webp").write_bytes(content)
        if width:
            self.dark[name] = photos, width
        return f"{up}{self.address}/{name}.webp"

    def _make(self, picture: tuple[str, str, int]) -> None:
        name, photos, width = picture
        image = Image.open(self.folder / f"{name}.webp").convert("RGBA")
        scale = image.width / width
        boxes = [[round(float(edge) * scale) for edge in box.split()] for box in photos.split(",") if box]
        turned = darkened(np.asarray(image), boxes)
        encoded = [io.BytesIO(), io.BytesIO()]
        turned.save(encoded[0], "WEBP", lossless=True, method=2)
        turned.save(encoded[1], "WEBP", quality=75, method=4)
        part = MADE / f"{name}.part"
        part.write_bytes(min((each.getvalue() for each in encoded), key=len))
        part.replace(MADE / f"{name}.dark.webp")


def darkened(image: NDArray[np.uint8], photos: list[list[int]]) -> Image.Image:
    """Turn a figure on a transparent ground into one for a dark page.

    image: uint8 (H, W, 4). photos: boxes (left, top, right, bottom) in its pixels that stay as they are. Greys change
    places: black lines and letters become light. Colours keep their hue, a quarter lighter.
    """
    colour = image[..., :3].astype(np.float32)
    most, least = colour.max(-1, keepdims=True), colour.min(-1, keepdims=True)
    vivid = np.clip((most - least - 20) / 40, 0, 1)  # 0 for greys, 1 for colours, and a soft passage
    grey = INK - colour * (INK - GROUND) / 255
    turned = image.copy()
    turned[..., :3] = np.rint(vivid * (colour + (255 - colour) / 4) + (1 - vivid) * grey)
    for left, top, right, bottom in photos:
        inside = slice(max(top, 0), bottom), slice(max(left, 0), right)
        turned[inside] = image[inside]
    return Image.fromarray(turned)
