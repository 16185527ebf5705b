"""The IHN's noise map, drawn by absolute position, so that tiles agree and equal runs give equal bytes."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from halftone_color.networks.inverse_halftone import NOISE_CHANNELS
from halftone_color.types import Picture

BLOCK = 128
"""Noise is drawn in blocks of this side (px of the half-size grid), each from a generator of its own."""


def noise_map(top: int, left: int, height: int, width: int, seed: int) -> Picture:
    """Return z^h (8, height, width) at a place of the half-size grid: N(0, 1), smoothed by a 3 x 3 binomial kernel.

    The kernel has unit gain in power, as in training. `top` and `left` may be negative.
    """
    rows = range((top - 1) // BLOCK, (top + height) // BLOCK + 1)
    columns = range((left - 1) // BLOCK, (left + width) // BLOCK + 1)
    field = np.concatenate([np.concatenate([_block(r, c, seed) for c in columns], 2) for r in rows], 1)
    down, right = top - 1 - rows[0] * BLOCK, left - 1 - columns[0] * BLOCK
    field = field[:, down : down + height + 2, right : right + width + 2]
    field = field[:, :-2] + 2 * field[:, 1:-1] + field[:, 2:]
    field = field[:, :, :-2] + 2 * field[:, :, 1:-1] + field[:, :, 2:]
    return np.asarray(field / np.float32(6))


def _block(row: int, column: int, seed: int) -> Picture:
    sequence = np.random.SeedSequence((seed, row + 2**20, column + 2**20))
    words = np.random.SFC64(sequence).random_raw(NOISE_CHANNELS * BLOCK * BLOCK * 2 // 8)
    return _quantiles()[words.view(np.uint16)].reshape(NOISE_CHANNELS, BLOCK, BLOCK)


@cache
def _quantiles() -> NDArray[np.float32]:
    """Return N(0, 1) at the middles of 65,536 equal shares: an even 16-bit number draws from them."""
    return np.asarray(ndtri((np.arange(2**16) + 0.5) / 2**16), np.float32)
