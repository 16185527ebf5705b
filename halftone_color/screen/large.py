"""Look at a large page in parts or thinned out, so that looking takes little memory beside the page itself."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt
from typing import Any

from numpy.typing import NDArray

LARGE_PX = 40_000_000
"""Number of pixels up to which every pixel of a picture is looked at: A4 at 600 dpi has 35 million."""
BAND_PX = 4_000_000
"""Number of pixels in a band of rows."""


def thinning(pixels: int) -> int:
    """Return the distance, in px, of the rows and columns that are looked at in a picture of so many pixels."""
    return max(1, ceil(sqrt(pixels / LARGE_PX)))


def thinned(plane: NDArray[Any]) -> NDArray[Any]:
    """Return a view of evenly spread rows and columns of a plane (..., H, W): of all, unless it is large."""
    step = thinning(plane.shape[-2] * plane.shape[-1])
    return plane[..., ::step, ::step]


def bands(height: int, width: int, multiple: int = 1) -> Iterator[slice]:
    """Yield ranges of rows of about BAND_PX pixels together, each but the last a multiple of so many rows."""
    rows = max(1, BAND_PX // max(width, 1) // multiple) * multiple
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
