"""Find screens finer than the scan's pixels can show, by the two aliased waves of their axes.

A wave of more than half a cycle per px is seen at its frequency minus the nearest integers. Of the clearest waves each
is tried as such an alias: turned by a right angle and aliased again, the true frequency must be a wave as well. In a
large part of a picture both are single bins, and no photograph has such a pair by chance.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2
from scipy.ndimage import maximum_filter, median_filter

from halftone_color.types import Picture, Screen

SIDE_PX = 1024
"""Largest side in px of the part of a picture that is examined, and the side to which its spectrum is padded."""
LEAST_SIDE_PX = 192
"""Least side of a picture in px."""
PATCH = 16
"""Side in bins of the patches whose median is the background."""
CLEAR = 120.0
"""Least power of both waves relative to the background: 270 to 1900 in prints of 1.3 to 1.9 px, also as JPEG of quality
85; photographs reach 28, as JPEG of quality 30 8."""
CLEAREST = 8
"""Number of waves that are tried."""
FASTEST, SLOWEST = 0.86, 0.47
"""Frequencies of a screen in cycles per px that are looked for; slower ones are found as dots."""
OFF_AXIS, BELOW_NYQUIST = 2.5 / 128, 0.495
"""Least frequency along x and y, and largest of a wave as seen; edges, block seams and checkerboards lie beyond."""
SEEN = 0.46
"""Frequency along x and y up to which dots are found by other means."""
LONGEST_SEEN_PX = 15.0
"""Longest period as seen."""
LOBE_BINS = 4
"""Width of a checkerboard's peak at the Nyquist frequency, in bins of the unpadded spectrum."""
SEAMS_PX, AT_SEAM = 8, 2.0
"""Side of JPEG blocks, at whose harmonics along both axes compressed smooth pictures have waves; and how near to them,
in bins of the unpadded spectrum, waves are left out."""
BESIDE = 6
"""Bins around a wave that belong to it."""


def find_moire(gray: Picture, threads: int = 1) -> Screen | None:
    """Return the screen of a print (1, H, W) that was scanned too coarsely for it, or None."""
    if min(gray.shape[1:]) < LEAST_SIDE_PX:
        return None
    heights = _heights(gray, threads)
    around = maximum_filter(heights, 5, mode="wrap")
    for y, x in _clearest(heights):
        for down, across in product((-1, 0, 1), repeat=2):
            fy, fx = y + down, x + across
            if not SLOWEST <= np.hypot(fy, fx) <= FASTEST or ((fy, fx) == (y, x) and max(abs(y), abs(x)) < SEEN):
                continue
            other = float(around[round(fx * SIDE_PX) % SIDE_PX, round(-fy * SIDE_PX) % SIDE_PX])
            if other >= CLEAR:
                angle_deg = float(np.rad2deg(np.arctan2(fy, fx)) % 90.0)
                return Screen("clustered-dot", float(1 / np.hypot(fy, fx)), angle_deg, other, form="moire")
    return None


def _heights(gray: Picture, threads: int) -> NDArray[np.float32]:
    """Return the power (1024, 1024) relative to its background, where waves are looked for."""
    top, left = (max(0, (side - SIDE_PX) // 2) for side in gray.shape[1:])
    part = gray[0, top : top + SIDE_PX, left : left + SIDE_PX]
    down, across = (np.hanning(side).astype(np.float32) for side in part.shape)
    transformed = fft2((part - part.mean()) * down[:, None] * across, (SIDE_PX, SIDE_PX), workers=threads)
    power = (transformed.real**2 + transformed.imag**2) / np.float32(np.sum(down**2) * np.sum(across**2))
    patches = SIDE_PX // PATCH
    middle = np.median(power.reshape(patches, PATCH, patches, PATCH), axis=(1, 3))
    background = np.maximum(np.maximum(middle, median_filter(middle, 5, mode="wrap")), 1e-6)
    heights: NDArray[np.float32] = power / background.repeat(PATCH, 0).repeat(PATCH, 1)
    frequency = np.abs(np.fft.fftfreq(SIDE_PX))
    y, x = frequency[:, None], frequency[None, :]
    both = min(BELOW_NYQUIST, 0.5 - LOBE_BINS / min(part.shape))
    outside = (np.minimum(y, x) < OFF_AXIS) | (np.minimum(y, x) > both)
    outside |= np.hypot(y, x) < 1 / LONGEST_SEEN_PX
    off_seam = np.abs(frequency * SEAMS_PX - np.round(frequency * SEAMS_PX)) / SEAMS_PX * min(part.shape)
    heights[outside | (np.maximum(off_seam[:, None], off_seam[None, :]) < AT_SEAM)] = 0
    return heights


def _clearest(heights: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Return the frequencies (fy, fx), in cycles per px, of the clearest waves."""
    rest, found = heights.copy(), []
    near = np.arange(-BESIDE, BESIDE + 1)
    for _ in range(CLEAREST):
        row, column = (int(n) for n in np.unravel_index(int(np.argmax(rest)), rest.shape))
        if rest[row, column] < CLEAR:
            break
        found.append(tuple(float((n + SIDE_PX // 2) % SIDE_PX - SIDE_PX // 2) / SIDE_PX for n in (row, column)))
        for sign in (1, -1):
            rest[np.ix_((sign * row + near) % SIDE_PX, (sign * column + near) % SIDE_PX)] = 0
    return [(y, x) for y, x in found]
