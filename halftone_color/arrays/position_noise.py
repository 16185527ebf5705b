"""Noise as a function of position and seed, so that no tile, crop or size of picture changes it."""

from __future__ import annotations

import numpy as np

from halftone_color.types import Picture

BLOCK = 256
"""Side in px of the blocks that are drawn at once; each has a stream of its own."""


def gaussian_noise(size: tuple[int, ...], seed: int, draw: int = 0) -> Picture:
    """Return N(0, 1) noise (1, H, W), whose values depend on their row, column, seed and draw alone.

    Args:
        size: (H, W) in px; a smaller picture gets the corner of a larger one's noise.
        seed: not negative.
        draw: number of the draw, of those that belong to a seed.
    """
    height, width = size
    noise = np.empty((1, height, width), np.float32)
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            stream = np.random.Generator(np.random.SFC64([seed, draw, top // BLOCK, left // BLOCK]))
            block = stream.standard_normal((BLOCK, BLOCK), np.float32)
            part = noise[0, top : top + BLOCK, left : left + BLOCK]
            part[:] = block[: part.shape[0], : part.shape[1]]
    return noise
