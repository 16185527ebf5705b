"""Identify which of Bayer's matrices made a halftone, and its offset, so that the threshold of every pixel is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.ranks import levels_of
from halftone_color.halftoners.bayer import SIZES, ranks
from halftone_color.types import Picture

PROBE_PX = 128
"""Side, in px, of the part of the picture on which matrices are compared."""
REPRODUCED = 0.93
"""Least share of the halftone's pixels that the estimate reproduces when it is screened again ..."""
MIDDLE_TONES = (0.1, 0.9)
"""... among pixels with tones in this range."""
FEWEST_PIXELS = 500
"""Least number of such pixels."""


class BayerMatrix(NamedTuple):
    """One of Bayer's matrices, with its offset in a picture."""

    size: int
    """Side of the matrix in px."""
    down: int
    """Row of the matrix at the picture's first row."""
    right: int
    """Column of the matrix at the picture's first column."""

    def thresholds(self, top: int, left: int, height: int, width: int) -> NDArray[np.float32]:
        """Return the thresholds (height, width) in (0, 1) of a part of the picture."""
        rows = (self.down + top + np.arange(height)) % self.size
        columns = (self.right + left + np.arange(width)) % self.size
        return levels_of(ranks(self.size))[rows[:, None], columns]


def identify(estimate: Picture, halftone: Picture) -> BayerMatrix | None:
    """Return the matrix that made a halftone (1, H, W) of 0 and 1, or None if it was not one of Bayer's.

    Args:
        estimate: the network's estimate of the contone, (1, H, W).
        halftone: (1, H, W) of 0 and 1.
    """
    top, left = (max(0, (side - PROBE_PX) // 2) for side in halftone.shape[1:])
    part = (slice(top, top + PROBE_PX), slice(left, left + PROBE_PX))
    x, h = estimate[0][part], halftone[0][part] > 0.5
    in_question = (x > MIDDLE_TONES[0]) & (x < MIDDLE_TONES[1])
    if np.count_nonzero(in_question) < FEWEST_PIXELS:
        return None
    places = [BayerMatrix(size, down, right) for size in SIZES for down in range(size) for right in range(size)]
    shares = [float(((x > place.thresholds(top, left, *x.shape)) == h)[in_question].mean()) for place in places]
    best = int(np.argmax(shares))
    return places[best] if shares[best] >= REPRODUCED else None
