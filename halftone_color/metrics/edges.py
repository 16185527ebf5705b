"""How sharp a picture's strong edges are: gradient energy that a blur of known width would take away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halftone_color.types import Picture

SHARE = 0.05
"""Share of a picture's pixels that count as its strong edges."""


def strong_edges(neutral: Picture) -> NDArray[np.bool_]:
    """Return where (H, W) the gradient of a neutral picture (1, H, W) is among its 5 % largest.

    A neutral picture favours no method under comparison: a scan blurred well beyond its dots, for instance by a
    Gaussian with the screen's period as its standard deviation.
    """
    energy = _gradient_energy(np.asarray(neutral[0], np.float32))
    return np.asarray((energy >= np.quantile(energy, 1 - SHARE)) & (energy > 0))


def edge_energy(gray: Picture, edges: NDArray[np.bool_], blur_px: float) -> float:
    """Return the gradient energy of a picture (1, H, W) on edges (H, W) over that of the same picture blurred.

    Gradient energy is the mean of the squared central differences along x and y. The blur, a Gaussian of `blur_px`,
    takes contrast and brightness out of the comparison: the figure is the same for a * gray + b. Sharper edges have
    more; so has grain. 1 where nothing is left of the blurred picture's edges.
    """
    blurred = _energy_on(gaussian_filter(gray[0], blur_px, mode="nearest"), edges)
    return _energy_on(gray[0], edges) / blurred if blurred > 0 else 1.0


def contrast_on(edges: NDArray[np.bool_], gray: Picture, reference: Picture, blur_px: float) -> float:
    """Return the contrast of one picture (1, H, W) over another's on edges (H, W), both blurred by a Gaussian."""
    energies = [_energy_on(gaussian_filter(x[0], blur_px, mode="nearest"), edges) for x in (gray, reference)]
    return float(np.sqrt(energies[0] / energies[1])) if min(energies) > 0 else 1.0


def _energy_on(gray: NDArray[np.float32], edges: NDArray[np.bool_]) -> float:
    return float(_gradient_energy(gray)[edges].mean(dtype=np.float64)) if edges.any() else 0.0


def _gradient_energy(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    down, right = np.gradient(gray)
    return np.asarray(down**2 + right**2, np.float32)
