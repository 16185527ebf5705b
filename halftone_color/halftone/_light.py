"""sRGB values to linear light and back (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np

from halftone_color.types import Picture


def srgb_to_linear(srgb: Picture) -> Picture:
    """Return linear light in [0, 1] of sRGB values in [0, 1], of any shape."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_to_srgb(linear: Picture) -> Picture:
    """Return sRGB values in [0, 1] of linear light in [0, 1], of any shape."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)
