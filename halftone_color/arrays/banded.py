"""A picture that is computed when it is read, band by band: a large page in color is never held as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays import tiling
from halftone_color.types import Picture

LARGE_PIXELS = 24_000_000
"""Number of pixels from which a picture in color is computed when it is read; as an array it has 12 bytes a pixel.
So chosen that an A4 page at 400 dpi (15 million) is still made at once, with its progress shown."""

BAND_ROWS = 512
"""Number of rows of a compact picture that become numbers at a time: those of a tile of arrays/resampling.py."""
ROWS_AT_ONCE = 32
"""Number of rows that become levels at a time."""
LEVELS = np.arange(256, dtype=np.float32) / np.float32(255)
"""The numbers of 8-bit levels, as pictures are read from files."""


class BandedPicture:
    """Behaves like the array (C, H, W) as far as shape, length, reading of rows and `numpy.asarray` go.

    Rows are computed when they are read, and again when they are read again; the last band is kept.
    """

    dtype = np.dtype(np.float32)
    ndim = 3

    def __init__(self, shape: tuple[int, int, int], rows: int, make: Callable[[int, int], Picture]) -> None:
        """Take what makes the rows from `top` to `bottom` (C, bottom - top, W); it is asked for bands of `rows`."""
        self.shape = shape
        self._rows, self._make = rows, make
        self._last: tuple[int, Picture] | None = None

    @property
    def size(self) -> int:
        """Number of values."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        """Return what an array would; rows are cheap if they are a slice with a stop, as in `picture[:, 512:1024]`."""
        if isinstance(key, tuple) and len(key) > 1 and isinstance(key[1], slice):
            start, stop, step = key[1].indices(self.shape[1])
            if step == 1:
                read: NDArray[np.float32] = self._read(start, max(start, stop))[(key[0], slice(None), *key[2:])]
                return read
        whole: NDArray[np.float32] = np.asarray(self)[key]
        return whole

    def min(self) -> np.float32:
        """Return the smallest value."""
        return np.float32(min(self._band(top).min() for top in range(0, self.shape[1], self._rows)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of it."""
        return self._read(0, self.shape[1]).astype(dtype or np.float32, copy=False)

    def _read(self, start: int, stop: int) -> Picture:
        top = start // self._rows * self._rows
        if start < stop <= top + self._rows:
            return self._band(top)[:, start - top : stop - top]
        found = np.empty((self.shape[0], stop - start, self.shape[2]), np.float32)
        for top in range(start // self._rows * self._rows, stop, self._rows):
            band = self._band(top)
            first, last = max(start, top), min(stop, top + self._rows)
            found[:, first - start : last - start] = band[:, first - top : last - top]
        return found

    def _band(self, top: int) -> Picture:
        if self._last is None or self._last[0] != top:
            self._last = None
            self._last = (top, self._make(top, min(top + self._rows, self.shape[1])))
        return self._last[1]


def made_when_read(shape: tuple[int, int, int], rows: int, make: Callable[[int, int], Picture]) -> Picture:
    """Return the picture (C, H, W) of the bands that `make` returns for `top` and `bottom`: at once, if it is small."""
    if shape[1] * shape[2] >= LARGE_PIXELS:
        return cast(Picture, BandedPicture(shape, rows, make))
    return make(0, shape[1])


def compact(picture: Picture) -> Picture:
    """Return a picture of 8-bit levels as one that takes a byte a value; any other as it is.

    It reads as the same numbers, to the last bit.
    """
    levels: list[NDArray[np.uint8]] = []  # a block for each band: these fit between what else was freed
    try:
        for top in range(0, picture.shape[1], BAND_ROWS):
            band = picture[:, top : top + BAND_ROWS]
            levels.append(np.empty(band.shape, np.uint8))
            for row in range(0, band.shape[1], ROWS_AT_ONCE):
                part, into = band[:, row : row + ROWS_AT_ONCE], levels[-1][:, row : row + ROWS_AT_ONCE]
                into[:] = np.clip(part, 0, 1) * 255 + 0.5
                if not np.array_equal(LEVELS[into], part):
                    return picture
    except MemoryError:  # it is held already, so this only would have saved some later
        return picture
    return cast(Picture, BandedPicture(picture.shape, BAND_ROWS, lambda top, _: LEVELS[levels[top // BAND_ROWS]]))


def apply_when_read(
    function: Callable[[tiling.Window], Picture], shape: tuple[int, int, int], grid: tiling.Grid
) -> Picture:
    """Return the picture that `tiling.apply` assembles with the same arguments, made row of tiles by row of tiles.

    The grid must have no halo and no border, and 1 as its multiple: windows are cores.
    """
    assert (grid.halo, grid.border, grid.multiple) == (0, 0, 1), "tiles of a band must not depend on other bands"

    def make(top: int, bottom: int) -> Picture:
        band = np.empty((shape[0], bottom - top, shape[2]), np.float32)
        for left in range(0, shape[2], grid.tile):
            width = min(grid.tile, shape[2] - left)
            place = (top, left, bottom - top, width)
            band[:, :, left : left + width] = function(tiling.Window(*place, *place))
        return band

    return cast(Picture, BandedPicture(shape, grid.tile, make))
