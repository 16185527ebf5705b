"""Pixels without a match take the weighted average of matched ones around them that have their luma.

From each unmatched pixel the nearest matched ones are looked for in sixteen directions. Their weights fall with the
difference in luma and with the distance, so that values are filled in along the luma. Since the weights know nothing of
the values, the same places and weights serve chroma, luma and gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.compiled import compile_loop

DIRECTIONS = 16
PER_DIRECTION = 4
"""Matched pixels taken in each direction."""
REACH_PX = 60
"""How far is looked."""
LUMA_SIGMA, DISTANCE_PX = 0.03, 8.0
"""Spread of the luma difference, and distance at which the weight falls to 1/e; chosen on training pairs."""
LEAST_WEIGHT = 1e-6
"""Weight of a pixel of quite another luma, which counts where there is none of a similar one."""


@dataclass(frozen=True)
class Filling:
    """From where P unmatched pixels are filled; pixels are counted row by row."""

    pixels: NDArray[np.int64]
    """(P,) the unmatched pixels."""
    places: NDArray[np.int64]
    """(P, N) matched pixels."""
    weights: NDArray[np.float32]
    """(P, N), which sum to one in each row; all 0 where no matched pixel was found."""

    def apply(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return planes (C, H, W) with the unmatched pixels filled in."""
        flat = planes.reshape(len(planes), -1).copy()
        found = self.weights.sum(1) > 0
        filled = (flat[:, self.places[found]] * self.weights[found]).sum(2)
        flat[:, self.pixels[found]] = filled
        return flat.reshape(planes.shape)


def plan_filling(luma: NDArray[np.float32], known: NDArray[np.bool_]) -> Filling:
    """Return from where the pixels that are not known are filled in.

    Args:
        luma: (H, W) in [0, 1].
        known: (H, W), True where a pixel has a match.
    """
    pixels = np.flatnonzero(~known)
    places = np.zeros((len(pixels), DIRECTIONS * PER_DIRECTION), np.int64)
    weights = np.zeros(places.shape, np.float32)
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    steps = np.stack([np.sin(angles), np.cos(angles)], 1)
    compile_loop(_find)(places, weights, pixels, luma, known, steps)
    return Filling(pixels, places, weights / np.maximum(weights.sum(1, keepdims=True), 1e-12))


def _find(places: Any, weights: Any, pixels: Any, luma: Any, known: Any, steps: Any) -> None:
    """Set places and weights of each pixel's matched ones along the steps (DIRECTIONS, 2: down, right)."""
    height, width = luma.shape
    for p in range(len(pixels)):
        y, x = pixels[p] // width, pixels[p] % width
        for direction in range(len(steps)):
            found = 0
            for distance in range(1, REACH_PX):
                down = int(np.floor(y + distance * steps[direction, 0] + 0.5))
                right = int(np.floor(x + distance * steps[direction, 1] + 0.5))
                if down < 0 or right < 0 or down >= height or right >= width:
                    break
                if known[down, right]:
                    unlike = (luma[down, right] - luma[y, x]) / LUMA_SIGMA
                    alike = np.exp(-0.5 * unlike * unlike) + LEAST_WEIGHT
                    places[p, direction * PER_DIRECTION + found] = down * width + right
                    weights[p, direction * PER_DIRECTION + found] = alike * np.exp(-distance / DISTANCE_PX)
                    found += 1
                    if found == PER_DIRECTION:
                        break
