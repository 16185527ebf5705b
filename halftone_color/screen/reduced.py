"""Find ordered dither that was reduced, by four coherent waves of one frequency along the axes and the diagonals.

A matrix such as Bayer's has equal waves along rows, columns and both diagonals. Reducing the picture moves them to
other frequencies, aliased or not, but all to the same. In the spectrum of a large part of a picture each is a single
bin; textures have some of them, but at these high frequencies not all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2
from scipy.ndimage import maximum_filter1d, median_filter

from halftone_color.types import Picture

SIDE_PX = 1024
"""Largest side in px of the part of a picture that is examined, and the side to which its spectrum is padded."""
LOWEST, HIGHEST = 0.27, 0.47
"""Frequencies, in cycles per px, at which the waves are looked for: a matrix of 4 or 8 px that was reduced to .55 or
more has waves there, and textures hardly any."""
SEAM, AROUND_SEAM = 3 / 8, 2.0
"""Frequency of the seams of JPEG blocks, and the distance around it that is left out, in bins of the unpadded spectrum:
the width of a single wave there."""
CLEAR = 10**1.5
"""Least power of the third strongest of the waves relative to the median around it: 60 to 500 in dithers reduced to .6
to .8, also as JPEG of quality 85; photographs, also as JPEG of quality 50, reach 7, textures 18."""
AROUND_BINS = 8
"""Width of the surroundings, in bins of the unpadded spectrum."""
LEAST_SIDE_PX = 128
"""Least side of a picture in px."""


def is_reduced_matrix(gray: Picture, threads: int = 1) -> bool:
    """Tell whether a picture (1, H, W) is ordered dither that was reduced."""
    if min(gray.shape[1:]) < LEAST_SIDE_PX:
        return False
    top, left = (max(0, (side - SIDE_PX) // 2) for side in gray.shape[1:])
    part = gray[0, top : top + SIDE_PX, left : left + SIDE_PX]
    down, across = (np.hanning(side).astype(np.float32) for side in part.shape)
    weighted = (part - part.mean()) * down[:, None] * across
    transformed = rfft2(weighted, (SIDE_PX, SIDE_PX), workers=threads)
    power = (transformed.real**2 + transformed.imag**2) / np.float32(np.sum(down**2) * np.sum(across**2))
    bins = np.arange(SIDE_PX // 2)
    width = AROUND_BINS * int(2 * SIDE_PX / min(part.shape)) + 1
    lines = (power[0, bins], power[bins, 0], power[bins, bins], power[-bins, bins])
    heights = np.sort([_heights(line, width) for line in lines], axis=0)
    frequency = bins / SIDE_PX
    inside = (frequency >= LOWEST) & (frequency <= HIGHEST) & (np.abs(frequency - SEAM) > AROUND_SEAM / min(part.shape))
    return bool(heights[1][inside].max() >= CLEAR)


def _heights(line: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return the power along a line of the spectrum relative to the median of `width` bins around it."""
    background = median_filter(line, width) + np.float32(1e-7)
    return np.asarray(maximum_filter1d(line, 3) / background, np.float32)
