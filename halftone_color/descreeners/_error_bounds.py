"""Error bounds: project an estimate onto the contones that a known error diffusion turns into the halftone.

Error diffusion computes u = x + W e, h = [u > 1/2], e = u - h, where W distributes the errors. For a known halftone h
this is linear: x = h + (I - W) e, with e in [-1/2, 1/2]. So the contones that give exactly this halftone form a convex
set that contains the truth. The projection of an estimate onto a convex set is never farther from the truth than the
estimate. It is computed in e, as weighted least squares within a box, by accelerated projected gradients (FISTA; Beck
and Teboulle, SIAM J. Imaging Sciences 2 (2009)).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halftone_color.arrays import tiling
from halftone_color.arrays.compiled import compile_loop
from halftone_color.halftoners.error_diffusion import KERNELS, REACH
from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(H, W) float32."""

LARGEST_ERROR = 0.5
"""Largest absolute error of a pixel."""
STEPS = 30
"""Number of steps of the descent; more gain almost nothing."""
INSET_PER_DISTANCE, LARGEST_INSET, AROUND_PX = 2.0, 0.03, 8.0
"""The range of an error is narrowed by this factor times the local distance of the estimate from the set, by at most
this inset; the distance is averaged by a Gaussian of this standard deviation in px. The truth is not on the border of
the set, and the farther inside, the worse the estimate is."""
RELAXATION = np.float32(1.2)
"""Length of the move of an estimate, relative to its distance to the set."""
ROUGHNESS_WEIGHT = 2.0
"""Weight of the rough part of the distance from an estimate, whose errors are smooth over a px or two."""
LARGEST_EIGENVALUE = 2.55
"""Largest eigenvalue of (I - W)'(I - W) over all kernels, serpentine or not; bounds the step of the descent."""
PROBE_PX = 384
"""Side, in px, of the part of the picture on which the kernel is identified."""
PROBE_STEPS = 12
"""Number of steps of the descent when only the distance is needed."""
UNSETTLED_ROWS = 4 * REACH
"""Number of rows at the top of that part that are affected by unknown errors from above it."""
FEW_OF_MEDIAN = 0.8
"""Largest number of violations of a clearly identified kernel, relative to the median over all kernels ..."""
FEW_OF_ALL = 0.13
"""... and relative to all pixels; if noise was added to the threshold, every kernel has many violations."""
NEAR, NEAR_IF_CLEAR = 0.0155, 0.03
"""Largest RMS distance of the estimate from the set for the right kernel: in general, and if clearly identified."""
TILE_PX, HALO_PX = 512, 64
"""Side of the tiles and width of the halo around them, in px."""


class ErrorFilter(NamedTuple):
    """The matrix W as a list of n neighbors to which a pixel's error is distributed."""

    ahead: NDArray[np.int64]
    """(n,): distance in px in the scanning direction of the row."""
    down: NDArray[np.int64]
    """(n,): distance in rows."""
    share: Plane
    """(n,): share of the error."""
    serpentine: bool
    """Whether odd rows run from right to left."""


class Diffusion(NamedTuple):
    """A kind of error diffusion."""

    kernel: str
    """One of error_diffusion.KERNELS."""
    serpentine: bool
    """Whether odd rows run from right to left."""

    def error_filter(self) -> ErrorFilter:
        """Return the neighbors to which errors are distributed, and their shares."""
        kernel = KERNELS[self.kernel]
        rows = np.zeros((REACH + 1, 2 * REACH + 1), np.float32)
        rows[0, REACH + 1 :], rows[1], rows[2] = kernel.ahead, kernel.below, kernel.further
        down, position = np.nonzero(rows)
        return ErrorFilter(position - REACH, down, rows[down, position] / np.float32(kernel.divisor), self.serpentine)


DIFFUSIONS = tuple(Diffusion(kernel, serpentine) for kernel in KERNELS for serpentine in (False, True))


def identify(estimate: Picture, halftone: Picture) -> Diffusion | None:
    """Return the diffusion that made a halftone (1, H, W) of 0 and 1, or None if it is not a known one.

    The estimate is diffused with each kernel, with the output fixed to the halftone. The right kernel has the fewest
    errors out of range (violations). This is tested on the middle of the picture, and the kernel is accepted if its set
    of contones is near the estimate.
    """
    height, width = halftone.shape[1:]
    if height <= UNSETTLED_ROWS:
        return None
    top, left = (max(0, (side - PROBE_PX) // 2) // 2 * 2 for side in (height, width))  # even: rows keep their direction
    part = (slice(top, top + PROBE_PX), slice(left, left + PROBE_PX))
    x, h = (np.ascontiguousarray(picture[0][part]) for picture in (estimate, halftone))
    forbidden = [compile_loop(_fill_errors)(_no_errors(x), x - h, way.error_filter()) for way in DIFFUSIONS]
    best = int(np.argmin(forbidden))
    moved = (_find_nearest(x, h, DIFFUSIONS[best], np.full_like(x, LARGEST_ERROR), PROBE_STEPS) - x)[UNSETTLED_ROWS:]
    distance = float(np.sqrt(np.square(moved).mean()))
    clear = forbidden[best] <= min(FEW_OF_MEDIAN * np.median(forbidden), FEW_OF_ALL * x.size)
    return DIFFUSIONS[best] if distance <= (NEAR_IF_CLEAR if clear else NEAR) else None


def project(
    estimate: Picture, halftone: Picture, diffusion: Diffusion, threads: int = 1, *, tile: int = TILE_PX
) -> Picture:
    """Project an estimate (1, H, W) onto the contones that the diffusion turns into the halftone; clipped to [0, 1].

    It is moved slightly beyond the nearest one, because that lies on the border of the set and the truth inside
    (over-relaxed projection; Gubin, Polyak and Raik, USSR Comp. Math. and Math. Phys. 7 (1967)).

    Args:
        estimate: of the contone, (1, H, W) in [0, 1].
        halftone: (1, H, W) of 0 and 1.
        diffusion: the error diffusion that made it.
        threads: number of tiles that are processed at once.
        tile: side of the tiles in px, even.
    """

    def project_window(window: tiling.Window) -> Picture:
        inside = slice(height - window.top), slice(width - window.left)  # beyond, nothing was diffused
        x, h = (window.read(picture)[0][inside] for picture in (estimate, halftone))
        off = _find_nearest(x, h, diffusion, np.full_like(x, LARGEST_ERROR), PROBE_STEPS) - x
        distance = np.sqrt(gaussian_filter(off * off, AROUND_PX, mode="nearest"))
        largest = LARGEST_ERROR - np.minimum(INSET_PER_DISTANCE * distance, LARGEST_INSET)
        return np.asarray(x + RELAXATION * (_find_nearest(x, h, diffusion, largest, STEPS) - x), np.float32)[None]

    height, width = halftone.shape[1:]
    moved = tiling.apply(project_window, (1, height, width), tiling.Grid(tile, HALO_PX, multiple=2), threads)
    return np.clip(moved, 0, 1)


def _find_nearest(estimate: Plane, halftone: Plane, diffusion: Diffusion, largest: Plane, steps: int) -> Plane:
    """Return the contone (H, W) nearest to an estimate among those whose errors lie within -largest and largest.

    The distance is the sum of squares of the difference, plus ROUGHNESS_WEIGHT times that of its part which blurring
    removes.
    """
    error_filter = diffusion.error_filter()
    largest = np.ascontiguousarray(largest, np.float32)
    difference = np.ascontiguousarray(estimate - halftone)
    error = _no_errors(estimate)
    compile_loop(_fill_errors)(error, difference, error_filter)
    extrapolated = error.copy()  # where the gradient is taken: ahead of `error`, by momentum
    residual, weighted = np.zeros_like(error), np.zeros_like(error)
    momentum = np.float32(1)
    for _ in range(steps):
        compile_loop(_fill_residual)(residual, extrapolated, difference, error_filter)
        compile_loop(_weight_roughness)(weighted, residual)
        following = np.float32(0.5) * (np.float32(1) + np.sqrt(np.float32(1) + np.float32(4) * momentum * momentum))
        push = (momentum - np.float32(1)) / following
        compile_loop(_move_errors)(error, extrapolated, weighted, largest, push, error_filter)
        momentum = following
    compile_loop(_fill_residual)(residual, error, np.zeros_like(difference), error_filter)
    inside = slice(REACH, -REACH)
    return np.asarray(halftone + residual[inside, inside], np.float32)


def _no_errors(plane: Plane) -> Plane:
    """Return errors of 0 for a plane (H, W), with the margin of REACH px that the loops need."""
    return np.zeros((plane.shape[0] + 2 * REACH, plane.shape[1] + 2 * REACH), np.float32)


def _fill_errors(error: Any, difference: Any, error_filter: Any) -> int:
    """Fill `error` with the errors of halftoning, clipped to their range; exact for the true contone.

    `error` (H + 2 REACH, W + 2 REACH) has a margin that stays 0; `difference` (H, W) is contone minus halftone.

    Returns the number of errors that were clipped.
    """
    ahead, down, share, serpentine = error_filter
    height, width = difference.shape
    half, cut = np.float32(LARGEST_ERROR), 0
    for y in range(height):
        for i in range(width):
            x = width - 1 - i if serpentine and y % 2 != 0 else i
            left = difference[y, x]
            for k in range(len(share)):
                shift = -ahead[k] if serpentine and (y - down[k]) % 2 != 0 else ahead[k]
                left += share[k] * error[y - down[k] + REACH, x - shift + REACH]
            error[y + REACH, x + REACH] = min(half, max(-half, left))
            cut += abs(left) > half
    return cut


def _fill_residual(residual: Any, error: Any, difference: Any, error_filter: Any) -> None:
    """Fill `residual` with (I - W) error - difference; the first two have a margin, `difference` (H, W) has none."""
    ahead, down, share, serpentine = error_filter
    height, width = difference.shape
    for y in range(height):
        row = residual[y + REACH, REACH : REACH + width]
        for x in range(width):
            row[x] = error[y + REACH, x + REACH]
        for k in range(len(share)):
            above = y - down[k]
            shift = -ahead[k] if serpentine and above % 2 != 0 else ahead[k]
            handed = error[above + REACH, REACH - shift : REACH - shift + width]
            for x in range(width):
                row[x] -= share[k] * handed[x]
        for x in range(width):
            row[x] -= difference[y, x]


def _weight_roughness(weighted: Any, residual: Any) -> None:
    """Fill `weighted` with (1 + ROUGHNESS_WEIGHT) residual minus ROUGHNESS_WEIGHT times the 3 x 3 binomial blur of it.

    Both have a margin of REACH px.
    """
    height, width = residual.shape[0] - 2 * REACH, residual.shape[1] - 2 * REACH
    one, part = np.float32(1.0 + ROUGHNESS_WEIGHT), np.float32(ROUGHNESS_WEIGHT / 16)
    column = np.zeros(width + 2, np.float32)
    for y in range(height):
        around = residual[y + REACH - 1 : y + REACH + 2, REACH - 1 : REACH + width + 1]
        for x in range(width + 2):
            column[x] = around[0, x] + around[1, x] + around[1, x] + around[2, x]
        row = weighted[y + REACH, REACH : REACH + width]
        for x in range(width):
            row[x] = one * around[1, x + 1] - part * (column[x] + column[x + 1] + column[x + 1] + column[x + 2])


def _move_errors(error: Any, extrapolated: Any, weighted: Any, largest: Any, push: Any, error_filter: Any) -> None:
    """Move errors down the gradient (I - W') weighted, within their range, and by `push` ahead of that.

    Args:
        error: the errors, updated in place; with a margin, as the next two.
        extrapolated: where the gradient was taken; updated to where it is taken next.
        weighted: the weighted residual there.
        largest: largest absolute value (H, W) of each error.
        push: factor of the extrapolation, relative to the move.
        error_filter: W.
    """
    ahead, down, share, serpentine = error_filter
    height, width = largest.shape
    rate = np.float32(1.0 / (LARGEST_EIGENVALUE * (1.0 + ROUGHNESS_WEIGHT)))
    gradient = np.empty(width, np.float32)
    for y in range(height):
        for x in range(width):
            gradient[x] = weighted[y + REACH, x + REACH]
        for k in range(len(share)):
            shift = -ahead[k] if serpentine and y % 2 != 0 else ahead[k]
            given = weighted[y + down[k] + REACH, REACH + shift : REACH + shift + width]
            for x in range(width):
                gradient[x] -= share[k] * given[x]
        for x in range(width):
            before = error[y + REACH, x + REACH]
            now = extrapolated[y + REACH, x + REACH] - rate * gradient[x]
            now = min(largest[y, x], max(-largest[y, x], now))
            error[y + REACH, x + REACH] = now
            extrapolated[y + REACH, x + REACH] = now + push * (now - before)
