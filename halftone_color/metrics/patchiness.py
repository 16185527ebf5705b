"""How patchy colors are: chroma that changes where the picture itself is flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize_local_mean

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.types import Picture

SIDE = 64
"""Shorter side in px at which gradients are taken, so that grain and fine texture do not count."""


def flat_share(rgb: Picture) -> float:
    """Share in [0, 1] of the chroma's gradient energy that lies in the luma's flatter half; 0 without any chroma edge.

    The picture, sRGB (3, H, W) in [0, 1], is averaged down to a shorter side of 64 px at most (each pixel the mean of
    the area it stands for) and split into Rec. 601 luma and chroma. Energy is the sum of squared differences from a
    pixel to the next along x and y, of Cb and Cr together. The flatter half are the places whose luma energy is at most
    the median. Blots of color on even ground raise the share; a photograph has about a sixth, since its colors change
    where its things end.
    """
    luma, chroma = rgb_to_ycc(_reduced(np.asarray(rgb, np.float64)))
    flat = (steepness := _energy(luma)) <= np.median(steepness)
    energy = _energy(chroma)
    total = float(energy.sum())
    return float(energy[flat].sum()) / total if total > 1e-12 else 0.0


def _reduced(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = rgb.shape[1:]
    scale = min(1.0, SIDE / min(height, width))
    size = (round(height * scale), round(width * scale))
    if size == (height, width):
        return rgb
    return np.asarray(resize_local_mean(rgb, size, channel_axis=0))  # type: ignore[no-untyped-call]


def _energy(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (h, w): squared differences of (n, h + 1, w + 1), summed over planes and directions."""
    down, right = np.diff(planes, axis=1)[:, :, :-1], np.diff(planes, axis=2)[:, :-1]
    energy: NDArray[np.float64] = (down**2 + right**2).sum(0)
    return energy
