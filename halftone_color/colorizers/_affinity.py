"""Affinity of neighboring pixels by luma: the weights of Levin's loss (Zheng 2023, eq. 8, after Levin et al. 2004).

    w_rs ~ exp(-(t_r - t_s)^2 / 2 sigma_r^2),   sum over s of w_rs = 1,   s in the four neighbors of r

Luma t lies in [0, 1]. sigma_r^2 is a factor times the variance of the neighbors' luma, but at least a floor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.colorizers._sparse import Matrix, grid_matrix, neighbors

LEAST_RATIO = 1e-5
"""Least weight relative to the largest one of a pixel, so that no pixel is cut off from all colors."""


def affinity(luma: NDArray[np.float32], factor: float, floor: float) -> Matrix:
    """Return the weights w (N, N), N = H W, for luma (H, W) in [0, 1]; each row sums to one.

    sigma_r^2 is `factor` times the variance of the four neighbors' luma, and at least `floor`.
    """
    height, width = luma.shape
    tones = luma.ravel().astype(float)
    pairs = neighbors(height, width)

    def sum_neighbors(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        total = np.zeros(len(tones))
        for (first, _), value in zip(pairs, values, strict=True):
            total[first] += value  # a pixel has one neighbor of each kind
        return total

    count = np.maximum(sum_neighbors([np.ones(len(first)) for first, _ in pairs]), 1)
    mean = sum_neighbors([tones[second] for _, second in pairs]) / count
    variance = sum_neighbors([(tones[second] - mean[first]) ** 2 for first, second in pairs]) / count
    twice = 2 * np.maximum(factor * variance, floor)
    unlike = [(tones[first] - tones[second]) ** 2 / twice[first] for first, second in pairs]
    least = np.full(len(tones), np.inf)
    for (first, _), value in zip(pairs, unlike, strict=True):
        least[first] = np.minimum(least[first], value)
    weights = [
        np.maximum(np.exp(least[first] - value), LEAST_RATIO) for (first, _), value in zip(pairs, unlike, strict=True)
    ]
    total = sum_neighbors(weights)
    shares = [weight / total[first] for (first, _), weight in zip(pairs, weights, strict=True)]
    return grid_matrix(shares, height, width)
