"""Residue of a known screen in a picture: the power at its frequencies relative to their surroundings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture

WINDOW_PX = 128
"""Side of the square analysis windows in px; one frequency bin is 1 / 128 cycles per px."""
SEARCH_BINS = 1.5
"""Largest distance of a peak from its nominal frequency, in bins."""
RING_BINS = (3.0, 6.0)
"""Inner and outer radius of the ring around a peak, in bins."""
ORDERS = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2))
"""Waves of a screen's lattice: its axes, its diagonals and the second harmonics of its axes."""

Power = NDArray[np.float64]
"""Mean power spectrum (128, 128) of windows, zero frequency at [0, 0]."""


@dataclass(frozen=True)
class Wave:
    """One wave of a screen in a scan, and its residue in the descreened scan."""

    order: tuple[int, int]
    """Multiples of the frequencies along the screen's angle and at right angles to it."""
    frequency: tuple[float, float]
    """Frequency (fy, fx) in the scan, in cycles per px, aliased at the Nyquist frequency."""
    scanned: float
    """Power in the scan."""
    before: float
    """Power in the scan relative to the mean of the ring around it."""
    after: float
    """Power at the same frequency in the result, relative to the mean of the ring around it there."""
    ring: float
    """Mean power of the ring in the result."""

    @property
    def is_axis(self) -> bool:
        """Whether the wave is one of the screen's axes and not a harmonic."""
        return sum(map(abs, self.order)) == 1


def screen_waves(scan: Picture, result: Picture, period_px: float, angle_deg: float) -> list[Wave]:
    """Return the waves (ORDERS) of a screen in a scan and its descreened result, both gray (1, H, W) in [0, 1].

    Spectra are those of `screen_power_ratio`. A wave's frequency is that of the scan's largest bin within 1.5 bins of
    the nominal one, folded at the Nyquist frequency, since periods and angles are known to a per cent or two only. In
    the result, power is read at this very bin: the largest of several bins would lie above the mean of the ring even
    where nothing is left, by the more the fewer windows a picture has. The rings are the bins 3 to 6 bins away. Without
    any power in a ring, ratios are 1.
    """
    before, after = _welch_power(np.asarray(scan[0], np.float64)), _welch_power(np.asarray(result[0], np.float64))
    angle, waves = np.deg2rad(angle_deg), []
    for along, across in ORDERS:
        fy = (along * np.sin(angle) + across * np.cos(angle)) / period_px
        fx = (along * np.cos(angle) - across * np.sin(angle)) / period_px
        row, column = _peak(before, fy, fx)
        frequency = float(BINS[row] / WINDOW_PX), float(BINS[column] / WINDOW_PX)
        ring, ratio = _ring(after, row, column), _ratio(before, row, column)
        left = _ratio(after, row, column)
        waves.append(Wave((along, across), frequency, float(before[row, column]), ratio, left, ring))
    return waves


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
    angles = np.deg2rad(angle_deg), np.deg2rad(angle_deg + 90.0)
    peaks = (_peak(power, harmonic * np.sin(a) / period_px, harmonic * np.cos(a) / period_px) for a in angles)
    return max(_ratio(power, row, column) for row, column in peaks)


def sigma_removing(waves: list[Wave], limit: float, contrast: float = 1.0) -> float:
    """Return the least standard deviation in px of a Gaussian blur that removes the scan's waves as far as the result.

    The power of the blurred scan at each wave must be at most `limit` times the ring around the wave in the result (or
    the power of the result there, if that is larger). The ring of the result is used, not that of the blurred scan: a
    blur reduces the ring as well, and would have to be far stronger to bring its own ratio down to the limit. A
    Gaussian blur multiplies the power at a frequency f by exp(-(2 pi f sigma)^2).

    Args:
        waves: waves to be removed, from `screen_waves`.
        limit: power relative to the ring that may remain.
        contrast: contrast of the result relative to the scan; the result's power is divided by its square.
    """
    sigmas = [0.0]
    for wave in waves:
        allowed = max(limit, wave.after) * wave.ring / contrast**2
        if 0 < allowed < wave.scanned:
            sigmas.append(np.sqrt(np.log(wave.scanned / allowed)) / (2 * np.pi * np.hypot(*wave.frequency)))
    return float(max(sigmas))


BINS = np.fft.fftfreq(WINDOW_PX, 1.0 / WINDOW_PX).astype(np.float64)


def _peak(power: Power, fy: float, fx: float) -> tuple[int, int]:
    """Return row and column of the largest bin within 1.5 bins of a frequency in cycles per px."""
    near = _distance(fy * WINDOW_PX, fx * WINDOW_PX) <= SEARCH_BINS
    row, column = np.unravel_index(np.argmax(np.where(near, power, -1.0)), power.shape)
    return int(row), int(column)


def _ring(power: Power, row: int, column: int) -> float:
    """Return the mean power of the bins at a distance of 3 to 6 bins."""
    away = _distance(BINS[row], BINS[column])
    return float(power[(away >= RING_BINS[0]) & (away <= RING_BINS[1])].mean())


def _ratio(power: Power, row: int, column: int) -> float:
    ring = _ring(power, row, column)
    return float(power[row, column] / ring) if ring > 0 else 1.0


def _welch_power(gray: NDArray[np.float64]) -> Power:
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
    """Yield the starts of the windows along a side, half a window apart."""
    yield from range(0, max(side - WINDOW_PX, 0) + 1, WINDOW_PX // 2)


def _distance(row: float, column: float) -> NDArray[np.float64]:
    """Return every bin's distance in bins from a frequency (row, column), on the plane that repeats at 128 bins."""
    along_y = np.abs((BINS - row + WINDOW_PX / 2) % WINDOW_PX - WINDOW_PX / 2)
    along_x = np.abs((BINS - column + WINDOW_PX / 2) % WINDOW_PX - WINDOW_PX / 2)
    return np.hypot(along_y[:, None], along_x[None, :])
