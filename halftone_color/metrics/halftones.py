"""Figures of merit of a halftone: its tone, and on constant grays how its dots are spread.

Spectra after Ulichney, "Dithering with blue noise", Proc. IEEE 76 (1988): the principal frequency of a gray, and the
anisotropy of a power spectrum, which is estimated from PERIODOGRAMS periodograms as there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halftone_color.types import Picture

EYE_PX = 4.0
"""Standard deviation in px of the Gaussian through which tones are compared."""
EDGE_PX = 12
"""Width in px of the picture's border that is left out, where the Gaussian sees beyond it."""
LEVELS = 255
SIDE = 128
"""Side of the windows of the periodograms in px."""
PERIODOGRAMS = 10
"""Their number; an isotropic pattern then has an anisotropy of -10 dB, and 0 dB is called directional."""
FEWEST = 8
"""Number of bins of a ring whose variance is taken."""
CONSTANT = (5 * SIDE, 2 * SIDE)
"""Height and width in px of a constant gray whose halftone has so many windows."""

Spectrum = NDArray[np.float64]


def tone_error(halftone: Picture, contone: Picture) -> float:
    """Return the mean absolute difference of two (1, H, W) in [0, 1] after a Gaussian of EYE_PX, in levels of 255.

    Both sides must be longer than twice EDGE_PX.
    """
    apart = gaussian_filter((halftone - contone)[0].astype(np.float64), EYE_PX, mode="nearest")
    inner = slice(EDGE_PX, -EDGE_PX)
    return float(LEVELS * np.abs(apart[inner, inner]).mean())


def principal_frequency(gray: float) -> float:
    """Return the mean frequency of the dots of a gray in (0, 1), in cycles per px: the root of the minority's share."""
    return float(np.sqrt(min(gray, 1 - gray)))


def low_share(halftone: Picture, gray: float) -> float:
    """Return the share of a halftone's power below half the principal frequency of its gray: grain that is seen.

    Args:
        halftone: (1, *CONSTANT) of a constant gray, 0 and 1.
        gray: the gray.
    """
    power, radius = _power(halftone), _radius()
    low = (radius > 0) & (radius < principal_frequency(gray) / 2)
    return float(power[low].sum() / power[radius > 0].sum())


def anisotropy(halftone: Picture) -> float:
    """Return the anisotropy of a halftone (1, *CONSTANT) of a constant gray in dB, the mean over all rings.

    In each ring of frequencies, one bin wide, it is the variance of the power over its squared mean; rings without
    power, and those in the corners with fewer than FEWEST bins, are left out. It is -inf if none is left.
    """
    power, ring = _power(halftone), np.rint(_radius() * SIDE).astype(int)
    ratios = []
    for radius in range(1, ring.max() + 1):
        values = power[ring == radius]
        if len(values) >= FEWEST and values.mean() > 0:
            ratios.append(values.var(ddof=1) / values.mean() ** 2)
    return float(10 * np.log10(np.mean(ratios))) if ratios else -np.inf


def _power(halftone: Picture) -> Spectrum:
    """Return the mean (SIDE, SIDE) of PERIODOGRAMS periodograms, zero frequency at [0, 0] and without it."""
    height, width = CONSTANT
    if halftone.shape != (1, height, width):
        raise ValueError(f"a constant gray has {height} x {width} px here, not {halftone.shape}")
    windows = halftone[0].reshape(height // SIDE, SIDE, width // SIDE, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    windows = windows - windows.mean((1, 2), keepdims=True)
    power: Spectrum = (np.abs(np.fft.fft2(windows.astype(np.float64))) ** 2).mean(0)
    return power


def _radius() -> Spectrum:
    """Return the radial frequency (SIDE, SIDE) in cycles per px."""
    frequencies = np.fft.fftfreq(SIDE)
    return np.asarray(np.hypot(frequencies[:, None], frequencies))
