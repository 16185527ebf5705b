"""Find the frequency at which a periodic screen stands out of many whitened spectra, and name its period and angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.spectrum import WINDOW_PX, Spectra

CENTER = WINDOW_PX // 2
LONGEST_PERIOD_PX = 15.0
SHORTEST_PERIOD_PX = 2.1
"""Shorter ones along the pixels are folded at the Nyquist frequency ..."""
CORNER = (0.25, 0.46)
"""... but between the axes pixels carry frequencies whose fy and fx both lie in this range, in cycles per px."""
CLEAR = 22.0
"""Evidence from which a window by itself votes for a frequency; text and photographs rarely reach it."""
SUPPORT = 14.0
"""Evidence from which a window agrees with the frequency that the clear ones voted for."""
MOST = 50.0
"""Evidence that counts at most, so that no single window decides."""
SINGLE = 1 / 3
"""Worth of a peak without a partner at right angles (a line screen, but also a fence)."""
ON_AXIS = 1 / 4
"""Worth of a peak on the axes of the picture, where lines of text, buildings and JPEG blocks have theirs."""
STEADY = 40.0
"""Height that a peak on the axes has in most windows where it is a screen; a page of text has up to 30."""
EVIDENT = 0.7
"""Share of the votes from which a peak is as evident as the best."""
FINEST_CLEAR, FINEST_SEEN = 10.0, 3 / 255
"""Peak over its background, and amplitude, that a checkerboard or stripes of one px have in ordered dither."""
SUBHARMONIC = 0.3
"""Share of a peak's height from which a peak of a coarser lattice is the true fundamental."""

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
    """A peak that several windows share."""

    row: int
    column: int
    windows: NDArray[np.bool_]
    """Which windows show it."""


def common_peak(worth: Spectra, spectra: Spectra, finest: bool = False) -> CommonPeak | None:
    """Return the peak that most clear windows share; None where no window is clear.

    Args:
        worth: the evidence (n, 129, 129) of `evidence`.
        spectra: power spectra (n, 128, 65) of the same windows: among equally evident peaks, the fundamental has most.
        finest: look also at the checkerboard of one px, where ordered dither has most.
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
    """Return the amplitude of a wave, in [0, 1/2], from its power in a spectrum of `power_spectra`."""
    return float(np.sqrt(power * 9)) / WINDOW_PX


def evidence(peaks: Spectra) -> Spectra:
    """Return the evidence for a screen in every bin of whitened spectra (n, 129, 129): high, with a partner across."""
    partner = np.rot90(_highest_around(peaks), axes=(1, 2))
    worth: Spectra = np.sqrt(peaks * partner)
    np.maximum(worth, np.float32(SINGLE) * peaks, out=worth)
    y, x = np.nonzero(_AXIS)
    on_axis = peaks[:, y, x]
    worth[:, y, x] = ON_AXIS * np.maximum(np.minimum(on_axis, partner[:, y, x]), SINGLE * SINGLE * on_axis)
    return np.minimum(worth, np.float32(MOST), out=worth)


def fundamental(shown: Plane, row: int, column: int) -> tuple[float, float, float]:
    """Return period in px, angle in [0, 90) degrees and height of the screen that has a peak at (row, column).

    `shown` is the mean whitened spectrum of the windows that show it. The peak may be a harmonic: the lattice that is
    coarser by the root of two (turned by 45 degrees) or by two is taken where it has a peak of its own.
    """
    y, x = float(row - CENTER), float(column - CENTER)
    height = _height(shown, y, x)
    for coarser_y, coarser_x in (((y - x) / 2, (x + y) / 2), (y / 2, x / 2)):
        coarser = _height(shown, coarser_y, coarser_x)
        if np.hypot(coarser_y, coarser_x) > WINDOW_PX / LONGEST_PERIOD_PX and coarser >= SUBHARMONIC * height:
            y, x, height = coarser_y, coarser_x, coarser
    first, second = _refined(shown, y, x), _refined(shown, x, -y)
    heights = np.array([_height(shown, y, x), _height(shown, x, -y)])
    second_turned = np.array([-second[1], second[0]])
    weights = heights / heights.sum() if heights.min() > SUBHARMONIC * heights.max() else heights == heights.max()
    fy, fx = (weights[0] * first + weights[1] * second_turned) / weights.sum()
    period_px = WINDOW_PX / np.hypot(fy, fx)
    return float(period_px), float(np.rad2deg(np.arctan2(fy, fx)) % 90.0), float(heights.max())


def steady_peak(peaks: Spectra) -> CommonPeak | None:
    """Return the peak on the axes of the picture that most windows show clearly, as lines across a print do; or None.

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
    """Return the power of the weaker axis of a screen over that of the stronger; lines have next to none.

    Args:
        power: mean power spectrum (128, 65) of the windows that show it. An axis is the highest bin within 2 bins of
            its frequency, so that neither warped paper nor a lattice that is not quite square makes a screen of lines.
        period_px, angle_deg: the screen.
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
    """Tell whether a mean power spectrum (128, 65), whitened (129, 129), is that of ordered dither (2 x 2 to 8 x 8).

    Its shared peak (row, column) is a multiple of 1/8 cycles per px, and among these most power is at the finest ones,
    the checkerboard and stripes of one px, in two isolated peaks at least that can be seen. A clustered dot has more at
    its own frequency, and a checkerboard alone comes from scanners.
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
    """Return the highest of each bin and its eight neighbors."""
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
    """Return the row and column of a frequency, folded into the plane."""
    return (round(y) + CENTER) % WINDOW_PX, (round(x) + CENTER) % WINDOW_PX


def _height(shown: Plane, y: float, x: float) -> float:
    """Return the highest bin at or next to a frequency in bins."""
    row, column = _bins(y, x)
    return float(shown[_around(row), _around(column)].max())


def _refined(shown: Plane, y: float, x: float) -> NDArray[np.float64]:
    """Return the frequency (y, x) in bins of the peak next to one, between the bins: a Hann window's peak is 3 wide."""
    row, column = _bins(y, x)
    patch = shown[_around(row), _around(column)]
    dy, dx = np.unravel_index(int(np.argmax(patch)), patch.shape)
    row, column = row + int(dy) - min(row, 1), column + int(dx) - min(column, 1)
    along_y = _between(*(float(shown[i % WINDOW_PX, column]) for i in (row - 1, row, row + 1)))
    along_x = _between(*(float(shown[row, i % WINDOW_PX]) for i in (column - 1, column, column + 1)))
    folded = np.array([row - CENTER, column - CENTER])
    unfolded = folded + WINDOW_PX * np.round((np.array([y, x]) - folded) / WINDOW_PX)
    refined: NDArray[np.float64] = unfolded + np.array([along_y, along_x])
    return refined


def _between(before: float, peak: float, after: float) -> float:
    """Return where a Hann window's peak lies around the middle one of three powers, in bins.

    The amplitudes a of a pure wave's two largest bins obey a_side / a_peak = (1 + d) / (2 - d) for the shift d.
    """
    side, sign = (after, 1.0) if after >= before else (before, -1.0)
    ratio = float(np.sqrt(max(side, 0.0) / max(peak, 1e-12)))
    return sign * float(np.clip((2 * ratio - 1) / (1 + ratio), 0.0, 0.5))
