"""Power spectra of windows spread over a picture, in which screens are detected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2

from halftone_color.types import Picture

WINDOW_PX = 128
"""Side of the windows in px; one frequency bin is 1 / 128 cycles per px."""
WINDOWS_PER_SIDE = (8, 14)
"""Windows along a side: up to the first number they overlap, by half at most; the second is the maximum."""

Windows = NDArray[np.float32]
"""Parts of a picture (n, h, w), h and w at most 128."""
Spectra = NDArray[np.float32]
"""Power spectra (n, 128, 65) in rfft2 order: rows are fy = 0 .. -1/128, columns fx = 0 .. 1/2."""


def spread_windows(gray: Picture) -> Windows:
    """Cut up to 14 x 14 windows of 128 x 128 px, evenly spread over (1, H, W), overlapping by half at most.

    Nothing is resampled: on a large page windows are farther apart. Shorter sides give shorter windows.
    """
    height, width = (min(WINDOW_PX, side) for side in gray.shape[1:])
    tops, lefts = (window_starts(side) for side in gray.shape[1:])
    return np.stack([gray[0, top : top + height, left : left + width] for top in tops for left in lefts])


def power_spectra(windows: Windows, threads: int = 1) -> Spectra:
    """Return the Hann-weighted power spectra of windows (n, h, w), their weighted mean removed.

    They are scaled so that the mean of a full (two-sided) spectrum is the window's weighted variance. The threads are
    used by the Fourier transform.
    """
    hann = np.outer(*(_hann(side) for side in windows.shape[1:])).astype(np.float32)
    mean = np.tensordot(windows, hann / hann.sum(), 2)
    weighted = np.asarray(windows, np.float32) - mean[:, None, None].astype(np.float32)
    weighted *= hann / np.sqrt(np.sum(hann**2))
    transformed = rfft2(weighted, s=(WINDOW_PX, WINDOW_PX), workers=threads)
    spectra: Spectra = transformed.real**2 + transformed.imag**2
    return spectra


def whiten(spectra: Spectra) -> Spectra:
    """Divide the power of every bin by its background, so that only isolated peaks are above 1: (n, 129, 129).

    The result is the full plane with zero frequency in the middle, [64, 64]; rows are fy, columns fx, -1/2 .. 1/2.
    The background is the largest of three means over bins at a distance of 3 to 5: in the square ring, along the row,
    and along the column (both three bins wide). The latter two suppress the streaks of straight edges and text.
    """
    half = WINDOW_PX // 2
    plane = np.concatenate([spectra[:, _MIRROR, _REACH:0:-1], spectra, spectra[:, _MIRROR, -2 : -_REACH - 2 : -1]], 2)
    plane = plane[:, _WRAP]  # the right half, with a margin of 5 bins all around
    three, five, eleven = (_sums(plane, length, axis=2) for length in (3, 5, 11))
    square = _sums(eleven, 11, axis=1) - _sums(five, 5, axis=1)
    along_row = _sums(eleven - five, 3, axis=1)
    along_column = _sums(three, 11, axis=1) - _sums(three, 5, axis=1)
    background = np.maximum(square / 96, np.maximum(along_row, along_column) / 18)
    right = plane[:, _REACH:-_REACH, _REACH:-_REACH] / np.maximum(background, 1e-7)
    peaks: Spectra = np.concatenate([right[:, ::-1, half:0:-1], right], axis=2)
    return peaks


_REACH = 5
_MIRROR = -np.arange(WINDOW_PX) % WINDOW_PX
_WRAP = np.arange(-WINDOW_PX // 2 - _REACH, WINDOW_PX // 2 + _REACH + 1) % WINDOW_PX


def _sums(plane: Spectra, length: int, axis: int) -> Spectra:
    """Return sums of `length` bins (odd) around each bin along an axis, which loses its margin of 5 bins."""
    bins, first = plane.shape[axis] - 2 * _REACH, _REACH - length // 2
    total = np.zeros_like(_part(plane, axis, 0, bins))
    for start in range(first, first + length):
        total += _part(plane, axis, start, bins)
    return total


def _part(plane: Spectra, axis: int, start: int, bins: int) -> Spectra:
    return plane[:, start : start + bins] if axis == 1 else plane[:, :, start : start + bins]


def window_starts(side: int) -> NDArray[np.int64]:
    """Return the start, in px, of each window along a side of a picture."""
    room = max(side - WINDOW_PX, 0)
    fewest, most = WINDOWS_PER_SIDE
    count = min(-(-room // (WINDOW_PX // 2)) + 1, max(fewest, min(side // WINDOW_PX, most)))
    return np.linspace(0, room, count).astype(np.int64)


def _hann(length: int) -> NDArray[np.float64]:
    """Return the periodic Hann window."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(length) + 0.5) / length)
