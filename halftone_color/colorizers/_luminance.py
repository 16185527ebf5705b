"""Replace the luma of a colored picture by that of the gray one, so that only its chroma is new."""

from __future__ import annotations

import numpy as np

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.types import Picture

BAND_PX = 1_000_000
"""Number of pixels converted at once, which bounds the memory."""


def with_luma(gray: Picture, rgb: Picture) -> Picture:
    """Join the luma of gray (1, H, W) and the chroma of rgb (3, H, W), reduced where it would leave sRGB: (3, H, W)."""
    result = np.empty(rgb.shape, np.float32)
    rows = max(1, BAND_PX // gray.shape[2])
    for top in range(0, gray.shape[1], rows):
        band = np.s_[:, top : top + rows]
        result[band] = add_chroma(gray[band], rgb_to_ycc(rgb[band])[1])
    return result
