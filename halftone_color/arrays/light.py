"""Conversion between linear light and sRGB-coded values (IEC 61966-2-1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def srgb_to_linear(coded: NDArray[Any]) -> NDArray[Any]:
    """Return linear light in [0, 1] of sRGB-coded values in [0, 1], any shape and floating type."""
    toe = coded / 12.92
    return np.where(coded <= 0.04045, toe, ((coded + 0.055) / 1.055) ** 2.4).astype(coded.dtype)


def linear_to_srgb(linear: NDArray[Any]) -> NDArray[Any]:
    """Return sRGB-coded values in [0, 1] of linear light in [0, 1], any shape and floating type."""
    curve = 1 - 1.055 * (1 - np.maximum(linear, 0.0031308) ** (1 / 2.4))  # written so that 1 maps to 1 exactly
    return np.where(linear <= 0.0031308, linear * 12.92, curve).astype(linear.dtype)
