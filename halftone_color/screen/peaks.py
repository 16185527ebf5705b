"""Find the frequency of a periodic screen as a peak of many whitened spectra, and its period and angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.spectrum import WINDOW_PX, Spectra

CENTER = WINDOW_PX // 2
"""Index of zero frequency along both axes of a whitened spectrum."""
LONGEST_PERIOD_PX = 15.0
"""Longest period of a screen in px."""
SHORTEST_PERIOD_PX = 2.1
"""Shortest period of a screen in px along the axes, where shorter ones are aliased ..."""
CORNER = (0.25, 0.46)
"""... but off the axes higher frequencies are possible: fy and fx both lie in this range, in cycles per px."""
CLEAR = 22.0
"""Evidence at which a single window votes for a frequency; text and photographs rarely reach it."""
SUPPORT = 14.0
"""Evidence at which a window supports the frequency for which the clear windows voted."""
MOST = 50.0
"""Largest evidence that counts, so that no single window decides."""
SINGLE = 1 / 3
"""Weight of a peak without a partner at right angles (a line screen, but also a fence)."""
ON_AXIS = 1 / 4
"""Weight of a peak on the axes of the picture, where text lines, buildings and JPEG blocks have theirs."""
STEADY = 40.0
"""Least height in most windows of a screen's peak on the axes; a page of text reaches 30."""
EVIDENT = 0.7
"""Share of the highest vote above which peaks count as equally evident."""
FINEST_CLEAR, FINEST_SEEN = 10.0, 3 / 255
"""Least peak relative to its background, and least amplitude, of ordered dither's one-px pattern."""
SUBHARMONIC = 0.3
"""Share of a peak's height above which the peak of a coarser lattice is the true fundamental."""

_Y, _X = np.indices((WINDOW_PX + 1, WINDOW_PX + 1)) - CENTER
_RADIUS = np.hypot(_Y, _X)
_AXIS = np.minimum(np.abs(_Y), np.abs(_X)) <= 1
_FINEST = np.abs(_Y) + np.abs(_X) >= 2 * CENTER - 1
_FOLDED = _RADIUS >= WINDOW_PX / SHORTEST_PERIOD_PX
_CORNER = (np.minimum(np.abs(_Y), np.abs(_X)) >= CORNER[0] * WINDOW_PX) & (
    np.maximum(np.abs(_Y), np.abs(_X)) <= CORNER[1] * WINDOW_PX
)
_INSIDE = (_RADIUS > WINDOW_PX / LONGEST_PERIOD_PX) & (~_FOLDED | _CORNER)

Plane = NDArray[np.float32]
"""One whitened spectrum (129, 129), zero frequency at [64, 64]."""


@dataclass(frozen=True)
class CommonPeak:
    """A peak at the same frequency in several windows; row and column as in `Plane`."""

    row: int
    column: int
    windows: NDArray[np.bool_]
    """(n,): which windows show it."""


def common_peak(worth: Spectra, spectra: Spectra, finest: bool = False) -> CommonPeak | None:
    """Return the peak for which the clear windows vote, or None if no window is clear.

    Args:
        worth: the evidence (n, 129, 129), from `evidence`.
        spectra: power spectra (n, 128, 65) of the same windows: of equal peaks the fundamental has most power.
        finest: also allow the one-px checkerboard, where ordered dither has most power.
    """
    worth = worth * (_INSIDE | _FINEST if finest else _INSIDE)
    clear = worth.max(axis=(1, 2)) >= CLEAR
    if not clear.any():
        return None
    votes = _highest_around(worth[clear]).mean(axis=0)
    rows, columns = np.nonzero(votes[:, CENTER:] >= EVIDENT * votes.max())
    power = spectra[clear].mean(axis=0)[(rows - CENTER) % WINDOW_PX, columns]
    best = int(np.argmax(power))
    row, column = int(rows[best]), int(columns[best]) + CENTER
    agreeing = worth[:, _around(row), _around(column)].max(axis=(1, 2)) >= SUPPORT
    return CommonPeak(row, column, agreeing)


def amplitude(power: float) -> float:
    """Return the amplitude of a wave, in [0, 1/2], from its power in a spectrum from `power_spectra`."""
    return float(np.sqrt(power * 9)) / WINDOW_PX


def evidence(peaks: Spectra) -> Spectra:
    """Return the evidence for a screen in whitened spectra (n, 129, 129): high peaks with a partner at right angles."""
    partner = np.rot90(_highest_around(peaks), axes=(1, 2))
    worth: Spectra = np.sqrt(peaks * partner)
    np.maximum(worth, np.float32(SINGLE) * peaks, out=worth)
    y, x = np.nonzero(_AXIS)
    on_axis = peaks[:, y, x]
    worth[:, y, x] = ON_AXIS * np.maximum(np.minimum(on_axis, partner[:, y, x]), SINGLE * SINGLE * on_axis)
    return np.minimum(worth, np.float32(MOST), out=worth)


def fundamental(shown: Plane, row: int, column: int) -> tuple[float, float, float]:
    """Return period in px, angle in [0, 90) degrees and height of the screen with a peak at (row, column).

    `shown` is the mean whitened spectrum of the windows that show it. The peak may be a harmonic: a lattice that is
    coarser by the square root of two (rotated by 45 degrees) or by two is preferred if it has a peak of its own.
    """
    y, x = float(row - CENTER), float(column - CENTER)
    height = _height(shown, y, x)
    for coarser_y, coarser_x in (((y - x) / 2, (x + y) / 2), (y / 2, x / 2)):
        coarser = _height(shown, coarser_y, coarser_x)
        if np.hypot(coarser_y, coarser_x) > WINDOW_PX / LONGEST_PERIOD_PX and coarser >= SUBHARMONIC * height:
            y, x, height = coarser_y, coarser_x, coarser
    first, second = _refine_peak(shown, y, x), _refine_peak(shown, x, -y)
    heights = np.array([_height(shown, y, x), _height(shown, x, -y)])
    second_turned = np.array([-second[1], second[0]])
    weights = heights / heights.sum() if heights.min() > SUBHARMONIC * heights.max() else heights == heights.max()
    fy, fx = (weights[0] * first + weights[1] * second_turned) / weights.sum()
    period_px = WINDOW_PX / np.hypot(fy, fx)
    return float(period_px), float(np.rad2deg(np.arctan2(fy, fx)) % 90.0), float(heights.max())


def steady_peak(peaks: Spectra) -> CommonPeak | None:
    """Return the peak on the axes of the picture that is highest in most windows, as of line screens; None if too low.

    Args:
        peaks: whitened spectra (n, 129, 129).
    """
    on_axis = np.argwhere(_AXIS & _INSIDE & (_X >= 0))
    heights = peaks[:, on_axis[:, 0], on_axis[:, 1]]
    typical = np.median(heights, axis=0)
    best = int(np.argmax(typical))
    if typical[best] < STEADY:
        return None
    return CommonPeak(int(on_axis[best, 0]), int(on_axis[best, 1]), heights[:, best] >= SUPPORT)


def second_axis(power: Spectra, period_px: float, angle_deg: float) -> float:
    """Return the power of the weaker axis of a screen relative to the stronger one; nearly 0 for lines.

    Args:
        power: mean power spectrum (128, 65) of the windows that show it. The power of an axis is that of the highest
            bin within 2 bins of its frequency, so that warped paper and lattices that are not square are tolerated.
        period_px, angle_deg: of the screen.
    """
    fy, fx = (
        WINDOW_PX * np.sin(np.deg2rad(angle_deg)) / period_px,
        WINDOW_PX * np.cos(np.deg2rad(angle_deg)) / period_px,
    )
    bins_y, bins_x = np.fft.fftfreq(WINDOW_PX, 1 / WINDOW_PX)[:, None], np.arange(CENTER + 1)[None, :]
    highest = []
    for y, x in ((fy, fx), (fx, -fy)):
        y, x = (y, x) if x >= 0 else (-y, -x)
        near = np.hypot((bins_y - y + CENTER) % WINDOW_PX - CENTER, bins_x - x) <= 2
        highest.append(float(power[near].max()))
    return min(highest) / max(highest)


def is_ordered(power: Spectra, shown: Plane, row: int, column: int) -> bool:
    """Tell whether a mean spectrum, power (128, 65) and whitened (129, 129), is of ordered dither (2 x 2 to 8 x 8).

    The shared peak (row, column) is then a multiple of 1/8 cycles per px, and most power at such frequencies is at the
    highest ones, the one-px checkerboard and stripes, with at least two visible isolated peaks. Clustered dots have
    more power at their own frequency, and a checkerboard alone comes from scanners.
    """
    fy = np.abs(np.fft.fftfreq(WINDOW_PX, 1 / WINDOW_PX))[:, None]
    fx = np.arange(CENTER + 1)[None, :]
    step = WINDOW_PX // 8
    on_lattice = ((fy + 1) % step <= 2) & ((fx + 1) % step <= 2) & (np.hypot(fy, fx) > WINDOW_PX / 6)
    finest = on_lattice & (np.maximum(fy, fx) >= CENTER - 1) & ((np.minimum(fy, fx) + 1) % CENTER <= 2)
    places = ((CENTER, CENTER), (CENTER, 0), (0, CENTER))  # fy, fx of checkerboard and stripes
    isolated = sum(
        shown[CENTER - y, CENTER + x] >= FINEST_CLEAR and amplitude(float(power[y, x])) >= FINEST_SEEN
        for y, x in places
    )
    shared = (abs(row - CENTER) + 1) % step <= 2 and (abs(column - CENTER) + 1) % step <= 2
    return shared and isolated >= 2 and bool(power[finest].sum() > 0.5 * power[on_lattice].sum())


def _highest_around(spectra: Spectra) -> Spectra:
    """Return the maximum of each bin and its eight neighbors."""
    rows = spectra.copy()
    np.maximum(rows[:, 1:], spectra[:, :-1], out=rows[:, 1:])
    np.maximum(rows[:, :-1], spectra[:, 1:], out=rows[:, :-1])
    highest = rows.copy()
    np.maximum(highest[:, :, 1:], rows[:, :, :-1], out=highest[:, :, 1:])
    np.maximum(highest[:, :, :-1], rows[:, :, 1:], out=highest[:, :, :-1])
    return highest


def _around(index: int) -> slice:
    return slice(max(index - 1, 0), index + 2)


def _bins(y: float, x: float) -> tuple[int, int]:
    """Return the row and column of a frequency in bins, aliased into the plane."""
    return (round(y) + CENTER) % WINDOW_PX, (round(x) + CENTER) % WINDOW_PX


def _height(shown: Plane, y: float, x: float) -> float:
    """Return the maximum of the bins at and next to a frequency in bins."""
    row, column = _bins(y, x)
    return float(shown[_around(row), _around(column)].max())


def _refine_peak(shown: Plane, y: float, x: float) -> NDArray[np.float64]:
    """Return the frequency (y, x) of the peak next to a frequency, in fractions of bins; a Hann peak is 3 bins wide."""
    row, column = _bins(y, x)
    patch = shown[_around(row), _around(column)]
    dy, dx = np.unravel_index(int(np.argmax(patch)), patch.shape)
    row, column = row + int(dy) - min(row, 1), column + int(dx) - min(column, 1)
    along_y = _peak_offset(*(float(shown[i % WINDOW_PX, column]) for i in (row - 1, row, row + 1)))
    along_x = _peak_offset(*(float(shown[row, i % WINDOW_PX]) for i in (column - 1, column, column + 1)))
    folded = np.array([row - CENTER, column - CENTER])
    unfolded = folded + WINDOW_PX * np.round((np.array([y, x]) - folded) / WINDOW_PX)
    refined: NDArray[np.float64] = unfolded + np.array([along_y, along_x])
    return refined


def _peak_offset(before: float, peak: float, after: float) -> float:
    """Return the offset, in bins, of a Hann window's peak from the middle one of three powers.

    The amplitudes a of a pure wave's two largest bins obey a_side / a_peak = (1 + d) / (2 - d) for the shift d.
    """
    side, sign = (after, 1.0) if after >= before else (before, -1.0)
    ratio = float(np.sqrt(max(side, 0.0) / max(peak, 1e-12)))
    return sign * float(np.clip((2 * ratio - 1) / (1 + ratio), 0.0, 0.5))
