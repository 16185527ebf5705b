"""What a known error diffusion says about the contone: every pixel's error was kept within half a step.

Error diffusion computes u = x + W e, h = [u > 1/2], e = u - h, where W hands errors on. For a known halftone h this is
linear: x = h + (I - W) e, and e lies in [-1/2, 1/2]. So the contones that give exactly this halftone form a convex set,
to which an estimate is moved: the nearest on the border of a convex set is never farther from the truth than the
estimate, and the truth lies inside. It is found in e: weighted least squares within a box, by accelerated projected
gradients (Beck and Teboulle, SIAM J. Imaging Sciences 2 (2009)).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halftone_color.arrays import tiling
from halftone_color.arrays.compiled import compiled
from halftone_color.halftoners.error_diffusion import KERNELS, REACH
from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(H, W) float32."""

HALF = 0.5
"""Largest error of a pixel, either way."""
STEPS = 30
"""Steps of the descent; more gain next to nothing."""
WITHIN, FARTHEST_WITHIN, AROUND_PX = 2.0, 0.03, 8.0
"""How far inside its range an error is looked for, over the estimate's distance to the set around it, and at most: the
truth is not on the set's border, and the less so the less the estimate is right."""
FURTHER = np.float32(1.2)
"""How far an estimate is moved, over its distance to the nearest contone of the set."""
EVEN = 2.0
"""Weight of what is uneven in the distance from an estimate, over 1: estimates are wrong evenly, over a px or two."""
STEEPEST = 2.55
"""Largest eigenvalue of (I - W)'(I - W), over all kernels, serpentine or not."""
PROBE_PX = 384
"""Side of the part of the picture on which the kernel is recognised."""
PROBE_STEPS = 12
UNSETTLED = 4 * REACH
"""Rows at the top of that part in which unknown errors from above it count."""
CLEAR = 0.8
"""Places that the right kernel forbids, over those that the kernels forbid on the median, where it is clear ..."""
FEW = 0.13
"""... and over all: where noise was added to the threshold, every kernel forbids many."""
NEAR, FARTHEST = 0.0155, 0.03
"""Root mean square distance from the estimate to the set, above which the kernel is another: else, and where clear."""
TILE_PX, HALO_PX, WORKERS = 512, 64, 2


class Diffusion(NamedTuple):
    """One way to diffuse errors: which pixels get which share."""

    kernel: str
    serpentine: bool

    def shares(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Plane]:
        """Return offsets ahead and down (px) and the share of each neighbour, for rows from left to right."""
        kernel = KERNELS[self.kernel]
        rows = np.zeros((REACH + 1, 2 * REACH + 1), np.float32)
        rows[0, REACH + 1 :], rows[1], rows[2] = kernel.ahead, kernel.below, kernel.further
        down, position = np.nonzero(rows)
        return position - REACH, down, rows[down, position] / np.float32(kernel.divisor)


WAYS = tuple(Diffusion(kernel, serpentine) for kernel in KERNELS for serpentine in (False, True))


def recognised(estimate: Picture, halftone: Picture) -> Diffusion | None:
    """Return the diffusion that made a halftone (1, H, W) of 0 and 1, or None if no known one did.

    The estimate is diffused with each kernel while every pixel comes out as it did in the halftone. The right kernel is
    that whose errors forbid this in the fewest places; it is looked for in the middle of the picture, and believed if
    its set of contones comes near to the estimate.
    """
    height, width = halftone.shape[1:]
    if height <= UNSETTLED:
        return None
    top, left = (max(0, (side - PROBE_PX) // 2) // 2 * 2 for side in (height, width))  # even: rows keep their direction
    part = (slice(top, top + PROBE_PX), slice(left, left + PROBE_PX))
    x, h = (np.ascontiguousarray(picture[0][part]) for picture in (estimate, halftone))
    forbidden = [compiled(_cut)(_no_error(x), x - h, *way.shares(), way.serpentine) for way in WAYS]
    best = int(np.argmin(forbidden))
    moved = (_nearest(x, h, WAYS[best], np.full_like(x, HALF), PROBE_STEPS) - x)[UNSETTLED:]
    distance = float(np.sqrt(np.square(moved).mean()))
    clear = forbidden[best] <= min(CLEAR * np.median(forbidden), FEW * x.size)
    return WAYS[best] if distance <= (FARTHEST if clear else NEAR) else None


def within(estimate: Picture, halftone: Picture, way: Diffusion) -> Picture:
    """Return an estimate (1, H, W) moved among the contones that the diffusion turns into the halftone.

    It is moved towards the nearest of them and on: the nearest lies on the border of the set, the truth inside
    (over-relaxed projection; Gubin, Polyak and Raik, USSR Comp. Math. and Math. Phys. 7 (1967)).
    """

    def run(window: tiling.Window) -> Picture:
        inside = slice(height - window.top), slice(width - window.left)  # beyond, nothing was diffused
        x, h = (window.read(picture)[0][inside] for picture in (estimate, halftone))
        off = _nearest(x, h, way, np.full_like(x, HALF), PROBE_STEPS) - x
        distance = np.sqrt(gaussian_filter(off * off, AROUND_PX, mode="nearest"))
        largest = HALF - np.minimum(WITHIN * distance, FARTHEST_WITHIN)
        return np.asarray(x + FURTHER * (_nearest(x, h, way, largest, STEPS) - x), np.float32)[None]

    height, width = halftone.shape[1:]
    moved = tiling.apply(run, 1, height, width, tile=TILE_PX, halo=HALO_PX, multiple=2, workers=WORKERS)
    return np.clip(moved, 0, 1)


def _nearest(estimate: Plane, halftone: Plane, way: Diffusion, largest: Plane, steps: int) -> Plane:
    """Return the contone (H, W) nearest to an estimate among those whose errors lie within -largest and largest."""
    largest = np.ascontiguousarray(largest, np.float32)
    error = _no_error(estimate)
    difference = np.ascontiguousarray(estimate - halftone)
    contone = np.ascontiguousarray(halftone, dtype=np.float32).copy()
    compiled(_cut)(error, difference, *way.shares(), way.serpentine)
    compiled(_descend)(error, difference, contone, largest, *way.shares(), way.serpentine, steps)
    return contone


def _no_error(plane: Plane) -> Plane:
    """Return errors of 0 for a plane (H, W), with the margin that the loops need."""
    return np.zeros((plane.shape[0] + 2 * REACH, plane.shape[1] + 2 * REACH), np.float32)


def _cut(error: Any, difference: Any, ahead: Any, down: Any, share: Any, serpentine: bool) -> int:
    """Fill `error` with what halftoning would leave if each error were cut to its range: right for the truth itself.

    Returns the number of errors that were cut.
    """
    height, width = difference.shape
    reach = (error.shape[0] - height) // 2
    half, cut = np.float32(HALF), 0
    for y in range(height):
        for i in range(width):
            x = width - 1 - i if serpentine and y % 2 != 0 else i
            left = difference[y, x]
            for k in range(len(share)):
                shift = -ahead[k] if serpentine and (y - down[k]) % 2 != 0 else ahead[k]
                left += share[k] * error[y - down[k] + reach, x - shift + reach]
            error[y + reach, x + reach] = min(half, max(-half, left))
            cut += abs(left) > half
    return cut


def _descend(
    error: Any,
    difference: Any,
    contone: Any,
    largest: Any,
    ahead: Any,
    down: Any,
    share: Any,
    serpentine: bool,
    steps: int,
) -> None:
    """Find the errors e in [-largest, largest] whose (I - W) e is nearest to `difference`; add it to `contone`.

    Near is what differs little, and evenly: the sum of squares of the difference, and EVEN times that of its part which
    blurring takes away, is least.
    `error` (H + 2 REACH, W + 2 REACH) holds the errors to start from and has a margin that stays 0.
    """
    height, width = difference.shape
    place = error.copy()  # where the gradient is taken: ahead of `error`, by momentum
    rest, uneven = np.zeros_like(error), np.zeros_like(error)
    reach = (error.shape[0] - height) // 2
    momentum = np.float32(1.0)
    rate = np.float32(1.0 / (STEEPEST * (1.0 + EVEN)))
    one, part = np.float32(1.0 + EVEN), np.float32(EVEN / 16)
    column = np.zeros(width + 2, np.float32)
    for step in range(steps + 1):
        source = place if step < steps else error
        for y in range(height):
            row = rest[y + reach, reach : reach + width]
            for x in range(width):
                row[x] = source[y + reach, x + reach]
            for k in range(len(share)):
                above = y - down[k]
                shift = -ahead[k] if serpentine and above % 2 != 0 else ahead[k]
                handed = source[above + reach, reach - shift : reach - shift + width]
                for x in range(width):
                    row[x] -= share[k] * handed[x]
            if step < steps:
                for x in range(width):
                    row[x] -= difference[y, x]
            else:
                for x in range(width):
                    contone[y, x] += row[x]
        if step == steps:
            break
        for y in range(height):  # weighed: one rest - EVEN (rest blurred by 1 2 1 along both axes)
            around = rest[y + reach - 1 : y + reach + 2, reach - 1 : reach + width + 1]
            for x in range(width + 2):
                column[x] = around[0, x] + around[1, x] + around[1, x] + around[2, x]
            row = uneven[y + reach, reach : reach + width]
            for x in range(width):
                row[x] = one * around[1, x + 1] - part * (column[x] + column[x + 1] + column[x + 1] + column[x + 2])
        following = np.float32(0.5) * (
            np.float32(1.0) + np.sqrt(np.float32(1.0) + np.float32(4.0) * momentum * momentum)
        )
        push = (momentum - np.float32(1.0)) / following
        momentum = following
        gradient = np.empty(width, np.float32)
        for y in range(height):
            for x in range(width):
                gradient[x] = uneven[y + reach, x + reach]
            for k in range(len(share)):
                shift = -ahead[k] if serpentine and y % 2 != 0 else ahead[k]
                given = uneven[y + down[k] + reach, reach + shift : reach + shift + width]
                for x in range(width):
                    gradient[x] -= share[k] * given[x]
            for x in range(width):
                before = error[y + reach, x + reach]
                now = place[y + reach, x + reach] - rate * gradient[x]
                now = min(largest[y, x], max(-largest[y, x], now))
                error[y + reach, x + reach] = now
                place[y + reach, x + reach] = now + push * (now - before)
