"""Identify exactly which clustered-dot screen made a digital halftone: its period, angle, shape and phase.

They are measured on the halftone itself, far more accurately than a bin of a spectrum: the component that the network
removed is demodulated with the assumed grid, and the drift of its phase from block to block gives the grid's error.
"""

from __future__ import annotations

from math import atan2, degrees, hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halftone_color.halftoners.clustered_dot import SHAPES, thresholds
from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(H, W) float32."""

BLOCK_PX = 64
"""Side, in px, of the blocks whose phases are compared."""
FITS = 4
"""Number of iterations of the refinement of the grid."""
PROBE_PX = 256
"""Side, in px, of the part of the picture on which shapes are compared."""
FEWEST_BLOCKS = 2
"""Least number of blocks along each side of the picture."""
REPRODUCED = 0.955
"""Least share of the halftone's pixels that the estimate reproduces when it is screened again ..."""
MIDDLE_TONES = (0.1, 0.9)
"""... among pixels with tones in this range; any screen reproduces ink and paper."""
FEWEST_PIXELS = 2000
"""Least number of such pixels."""


class DotGrid(NamedTuple):
    """An exactly known clustered-dot screen: the arguments of `thresholds`."""

    period_px: float
    """Dot spacing along the axis in px."""
    angle_deg: float
    """Direction of the axis from +x towards +y (down) in degrees."""
    shape: str
    """One of clustered_dot.SHAPES."""
    phase: tuple[float, float]
    """Shift along and across the axis, in periods, at the picture's top left corner."""

    def thresholds(self, top: int, left: int, height: int, width: int) -> Plane:
        """Return the thresholds (height, width) in (0, 1) of a part of the picture."""
        angle = np.radians(self.angle_deg)
        along, across = np.cos(angle) / self.period_px, np.sin(angle) / self.period_px
        phase = (self.phase[0] + left * along + top * across, self.phase[1] - left * across + top * along)
        return thresholds(height, width, self.period_px, self.angle_deg, self.shape, phase)


def identify(estimate: Picture, halftone: Picture, period_px: float, angle_deg: float) -> DotGrid | None:
    """Return the screen that made a halftone (1, H, W) of 0 and 1, or None if its shape is not known.

    Args:
        estimate: the network's estimate of the contone, (1, H, W).
        halftone: (1, H, W) of 0 and 1.
        period_px, angle_deg: of the screen, to about 1 % and one degree.
    """
    height, width = halftone.shape[1:]
    if min(height, width) < FEWEST_BLOCKS * BLOCK_PX:
        return None
    removed = estimate[0] - halftone[0]
    axis = _refined_axis(removed, period_px, angle_deg)
    if axis is None:
        return None
    candidates = _candidates(removed, *axis)
    top, left = (max(0, (side - PROBE_PX) // 2) for side in (height, width))
    part = (slice(top, top + PROBE_PX), slice(left, left + PROBE_PX))
    x, h = estimate[0][part], halftone[0][part]
    in_question = (x > MIDDLE_TONES[0]) & (x < MIDDLE_TONES[1])
    if np.count_nonzero(in_question) < FEWEST_PIXELS:
        return None
    again = [(x > grid.thresholds(top, left, *x.shape)) == (h > 0.5) for grid in candidates]
    shares = [float(same[in_question].mean()) for same in again]
    best = int(np.argmax(shares))
    return candidates[best] if shares[best] >= REPRODUCED else None


def _refined_axis(removed: Plane, period_px: float, angle_deg: float) -> tuple[float, float] | None:
    """Return the refined frequency of the axis, in cycles per px to the right and down, from the removed component.

    The result is None if nothing was removed.
    """
    along, across = np.cos(np.radians(angle_deg)) / period_px, np.sin(np.radians(angle_deg)) / period_px
    for _ in range(FITS):
        first, second = _components(removed, along, across), _components(removed, -across, along)
        (first_x, first_y), (second_x, second_y) = _phase_slopes(first), _phase_slopes(second)
        weight, other = np.abs(first).sum(), np.abs(second).sum()
        if weight + other == 0:
            return None
        along += (weight * first_x + other * second_y) / (weight + other)
        across += (weight * first_y - other * second_x) / (weight + other)
    return along, across


def _candidates(removed: Plane, along: float, across: float) -> list[DotGrid]:
    """Return grids of every shape for an axis with a frequency in cycles per px to the right and down."""
    # The picture's own low frequencies do not bias the phase of a block, so the sum over all blocks is best.
    axes = ((along, across), (-across, along))
    first, second = (float(np.angle(_components(removed, *axis).sum())) / (2 * np.pi) for axis in axes)
    period_px, angle_deg = 1 / hypot(along, across), degrees(atan2(across, along))
    candidates = []
    for shape in SHAPES:
        candidates.append(DotGrid(period_px, angle_deg, shape, (first, second)))
        if shape in ("ellipse", "line"):  # their axes differ
            candidates.append(DotGrid(period_px, angle_deg + 90, shape, (second, -first)))
    return candidates


def _components(plane: Plane, along: float, across: float) -> NDArray[np.complex64]:
    """Return the Fourier component of every block (rows, columns) at a frequency (cycles per px to the right, down)."""
    rows, columns = (side // BLOCK_PX for side in plane.shape)
    width = columns * BLOCK_PX
    right = np.exp(-2j * np.pi * along * (np.arange(width) + 0.5)).astype(np.complex64)
    down = np.exp(-2j * np.pi * across * (np.arange(rows * BLOCK_PX) + 0.5)).astype(np.complex64)
    turning = np.stack([down.real, down.imag]).reshape(2, rows, BLOCK_PX).swapaxes(0, 1)
    lines = turning @ plane[: rows * BLOCK_PX, :width].reshape(rows, BLOCK_PX, width)  # (rows, 2, width)
    found = ((lines[:, 0] + 1j * lines[:, 1]) * right).reshape(rows, columns, BLOCK_PX).sum(2)
    return np.asarray(found, np.complex64)


def _phase_slopes(components: NDArray[np.complex64]) -> tuple[float, float]:
    """Return the mean advance of phase from block to block to the right and down, in cycles per px."""
    right = np.angle((components[:, 1:] * components[:, :-1].conj()).sum())
    down = np.angle((components[1:] * components[:-1].conj()).sum())
    return float(right) / (2 * np.pi * BLOCK_PX), float(down) / (2 * np.pi * BLOCK_PX)
