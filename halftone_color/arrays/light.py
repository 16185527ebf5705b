"""Conversion between linear light and sRGB-coded values (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np

from halftone_color.types import Picture


def srgb_to_linear(coded: Picture) -> Picture:
    """Return linear light in [0, 1] of sRGB-coded values in [0, 1], any shape."""
    toe = coded / 12.92
    return np.where(coded <= 0.04045, toe, ((coded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_to_srgb(linear: Picture) -> Picture:
    """Return sRGB-coded values in [0, 1] of linear light in [0, 1], any shape."""
    curve = 1 - 1.055 * (1 - np.maximum(linear, 0.0031308) ** (1 / 2.4))  # written so that 1 maps to 1 exactly
    return np.where(linear <= 0.0031308, linear * 12.92, curve).astype(np.float32)
