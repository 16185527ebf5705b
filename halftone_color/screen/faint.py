"""Find a screen that is too faint for single windows, as one coherent wave through a large part of a picture.

In the spectrum of the whole part such a wave is a single bin, while texture is spread over many bins: the highest bin
of every small patch of the spectrum is compared with the patches around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2

from halftone_color.screen.lattice import LARGEST_PX, weighted_part
from halftone_color.screen.peaks import LONGEST_PERIOD_PX
from halftone_color.types import Picture

PATCH = 16
"""Side of the patches of the spectrum, in bins."""
MOST_PARTS, LITTLE = 4, 0.15
"""Largest number of parts along a side, and the remainder, as a share of a part, that does not need another part."""
FEWEST_PX = 256
"""Least side of a picture in px, so that its spectrum has enough patches."""
CLEAR = 180.0
"""Least power of a screen relative to its surroundings; rows of windows reach 150, other photographs 50."""
FAINTEST = 0.4 / 255
"""Least amplitude of the wave, in [0, 1]; compression leaves weaker regular waves in smooth pictures."""
OFF_AXIS = 2.5 / 128
"""Least distance from the axes, in cycles per px; edges, lines of text and block seams lie nearer."""
BELOW_NYQUIST = 0.47
"""Largest frequency along x and y, in cycles per px."""

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class FaintWave:
    """A coherent wave through a large part of a picture."""

    fy: float
    fx: float
    """Frequency in cycles per px."""
    clear: float
    """Power relative to its surroundings."""
    center: tuple[float, float]
    """Center (y, x), in px, of the part of the picture in which it was found."""


def find_faint_wave(gray: Picture, threads: int = 1) -> FaintWave | None:
    """Return the clearest wave off the axes in any part (1024 px wide and high) of a picture (1, H, W), or None.

    At most 4 x 4 parts are examined, which bounds the time for large pages. The threads are used by the Fourier
    transforms.
    """
    if min(gray.shape[1:]) < FEWEST_PX:
        return None
    middles = [_part_centers(side) for side in gray.shape[1:]]
    found = (_wave_through(gray, (y, x), threads) for y in middles[0] for x in middles[1])
    return max((wave for wave in found if wave is not None), key=lambda wave: wave.clear, default=None)


def _part_centers(side: int) -> list[float]:
    """Return the centers, in px, of the parts along a side."""
    count = min(max(ceil(side / LARGEST_PX - LITTLE), 1), MOST_PARTS)
    room = max(side - LARGEST_PX, 0)
    return [side / 2] if count == 1 else [LARGEST_PX / 2 + room * n / (count - 1) for n in range(count)]


def _wave_through(gray: Picture, center: tuple[float, float], threads: int) -> FaintWave | None:
    """Return the clearest wave off the axes in the part around a center, or None."""
    weighted = weighted_part(gray, center)
    transformed = rfft2(weighted, workers=threads)
    power = transformed.real**2 + transformed.imag**2
    rows, columns = (n // PATCH * PATCH for n in power.shape)
    fy = np.fft.fftfreq(len(power))[:rows]
    fx = np.arange(columns) / weighted.shape[1]
    power = power[:rows, :columns]
    patches = power.reshape(rows // PATCH, PATCH, columns // PATCH, PATCH)
    background = _background(patches.mean(axis=(1, 3)))
    near = np.minimum(np.abs(fy)[:, None], fx[None, :]) >= OFF_AXIS
    near &= np.maximum(np.abs(fy)[:, None], fx[None, :]) <= BELOW_NYQUIST
    near &= np.hypot(fy[:, None], fx[None, :]) >= 1 / LONGEST_PERIOD_PX
    highest = np.where(near, power, 0).reshape(patches.shape).max(axis=(1, 3)) / background
    patch = np.unravel_index(int(np.argmax(highest)), highest.shape)
    top, left = int(patch[0]) * PATCH, int(patch[1]) * PATCH
    inside = np.where(near, power, 0)[top : top + PATCH, left : left + PATCH]
    row, column = top + int(inside.argmax()) // PATCH, left + int(inside.argmax()) % PATCH
    amplitude = 2 * np.sqrt(float(power[row, column])) / (weighted.size / 4)  # a Hann window's sum is a quarter
    clear = float(highest[patch])
    return (
        FaintWave(float(fy[row]), float(fx[column]), clear, center)
        if clear >= CLEAR and amplitude >= FAINTEST
        else None
    )


def _background(mean: Plane) -> Plane:
    """Return the power around each patch: the largest of the means of its eight, horizontal or vertical neighbors."""
    padded = np.pad(mean, ((0, 0), (1, 1)), mode="edge")
    padded = np.concatenate([padded[-1:], padded, padded[:1]])  # rows are periodic
    center, (above, below) = padded[1:-1, 1:-1], (padded[:-2, 1:-1], padded[2:, 1:-1])
    left, right = padded[1:-1, :-2], padded[1:-1, 2:]
    nine = sum(padded[y : y + len(mean), x : x + mean.shape[1]] for y in range(3) for x in range(3))
    background: Plane = np.maximum((nine - center) / 8, np.maximum(above + below, left + right) / 2) + np.float32(1e-9)
    return background
