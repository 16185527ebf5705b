"""Blue noise by void and cluster: dots in no order at even distances.

Ulichney, "The void-and-cluster method for dither array generation", Proc. SPIE 1913 (1993). His phase III, which takes
the remaining voids as the minority, ends in the same choices as phase II on a torus: the crowd around a pixel and the
emptiness around it add up to a constant there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from halftone_color.halftoners._ordered import screen_by_ranks
from halftone_color.halftoners._tone import srgb_to_linear
from halftone_color.types import Picture

ALIASES = {"bluenoise": "blue-noise", "void-and-cluster": "blue-noise", "voidcluster": "blue-noise"}
SIDE = 64
"""Side of the tile of ranks, in px."""
SIGMA_PX = 1.5
"""Width of the Gaussian that tells voids from clusters; Ulichney's choice."""
STARTING_SHARE = 0.1
"""Share of pixels in the first pattern."""
SEED = 1993
ONE = 2**40
"""Weights are whole numbers in this unit, so that sums are exact and the same everywhere."""


@dataclass(frozen=True)
class Options:
    """Options of blue noise."""

    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""


def halftone(gray: Picture, options: Options) -> Picture:
    """Return (1, H, W) of ink 0 and paper 1 whose local mean is that of gray (1, H, W) in [0, 1]."""
    tone = srgb_to_linear(gray) if options.linear else gray
    return screen_by_ranks(tone, _ranks())


@cache
def _ranks() -> NDArray[np.int64]:
    """Return the tile (SIDE, SIDE) of ranks 0 ... SIDE**2 - 1, made once."""
    pattern = np.zeros((SIDE, SIDE), bool)
    order = np.random.default_rng(SEED).permutation(SIDE * SIDE)
    pattern.flat[order[: int(STARTING_SHARE * SIDE * SIDE)]] = True
    crowd = _Crowd(pattern)
    while True:  # even out the first pattern
        cluster = crowd.remove_from_cluster()
        void = crowd.add_to_void()
        if void == cluster:
            break
    ranks = np.empty(SIDE * SIDE, np.int64)
    first = int(crowd.pattern.sum())
    thinning = crowd.copy()
    for rank in reversed(range(first)):
        ranks[thinning.remove_from_cluster()] = rank
    for rank in range(first, SIDE * SIDE):
        ranks[crowd.add_to_void()] = rank
    return ranks.reshape(SIDE, SIDE)


class _Crowd:
    """A pattern on a torus and how crowded each of its places is."""

    def __init__(self, pattern: NDArray[np.bool_]) -> None:
        distance = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))
        bell = np.exp(-(distance**2) / (2 * SIGMA_PX**2))
        weight = np.rint(np.outer(bell, bell) * ONE).astype(np.int64)
        self.weight = np.tile(weight, (2, 2))
        self.pattern = np.zeros_like(pattern)
        self.density = np.zeros(pattern.shape, np.int64)
        for place in np.flatnonzero(pattern):
            self._set(int(place), True)

    def copy(self) -> _Crowd:
        """Return an independent crowd of the same pattern."""
        return _Crowd(self.pattern)

    def remove_from_cluster(self) -> int:
        """Take the most crowded pixel out of the pattern and return its place."""
        place = int(np.argmax(np.where(self.pattern, self.density, -1)))
        self._set(place, False)
        return place

    def add_to_void(self) -> int:
        """Put the pixel of the emptiest place into the pattern and return its place."""
        place = int(np.argmin(np.where(self.pattern, np.iinfo(np.int64).max, self.density)))
        self._set(place, True)
        return place

    def _set(self, place: int, here: bool) -> None:
        row, column = divmod(place, SIDE)
        self.pattern[row, column] = here
        weight = self.weight[SIDE - row : 2 * SIDE - row, SIDE - column : 2 * SIDE - column]
        self.density += weight if here else -weight
