"""Canny edge maps computed exactly as in OpenCV, in integers, for networks that were trained on them.

Source: J. Canny, "A Computational Approach to Edge Detection", IEEE TPAMI 8(6), 1986; the integer details (3 x 3 Sobel
on replicated borders, |dx| + |dy|, sectors cut at 22.5 degrees in fixed point, ties) follow OpenCV's `Canny` with
apertureSize 3 and L2gradient off.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

EDGE_THRESHOLDS = (80.0, 250.0)
"""Low and high threshold, on 8-bit pictures, of the edge maps for colorization networks (Yen et al. 2021)."""
SECTOR_BITS = 15
"""Fractional bits of SECTOR_TANGENT."""
SECTOR_TANGENT = round(math.tan(math.radians(22.5)) * 2**SECTOR_BITS)
"""Tangent of 22.5 degrees in fixed point."""
CUT_SLACK = 2.0**-10
"""Added before truncation to 8 bits, in levels, so that rounding errors of floats do not lose a level."""


def canny(gray: NDArray[np.float32] | NDArray[np.uint8], low: float, high: float) -> NDArray[np.float32]:
    """Return the edge map (H, W) of a gray picture, 1 on an edge and 0 elsewhere.

    Args:
        gray: (H, W), uint8, or float32 in [0, 1], which is truncated (not rounded) to 8 bits, as torchvision does for
            the published networks; values outside [0, 1] are clipped.
        low: gradient, |dx| + |dy| of the 8-bit picture, above which an edge is continued.
        high: gradient above which an edge is started.
    """
    low, high = sorted((math.floor(low), math.floor(high)))
    dx, dy = _sobel(_eight_bits(gray))
    gradient = np.pad(np.abs(dx) + np.abs(dy), 1)
    candidate = _thin(gradient, dx, dy) & (gradient[1:-1, 1:-1] > low)
    return _keep_connected(candidate, candidate & (gradient[1:-1, 1:-1] > high)).astype(np.float32)


def _eight_bits(gray: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Truncate a picture to 8 bits; values that came from 8 bits are recovered exactly."""
    if gray.dtype == np.uint8:
        return gray.astype(np.uint8, copy=False)
    steps = np.clip(gray, 0, 1).astype(np.float32) * np.float32(255)
    cut: NDArray[np.uint8] = np.floor(steps + np.float32(CUT_SLACK)).astype(np.uint8)
    return cut


def _sobel(coded: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the derivatives along x and y, each (H, W)."""
    padded = np.pad(coded.astype(np.int32), 1, mode="edge")
    down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return down[:, 2:] - down[:, :-2], across[2:] - across[:-2]


def _thin(gradient: NDArray[np.int32], dx: NDArray[np.int32], dy: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return where (H, W) the gradient (H + 2, W + 2, with a border of zeros) is a maximum along its own direction.

    Of two equal neighbors the right or lower one is dropped; along diagonals both are.
    """
    here = gradient[1:-1, 1:-1]
    along_x = (here > gradient[1:-1, :-2]) & (here >= gradient[1:-1, 2:])
    along_y = (here > gradient[:-2, 1:-1]) & (here >= gradient[2:, 1:-1])
    falling = (here > gradient[:-2, :-2]) & (here > gradient[2:, 2:])
    rising = (here > gradient[:-2, 2:]) & (here > gradient[2:, :-2])
    # |dx| and |dy| stay below 2**10, so that the products fit into 32 bits.
    x, y = np.abs(dx), np.abs(dy) << SECTOR_BITS
    flat = x * SECTOR_TANGENT
    steep = flat + (x << (SECTOR_BITS + 1))  # tan(67.5 deg) = tan(22.5 deg) + 2
    diagonal = np.where((dx ^ dy) < 0, rising, falling)
    return np.where(y < flat, along_x, np.where(y > steep, along_y, diagonal))


def _keep_connected(candidate: NDArray[np.bool_], strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the 8-connected regions of `candidate` that contain a pixel of `strong`, (H, W)."""
    regions: NDArray[np.intp] = label(candidate, connectivity=2)  # type: ignore[no-untyped-call]
    keep = np.zeros(int(regions.max(initial=0)) + 1, dtype=np.bool_)
    keep[regions[strong]] = True
    kept: NDArray[np.bool_] = keep[regions]
    return kept
