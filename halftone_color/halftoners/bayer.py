"""Ordered dithering with Bayer's matrix: dots as far apart as the grid allows.

Bayer, "An optimum method for two-level rendition of continuous-tone pictures", IEEE ICC (1973).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from halftone_color.errors import UsageError
from halftone_color.halftoners._ordered import screen_by_ranks
from halftone_color.halftoners._tone import srgb_to_linear
from halftone_color.types import Picture

SIZES = (2, 4, 8, 16)
ALIASES = {"ordered": "bayer", "ordered-dither": "bayer", "ordered-bayer": "bayer"}


@dataclass(frozen=True)
class Options:
    """Options of Bayer's matrix."""

    size: int = 8
    """Side of the matrix: 2, 4, 8 or 16; it gives size * size + 1 tones."""
    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise UsageError(f"Bayer's matrix has no size {self.size}; choose one of 2, 4, 8 or 16.")


def halftone(gray: Picture, options: Options) -> Picture:
    """Return (1, H, W) of ink 0 and paper 1 whose local mean is that of gray (1, H, W) in [0, 1]."""
    tone = srgb_to_linear(gray) if options.linear else gray
    return screen_by_ranks(tone, ranks(options.size))


@cache
def ranks(size: int) -> NDArray[np.int64]:
    """Return the matrix (size, size) of ranks: each doubling of the side splits every step in four."""
    matrix = np.zeros((1, 1), np.int64)
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return matrix
