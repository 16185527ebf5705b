"""Guided filter: smooth the color differences of descreened channels along the edges that the channels share.

Every ink has its own screen, so the errors of the channels differ, while the colors of a photograph vary less than its
luma. The difference of each channel from the mean of all is replaced by a locally linear function of that mean: the
guided filter (He, Sun, Tang, "Guided image filtering", IEEE PAMI 35 (2013), equations 5, 6 and 8), computed at half the
size (He, Sun, "Fast guided filter", arXiv:1505.00996 (2015)).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays import tiling
from halftone_color.types import Picture

LEAST_PX, PER_PERIOD = 2.3, 0.4
"""Radius of the filter's windows: a constant in px plus a factor times the screen's period."""
EPSILON = 1e-3
"""Regularization of the paper: variance of the mean below which it has little influence on the color."""
TILE_PX, HALO_PX = 512, 64
"""Side of the tiles and width of the halo around them, in px."""


def filter_color_differences(
    rgb: Picture, period_px: float | None, threads: int = 1, *, tile: int = TILE_PX
) -> Picture:
    """Return the channels (3, H, W) in [0, 1] with only the detail that all of them share; gray stays gray.

    Args:
        rgb: the channels after descreening, (3, H, W) in [0, 1].
        period_px: of the screens; without a period, as for error diffusion, the channels are returned unchanged.
        threads: number of tiles that are processed at once.
        tile: side of the tiles in px, even.
    """
    if period_px is None:
        return rgb
    radius = max(1, round((LEAST_PX + PER_PERIOD * period_px) / 2))  # at half the size

    def filter_window(window: tiling.Window) -> Picture:
        channels = torch.from_numpy(window.read(rgb))[None]  # (1, 3, h, w)
        mean = channels.mean(1, keepdim=True)  # (1, 1, h, w)
        slope, offset = _coefficients(F.avg_pool2d(mean, 2), F.avg_pool2d(channels - mean, 2), radius)
        slope, offset = (F.interpolate(x, scale_factor=2, mode="bilinear") for x in (slope, offset))
        return np.asarray((mean + slope * mean + offset).clamp(0, 1)[0])

    height, width = rgb.shape[1:]
    return tiling.apply(filter_window, (3, height, width), tiling.Grid(tile, HALO_PX, multiple=2), threads)


def _coefficients(guide: Tensor, planes: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Return slope and offset (1, 3, h, w) of the local linear fit of planes (1, 3, h, w) to a guide (1, 1, h, w)."""
    center, offset = _box_mean(guide, radius), _box_mean(planes, radius)
    variance = _box_mean(guide * guide, radius) - center * center
    slope = (_box_mean(planes * guide, radius) - offset * center) / (variance + EPSILON)
    return _box_mean(slope, radius), _box_mean(offset - slope * center, radius)


def _box_mean(planes: Tensor, radius: int) -> Tensor:
    """Return the mean of planes (1, C, h, w) over the square of radius `radius` px around each pixel."""
    return F.avg_pool2d(planes, 2 * radius + 1, 1, radius, count_include_pad=False)
