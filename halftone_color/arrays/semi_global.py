"""Semi-global matching: costs summed along eight paths, and each view's disparities.

Hirschmueller, "Stereo processing by semiglobal matching and mutual information" (2008), section 2.3: along each path

    L(p, k) = C(p, k) + min(L(q, k), L(q, k +- 1) + P1, min over i of L(q, i) + P2) - min over i of L(q, i)

with q the pixel before p, and P2 smaller where the luma changes. Volumes are (H, W, d) as in `census`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.compiled import compile_loop

SMALL_STEP, LARGE_STEP = 6, 60
"""P1 and P2, in the costs' unit, bits of 62."""
LEAST_LARGE_STEP = 16
"""P2 falls to this at edges ..."""
EDGE = 0.06
"""... of this luma difference, where it is half of LARGE_STEP."""


def aggregate(costs: NDArray[np.uint8], luma: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return the sums (H, W, d) of the path costs.

    Args:
        costs: (H, W, d), at most 255 - LARGE_STEP.
        luma: (H, W) in [0, 1] of the first picture.
    """
    loop = compile_loop(_sweep)
    total = np.zeros(costs.shape, np.uint16)
    loop(total, costs, np.ascontiguousarray(luma))
    back = np.zeros(costs.shape, np.uint16)  # contiguous, so that one compiled loop serves both ways
    loop(back, np.ascontiguousarray(costs[::-1, ::-1]), np.ascontiguousarray(luma[::-1, ::-1]))
    total += back[::-1, ::-1]
    return total


def best(sums: NDArray[np.uint16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the disparity (H, W) of the least sum (H, W, d) for the first picture and for the second one."""
    of_second = np.zeros(sums.shape[:2], np.int64)
    compile_loop(_fill_second)(of_second, sums)
    return sums.argmin(2), of_second


def _sweep(total: Any, costs: Any, luma: Any) -> None:
    """Add the costs of the four paths that come from the left and from above to `total`, row by row."""
    height, width, d = costs.shape
    before = np.full((width + 2, 3, d + 2), 20000, np.int32)  # of the row above; ends of d and of rows stay high
    now = np.full((width + 2, 3, d + 2), 20000, np.int32)
    least_before = np.zeros((width + 2, 3), np.int32)
    least_now = np.zeros((width + 2, 3), np.int32)
    left = np.full(d + 2, 20000, np.int32)
    row = np.full(d + 2, 20000, np.int32)
    for y in range(height):
        least_left = 0
        for x in range(width):
            for path in range(4):
                if path == 3:  # along the row
                    start = x > 0
                    source, least, step = left, least_left, luma[y, x] - luma[y, max(x - 1, 0)]
                else:  # from the row above: left of x, at x, right of x
                    from_x = x + path - 1
                    start = y > 0 and 0 <= from_x < width
                    inside = min(max(from_x, 0), width - 1)
                    source, least = before[inside + 1, path], least_before[inside + 1, path]
                    step = luma[y, x] - luma[max(y - 1, 0), inside]
                if not start:
                    for k in range(d):
                        row[k + 1] = costs[y, x, k]
                else:
                    large = max(LEAST_LARGE_STEP, int(LARGE_STEP / (1 + abs(step) / EDGE)))
                    for k in range(d):
                        low = min(source[k + 1], least + large)
                        low = min(low, min(source[k], source[k + 2]) + SMALL_STEP)
                        row[k + 1] = costs[y, x, k] + low - least
                lowest = row[1]
                for k in range(d):
                    lowest = min(lowest, row[k + 1])
                    total[y, x, k] += row[k + 1]
                if path == 3:
                    left[:] = row
                    least_left = lowest
                else:
                    now[x + 1, path, :] = row
                    least_now[x + 1, path] = lowest
        before, now = now, before
        least_before, least_now = least_now, least_before


def _fill_second(disparity: Any, sums: Any) -> None:
    """Set the disparity (H, W) of the second picture: of all (i, k) that lead to a pixel the one of the least sum."""
    height, width, d = sums.shape
    for y in range(height):
        for x in range(width):
            lowest, found = 65535, 0
            for k in range(min(d, x + 1)):
                if sums[y, x - k, k] < lowest:
                    lowest, found = sums[y, x - k, k], k
            disparity[y, x] = found
