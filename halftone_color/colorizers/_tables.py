"""Look-up tables that match the histogram of one set of values to that of another (Zheng 2023, 2.1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture

Values = NDArray[np.float32]


def make_table(values: Values, wanted: Values) -> tuple[Values, Values]:
    """Return the monotonic table f that gives `values` (N,) the histogram of `wanted` (M,).

    f = h_wanted^-1 o h_values, where h is the cumulative histogram.

    Returns:
        Arguments (K,), ascending, and f of each (K,); f is linear in between.
    """
    from skimage.exposure import match_histograms

    arguments, first = np.unique(values, return_index=True)
    return arguments, np.asarray(match_histograms(values, wanted)[first], dtype=np.float32)


def look_up(values: Picture, arguments: Values, results: Values) -> Picture:
    """Apply a table of arguments (K,) and results (K,) to values of any shape; it is constant beyond its ends."""
    return np.interp(values, arguments, results).astype(np.float32)
