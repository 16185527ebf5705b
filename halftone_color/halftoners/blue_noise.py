"""Blue noise by void and cluster: dots without order at even distances.

Ulichney, "The void-and-cluster method for dither array generation", Proc. SPIE 1913 (1993). Phase III of the method,
which takes the remaining voids as the minority, makes the same choices as phase II on a torus, because the densities of
minority and majority around a pixel add up to a constant there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.light import srgb_to_linear
from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.method import Halftoner
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

ALIASES = {"bluenoise": "blue-noise", "void-and-cluster": "blue-noise", "voidcluster": "blue-noise"}
SIDE = 64
"""Side of the tile of ranks, in px."""
SIGMA_PX = 1.5
"""Standard deviation, in px, of the Gaussian that measures density; Ulichney's choice."""
STARTING_SHARE = 0.1
"""Share of minority pixels in the initial pattern."""
SEED = 1993
"""Seed of the initial pattern."""
WEIGHT_OF_ONE = 2**40
"""Integer that represents a weight of 1, so that sums are exact and the same on every machine."""


@dataclass(frozen=True)
class BlueNoiseHalftoner(Halftoner):
    """A tile of blue-noise thresholds, repeated over the picture."""

    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return (1, H, W) of ink 0 and paper 1 whose local mean is that of the picture (1, H, W) in [0, 1]."""
        tone = srgb_to_linear(task.picture) if self.linear else task.picture
        halftone = screen_by_ranks(tone, ranks())
        run.report(1.0)
        return halftone


@cache
def ranks() -> NDArray[np.int64]:
    """Return the tile (SIDE, SIDE) of ranks 0 ... SIDE**2 - 1; computed once per process."""
    start = np.zeros((SIDE, SIDE), bool)
    order = np.random.default_rng(SEED).permutation(SIDE * SIDE)
    start.flat[order[: int(STARTING_SHARE * SIDE * SIDE)]] = True
    pattern = _Pattern(start)
    while True:  # even out the first pattern
        cluster = pattern.remove_from_cluster()
        void = pattern.add_to_void()
        if void == cluster:
            break
    found = np.empty(SIDE * SIDE, np.int64)
    first = int(pattern.minority.sum())
    thinning = pattern.copy()
    for rank in reversed(range(first)):
        found[thinning.remove_from_cluster()] = rank
    for rank in range(first, SIDE * SIDE):
        found[pattern.add_to_void()] = rank
    return found.reshape(SIDE, SIDE)


class _Pattern:
    """A binary pattern (SIDE, SIDE) on a torus, and its density around each pixel."""

    def __init__(self, minority: NDArray[np.bool_]) -> None:
        distance = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))
        bell = np.exp(-(distance**2) / (2 * SIGMA_PX**2))
        weight = np.rint(np.outer(bell, bell) * WEIGHT_OF_ONE).astype(np.int64)
        self.weight = np.tile(weight, (2, 2))
        self.minority = np.zeros_like(minority)
        self.density = np.zeros(minority.shape, np.int64)
        for pixel in np.flatnonzero(minority):
            self._set(int(pixel), True)

    def copy(self) -> _Pattern:
        """Return an independent copy."""
        return _Pattern(self.minority)

    def remove_from_cluster(self) -> int:
        """Remove the minority pixel in the tightest cluster and return its index in the flat pattern."""
        pixel = int(np.argmax(np.where(self.minority, self.density, -1)))
        self._set(pixel, False)
        return pixel

    def add_to_void(self) -> int:
        """Add a minority pixel to the largest void and return its index in the flat pattern."""
        pixel = int(np.argmin(np.where(self.minority, np.iinfo(np.int64).max, self.density)))
        self._set(pixel, True)
        return pixel

    def _set(self, pixel: int, minority: bool) -> None:
        row, column = divmod(pixel, SIDE)
        self.minority[row, column] = minority
        weight = self.weight[SIDE - row : 2 * SIDE - row, SIDE - column : 2 * SIDE - column]
        self.density += weight if minority else -weight
