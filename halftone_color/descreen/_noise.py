"""The IHN's noise map, drawn by absolute position, so that tiles agree and equal runs give equal bytes."""

from __future__ import annotations

import numpy as np

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
    generator = np.random.Generator(np.random.SFC64(sequence))
    return generator.standard_normal((NOISE_CHANNELS, BLOCK, BLOCK), dtype=np.float32)
