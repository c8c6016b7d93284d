"""How whatever is in the picture moves: fields over a grid, from tracks or optical flow, and what is unusual in them.

No detector is needed for the second kind, which is what crowds are measured with. Chapter 15.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from vidtutor.rows import Tracks

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Field = NDArray[np.float32]


def cells(tracks: Tracks, grid: tuple[int, int], picture: tuple[int, int]) -> NDArray[np.int64]:
    """Row and column of the grid's cell in which the middle of each box is: int64 (M, 2). Chapter 15."""
    places = tracks.centre[:, ::-1] / np.array(picture) * np.array(grid)
    return places.astype(np.int64).clip(0, np.array(grid) - 1)


def density(tracks: Tracks, frames: int, grid: tuple[int, int], picture: tuple[int, int]) -> Field:
    """How many things are in each cell, on average over the film's frames: float32 (rows, columns).

    grid: rows and columns. picture: height and width in pixels. A heat-map of where things are; of a part of the film,
    give it that part's tracks and number of frames. Chapter 15.
    """
    counts = np.zeros(grid, np.float32)
    np.add.at(counts, tuple(cells(tracks, grid, picture).T), 1)
    return counts / np.float32(frames)


def usual_way(
    tracks: Tracks,
    velocity: NDArray[np.floating],
    grid: tuple[int, int],
    picture: tuple[int, int],
    *,
    least: float = 0.5,
    agreed: float = 0.8,
) -> Field:
    """The direction in which things go in each cell: float32 (rows, columns, 2), unit vectors; NaN where none is usual.

    velocity: (M, 2), as of `behaviour.velocities`. least: what is slower, in the velocity's unit, has no direction.
    agreed: how long the mean of all unit vectors has to be; where people walk both ways it is near 0. At least three
    different things must have been there. Chapter 15.
    """
    with np.errstate(invalid="ignore"):
        speed = np.linalg.norm(velocity, axis=1)
        moves = speed > least
    place = cells(tracks, grid, picture)[moves]
    total, rows = np.zeros((*grid, 2)), np.zeros(grid)
    np.add.at(total, tuple(place.T), velocity[moves] / speed[moves, None])
    np.add.at(rows, tuple(place.T), 1)
    visits = np.unique(np.column_stack([place, tracks.identity[moves]]), axis=0)
    different = np.zeros(grid)
    np.add.at(different, tuple(visits[:, :2].T), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / rows[..., None]
        length = np.linalg.norm(mean, axis=-1)
        usual = (length >= agreed) & (different >= 3)
        return np.where(usual[..., None], mean / length[..., None], np.nan).astype(np.float32)


def flow_fields(frames: Iterable[NDArray[np.uint8]], cell: int = 8) -> Iterator[Field]:
    """Optical flow from each frame to the next, averaged over cells: float32 (rows, columns, 2), pixels a frame.

    frames: uint8 (T, H, W, 3), or an iterator of frames; T - 1 fields come out. cell: pixels of a cell's side; what is
    left over at the right and lower edge is spread over all cells. Farnebäck's method with a window of 9 pixels, for
    things as small as people seen from above. Chapters 04 and 15.
    """
    before: NDArray[np.uint8] | None = None
    for frame in frames:
        grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
        if before is not None:
            flow = cv2.calcOpticalFlowFarneback(before, grey, None, 0.5, 3, 9, 2, 5, 1.1, 0)  # type: ignore[call-overload]
            yield cv2.resize(flow, (grey.shape[1] // cell, grey.shape[0] // cell), interpolation=cv2.INTER_AREA)
        before = grey


@dataclass(frozen=True)
class Directions:
    """In which of eight directions each cell of a picture usually moves, learned from flow without any label.

    part: float64 (rows, columns, 8), the part of all frames, 0…1, in which the cell moved so; the first direction is to
    the right, the third down. least: pixels a frame; what is slower does not move. Chapter 15.
    """

    part: NDArray[np.float64]
    least: float

    @classmethod
    def learn(cls, fields: NDArray[np.floating], least: float) -> Self:
        """From flow fields (T, rows, columns, 2) of a film in which nothing odd happens."""
        sector = _sectors(fields, least)
        seen = np.stack([(sector == k).mean(axis=0) for k in range(8)], axis=-1)
        # A direction between two sectors counts for both.
        return cls(gaussian_filter1d(seen, 0.6, axis=-1, mode="wrap"), least)

    def surprise(self, fields: NDArray[np.floating], rare: float = 0.005) -> NDArray[np.float64]:
        """How unlikely the movement of each cell is: float64 (T, rows, columns), in nats above `rare`, mostly 0.

        The surprise of what happens in a part p of all frames is -log p; what happens more often than in the part
        `rare` of them surprises nobody, and what never happened counts as one frame in ten thousand.
        """
        sector = _sectors(fields, self.least)
        row, column = np.indices(sector.shape[1:])
        part = np.maximum(self.part[row, column, sector], 1e-4)
        return np.where(sector < 0, 0, np.maximum(np.log(rare / part), 0))


def _sectors(fields: NDArray[np.floating], least: float) -> NDArray[np.int64]:
    """The eighth of the circle in which each flow points, 0…7 from the right clockwise; -1 where it is slower."""
    sector = np.rint(np.arctan2(fields[..., 1], fields[..., 0]) * 4 / np.pi).astype(np.int64) % 8
    return np.where(np.linalg.norm(fields, axis=-1) < least, -1, sector)
