"""Tell an even tint of a page, which is left uncolored, from a photograph: it has no structure at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

PERIODS = 2
"""Side of the mean that takes out what descreening leaves of dots, in periods of the screen ..."""
SIDE_PX = 8
"""... and its least side in px."""
BORDER = 0.12
"""Share of an area's sides, at each border, that is left out: dots along a frame are cut and hard to remove."""
INNER = 0.05, 0.95
"""Quantiles of the tones between which they have to be alike."""
EVEN = 0.08
"""Largest difference between these tones. Tints of pages made here have 0.01 to 0.04; none of 400 photographs has less
than 0.25."""


def is_even(gray: NDArray[np.float32], period_px: float) -> bool:
    """Tell whether a descreened area (H, W) in [0, 1] is an even tint.

    Args:
        gray: the area, without what lies around it.
        period_px: of the screen; 0 if it has none.
    """
    side = max(SIDE_PX, round(PERIODS * period_px))
    inner = gray[tuple(slice(round(BORDER * n), n - round(BORDER * n)) for n in gray.shape)]
    if min(inner.shape) < side:
        return False
    low, high = np.quantile(uniform_filter(inner, side)[:: side // 2, :: side // 2], INNER)
    return bool(high - low <= EVEN)
