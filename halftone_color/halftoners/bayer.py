"""Ordered dithering with Bayer's matrix, whose dots are as dispersed as the grid allows.

Bayer, "An optimum method for two-level rendition of continuous-tone pictures", IEEE ICC (1973).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.light import srgb_to_linear
from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.errors import UsageError
from halftone_color.method import Halftoner
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

SIZES = (2, 4, 8, 16)
ALIASES = {"ordered": "bayer", "ordered-dither": "bayer", "ordered-bayer": "bayer"}


@dataclass(frozen=True)
class BayerHalftoner(Halftoner):
    """Bayer's matrix of thresholds, repeated over the picture like tiles."""

    size: int = 8
    """Side of the matrix in px: 2, 4, 8 or 16; it gives size * size + 1 tones."""
    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise UsageError(f"Bayer's matrix has no size {self.size}; choose one of 2, 4, 8 or 16.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return (1, H, W) of ink 0 and paper 1 whose local mean is that of the picture (1, H, W) in [0, 1]."""
        tone = srgb_to_linear(task.picture) if self.linear else task.picture
        halftone = screen_by_ranks(tone, ranks(self.size))
        run.report(1.0)
        return halftone


@cache
def ranks(size: int) -> NDArray[np.int64]:
    """Return the matrix (size, size) of ranks 0 ... size * size - 1, built by doubling the side."""
    matrix = np.zeros((1, 1), np.int64)
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return matrix
