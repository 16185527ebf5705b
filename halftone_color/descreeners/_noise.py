"""The IHN's noise map, a function of absolute position, so that tiles agree and equal runs give equal bytes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from halftone_color.networks.inverse_halftone import NOISE_CHANNELS
from halftone_color.types import Picture

SIDE = 512
"""Period of the noise in px of the half-size grid; it repeats without a seam."""


def noise_map(top: int, left: int, height: int, width: int, seed: int) -> Picture:
    """Return z^h (8, height, width) for a part of the half-size grid: N(0, 1), smoothed by a 3 x 3 binomial kernel.

    The kernel keeps the variance, as in training. `top` and `left` may be negative.
    """
    rows, columns = np.arange(top, top + height), np.arange(left, left + width)
    return _field(seed).take(rows, axis=1, mode="wrap").take(columns, axis=2, mode="wrap")


@lru_cache(maxsize=1)
def _field(seed: int) -> Picture:
    """Return the noise (8, SIDE, SIDE) that is repeated over the grid."""
    words = np.random.SFC64(seed).random_raw(NOISE_CHANNELS * SIDE * SIDE * 2 // 8)
    field = _quantiles()[words.view(np.uint16)].reshape(NOISE_CHANNELS, SIDE, SIDE)
    for axis in (1, 2):
        field = np.roll(field, 1, axis) + 2 * field + np.roll(field, -1, axis)
    return np.asarray(field / np.float32(6))


def _quantiles() -> NDArray[np.float32]:
    """Return quantiles of N(0, 1) at the middles of 65,536 equal parts, to be drawn by uniform 16-bit numbers."""
    return np.asarray(ndtri((np.arange(2**16) + 0.5) / 2**16), np.float32)
