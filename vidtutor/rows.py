"""What is where in a film: one row for each thing in each frame, as found (`Detections`) and as followed (`Tracks`).

Boxes are x1, y1, x2, y2 in pixels, from the left and from the top; frames are counted from 0.
"""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Line = tuple[tuple[float, float], tuple[float, float]]  # from (x, y) to (x, y), in pixels


@dataclass(frozen=True)
class Rows:
    """Columns of equal length, sorted by frame. A row is one thing in one frame."""

    frame: NDArray[np.int64]
    label: NDArray[np.int64]
    box: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Raise ValueError for columns of unlike length, boxes of another shape, or frames out of order."""
        lengths = {column.name: len(getattr(self, column.name)) for column in fields(self)}
        if len(set(lengths.values())) > 1 or self.box.shape[1:] != (4,):
            raise ValueError(f"boxes are (M, 4) and every other column has M rows, not {lengths}, {self.box.shape}")
        if (np.diff(self.frame) < 0).any():
            raise ValueError("rows must be in the order of frames: sort them by frame, as by np.argsort(kind='stable')")

    def __len__(self) -> int:
        """Number of rows, M."""
        return len(self.frame)

    def where(self, chosen: NDArray[Any] | slice) -> Self:
        """The rows that a boolean array (M,), indices in the order of frames, or a slice choose."""
        return type(self)(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})

    def at(self, frame: int) -> Self:
        """The rows of one frame."""
        return self.where(slice(*np.searchsorted(self.frame, (frame, frame + 1))))


@dataclass(frozen=True)
class Detections(Rows):
    """What a detector found. frame, label: int64 (M,). box: float32 (M, 4). score: float32 (M,), mostly 0…1.

    Raises ValueError for columns that do not fit together. Chapter 13.
    """

    score: NDArray[np.float32]

    @property
    def centre(self) -> NDArray[np.float32]:
        """Middle of each box: float32 (M, 2), x, y in pixels."""
        return (self.box[:, :2] + self.box[:, 2:]) / np.float32(2)


@dataclass(frozen=True)
class Tracks(Detections):
    """Detections that a tracker joined: identity int64 (M,) is the same for the same thing in every frame.

    The other columns are those of `Detections`; score is 0 where a tracker filled a gap.
    Raises ValueError for columns that do not fit together. Chapter 14.
    """

    identity: NDArray[np.int64]


class Crossing(NamedTuple):
    """Something crossed a counting line. direction: 1 to the right or down, -1 to the left or up."""

    frame: int
    identity: int
    label: int
    line: str
    direction: int


class Event(NamedTuple):
    """Something out of the ordinary, from frame `first` to frame `last`, and who took part."""

    kind: str
    first: int
    last: int
    identities: tuple[int, ...]
