"""Sharpness of a picture's strong edges: the gradient energy that a blur of known width would remove."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halftone_color.types import Picture

SHARE = 0.05
"""Share of a picture's pixels that count as strong edges."""


def strong_edges(neutral: Picture) -> NDArray[np.bool_]:
    """Return where (H, W) the gradient of a neutral picture (1, H, W) is among its 5 % largest.

    A neutral picture favors none of the compared methods: a scan blurred well beyond its dots, for example by a
    Gaussian with the screen's period as its standard deviation.
    """
    energy = _gradient_energy(np.asarray(neutral[0], np.float32))
    return np.asarray((energy >= np.quantile(energy, 1 - SHARE)) & (energy > 0))


def edge_energy(gray: Picture, edges: NDArray[np.bool_], blur_px: float) -> float:
    """Return the gradient energy of a picture (1, H, W) on edges (H, W) relative to that of the blurred picture.

    Gradient energy is the mean of the squared central differences along x and y. Dividing by that of the same picture
    blurred by a Gaussian of `blur_px` makes the result independent of contrast and brightness: it is the same for
    a * gray + b. Sharper edges increase it, and so does grain. It is 1 if the blurred picture has no edges left.
    """
    blurred = _energy_on(gaussian_filter(gray[0], blur_px, mode="nearest"), edges)
    return _energy_on(gray[0], edges) / blurred if blurred > 0 else 1.0


def contrast_on(edges: NDArray[np.bool_], gray: Picture, reference: Picture, blur_px: float) -> float:
    """Return the ratio of the contrasts of two pictures (1, H, W) on edges (H, W), both blurred by a Gaussian."""
    energies = [_energy_on(gaussian_filter(x[0], blur_px, mode="nearest"), edges) for x in (gray, reference)]
    return float(np.sqrt(energies[0] / energies[1])) if min(energies) > 0 else 1.0


def _energy_on(gray: NDArray[np.float32], edges: NDArray[np.bool_]) -> float:
    return float(_gradient_energy(gray)[edges].mean(dtype=np.float64)) if edges.any() else 0.0


def _gradient_energy(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    down, right = np.gradient(gray)
    return np.asarray(down**2 + right**2, np.float32)
