"""Color spaces: sRGB to Rec. 601 luma and chroma and back, the space in which hcolor colors.

Luma Y' is what halftoning keeps and descreening restores; Cb and Cr are what colorization adds. The map is linear, so
adding chroma to a restored luma leaves that luma exactly as it is wherever the sum stays inside sRGB.
All functions take numpy arrays or torch tensors whose channel axis is the third from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from halftone_color.types import Picture

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Rec. 601 luma weights."""
SKIN_HUES_DEG = (100.0, 146.0)
"""Angle from the Cb axis to the Cr axis that holds nine tenths of the skin of photographed faces."""


def rgb_to_luma(rgb: Any) -> Any:
    """Return (..., 1, H, W) luma of (..., 3, H, W) sRGB, both in [0, 1]."""
    return RED * rgb[..., 0:1, :, :] + GREEN * rgb[..., 1:2, :, :] + BLUE * rgb[..., 2:3, :, :]


def rgb_to_ycc(rgb: Any) -> tuple[Any, Any]:
    """Split sRGB (..., 3, H, W) into luma (..., 1, H, W) and chroma (..., 2, H, W), Cb and Cr in [-.5, .5]."""
    luma = rgb_to_luma(rgb)
    chroma = luma.repeat(2, -3) if isinstance(luma, np.ndarray) else luma.repeat_interleave(2, -3)
    chroma[..., 0:1, :, :] = (rgb[..., 2:3, :, :] - luma) / (2 * (1 - BLUE))
    chroma[..., 1:2, :, :] = (rgb[..., 0:1, :, :] - luma) / (2 * (1 - RED))
    return luma, chroma


def ycc_to_rgb(luma: Any, chroma: Any) -> Any:
    """Join luma (..., 1, H, W) and chroma (..., 2, H, W) into (..., 3, H, W) sRGB, not clipped to [0, 1]."""
    cb, cr = chroma[..., 0:1, :, :], chroma[..., 1:2, :, :]
    red = luma + 2 * (1 - RED) * cr
    blue = luma + 2 * (1 - BLUE) * cb
    green = luma - (BLUE * 2 * (1 - BLUE) * cb + RED * 2 * (1 - RED) * cr) / GREEN
    return _concatenate([red, green, blue])


def add_chroma(gray: Picture, chroma: Picture) -> Picture:
    """Join luma (1, H, W) and chroma (2, H, W) to sRGB (3, H, W).

    Where the sum would leave sRGB the chroma shrinks, so that luma stays as it is.
    """
    offset: Picture = ycc_to_rgb(np.zeros_like(gray), chroma)  # (3, H, W), of zero luma
    return np.clip(gray + offset * _room(gray, offset), 0, 1)  # for the last float bit


def tint_halftone(halftone: Picture, tone: Picture, chroma: Picture) -> Picture:
    """Color the ink and the paper of a halftone so that its local mean has the chroma asked for.

    A channel that has to rise is added to the ink alone, one that has to fall is taken from the paper alone: so every
    pixel stays inside sRGB, where adding chroma to black and white dots would be clipped away.

    Args:
        halftone: (1, H, W) in [0, 1].
        tone: (1, H, W), local mean of the halftone over a dot or more.
        chroma: (2, H, W).

    Returns:
        (3, H, W): the colored halftone.
    """
    tone = np.clip(tone, 1e-3, 1 - 1e-3)
    offset: Picture = ycc_to_rgb(np.zeros_like(tone), chroma)
    offset *= _room(tone, offset)
    share = np.where(offset > 0, (1 - halftone) / (1 - tone), halftone / tone)  # local mean one
    return np.asarray(np.clip(halftone + offset * share, 0, 1), dtype=np.float32)


def _room(gray: Picture, offset: Picture) -> Picture:
    """Return the factor (1, H, W) in [0, 1] that keeps gray + factor * offset inside [0, 1]."""
    above = ((1 - gray) / np.maximum(offset, 1e-6)).min(0, keepdims=True)
    below = (gray / np.maximum(-offset, 1e-6)).min(0, keepdims=True)
    return np.asarray(np.clip(np.minimum(above, below), 0, 1), dtype=np.float32)


def _concatenate(planes: list[Any]) -> Any:
    if isinstance(planes[0], np.ndarray):
        return np.concatenate(planes, -3)
    import torch

    return torch.cat(planes, -3)
