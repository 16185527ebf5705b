"""Threshold a picture by a small matrix of ranks that repeats like tiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture


def screen_by_ranks(gray: Picture, ranks: NDArray[np.integer]) -> Picture:
    """Screen gray (1, H, W) in [0, 1] by a matrix (h, w) of ranks 0 ... h * w - 1; returns (1, H, W) of 0 and 1.

    Thresholds lie in the middle of the ranks' steps, so that 0 stays ink, 1 stays paper, and the mean tone is kept.
    """
    height, width = ranks.shape
    columns = -(-gray.shape[2] // width)
    levels = np.tile(levels_of(ranks), (1, columns))[:, : gray.shape[2]]
    halftone = np.empty(gray.shape, np.float32)
    for row in range(min(height, gray.shape[1])):
        halftone[0, row::height] = gray[0, row::height] > levels[row]
    return halftone


def levels_of(ranks: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return the thresholds (h, w) in (0, 1), in the middle of the ranks' steps; tones above are paper."""
    return ((ranks + 0.5) / ranks.size).astype(np.float32)
