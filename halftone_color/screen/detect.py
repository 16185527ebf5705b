"""Tell what kind of halftone a picture is, from the spectra of windows spread over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.peaks import LONGEST_PERIOD_PX, SHORTEST_PERIOD_PX, common_peak, fundamental, is_bayer
from halftone_color.screen.spectrum import WINDOW_PX, Spectra, power_spectra, spread_windows, whitened
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
BLUE_RISE = 10**0.1
"""Power at high over that at middle frequencies, above which noise is blue; photographs, text, white noise: <= 1."""
BLUE_POWER = 10**-2.2
"""Power that blue noise has, weighted by the root of its rise over low frequencies; camera noise stays below."""


def detect(gray: Picture) -> Screen:
    """Return the screen of a gray picture (1, H, W), or kind `none` where there is nothing to descreen.

    Up to 64 windows of a picture of 1 MP, and 196 of a large page, of 128 x 128 px each are looked at, never a reduced picture. A periodic screen is an isolated peak of
    the spectrum, at the same frequency in several windows, as a rule with its mirror at right angles. Error diffusion
    and blue noise have no peaks, but more power at high frequencies than at middle ones. `strength` is the mean power
    at the screen's frequency over its background for a periodic screen, and the rise from middle to high frequencies
    for a stochastic one. The same picture always gives the same answer.
    """
    spectra = power_spectra(spread_windows(gray))
    peaks = whitened(spectra)
    share = SHARE_OF_PAGE if gray[0].size >= PAGE_PX else SHARE_OF_PICTURE
    fewest = min(max(FEWEST_WINDOWS, share * len(spectra)), len(spectra))
    common = common_peak(peaks, spectra)
    if common is not None and np.count_nonzero(common.windows) >= fewest:
        shown = peaks[common.windows].mean(axis=0)
        period_px, angle_deg, strength = fundamental(shown, common.row, common.column)
        if is_bayer(spectra[common.windows].mean(axis=0), shown, common.row, common.column):
            return Screen("bayer", strength=strength)
        if strength >= WEAKEST and SHORTEST_PERIOD_PX <= period_px <= LONGEST_PERIOD_PX:
            return Screen("dots", period_px, angle_deg, strength)
    rise, blue = _blue_noise(spectra)
    if np.count_nonzero(blue) >= fewest:
        return Screen("stochastic", strength=float(rise[blue].mean()))
    return Screen("none")


def _blue_noise(spectra: Spectra) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return every window's rise from middle to high frequencies, and which windows are blue noise."""
    low, middle, high = (_band(spectra, *edges) for edges in ((0.06, 0.125), (0.19, 0.25), (0.31, 0.44)))
    rise = high / middle
    return rise, (rise > BLUE_RISE) & (high * np.sqrt(high / low) > BLUE_POWER)


def _band(spectra: Spectra, lowest: float, highest: float) -> NDArray[np.float32]:
    """Return the mean power (n,) between two frequencies in cycles per px."""
    fy, fx = np.fft.fftfreq(WINDOW_PX), np.fft.rfftfreq(WINDOW_PX)
    frequency = np.hypot(fy[:, None], fx[None, :])
    inside = (frequency >= lowest) & (frequency < highest)
    mean: NDArray[np.float32] = spectra[:, inside].mean(axis=1) + np.float32(1e-9)
    return mean
