"""Color spaces: conversion between sRGB and Rec. 601 luma and chroma.

Halftoning keeps and descreening restores the luma Y'; colorization adds the chroma Cb and Cr. The conversion is linear,
so adding chroma leaves the luma unchanged wherever the sum is inside sRGB. The conversions take numpy arrays or torch
tensors whose channel axis is the third from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from halftone_color.types import Picture

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Rec. 601 luma weights."""
SKIN_HUES_DEG = (100.0, 146.0)
"""Range of hue angles, from the Cb axis towards the Cr axis, of nine tenths of the skin in photographed faces."""


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
    """Join luma (1, H, W) in [0, 1] and chroma (2, H, W) to sRGB (3, H, W) in [0, 1].

    Chroma is reduced where the sum would leave sRGB, so that the luma stays unchanged.
    """
    offset: Picture = ycc_to_rgb(np.zeros_like(gray), chroma)  # (3, H, W), of zero luma
    return np.clip(gray + offset * _headroom(gray, offset), 0, 1)  # clips rounding errors only


def holds_no_chroma(gray: Picture) -> bool:
    """Tell whether all of a luma (1, H, W) is black or white, of which `add_chroma` makes the same gray always."""
    return bool(((gray == 0) | (gray == 1)).all())


def tint_halftone(halftone: Picture, tone: Picture, chroma: Picture) -> Picture:
    """Color the ink and the paper of a halftone so that its local mean has the given chroma.

    A channel that has to increase is added to the ink only, and one that has to decrease is subtracted from the paper
    only. So every pixel stays inside sRGB, while chroma added to black and white dots would be clipped.

    Args:
        halftone: (1, H, W) in [0, 1].
        tone: local mean of the halftone over at least a dot, (1, H, W) in [0, 1].
        chroma: Cb and Cr, (2, H, W).

    Returns:
        The colored halftone (3, H, W) in [0, 1].
    """
    tone = np.clip(tone, 1e-3, 1 - 1e-3)
    offset: Picture = ycc_to_rgb(np.zeros_like(tone), chroma)
    offset *= _headroom(tone, offset)
    share = np.where(offset > 0, (1 - halftone) / (1 - tone), halftone / tone)  # local mean one
    return np.asarray(np.clip(halftone + offset * share, 0, 1), dtype=np.float32)


def _headroom(gray: Picture, offset: Picture) -> Picture:
    """Return the factor (1, H, W) in [0, 1] that keeps gray + factor * offset inside [0, 1]."""
    above = ((1 - gray) / np.maximum(offset, 1e-6)).min(0, keepdims=True)
    below = (gray / np.maximum(-offset, 1e-6)).min(0, keepdims=True)
    return np.asarray(np.clip(np.minimum(above, below), 0, 1), dtype=np.float32)


def _concatenate(planes: list[Any]) -> Any:
    if isinstance(planes[0], np.ndarray):
        return np.concatenate(planes, -3)
    import torch

    return torch.cat(planes, -3)
