"""Boxes and tracks drawn into the frames that they belong to."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vidtutor.rows import Detections, Tracks
from vidtutor.show import COLOURS


def drawn(frames: NDArray[np.uint8], rows: Detections, *, trail: int = 0, scale: int = 2) -> NDArray[np.uint8]:
    """A copy of a film, `scale` times as large, with a box for each row; rows of later frames are left out.

    frames: uint8 (T, H, W, 3). Tracks have the colour and the number of their identity, and a line to where they have
    been in the last `trail` frames; other rows have one colour. Chapter 14.
    """
    colours = [tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) for code in COLOURS]
    names = rows.identity if isinstance(rows, Tracks) else np.zeros(len(rows), np.int64)
    large = [cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST) for frame in frames]
    for t, frame in enumerate(large):
        begin, end = np.searchsorted(rows.frame, (t, t + 1))
        recent = slice(np.searchsorted(rows.frame, t - trail), end)
        for box, name in zip((rows.box[begin:end] * scale).round().astype(int).tolist(), names[begin:end], strict=True):
            colour = colours[name % len(colours)]
            cv2.rectangle(frame, box[:2], box[2:], colour, 1)
            if isinstance(rows, Tracks):
                path = rows.centre[recent][names[recent] == name] * scale
                cv2.polylines(frame, [path.round().astype(np.int32)], False, colour, 2)
                cv2.putText(frame, str(name), (box[0], box[1] - 2), cv2.FONT_HERSHEY_PLAIN, 0.9, colour, 1)
    return np.stack(large)
