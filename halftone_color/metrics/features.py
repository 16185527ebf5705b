"""Distances between network features of two pictures, and of two sets of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def feature_distance(taps_a: Sequence[ArrayLike], taps_b: Sequence[ArrayLike]) -> float:
    """Distance of two pictures in the feature maps of a network, from 0 (equal) to 4 (opposite everywhere).

    The taps are feature maps (C, h, w) of the same layers for both pictures, of any size. The channel vector of every
    position is scaled to unit length; squared differences are summed over channels and averaged over positions, then
    over taps. Values are comparable only for the same network and layers, so state the network with them.
    """
    per_tap = [np.mean(np.sum((_unit(a) - _unit(b)) ** 2, axis=0)) for a, b in zip(taps_a, taps_b, strict=True)]
    return float(np.mean(per_tap))


def kid(features_a: ArrayLike, features_b: ArrayLike) -> float:
    """Kernel distance of two sets of features, (n, d) and (m, d) with n, m >= 2; near 0 for the same distribution.

    The unbiased estimate of the squared maximum mean discrepancy (Gretton et al. 2012, equation 3) with the cubic
    kernel (x.y / d + 1)^3 of the kernel inception distance (Binkowski et al. 2018, section 3.2); it can be negative.
    """
    a, b = np.asarray(features_a, np.float64), np.asarray(features_b, np.float64)
    return _mean_off_diagonal(_kernel(a, a)) + _mean_off_diagonal(_kernel(b, b)) - 2.0 * float(_kernel(a, b).mean())


def _unit(features: ArrayLike) -> NDArray[np.float64]:
    """Scale the channel vector of every position of (C, h, w) to unit length; zero vectors stay zero."""
    values = np.asarray(features, np.float64)
    unit: NDArray[np.float64] = values / np.maximum(np.linalg.norm(values, axis=0, keepdims=True), 1e-10)
    return unit


def _kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cubic polynomial kernel (n, m)."""
    kernel: NDArray[np.float64] = (a @ b.T / a.shape[1] + 1.0) ** 3
    return kernel


def _mean_off_diagonal(kernel: NDArray[np.float64]) -> float:
    """Return the mean of a square kernel without its diagonal."""
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))
