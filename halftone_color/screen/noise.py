"""Halftones without a period: find blue noise in the spectra of windows, and tell error diffusion from it.

Ulichney, "Digital halftoning" (1987), chapters 3 and 8: dispersed halftones have little power below a principal
frequency and much above it. Blue noise has it evenly in all directions; error diffusion has more along the rows than
along the columns and, in raster order, also more along one diagonal than along the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.spectrum import WINDOW_PX, Spectra

BLUE_RISE = 10**0.1
"""Least ratio of the power at high and middle frequencies for blue noise; photographs, text and white noise: <= 1."""
BLUE_POWER = 10**-2.2
"""Least power of blue noise, weighted by the root of its ratio to low frequencies; camera noise has less."""
UNEVEN = 0.2
"""Least anisotropy of error diffusion; with few windows isotropic noise reaches it by chance."""
RINGS = ((0.2, 0.35), (0.35, 0.45))
"""Frequencies, in cycles per px, at which directions are compared; at higher ones the pixel grid adds directions."""

_FY, _FX = np.fft.fftfreq(WINDOW_PX)[:, None], np.fft.rfftfreq(WINDOW_PX)[None, :]
_FREQUENCY, _DIRECTION = np.hypot(_FY, _FX), np.arctan2(_FY, _FX)


def blue_noise(spectra: Spectra) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the ratio (n,) of high to middle frequencies of every window, and which windows (n,) are blue noise."""
    low, middle, high = (_band(spectra, *edges) for edges in ((0.06, 0.125), (0.19, 0.25), (0.31, 0.44)))
    rise = high / middle
    return rise, (rise > BLUE_RISE) & (high * np.sqrt(high / low) > BLUE_POWER)


def is_diffused(spectra: Spectra) -> bool:
    """Tell whether spectra (n, 128, 65) of blue noise are anisotropic, as those of error diffusion are.

    The logarithm of the mean power, minus its trend with the frequency, is correlated with waves of two and of four
    periods around the circle, ring by ring. Blur and noise are isotropic and do not change the result.
    """
    inside = (RINGS[0][0] <= _FREQUENCY) & (RINGS[-1][1] > _FREQUENCY)
    frequency, direction = _FREQUENCY[inside], _DIRECTION[inside]
    level = np.log(spectra[:, inside].mean(axis=0, dtype=np.float64) + 1e-9)
    level -= np.polynomial.Polynomial.fit(frequency, level, 3)(frequency)
    total = 0.0
    for lowest, highest in RINGS:
        ring = (frequency >= lowest) & (frequency < highest)
        for wave in (turn(n * direction[ring]) for n in (2, 4) for turn in (np.cos, np.sin)):
            total += float(level[ring] @ wave / (wave @ wave)) ** 2
    return total > UNEVEN**2


def _band(spectra: Spectra, lowest: float, highest: float) -> NDArray[np.float32]:
    """Return the mean power (n,) between two frequencies in cycles per px."""
    inside = (lowest <= _FREQUENCY) & (highest > _FREQUENCY)
    mean: NDArray[np.float32] = spectra[:, inside].mean(axis=1) + np.float32(1e-9)
    return mean
