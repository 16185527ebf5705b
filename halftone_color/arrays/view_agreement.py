"""Where both pictures of a rectified pair agree on a match: in disparity, and in luma after one tone curve for all.

The left-right check of Hirschmueller (2008), section 2.6, and ours: cameras differ in exposure and response by one
curve over all pixels, so a match whose lumas still differ after that curve is a wrong one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

AGREEMENT_PX = 1
"""Largest difference of the two views' disparities that counts as agreement."""
LUMA_TOLERANCE = 0.1
"""Largest difference of matched lumas in [0, 1]; of .05, .07 and .1 the best on eight training pairs of Middlebury."""
QUANTILES = 64
"""Nodes of the curve between the pictures' lumas."""
LEAST_MATCHES = 100
"""Matches below which no curve is drawn."""


def disparities_agree(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (H, W): where the second picture's disparity at the match is the first's within AGREEMENT_PX."""
    width = first.shape[1]
    place = np.arange(width) + first
    there = np.take_along_axis(second, np.minimum(place, width - 1), 1)
    return np.asarray((place < width) & (np.abs(there - first) <= AGREEMENT_PX))


def matched(second: Plane, disparity: NDArray[np.int64]) -> Plane:
    """Return planes (..., H, W) of the second picture at the matches of the first one's pixels (equation (1))."""
    width = second.shape[-1]
    place = np.minimum(np.arange(width) + disparity, width - 1)
    return np.take_along_axis(second, np.broadcast_to(place, second.shape), -1)


def in_tones_of(first: Plane, second: Plane, disparity: NDArray[np.int64], known: NDArray[np.bool_]) -> Plane:
    """Return the second luma (H, W) in the tones of the first: by the quantiles of both over the known matches."""
    if known.sum() < LEAST_MATCHES:
        return second
    shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
    from_tones = np.quantile(matched(second, disparity)[known], shares)
    to_tones = np.quantile(first[known], shares)
    from_tones += 1e-6 * np.arange(QUANTILES)  # flat parts stay in order
    ends = [to_tones[0] - from_tones[0], to_tones[-1] - from_tones[-1]]
    changed = np.interp(second, from_tones, to_tones)
    changed = np.where(second < from_tones[0], second + ends[0], changed)
    changed = np.where(second > from_tones[-1], second + ends[1], changed)
    return np.asarray(np.clip(changed, 0, 1), np.float32)


def lumas_agree(first: Plane, second_in_tones: Plane, disparity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (H, W): where matched lumas, the second in the tones of the first, differ by LUMA_TOLERANCE at most."""
    return np.asarray(np.abs(first - matched(second_in_tones, disparity)) <= LUMA_TOLERANCE)
