"""What a known screen says about the contone: each pixel lies above or below a known threshold.

A digital screen compares the picture with thresholds T: h = [x > T], so each pixel of h is a bound on x. Clustered dots
are thresholds on a grid of known shape. The grid's period, angle and phase are read off the halftone itself, far more
exactly than any spectrum's bin: what the network removed turns with the grid, and its phase from block to block says
how far the grid is off.
"""

from __future__ import annotations

from math import atan2, degrees, hypot
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from halftone_color.arrays import tiling
from halftone_color.arrays.compiled import compiled
from halftone_color.halftoners.clustered_dot import SHAPES, thresholds
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
MARGIN = 0.03
"""How far beyond a threshold tones are expected, where errors are of a middling size."""
WEIGHT = 60.0
"""Weight of the bounds over that of the estimate."""
ROUNDS = 14
"""Rounds of the descent; more gain nothing."""
SPREAD = np.array([0.0180, 0.0891, 0.2327, 0.3204, 0.2327, 0.0891, 0.0180], np.float32)
"""How errors of neighbours go together: a Gaussian of 1.25 px."""
CALM, MIDDLING, MOST_DOUBT = 0.02, 0.06, 2.0
"""Contrast added to that of the surroundings; the sum at which an estimate is doubted once; the most it is doubted."""
TILE_PX, HALO_PX, WORKERS = 512, 32, 2


class Levels(Protocol):
    """A screen whose threshold is known for every pixel."""

    def thresholds(self, top: int, left: int, height: int, width: int) -> Plane:
        """Return the thresholds of a part of the picture."""


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


def within(estimate: Picture, halftone: Picture, screen: Levels) -> Picture:
    """Return what an estimate (1, H, W) most likely was, given the bounds that the halftone sets.

    The estimate's errors are taken for a Gaussian process, smooth over a px or two and larger where the picture has
    more contrast; a tone that lies out of its bounds, or hardly within, costs the square of what is missing. The tones
    that cost least are found by accelerated gradients (Nesterov 1983) in the metric of the process, so that neighbours,
    likely to be wrong in the same direction, move together (Rasmussen and Williams, "Gaussian processes for machine
    learning", 2006, section 3.4, is the like with a probit in place of squares).
    """

    def run(window: tiling.Window) -> Picture:
        x, h = window.read(estimate)[0], window.read(halftone, beyond=0.5)[0]
        levels = screen.thresholds(window.top, window.left, window.height, window.width)
        side = np.sign(h - np.float32(0.5))  # 0 beyond the picture, where nothing is known
        found = compiled(_settled)(x, levels, side, _doubt(x), SPREAD, ROUNDS)
        return np.asarray(np.clip(found, 0, 1), np.float32)[None]

    height, width = halftone.shape[1:]
    return tiling.apply(run, 1, height, width, tile=TILE_PX, halo=HALO_PX, multiple=2, workers=WORKERS)


def _doubt(estimate: Plane) -> Plane:
    """Return how large the errors of an estimate (H, W), sides even, may be: about 1, more at edges."""
    quads = np.stack([estimate[down::2, across::2] for down in (0, 1) for across in (0, 1)])
    mean, square = (uniform_filter(planes.mean(0), 3) for planes in (quads, quads * quads))
    contrast = np.sqrt(np.maximum(square - mean * mean, 0))
    doubt = np.minimum(np.sqrt((CALM + contrast) / MIDDLING), MOST_DOUBT).astype(np.float32)
    return np.asarray(doubt.repeat(2, 0).repeat(2, 1))


def _settled(estimate: Any, levels: Any, side: Any, doubt: Any, spread: Any, rounds: int) -> Any:
    """Return the tones (H, W) that the estimate and the bounds agree on.

    Args:
        estimate, levels, doubt: (H, W).
        side: (H, W), 1 where the tone lies above its level, -1 where below, 0 where nothing is known.
        spread: blurs the errors along each axis, seven weights alike to both sides.
        rounds: of the descent.
    """
    height, width = estimate.shape
    step = np.float32(1 / (1 + WEIGHT))
    momentum = np.float32((1 - np.sqrt(1 / (1 + WEIGHT))) / (1 + np.sqrt(1 / (1 + WEIGHT))))
    margin, weight = np.float32(MARGIN), np.float32(WEIGHT)
    third, second, first, own = spread[0], spread[1], spread[2], spread[3]
    tone, ahead = estimate.copy(), estimate.copy()
    blurred = np.zeros((height + 6, width), np.float32)  # what is missing, blurred along the rows
    m = np.zeros(width + 6, np.float32)  # what is missing in a row
    for _ in range(rounds):
        for i in range(height):
            tones, bounds, sides, doubted = ahead[i], levels[i], side[i], doubt[i]
            for j in range(width):
                short = margin * doubted[j] - sides[j] * (tones[j] - bounds[j])
                m[j + 3] = sides[j] * doubted[j] * max(short, np.float32(0))
            row = blurred[i + 3]
            for j in range(width):
                pair = third * (m[j] + m[j + 6]) + second * (m[j + 1] + m[j + 5]) + first * (m[j + 2] + m[j + 4])
                row[j] = pair + own * m[j + 3]
        for i in range(height):
            a, b, c, d = blurred[i], blurred[i + 1], blurred[i + 2], blurred[i + 3]
            e, f, g = blurred[i + 4], blurred[i + 5], blurred[i + 6]
            tones, before, estimated, doubted = ahead[i], tone[i], estimate[i], doubt[i]
            for j in range(width):
                pull = third * (a[j] + g[j]) + second * (b[j] + f[j]) + first * (c[j] + e[j]) + own * d[j]
                moved = tones[j] + step * (weight * doubted[j] * pull + estimated[j] - tones[j])
                tones[j] = moved + momentum * (moved - before[j])
                before[j] = moved
    return tone


def _blocks(plane: Plane, along: float, across: float) -> NDArray[np.complex64]:
    """Return the component of every block (rows, columns) at a frequency (cycles per px to the right, down)."""
    rows, columns = (side // BLOCK_PX for side in plane.shape)
    width = columns * BLOCK_PX
    right = np.exp(-2j * np.pi * along * (np.arange(width) + 0.5)).astype(np.complex64)
    down = np.exp(-2j * np.pi * across * (np.arange(rows * BLOCK_PX) + 0.5)).astype(np.complex64)
    turning = np.stack([down.real, down.imag]).reshape(2, rows, BLOCK_PX).swapaxes(0, 1)
    lines = turning @ plane[: rows * BLOCK_PX, :width].reshape(rows, BLOCK_PX, width)  # (rows, 2, width)
    found = ((lines[:, 0] + 1j * lines[:, 1]) * right).reshape(rows, columns, BLOCK_PX).sum(2)
    return np.asarray(found, np.complex64)


def _slopes(components: NDArray[np.complex64]) -> tuple[float, float]:
    """Return the mean advance of phase to the right and down, in cycles per px."""
    right = np.angle((components[:, 1:] * components[:, :-1].conj()).sum())
    down = np.angle((components[1:] * components[:-1].conj()).sum())
    return float(right) / (2 * np.pi * BLOCK_PX), float(down) / (2 * np.pi * BLOCK_PX)
