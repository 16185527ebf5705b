"""Clustered dots, as in print: a screen of round, diamond or elliptic dots or of lines, at any period and angle.

A spot function orders the points of one cell of the screen; replacing its values by their ranks gives thresholds that
are uniform in (0, 1), which keeps the tone (Ulichney, "Digital Halftoning", 1987, chapter 5; Adobe, "PostScript Language
Reference", 3rd ed., section 7.4.2). The cell is tabulated once per shape; phases run as 64-bit fractions of a period
that wrap by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from halftone_color.halftone._compiled import compiled

Plane = NDArray[np.float32]
Phases = NDArray[np.uint64]

CELL = 512
"""Side of the tabulated cell, a power of two."""

SHAPES: dict[str, Callable[[Plane, Plane], Plane]] = {
    "round": lambda u, v: np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v),
    "line": lambda u, v: np.cos(2 * np.pi * u) + 0 * v,
    "diamond": lambda u, v: -np.abs(u) - np.abs(v),
    "ellipse": lambda u, v: np.cos(2 * np.pi * u) + 0.6 * np.cos(2 * np.pi * v),
}
"""Spot functions of the phases along and across the axis, in [-.5, .5): ink starts where they are largest."""


def thresholds(
    height: int,
    width: int,
    period_px: float,
    angle_deg: float,
    shape: str,
    phase: tuple[float, float] = (0.0, 0.0),
    oversample: int = 1,
) -> Plane:
    """Return the screen as thresholds: `gray > threshold` is paper, and the mean tone is kept.

    Args:
        height: of the picture in px.
        width: of the picture in px.
        period_px: dot spacing along the screen's axis in px of the picture.
        angle_deg: direction of the axis from +x towards +y (down); lines run across it.
        shape: a name of SHAPES.
        phase: shift of the dots along and across the axis, in periods.
        oversample: samples per px and axis; sample i lies at (i + .5) / oversample px.

    Returns:
        (height * oversample, width * oversample) float32, uniform in (0, 1). Runs without the GIL.
    """
    along, across, steps = _phases(height, period_px, angle_deg, phase, oversample)
    screen = np.empty((height * oversample, width * oversample), np.float32)
    compiled(_fill)(screen, _cell(shape), along, across, *steps)
    return screen


@lru_cache
def _cell(shape: str) -> Plane:
    """Return the thresholds (CELL, CELL) of one cell: rows across the axis, columns along it."""
    phase = (np.arange(CELL, dtype=np.float64) + 0.5) / CELL
    phase -= np.round(phase)
    spot = SHAPES[shape](phase[None, :], phase[:, None])
    ranks = np.empty(spot.size, np.float32)
    ranks[np.argsort(spot, axis=None, kind="stable")] = (np.arange(spot.size) + 0.5) / spot.size
    return ranks.reshape(spot.shape)


def _phases(
    height: int, period_px: float, angle_deg: float, phase: tuple[float, float], oversample: int
) -> tuple[Phases, Phases, tuple[np.uint64, np.uint64]]:
    """Return the phases along and across the axis where each row starts (height * oversample,), and their steps."""
    cosine, sine = math.cos(math.radians(angle_deg)) / period_px, math.sin(math.radians(angle_deg)) / period_px
    x, y = 0.5 / oversample, (np.arange(height * oversample) + 0.5) / oversample
    along = _turns(x * cosine + y * sine + phase[0])
    across = _turns(y * cosine - x * sine + phase[1])
    steps = _turns(np.array([cosine, -sine]) / oversample)
    return along, across, (steps[0], steps[1])


def _turns(periods: NDArray[np.float64]) -> Phases:
    """Return the fractional part of `periods` in units of 2^-64."""
    return (np.mod(periods, 1.0) * 2.0**53).astype(np.uint64) << np.uint64(11)


def _fill(screen: Plane, cell: Plane, along: Phases, across: Phases, step_along: int, step_across: int) -> None:
    shift = np.uint64(64 - 9)  # the leading bits of a phase are its column or row of the cell
    for y in range(screen.shape[0]):
        u, v = along[y], across[y]
        for x in range(screen.shape[1]):
            screen[y, x] = cell[v >> shift, u >> shift]
            u += step_along
            v += step_across
