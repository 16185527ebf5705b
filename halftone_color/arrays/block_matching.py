"""Block matching: each pixel takes the disparity whose square differs least in absolute luma."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

SIDE_PX = 9
"""Side of the square."""
OUTSIDE = 1.0
"""Difference where the second picture has no pixel."""


def match_blocks(first: NDArray[np.float32], second: NDArray[np.float32], d: int) -> NDArray[np.int64]:
    """Return the disparity (H, W), 0 to d - 1, of luma (H, W): pixel i of the first lies at i + k of the second."""
    least = np.full(first.shape, np.inf, np.float32)
    found = np.zeros(first.shape, np.int64)
    for k in range(min(d, first.shape[1])):
        difference = np.full(first.shape, OUTSIDE, np.float32)
        difference[:, : first.shape[1] - k] = np.abs(first[:, : first.shape[1] - k] - second[:, k:])
        mean = uniform_filter(difference, SIDE_PX, mode="nearest")
        better = mean < least
        least[better], found[better] = mean[better], k
    return found
