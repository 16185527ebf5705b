"""Find a screen too faint for any window by the one wave that runs through a whole picture in step.

In the spectrum of a whole picture such a wave is a single bin, while texture is spread over many: the highest bin of
every small patch of the plane is compared with the patches around it.
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
"""Side of the patches of the plane in bins."""
MOST_PARTS, LITTLE = 4, 0.15
"""Parts along a side; this share of a part is too little for one more."""
FEWEST_PX = 256
"""Side from which a picture has patches enough."""
CLEAR = 180.0
"""Power over its surroundings from which a wave is a screen; rows of windows reach 150, other photographs 50."""
FAINTEST = 0.4 / 255
"""Amplitude of the wave; in smooth pictures compression leaves regular waves below this."""
OFF_AXIS = 2.5 / 128
"""Distance from the axes, cycles per px; there lie edges, lines of text and the seams of compressed blocks."""
BELOW_NYQUIST = 0.47

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Faint:
    """A wave through the whole picture."""

    fy: float
    fx: float
    """Frequency in cycles per px."""
    clear: float
    """Power over its surroundings."""
    center: tuple[float, float]
    """Middle (y, x) of the part of the picture that it runs through, in px."""


def faint_wave(gray: Picture, threads: int = 1) -> Faint | None:
    """Return the clearest wave off the axes through a part of 1024 px of a picture (1, H, W); None without any.

    Up to 4 x 4 parts are looked at, so that large pages cost no more. The threads are those of the Fourier transforms.
    """
    if min(gray.shape[1:]) < FEWEST_PX:
        return None
    middles = [_middles(side) for side in gray.shape[1:]]
    found = (_wave_through(gray, (y, x), threads) for y in middles[0] for x in middles[1])
    return max((wave for wave in found if wave is not None), key=lambda wave: wave.clear, default=None)


def _middles(side: int) -> list[float]:
    """Return where the parts along a side have their middles."""
    count = min(max(ceil(side / LARGEST_PX - LITTLE), 1), MOST_PARTS)
    room = max(side - LARGEST_PX, 0)
    return [side / 2] if count == 1 else [LARGEST_PX / 2 + room * n / (count - 1) for n in range(count)]


def _wave_through(gray: Picture, center: tuple[float, float], threads: int) -> Faint | None:
    """Return the clearest wave off the axes through the part around a center."""
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
    return Faint(float(fy[row]), float(fx[column]), clear, center) if clear >= CLEAR and amplitude >= FAINTEST else None


def _background(mean: Plane) -> Plane:
    """Return the power around each patch: of the ring of eight, of the row or of the column, whichever is most."""
    padded = np.pad(mean, ((0, 0), (1, 1)), mode="edge")
    padded = np.concatenate([padded[-1:], padded, padded[:1]])  # rows go around
    center, (above, below) = padded[1:-1, 1:-1], (padded[:-2, 1:-1], padded[2:, 1:-1])
    left, right = padded[1:-1, :-2], padded[1:-1, 2:]
    nine = sum(padded[y : y + len(mean), x : x + mean.shape[1]] for y in range(3) for x in range(3))
    background: Plane = np.maximum((nine - center) / 8, np.maximum(above + below, left + right) / 2) + np.float32(1e-9)
    return background
