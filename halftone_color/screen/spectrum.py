"""Spectra of windows spread over a picture: the material in which a screen shows itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2
from scipy.ndimage import uniform_filter

from halftone_color.types import Picture

WINDOW_PX = 128
"""Side of the windows; one frequency bin is 1 / 128 cycles per px."""
MOST_WINDOWS_PER_SIDE = 14

Windows = NDArray[np.float32]
"""Parts of a picture (n, h, w), h and w at most 128."""
Spectra = NDArray[np.float32]
"""Power spectra (n, 128, 65) in rfft2 order: rows are fy = 0 .. -1/128, columns fx = 0 .. 1/2."""


def spread_windows(gray: Picture) -> Windows:
    """Cut up to 14 x 14 windows of 128 x 128 px, evenly spread over (1, H, W), overlapping by half at most.

    Nothing is resampled: a large page is seen through more distant windows. Shorter sides give shorter windows.
    """
    height, width = (min(WINDOW_PX, side) for side in gray.shape[1:])
    tops, lefts = (_starts(side) for side in gray.shape[1:])
    return np.stack([gray[0, top : top + height, left : left + width] for top in tops for left in lefts])


def power_spectra(windows: Windows) -> Spectra:
    """Return the Hann-weighted power spectra of windows (n, h, w), their weighted mean removed.

    Scaled so that the mean of a full (two-sided) spectrum is the window's weighted variance.
    """
    hann = np.outer(*(_hann(side) for side in windows.shape[1:])).astype(np.float32)
    weight = hann / hann.sum()
    centred = windows - np.einsum("nyx,yx->n", windows, weight)[:, None, None]
    spectra: Spectra = np.abs(rfft2(centred * hann, s=(WINDOW_PX, WINDOW_PX))) ** 2 / np.sum(hann**2)
    return spectra


def whitened(spectra: Spectra) -> Spectra:
    """Return every bin's power over its background, so that only isolated peaks stand out of 1; (n, 129, 129).

    The result is the full plane with zero frequency in the middle, [64, 64]; rows are fy, columns fx, -1/2 .. 1/2.
    The background is the largest of three means over bins 3 to 5 away: in the square ring, along the row and along the
    column (both three bins thick). The latter two keep the streaks of straight edges and text from looking like peaks.
    """
    half = WINDOW_PX // 2
    plane = np.concatenate([spectra[:, _MIRROR, half:0:-1], spectra], axis=2)
    plane = np.roll(plane, half, axis=1)[:, _WRAP][:, :, _WRAP]
    square = uniform_filter(plane, (0, 11, 11)) * 121 - uniform_filter(plane, (0, 5, 5)) * 25
    along_row = uniform_filter(plane, (0, 3, 11)) * 33 - uniform_filter(plane, (0, 3, 5)) * 15
    along_column = uniform_filter(plane, (0, 11, 3)) * 33 - uniform_filter(plane, (0, 5, 3)) * 15
    background = np.maximum(square / 96, np.maximum(along_row, along_column) / 18)
    peaks: Spectra = (plane / np.maximum(background, 1e-7))[:, 5:-5, 5:-5]
    return peaks


_MIRROR = -np.arange(WINDOW_PX) % WINDOW_PX
_WRAP = np.arange(-5, WINDOW_PX + 6) % WINDOW_PX


def _starts(side: int) -> NDArray[np.int64]:
    """Return the first px of the windows along a side."""
    room = max(side - WINDOW_PX, 0)
    count = min(-(-room // (WINDOW_PX // 2)) + 1, MOST_WINDOWS_PER_SIDE)
    return np.linspace(0, room, count).astype(np.int64)


def _hann(length: int) -> NDArray[np.float64]:
    """Return the periodic Hann window."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(length) + 0.5) / length)
