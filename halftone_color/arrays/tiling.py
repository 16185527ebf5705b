"""Run a function over a picture of any size in bounded memory, without seams.

The picture is cut into core tiles; each is read with a halo around it, processed, and its core kept. At the picture's
border there is no halo, except for padding to whole multiples of a number. Positions are absolute and tiles start at
such multiples, so that a convolutional function works on the same grid whatever the tile size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture, Progress

Place = tuple[slice, slice]
"""Rows and columns of a part of a picture."""
EVERYWHERE: Place = (slice(None), slice(None))
"""All rows and columns."""


@dataclass(frozen=True)
class Grid:
    """How a picture is cut, in px; `tile`, `halo` and `border` are multiples of `multiple`."""

    tile: int = 1024
    """Largest side of a core."""
    halo: int = 48
    """Distance that a window extends beyond its core inside the picture ..."""
    border: int = 0
    """... and, approximately, beyond the picture's border."""
    multiple: int = 16
    """Windows start and end at multiples of this number."""


@dataclass(frozen=True)
class Window:
    """A core tile and the window read around it, in px of the picture; the window may reach beyond the border."""

    core_top: int
    core_left: int
    core_height: int
    core_width: int
    top: int
    left: int
    height: int
    width: int

    @property
    def place(self) -> Place:
        """Rows and columns of the core."""
        rows = slice(self.core_top, self.core_top + self.core_height)
        return rows, slice(self.core_left, self.core_left + self.core_width)

    def read(self, picture: Picture, beyond: float | None = None) -> Picture:
        """Return the window (C, height, width) of a picture (C, H, W).

        Pixels beyond the picture's border are mirrored, or have the value `beyond`.
        """
        rows = np.arange(self.top, self.top + self.height)
        columns = np.arange(self.left, self.left + self.width)
        height, width = picture.shape[1:]
        window = picture[:, _mirror_indices(rows, height)[:, None], _mirror_indices(columns, width)]
        if beyond is not None:
            window[:, (rows < 0) | (rows >= height)] = beyond
            window[:, :, (columns < 0) | (columns >= width)] = beyond
        return window

    def core(self, result: Picture) -> Picture:
        """Return the core of a result (C, height, width); rows and columns beyond the picture may be missing."""
        down, right = self.core_top - self.top, self.core_left - self.left
        return result[:, down : down + self.core_height, right : right + self.core_width]


def windows(height: int, width: int, grid: Grid) -> Iterator[Window]:
    """Cover height x width px with the cores of a grid, row by row."""
    for core_top, core_height, top, outer_height in _spans(height, grid):
        for core_left, core_width, left, outer_width in _spans(width, grid):
            yield Window(core_top, core_left, core_height, core_width, top, left, outer_height, outer_width)


def _spans(size: int, grid: Grid) -> Iterator[tuple[int, int, int, int]]:
    """Yield start and length of each core along one axis, then those of its window."""
    last = -(-size // grid.multiple) * grid.multiple + grid.border
    for start in range(0, size, grid.tile):
        outer = max(start - grid.halo, -grid.border)
        yield start, min(grid.tile, size - start), outer, min(start + grid.tile + grid.halo, last) - outer


def apply(
    function: Callable[[Window], Picture],
    shape: tuple[int, int, int],
    grid: Grid,
    threads: int = 1,
    progress: Progress | None = None,
) -> Picture:
    """Assemble a picture (C, H, W) from `function`, which maps each window to (C, its height, its width).

    Args:
        function: processes a window.
        shape: (C, H, W) of the result.
        grid: how the picture is cut.
        threads: number of threads that call `function`; more than one helps if it releases the interpreter's lock.
        progress: called after each tile with the share done.
    """
    result = np.empty(shape, np.float32)
    cut = list(windows(*shape[1:], grid))

    def work(window: Window) -> None:
        result[:, *window.place] = window.core(function(window))

    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        for done, _ in enumerate(pool.map(work, cut) if pool else map(work, cut), 1):
            if progress:
                progress(done / len(cut))
    return result


def _mirror_indices(index: NDArray[np.int_], size: int) -> NDArray[np.int_]:
    """Map positions outside [0, size) into it, as if the picture were mirrored at its outermost pixels."""
    if size == 1:
        return np.zeros_like(index)
    period = 2 * (size - 1)
    folded = np.abs(index) % period
    return np.where(folded < size, folded, period - folded)
