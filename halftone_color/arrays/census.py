"""Costs of matching two pictures of a rectified pair: bits in which their census transforms differ.

Zabih and Woodfill, "Non-parametric local transforms for computing visual correspondence" (1994): each pixel becomes the
bits that say which of its neighbors are darker than it, so that exposure and response curves change nothing.

Volumes are (H, W, d): entry (j, i, k) belongs to pixel (j, i) of the first picture and (j, i + k) of the second, as
equation (1) of Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN",
searches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.compiled import compile_loop

REACH_DOWN, REACH_ACROSS = 3, 4
"""Half the height and width in px of the window: 7 x 9 px, whose 62 neighbors fit into 64 bits."""
OUTSIDE = 40
"""Cost, in bits, of a match outside the second picture: worse than chance, which is 31."""


def census_costs(first: NDArray[np.float32], second: NDArray[np.float32], d: int) -> NDArray[np.uint8]:
    """Return the number of bits (H, W, d) in which both pictures differ at every candidate, 0 to 62.

    Args:
        first, second: luma (H, W) of one size.
        d: number of candidates.
    """
    volume = np.full((*first.shape, d), OUTSIDE, np.uint8)
    compile_loop(_fill_costs)(volume, census(first), census(second))
    return volume


def census(luma: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return the census transform (H, W) of luma (H, W); the border goes on as at its edge."""
    height, width = luma.shape
    padded = np.pad(luma, ((REACH_DOWN, REACH_DOWN), (REACH_ACROSS, REACH_ACROSS)), mode="edge")
    bits = np.zeros(luma.shape, np.uint64)
    for down in range(2 * REACH_DOWN + 1):
        for across in range(2 * REACH_ACROSS + 1):
            if (down, across) != (REACH_DOWN, REACH_ACROSS):
                darker = padded[down : down + height, across : across + width] < luma
                bits = (bits << np.uint64(1)) | darker.astype(np.uint64)
    return bits


def _fill_costs(volume: Any, first: Any, second: Any) -> None:
    """Set the volume's entries whose candidate lies in the second picture."""
    height, width, d = volume.shape
    for y in range(height):
        for x in range(width):
            for k in range(min(d, width - x)):
                bits = first[y, x] ^ second[y, x + k]
                bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
                bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
                bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
                volume[y, x, k] = np.uint8((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))
