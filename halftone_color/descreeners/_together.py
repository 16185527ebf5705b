"""The channels of a colour print see the same edges: what sets each apart from their mean is smoothed along these.

Every ink has a screen of its own, so the channels are wrong in unlike ways, while a photograph's colours change less
than its light. The difference of each channel from their mean becomes, place by place, a straight line of the mean: the
guided filter (He, Sun, Tang, "Guided image filtering", 2013), computed at half the size ("Fast guided filter", 2015).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays import tiling
from halftone_color.types import Picture

LEAST_PX, PER_PERIOD = 2.3, 0.4
"""How far the filter reaches: this, and this many periods of the screen more."""
FLATNESS = 1e-3
"""Variance of the mean below which it says little about the colours."""
TILE_PX, HALO_PX, WORKERS = 512, 64, 2


def together(rgb: Picture, period_px: float | None) -> Picture:
    """Return descreened channels (3, H, W) with the detail that all of them share, in [0, 1]; gray ones stay.

    Args:
        rgb: what descreening made of each channel.
        period_px: of the screens. Without one they stay: what error diffusion leaves is as sharp as it gets.
    """
    if period_px is None:
        return rgb
    reach = max(1, round((LEAST_PX + PER_PERIOD * period_px) / 2))

    def run(window: tiling.Window) -> Picture:
        channels = torch.from_numpy(window.read(rgb))[None]  # (1, 3, h, w)
        mean = channels.mean(1, keepdim=True)
        slope, level = _lines(F.avg_pool2d(mean, 2), F.avg_pool2d(channels - mean, 2), reach)
        slope, level = (F.interpolate(x, scale_factor=2, mode="bilinear") for x in (slope, level))
        return np.asarray((mean + slope * mean + level).clamp(0, 1)[0])

    height, width = rgb.shape[1:]
    return tiling.apply(run, 3, height, width, tile=TILE_PX, halo=HALO_PX, multiple=2, workers=WORKERS)


def _lines(guide: Tensor, planes: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """Return slope and level (1, 3, h, w) of planes (1, 3, h, w) against a guide (1, 1, h, w), around each place."""
    centre, level = _around(guide, reach), _around(planes, reach)
    variance = _around(guide * guide, reach) - centre * centre
    slope = (_around(planes * guide, reach) - level * centre) / (variance + FLATNESS)
    return _around(slope, reach), _around(level - slope * centre, reach)


def _around(planes: Tensor, reach: int) -> Tensor:
    """Return the mean of planes (1, C, h, w) over the square of `reach` px around each place, inside the picture."""
    return F.avg_pool2d(planes, 2 * reach + 1, 1, reach, count_include_pad=False)
