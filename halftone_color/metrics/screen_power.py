"""How much of a known screen is left in a picture: power at the screen's frequency against its surroundings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture

WINDOW_PX = 128
"""Side of the square analysis windows; one frequency bin is 1 / 128 cycles per px."""
SEARCH_BINS = 1.5
RING_BINS = (3.0, 6.0)


def screen_power_ratio(gray: Picture, period_px: float, angle_deg: float, harmonic: int = 1) -> float:
    """Power of the screen in a gray picture (1, H, W) over the mean power in the ring around it; about 1 if it is gone.

    The power spectrum is averaged (Welch) over windows of 128 x 128 px that overlap by half and cover the picture from
    its top left corner; each has its mean removed and is weighted by a Hann window in both directions. A side shorter
    than 128 px is one window, padded with zeros. The screen's two frequencies are `harmonic` / `period_px` cycles per
    px along `angle_deg` (from +x towards +y, down) and at right angles to it, folded at the Nyquist frequency. At each,
    the peak is the largest bin within 1.5 bins (Euclidean, so 9 bins at most) of the nominal frequency, the ring is
    the bins 3 to 6 bins away from that peak, and the ratio is peak / mean of the ring. The larger of the two ratios is
    returned, since a line screen has one of them alone. The maximum of several bins lies somewhat above the mean, so
    a screenless picture gives 1 to 2. A picture without any power there gives 1.
    """
    power = _welch_power(np.asarray(gray[0], np.float64))
    bins = np.fft.fftfreq(WINDOW_PX, 1.0 / WINDOW_PX).astype(np.float64)
    radius = harmonic * WINDOW_PX / period_px
    ratios = []
    for angle in (np.deg2rad(angle_deg), np.deg2rad(angle_deg + 90.0)):
        nominal = _distance(bins, radius * np.sin(angle), radius * np.cos(angle)) <= SEARCH_BINS
        row, column = np.unravel_index(np.argmax(np.where(nominal, power, -1.0)), power.shape)
        away = _distance(bins, bins[row], bins[column])
        ring = power[(away >= RING_BINS[0]) & (away <= RING_BINS[1])].mean()
        ratios.append(float(power[row, column] / ring) if ring > 0 else 1.0)
    return max(ratios)


def _welch_power(gray: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean power spectrum (128, 128) of all windows of (H, W)."""
    height, width = (min(WINDOW_PX, side) for side in gray.shape)
    hann = np.outer(_hann(height), _hann(width))
    total, count = np.zeros((WINDOW_PX, WINDOW_PX)), 0
    for top in _starts(gray.shape[0]):
        for left in _starts(gray.shape[1]):
            window = gray[top : top + height, left : left + width]
            total += np.abs(np.fft.fft2((window - window.mean()) * hann, s=total.shape)) ** 2
            count += 1
    return total / count


def _hann(length: int) -> NDArray[np.float64]:
    """Return the periodic Hann window."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(length) + 0.5) / length)


def _starts(side: int) -> Iterator[int]:
    """Yield the window positions along a side: half a window apart."""
    yield from range(0, max(side - WINDOW_PX, 0) + 1, WINDOW_PX // 2)


def _distance(bins: NDArray[np.float64], row: float, column: float) -> NDArray[np.float64]:
    """Return every bin's distance in bins from a frequency (row, column), on the plane that repeats at 128 bins."""
    along_y = np.abs((bins - row + WINDOW_PX / 2) % WINDOW_PX - WINDOW_PX / 2)
    along_x = np.abs((bins - column + WINDOW_PX / 2) % WINDOW_PX - WINDOW_PX / 2)
    return np.hypot(along_y[:, None], along_x[None, :])
