"""Run a function over a picture of any size in bounded memory, without seams.

The picture is cut into core tiles; each is read with a halo around it, worked on, and its core kept. At the picture's
border there is no halo, but for filling up to whole multiples of a number. Positions are absolute and tiles start at
such multiples, so that a convolutional function sees the same grid whatever the tile size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture, Progress


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

    def read(self, picture: Picture, beyond: float | None = None) -> Picture:
        """Return the window (C, height, width) of a picture (C, H, W).

        What lies beyond the picture's border is mirrored, or has the value `beyond`.
        """
        rows = np.arange(self.top, self.top + self.height)
        columns = np.arange(self.left, self.left + self.width)
        height, width = picture.shape[1:]
        window = picture[:, _mirrored(rows, height)[:, None], _mirrored(columns, width)]
        if beyond is not None:
            window[:, (rows < 0) | (rows >= height)] = beyond
            window[:, :, (columns < 0) | (columns >= width)] = beyond
        return window

    def core(self, result: Picture) -> Picture:
        """Return the core of a result (C, height, width), from which rows and columns beyond the picture may lack."""
        down, right = self.core_top - self.top, self.core_left - self.left
        return result[:, down : down + self.core_height, right : right + self.core_width]


def windows(height: int, width: int, tile: int, halo: int, border: int, multiple: int) -> Iterator[Window]:
    """Cover height x width with core tiles of at most `tile` px; windows start and end at multiples of `multiple`.

    Inside the picture a window reaches `halo` px beyond its core, at the picture's border about `border` px.
    `tile`, `halo` and `border` are multiples of `multiple`.
    """
    for core_top, core_height, top, outer_height in _spans(height, tile, halo, border, multiple):
        for core_left, core_width, left, outer_width in _spans(width, tile, halo, border, multiple):
            yield Window(core_top, core_left, core_height, core_width, top, left, outer_height, outer_width)


def _spans(size: int, tile: int, halo: int, border: int, multiple: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield start and length of each core along one axis, then those of its window."""
    last = -(-size // multiple) * multiple + border
    for start in range(0, size, tile):
        outer = max(start - halo, -border)
        yield start, min(tile, size - start), outer, min(start + tile + halo, last) - outer


def apply(
    function: Callable[[Window], Picture],
    channels: int,
    height: int,
    width: int,
    *,
    tile: int = 1024,
    halo: int = 48,
    border: int = 0,
    multiple: int = 16,
    workers: int = 1,
    progress: Progress | None = None,
) -> Picture:
    """Assemble (channels, height, width) from `function`, which maps each window to (channels, its height, its width).

    The other arguments are those of `windows`; `workers` is the number of threads that call `function`, more than one
    for functions that leave the interpreter alone; `progress` is called after each tile.
    """
    result = np.empty((channels, height, width), np.float32)
    plan = list(windows(height, width, tile, halo, border, multiple))

    def work(window: Window) -> None:
        rows = slice(window.core_top, window.core_top + window.core_height)
        columns = slice(window.core_left, window.core_left + window.core_width)
        result[:, rows, columns] = window.core(function(window))

    with ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for done, _ in enumerate(pool.map(work, plan) if pool else map(work, plan), 1):
            if progress:
                progress(done / len(plan))
    return result


def _mirrored(index: NDArray[np.int_], size: int) -> NDArray[np.int_]:
    """Fold positions outside [0, size) back in, as if the picture were mirrored at its outermost pixels."""
    if size == 1:
        return np.zeros_like(index)
    period = 2 * (size - 1)
    folded = np.abs(index) % period
    return np.where(folded < size, folded, period - folded)
