"""What a known clustered-dot screen says about the contone: each pixel lies above or below a known threshold.

A digital screen compares the picture with thresholds T on a grid of known shape: h = [x > T], so each pixel of h is a
bound on x. The grid's period, angle and phase are read off the halftone itself, far more exactly than any spectrum's
bin: what the network removed turns with the grid, and its phase from block to block says how far the grid is off.
"""

from __future__ import annotations

from math import atan2, degrees, hypot
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halftone_color import tiling
from halftone_color.halftone._compiled import compiled
from halftone_color.halftone.clustered_dot import SHAPES, thresholds
from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(H, W) float32."""

BLOCK_PX = 64
"""Side of the blocks whose phases are compared."""
FITS = 4
"""Rounds of reading the grid; each starts from the last."""
PROBE_PX = 256
"""Side of the part of the picture on which shapes are compared."""
FEWEST_BLOCKS = 2
REPRODUCED = 0.955
"""Share of pixels that an estimate must give back when it is screened again, or the shape is unknown ..."""
MIDDLE_TONES = (0.1, 0.9)
"""... among those whose tone is in question: any screen gives back paper and ink."""
FEWEST_PIXELS = 2000
SLACK = 0.004
"""Tone by which a threshold that was read off may be wrong."""
ROUNDS, STEP = 5, np.float32(2.0)
"""Rounds of moving the estimate towards its bounds; how far, over the distance."""
SPREAD = np.array([0.0545, 0.2442, 0.4026, 0.2442, 0.0545], np.float32)
"""Which neighbours move as well: a Gaussian of 1 px."""
TILE_PX, HALO_PX = 1024, 32


class Grid(NamedTuple):
    """A clustered-dot screen, exactly: the arguments of `thresholds`."""

    period_px: float
    angle_deg: float
    shape: str
    phase: tuple[float, float]
    """Shift along and across the axis, in periods, at the picture's top left corner."""

    def thresholds(self, top: int, left: int, height: int, width: int) -> Plane:
        """Return the thresholds of a part of the picture."""
        angle = np.radians(self.angle_deg)
        along, across = np.cos(angle) / self.period_px, np.sin(angle) / self.period_px
        phase = (self.phase[0] + left * along + top * across, self.phase[1] - left * across + top * along)
        return thresholds(height, width, self.period_px, self.angle_deg, self.shape, phase)


def recognised(estimate: Picture, halftone: Picture, period_px: float, angle_deg: float) -> Grid | None:
    """Return the screen that made a halftone (1, H, W) of 0 and 1, or None if it is none of the known shapes.

    Args:
        estimate: the contone as the network sees it.
        halftone: 0 and 1.
        period_px, angle_deg: of the screen, to about a hundredth and a degree.
    """
    height, width = halftone.shape[1:]
    if min(height, width) < FEWEST_BLOCKS * BLOCK_PX:
        return None
    removed = estimate[0] - halftone[0]
    along, across = np.cos(np.radians(angle_deg)) / period_px, np.sin(np.radians(angle_deg)) / period_px
    for _ in range(FITS):
        first, second = _blocks(removed, along, across), _blocks(removed, -across, along)
        (first_x, first_y), (second_x, second_y) = _slopes(first), _slopes(second)
        weight, other = np.abs(first).sum(), np.abs(second).sum()
        if weight + other == 0:  # nothing was removed
            return None
        along += (weight * first_x + other * second_y) / (weight + other)
        across += (weight * first_y - other * second_x) / (weight + other)
    # The picture's own low frequencies leave the phase of a block alone, so all of them together say it best.
    phases = [
        float(np.angle(_blocks(removed, *axis).sum())) / (2 * np.pi) for axis in ((along, across), (-across, along))
    ]
    period_px, angle_deg = 1 / hypot(along, across), degrees(atan2(across, along))
    candidates = []
    for shape in SHAPES:
        candidates.append(Grid(period_px, angle_deg, shape, (phases[0], phases[1])))
        if shape in ("ellipse", "line"):  # their axes differ
            candidates.append(Grid(period_px, angle_deg + 90, shape, (phases[1], -phases[0])))
    top, left = (max(0, (side - PROBE_PX) // 2) for side in (height, width))
    part = (slice(top, top + PROBE_PX), slice(left, left + PROBE_PX))
    x, h = estimate[0][part], halftone[0][part]
    asked = (x > MIDDLE_TONES[0]) & (x < MIDDLE_TONES[1])
    if np.count_nonzero(asked) < FEWEST_PIXELS:
        return None
    shares = [float(((x > grid.thresholds(top, left, *x.shape)) == (h > 0.5))[asked].mean()) for grid in candidates]
    best = int(np.argmax(shares))
    return candidates[best] if shares[best] >= REPRODUCED else None


def within(estimate: Picture, halftone: Picture, grid: Grid) -> Picture:
    """Return an estimate (1, H, W) moved within the bounds that the halftone sets.

    Where it is out of bounds its neighbours are likely to be wrong in the same direction, so they move as well; this is
    the nearest point within the bounds if errors are smooth. Last, each pixel is brought within its own bound.
    """

    def run(window: tiling.Window) -> Picture:
        x, h = (window.read(picture)[0] for picture in (estimate, halftone))
        levels = grid.thresholds(window.top, window.left, window.height, window.width)
        lowest = np.where(h > 0.5, levels - SLACK, 0)
        highest = np.where(h > 0.5, 1, levels + SLACK)
        x = np.ascontiguousarray(x, dtype=np.float32).copy()
        compiled(_pull)(x, lowest.astype(np.float32), highest.astype(np.float32), STEP, SPREAD, ROUNDS)
        return np.asarray(np.clip(x, lowest, highest), np.float32)[None]

    height, width = halftone.shape[1:]
    return tiling.apply(run, 1, height, width, tile=TILE_PX, halo=HALO_PX, multiple=2)


def _pull(x: Any, lowest: Any, highest: Any, step: Any, spread: Any, rounds: int) -> None:
    """Move `x` (H, W) towards its bounds, the blurred distance to them at a time; none lies beyond the edge."""
    height, width = x.shape
    reach = len(spread) // 2
    across = np.zeros((height + 2 * reach, width), np.float32)  # distances, blurred along the rows
    distance = np.zeros(width + 2 * reach, np.float32)
    for _ in range(rounds):
        for i in range(height):
            for j in range(width):
                distance[j + reach] = min(highest[i, j], max(lowest[i, j], x[i, j])) - x[i, j]
            row = across[i + reach]
            for j in range(width):
                row[j] = np.float32(0)
            for k in range(len(spread)):
                for j in range(width):
                    row[j] += spread[k] * distance[j + k]
        for i in range(height):
            for k in range(len(spread)):
                weight = step * spread[k]
                row = across[i + k]
                for j in range(width):
                    x[i, j] += weight * row[j]


def _blocks(plane: Plane, along: float, across: float) -> NDArray[np.complex64]:
    """Return the component of every block (rows, columns) at a frequency (cycles per px to the right, down)."""
    rows, columns = (side // BLOCK_PX for side in plane.shape)
    plane = plane[: rows * BLOCK_PX, : columns * BLOCK_PX]
    right = np.exp(-2j * np.pi * along * (np.arange(columns * BLOCK_PX) + 0.5)).astype(np.complex64)
    down = np.exp(-2j * np.pi * across * (np.arange(rows * BLOCK_PX) + 0.5)).astype(np.complex64)
    lines = np.einsum("ycx,cx->yc", plane.reshape(-1, columns, BLOCK_PX), right.reshape(columns, BLOCK_PX))
    found = np.einsum("ryc,ry->rc", lines.reshape(rows, BLOCK_PX, columns), down.reshape(rows, BLOCK_PX))
    return np.asarray(found, np.complex64)


def _slopes(components: NDArray[np.complex64]) -> tuple[float, float]:
    """Return the mean advance of phase to the right and down, in cycles per px."""
    right = np.angle((components[:, 1:] * components[:, :-1].conj()).sum())
    down = np.angle((components[1:] * components[:-1].conj()).sum())
    return float(right) / (2 * np.pi * BLOCK_PX), float(down) / (2 * np.pi * BLOCK_PX)
