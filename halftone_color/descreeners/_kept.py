"""Where a descreened picture still shows what the halftone showed: letters and unscreened pictures beside dots.

What has strong contrast and comes through the network unchanged holds no screen, so nothing needs to be removed there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from halftone_color.types import Picture

Blocks = NDArray[np.float32]
"""(rows, columns), one value per block."""

BLOCK_PX = 8
"""Side of a block in px."""
AROUND = 5
"""Blocks along the side of the neighborhood in which contrast and change are measured: 40 px, a few letters."""
CONTRAST = 0.15
"""Least standard deviation of a halftone, in [0, 1], where something is kept. Letters have 0.3; faint dots that the
network does not know have less, and may be removed as residue."""
CHANGE = 0.1
"""Largest RMS change over that deviation: kept letters have 0.01 to 0.03, grayed ones 0.2, dots nearly 1."""


def kept_shares(contone: Picture, halftone: Picture) -> Blocks:
    """Return how far each block of a descreened picture is as it was: (ceil(H / 8), ceil(W / 8)), 0 to 1.

    Args:
        contone: the descreened halftone, (1, H, W) in [0, 1].
        halftone: (1, H, W) in [0, 1].
    """
    height, width = halftone.shape[1:]
    size = (-(-height // BLOCK_PX), -(-width // BLOCK_PX))
    mean, square, change = (np.empty(size, np.float32) for _ in range(3))
    for row in range(size[0]):
        rows = slice(row * BLOCK_PX, min(height, (row + 1) * BLOCK_PX))
        seen, made = (np.asarray(picture[0][rows], np.float32) for picture in (halftone, contone))
        for moment, values in ((mean, seen), (square, seen**2), (change, (made - seen) ** 2)):
            moment[row] = _block_means(values, size[1])
    mean, square, change = (uniform_filter(moment, AROUND, mode="nearest") for moment in (mean, square, change))
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    is_kept = (deviation > CONTRAST) & (np.sqrt(np.maximum(change, 0)) < CHANGE * deviation)
    return np.asarray(uniform_filter(is_kept.astype(np.float32), AROUND, mode="nearest"))


def enlarge(blocks: Blocks, rows: NDArray[np.int_], columns: NDArray[np.int_]) -> Blocks:
    """Return the values of blocks (rows, columns) at these rows and columns of the picture, in px."""
    return blocks[np.ix_(rows // BLOCK_PX, columns // BLOCK_PX)]


def keep(changed: Picture, contone: Picture, halftone: Picture) -> Picture:
    """Return `changed` (1, H, W), in place, with the contone's own pixels where it shows what the halftone showed.

    Args:
        changed: a contone that was changed further, another array than `contone`.
        contone: the descreened halftone, (1, H, W) in [0, 1].
        halftone: (1, H, W) in [0, 1].
    """
    kept, across = kept_shares(contone, halftone), np.arange(halftone.shape[2])
    for row in np.flatnonzero(kept.any(axis=1)):
        rows = slice(row * BLOCK_PX, min(halftone.shape[1], (row + 1) * BLOCK_PX))
        share = enlarge(kept, np.arange(rows.start, rows.stop), across)
        changed[0, rows] += share * (contone[0, rows] - changed[0, rows])
    return changed


def _block_means(values: Blocks, count: int) -> Blocks:
    """Return the means (count,) of a row of blocks (up to BLOCK_PX, W)."""
    line = np.pad(values.mean(0), (0, count * BLOCK_PX - values.shape[1]), mode="edge")
    return np.asarray(line.reshape(count, BLOCK_PX).mean(1))
