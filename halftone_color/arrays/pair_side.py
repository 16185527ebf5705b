"""On which side of a rectified pair the first camera stands, and how large disparities are, by small copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.transform import downscale_local_mean

from halftone_color.arrays.census import census_costs
from halftone_color.arrays.semi_global import aggregate, best
from halftone_color.arrays.view_agreement import disparities_agree

Plane = NDArray[np.float32]

SMALL_PX = 240
"""Width in px down to which pictures are reduced."""
SEARCHED = 1 / 3
"""Largest disparity that is looked for, over the width."""
NEARLY_ALL = 0.995
"""Quantile of the agreed disparities that counts as the largest ..."""
MARGIN = 1.1
"""... with this margin."""
MULTIPLE = 16
"""Numbers of candidates are multiples of this."""


def measure_side(first: Plane, second: Plane) -> str:
    """Return "left" if the first camera stands on the left, "right" otherwise, of two lumas (H, W).

    From the left camera, things lie further right than from the right one. Where more pixels agree from both sides, the
    order is the true one.
    """
    return "left" if _agreed(first[:, ::-1], second[:, ::-1])[0] >= _agreed(first, second)[0] else "right"


def measure_candidates(first: Plane, second: Plane) -> int:
    """Return the number of candidates d, a multiple of MULTIPLE, that a pair in the paper's order needs."""
    _, largest_px = _agreed(first, second)
    return max(1, int(np.ceil((MARGIN * largest_px + 1) / MULTIPLE))) * MULTIPLE


def _agreed(first: Plane, second: Plane) -> tuple[float, float]:
    """Return the share of pixels that agree from both sides, and their largest disparity in px of the pictures."""
    factor = max(1, round(first.shape[1] / SMALL_PX))
    small = [np.asarray(downscale_local_mean(x, (factor, factor)), np.float32) for x in (first, second)]  # type: ignore[no-untyped-call]
    d = max(2, int(small[0].shape[1] * SEARCHED))
    sums = aggregate(census_costs(small[0], small[1], d), small[0])
    disparity, of_second = best(sums)
    known = disparities_agree(disparity, of_second)
    if not known.any():
        return 0.0, 0.0
    return float(known.mean()), float((np.quantile(disparity[known], NEARLY_ALL) + 0.5) * factor)
