"""Patchiness of colors: chroma that changes where the picture itself is flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize_local_mean

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.types import Picture

SIDE = 64
"""Shorter side, in px, of the downsampled picture on which gradients are taken, so that grain does not count."""


def flat_share(rgb: Picture) -> float:
    """Share in [0, 1] of the chroma's gradient energy in the flatter half of the luma; 0 without any chroma edge.

    The picture, sRGB (3, H, W) in [0, 1], is downsampled by area averaging to a shorter side of 64 px at most and split
    into Rec. 601 luma and chroma. Energy is the sum of squared differences between neighboring pixels along x and y, of
    Cb and Cr together. The flatter half consists of the pixels whose luma energy is at most the median. Blotches of
    color on even areas increase the share; it is about a sixth for photographs, whose colors change at object borders.
    """
    luma, chroma = rgb_to_ycc(_downsample(np.asarray(rgb, np.float64)))
    flat = (steepness := _energy(luma)) <= np.median(steepness)
    energy = _energy(chroma)
    total = float(energy.sum())
    return float(energy[flat].sum()) / total if total > 1e-12 else 0.0


def _downsample(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
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
