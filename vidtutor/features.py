"""Numbers that sum a clip up: what chapters use where a network is not the lesson."""

import numpy as np
from numpy.typing import NDArray


def movement(clips: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far the whole picture moves between neighbouring frames: float32 (N, T - 1, 2), right and down, in pixels.

    clips: uint8 (N, T, H, W, 3). Each direction is fitted as if the other were 0, over things that move and ground that
    rests, so the numbers tell the direction and not the speed of one thing. Where the picture is flat, they are 0.
    Raises ValueError for clips of another shape, or of a single frame. Chapters 03 and 04.
    """
    if clips.ndim != 5 or clips.shape[1] < 2:
        raise ValueError(f"movement needs clips of two frames or more, (N, T, H, W, 3), not {clips.shape}")
    grey = clips.mean(axis=-1) / 255
    change, between = np.diff(grey, axis=1), (grey[:, 1:] + grey[:, :-1]) / 2
    slopes = np.gradient(between, axis=(3, 2))  # by column, which is to the right, and by row, which is down
    sums = [((slope * change).sum(axis=(2, 3)), (slope**2).sum(axis=(2, 3))) for slope in slopes]
    return np.stack([-up / np.maximum(down, 1e-9) for up, down in sums], axis=-1).astype(np.float32)
