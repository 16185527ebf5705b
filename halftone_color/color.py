"""Colour spaces: sRGB to Rec. 601 luma and chroma and back, the space in which hcolor colours.

Luma Y' is what halftoning keeps and descreening restores; Cb and Cr are what colorization adds. The map is linear, so
adding chroma to a restored luma leaves that luma exactly as it is wherever the sum stays inside sRGB.
All functions take numpy arrays or torch tensors whose channel axis is the third from the end.
"""

from __future__ import annotations

from typing import Any

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Rec. 601 luma weights."""


def rgb_to_luma(rgb: Any) -> Any:
    """Return (..., 1, H, W) luma of (..., 3, H, W) sRGB, both in [0, 1]."""
    return RED * rgb[..., 0:1, :, :] + GREEN * rgb[..., 1:2, :, :] + BLUE * rgb[..., 2:3, :, :]


def rgb_to_ycc(rgb: Any) -> tuple[Any, Any]:
    """Split (..., 3, H, W) sRGB into luma (..., 1, H, W) in [0, 1] and chroma (..., 2, H, W), Cb and Cr in [-.5, .5]."""
    luma = rgb_to_luma(rgb)
    chroma = luma.repeat(2, -3) if isinstance(luma, _ndarray()) else luma.repeat_interleave(2, -3)
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


def _ndarray() -> type:
    import numpy as np

    return np.ndarray


def _concatenate(planes: list[Any]) -> Any:
    if isinstance(planes[0], _ndarray()):
        import numpy as np

        return np.concatenate(planes, -3)
    import torch

    return torch.cat(planes, -3)
