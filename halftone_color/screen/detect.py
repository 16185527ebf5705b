"""Tell what kind of halftone a picture is, from the spectra of windows spread over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.faint import faint_wave
from halftone_color.screen.lattice import coarser_lines, sharpened
from halftone_color.screen.noise import blue_noise, is_diffused
from halftone_color.screen.peaks import (
    LONGEST_PERIOD_PX,
    CommonPeak,
    Plane,
    amplitude,
    common_peak,
    evidence,
    fundamental,
    is_ordered,
    second_axis,
    steady_peak,
)
from halftone_color.screen.spectrum import (
    WINDOW_PX,
    Spectra,
    Windows,
    power_spectra,
    spread_windows,
    whitened,
    window_starts,
)
from halftone_color.types import Picture, Screen

FEWEST_WINDOWS = 2
"""A screen must show in this many windows, unless the picture has fewer ..."""
SHARE_OF_PICTURE = 0.15
"""... and in this share of them, so that one fence or fabric is no screen ..."""
SHARE_OF_PAGE = 0.02
"""... or in this share where the picture is large enough for a page: one photograph on it is enough."""
PAGE_PX = 770 * 770
"""Pixels from which a picture may be a page."""
WEAKEST = 6.0
"""Mean power over its background from which a shared peak is a screen."""
PAGE_NEAR, PAGE_TONES = 0.25, 0.35
"""Share of the contrast within which a tone counts as ink or paper; share of others in most of a page's windows."""
LINE = 0.07
"""Share of a screen's power that the second axis of dots has at least; lines have less."""
DOT_CLEAR, LINE_CLEAR = 100.0, 150.0
"""Power over the noise, in the picture as a whole, that dots and lines have; nets and worms of noise have less."""
FAINTEST = 0.5 / 255
"""Amplitude that a screen has at least; the seams of blocks of compressed pictures have less."""
SMALLEST_PX = 24
"""Shorter side from which a picture says what it is: any drawing a few px wide looks like some halftone."""
NEAR = 1.2 / WINDOW_PX
"""How far the frequency found in the windows may lie from the true one, cycles per px along x and y."""


def detect(gray: Picture, threads: int = 1) -> Screen:
    """Return the screen of a gray picture (1, H, W), or kind `none` where there is nothing to descreen.

    Up to 64 windows of a picture of 1 MP and 196 of a page are looked at, each 128 x 128 px, never a reduced picture.
    A periodic screen is an isolated peak of the spectrum, at the same frequency in several windows; dots have a second
    one at right angles, lines do not. Its period and angle are then sharpened on a part of the picture as a whole.
    Error diffusion and blue noise have no peaks, but more power at high frequencies than at middle ones. `strength` is
    the mean power at the screen's frequency over its background for a periodic screen, and the rise from middle to high
    frequencies for another. Pictures less than 24 px wide or high have none. The same picture always gives the same
    answer, whatever the number of threads that transform it.
    """
    if min(gray.shape[1:]) < SMALLEST_PX:
        return Screen("none")
    windows = spread_windows(gray)
    spectra = power_spectra(windows, threads)
    peaks = whitened(spectra)
    enough, worth = _Enough(gray, windows), evidence(peaks)
    common = common_peak(worth, spectra, finest=True)
    if common is not None and enough(common.windows):
        power, shown = spectra[common.windows].mean(axis=0), peaks[common.windows].mean(axis=0)
        if is_ordered(power, shown, common.row, common.column):
            return Screen("ordered", strength=fundamental(shown, common.row, common.column)[2])
    for common in (common_peak(worth, spectra), steady_peak(peaks)):
        if common is not None and enough(common.windows):
            power, shown = spectra[common.windows].mean(axis=0), peaks[common.windows].mean(axis=0)
            screen = _periodic(gray, common, shown, power)
            if screen is not None:
                return screen
    rise, blue = blue_noise(spectra)
    if enough(blue):
        kind = "error-diffusion" if is_diffused(spectra[blue]) else "stochastic"
        return Screen(kind, strength=float(rise[blue].mean()))
    return _faint(gray, threads)


class _Enough:
    """Whether a screen shows in enough windows (n, h, w) of a picture (1, H, W)."""

    def __init__(self, gray: Picture, windows: Windows) -> None:
        self.windows = windows
        self.large = gray[0].size >= PAGE_PX

    def __call__(self, shown: NDArray[np.bool_]) -> bool:
        count, all_ = int(np.count_nonzero(shown)), len(shown)
        if count < min(FEWEST_WINDOWS, all_):
            return False
        if count >= SHARE_OF_PICTURE * all_:
            return True
        return self.large and count >= SHARE_OF_PAGE * all_ and self._is_page(~shown)

    def _is_page(self, rest: NDArray[np.bool_]) -> bool:
        """Tell whether three in four of the windows without the screen are text and paper, with few tones between."""
        sample = self.windows[rest, ::4, ::4]
        ink, paper = np.percentile(sample, (1, 90))
        between = (sample > ink + PAGE_NEAR * (paper - ink)) & (sample < paper - PAGE_NEAR * (paper - ink))
        return bool(np.percentile(between.mean(axis=(1, 2)), 75) < PAGE_TONES)


def _periodic(gray: Picture, common: CommonPeak, shown: Plane, power: Spectra) -> Screen | None:
    """Return the screen of clustered dots or lines with a peak that windows share; None where it is too weak."""
    period_px, angle_deg, strength = fundamental(shown, common.row, common.column)
    if strength < WEAKEST or period_px > LONGEST_PERIOD_PX or _seen(power, common) < FAINTEST:
        return None
    angle, middle = np.deg2rad(angle_deg), _middle(gray, common)
    lattice = sharpened(gray, np.sin(angle) / period_px, np.cos(angle) / period_px, NEAR, middle)
    lines = second_axis(power, period_px, angle_deg) < LINE
    if max(lattice.along, lattice.across) < (LINE_CLEAR if lines else DOT_CLEAR):
        return None
    if not lines:
        return Screen("clustered-dot", lattice.period_px, lattice.angle_deg % 90.0, strength)
    coarser = coarser_lines(gray, lattice, middle)
    if coarser is not None:
        lattice = sharpened(gray, float(coarser[0]), float(coarser[1]), NEAR / 2, middle)
    return Screen("line", lattice.period_px, lattice.angle_deg % 180.0, strength)


def _faint(gray: Picture, threads: int) -> Screen:
    """Return the screen that shows in large parts of the picture alone, if any."""
    wave = faint_wave(gray, threads)
    if wave is None:
        return Screen("none")
    lattice = sharpened(gray, wave.fy, wave.fx, NEAR, wave.center)
    return Screen("clustered-dot", lattice.period_px, lattice.angle_deg % 90.0, wave.clear)


def _seen(power: Spectra, common: CommonPeak) -> float:
    """Return the amplitude of the shared peak in a mean power spectrum (128, 65)."""
    rows = np.arange(common.row - 1, common.row + 2) - WINDOW_PX // 2
    columns = np.clip(np.arange(common.column - 1, common.column + 2) - WINDOW_PX // 2, 0, WINDOW_PX // 2)
    return amplitude(float(power[rows % WINDOW_PX][:, columns].max()))


def _middle(gray: Picture, common: CommonPeak) -> tuple[float, float]:
    """Return the middle (y, x) of the windows that show a peak."""
    tops, lefts = (window_starts(side) for side in gray.shape[1:])
    shown = common.windows.reshape(len(tops), len(lefts))
    rows, columns = np.nonzero(shown)
    half = WINDOW_PX / 2
    return float(np.median(tops[rows])) + half, float(np.median(lefts[columns])) + half
