"""Look-up tables that bring the histogram of one heap of values to that of another (Zheng 2023, 2.1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture

Values = NDArray[np.float32]


def table(values: Values, wanted: Values) -> tuple[Values, Values]:
    """Return the monotonic table f, as ascending arguments and what they become, that matches values (N) to wanted (M).

    f = h_wanted^-1 o h_values, where h is the cumulative histogram; between two arguments it is linear.
    """
    from skimage.exposure import match_histograms

    arguments, first = np.unique(values, return_index=True)
    return arguments, np.asarray(match_histograms(values, wanted)[first], dtype=np.float32)


def looked_up(values: Picture, arguments: Values, results: Values) -> Picture:
    """Return a picture's values by a table; beyond its ends they stay what they are there."""
    return np.interp(values, arguments, results).astype(np.float32)
