"""Boxes and tracks drawn into the frames that they belong to."""

from vidtutor.rows import Detections, Tracks
from vidtutor.show import COLOURS

import cv2
import numpy as np
from numpy.typing import NDArray

PAINT = [tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in COLOURS if colour != "#000000"]

Paint = tuple[int, ...]


class Pen:
    """Draws on an enlarged frame, in lines and letters that fit its size. Places are in pixels of the frame as it was.

    canvas: uint8 (H, W, 3), changed in place. scale: how many of its pixels show one of the frame's.
    """

    def __init__(self, canvas: NDArray[np.uint8], scale: int) -> None:
        """Take a canvas."""
        self.canvas, self.scale, self.size = canvas, scale, max(0.8, canvas.shape[0] / 360)
        self.thick = max(1, round(self.size))

    def way(self, points: NDArray[np.floating], paint: Paint) -> None:
        """A line through points (n, 2)."""
        corners = np.rint(points * self.scale * 16).astype(np.int32)
        cv2.polylines(self.canvas, [corners], False, paint, self.thick, cv2.LINE_AA, shift=4)

    def box(self, box: NDArray[np.floating], text: str, paint: Paint) -> None:
        """A box (4,) with a few words above it, or none."""
        x1, y1, x2, y2 = (int(edge) for edge in np.rint(box * self.scale))
        cv2.rectangle(self.canvas, (x1, y1), (x2, y2), paint, self.thick)
        if text:
            self.text(x1, max(y1 - 4, round(12 * self.size)), text, paint)

    def text(self, x: int, y: int, text: str, paint: Paint) -> None:
        """Black words on a strip of paint, which can be read on any ground; x, y: of the canvas."""
        font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.36 * self.size
        (across, up), down = cv2.getTextSize(text, font, size, self.thick)
        cv2.rectangle(self.canvas, (x, y - up - 2), (x + across, y + down - 2), paint, -1)
        cv2.putText(self.canvas, text, (x, y - 1), font, size, (0, 0, 0), self.thick, cv2.LINE_AA)


def drawn(frames: NDArray[np.uint8], rows: Detections, *, trail: int = 0, scale: int = 2) -> NDArray[np.uint8]:
    """A copy of a film, `scale` times as large, with a box for each row; rows of later frames are left out.

    frames: uint8 (T, H, W, 3). Tracks have the colour and the number of their identity, and a line to where they have
    been in the last `trail` frames; other rows have one colour. Chapter 14.
    """
    names = rows.identity if isinstance(rows, Tracks) else np.zeros(len(rows), np.int64)
    large = [cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST) for frame in frames]
    for t, frame in enumerate(large):
        pen = Pen(frame, scale)
        begin, end = np.searchsorted(rows.frame, (t, t + 1))
        recent = slice(np.searchsorted(rows.frame, t - trail), end)
        for box, name in zip(rows.box[begin:end], names[begin:end].tolist(), strict=True):
            paint = PAINT[name % len(PAINT)]
            if isinstance(rows, Tracks):
                pen.way(rows.centre[recent][names[recent] == name], paint)
            pen.box(box, str(name) if isinstance(rows, Tracks) else "", paint)
    return np.stack(large)
