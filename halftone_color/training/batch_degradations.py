"""Blur, JPEG and dots for batches of gray pictures on the device, with a strength of its own for each row.

Pictures are (B, 1, H, W); what differs by row is (B,). Nothing is read back from the device.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import pi, sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 8
"""Side in px of a block of JPEG."""
LUMA_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Steps of luma's coefficients at quality 50: ITU-T T.81, table K.1."""
TONES = 4096
"""Tones told apart by `round_dots`."""
CELL = 512
"""Samples along the side of the cell whose spot function is ranked."""


def gaussian_blur(planes: Tensor, sigma_px: Tensor, radius_px: int) -> Tensor:
    """Blur (B, 1, H, W) with a Gaussian of standard deviation `sigma_px` (B,) each, mirrored at the borders.

    The kernel reaches to `radius_px`, or to the shorter side less one: three times the largest sigma is enough.
    """
    radius_px = min(radius_px, min(planes.shape[2:]) - 1)
    batch = len(planes)
    places = torch.arange(-radius_px, radius_px + 1, device=planes.device, dtype=planes.dtype)
    kernels = torch.exp(-0.5 * (places / sigma_px[:, None]) ** 2)
    kernels = kernels / kernels.sum(1, keepdim=True)
    rows = F.pad(planes.transpose(0, 1), (radius_px, radius_px, 0, 0), mode="reflect")
    rows = F.conv2d(rows, kernels[:, None, None, :], groups=batch)
    columns = F.pad(rows, (0, 0, radius_px, radius_px), mode="reflect")
    return F.conv2d(columns, kernels[:, None, :, None], groups=batch).transpose(0, 1)


def smooth_field(knots: Tensor, side: int) -> Tensor:
    """Enlarge (B, C, k, k) bicubically to (B, C, side, side); the outer knots lie on the border."""
    eye = torch.eye(knots.shape[-1], device=knots.device, dtype=knots.dtype)[None, :, :, None]
    weights = F.interpolate(eye, (side, 1), mode="bicubic", align_corners=True)[0, :, :, 0]  # (k, side)
    return weights.T @ knots @ weights


def jpeg(planes: Tensor, quality: Tensor) -> Tensor:
    """Return (B, 1, H, W) in [0, 1] as JPEG leaves luma, at a `quality` (B,) of 1 to 100 each.

    Blocks of 8 px, the discrete cosine transform and table K.1 are those of ITU-T T.81; what quality makes of the
    table is libjpeg's.
    """
    height, width = planes.shape[2:]
    down, across = -height % BLOCK, -width % BLOCK
    coded = (F.pad(planes, (0, across, 0, down), mode="replicate") * 255).round() - 128
    rows, columns = (height + down) // BLOCK, (width + across) // BLOCK
    blocks = coded.view(-1, rows, BLOCK, columns, BLOCK).transpose(2, 3).reshape(len(planes), -1, BLOCK * BLOCK)
    transform = _cosines(planes.device)
    steps = _steps(quality)[:, None, :]
    levels = blocks @ transform.T / steps
    kept = torch.copysign((levels.abs() + 0.5).floor(), levels) * steps  # halves, which means often are, go outwards
    decoded = (kept @ transform + 128).round().clamp(0, 255) / 255
    picture = decoded.view(-1, rows, columns, BLOCK, BLOCK).transpose(2, 3).reshape(len(planes), 1, *coded.shape[2:])
    return picture[:, :, :height, :width]


def round_dots(tones: Tensor, period_px: Tensor, angle: Tensor, phase: Tensor, oversample: int) -> Tensor:
    """Screen (B, 1, H, W) with round clustered dots: 0 ink, 1 paper, between where `oversample` > 1.

    Args:
        tones: in [0, 1].
        period_px: (B,), dot spacing along the screen's axis.
        angle: (B,), of that axis from +x towards +y (down), in radians.
        phase: (B, 2), shift along and across the axis, in periods.
        oversample: thresholds along the side of a pixel, whose answers are averaged.

    The spot function is the sum of a cosine along and one across the axis, as `halftone.clustered_dot` has it. A cosine
    of a sum of a column's and a row's phase is a product of vectors, so that the screen is one product of matrices.
    """
    limits = _quantiles(tones.device)[(tones[:, 0].clamp(0, 1) * (TONES - 1)).round().long()]
    centers = [(i + 0.5) / oversample for i in range(oversample)]
    paper = torch.zeros_like(limits)
    for y, x in product(centers, repeat=2):
        paper += _spots(limits.shape[1:], (y, x), period_px, angle, phase) < limits
    return paper[:, None] / oversample**2


def _spots(size: torch.Size, place: tuple[float, float], period_px: Tensor, angle: Tensor, phase: Tensor) -> Tensor:
    """Return the round spot function (B, H, W) in [-2, 2] at the same place (y, x) of each pixel, in px."""
    turns = 2 * pi / period_px
    y = torch.arange(size[0], device=angle.device) + place[0]
    x = torch.arange(size[1], device=angle.device) + place[1]
    down = torch.stack([angle.sin(), angle.cos()], 1) * turns[:, None]  # radians along and across the axis for a px
    right = torch.stack([angle.cos(), -angle.sin()], 1) * turns[:, None]
    y = y * down[:, :, None] + 2 * pi * phase[:, :, None]
    x = x * right[:, :, None]
    return torch.cat([y.cos(), -y.sin()], 1).transpose(1, 2) @ torch.cat([x.cos(), x.sin()], 1)


@lru_cache(maxsize=4)
def _quantiles(device: torch.device) -> Tensor:
    """Return (TONES,) values below which the share k / (TONES - 1) of a cell's spot function lies."""
    wave = torch.cos(2 * pi * (torch.arange(CELL, dtype=torch.float64) + 0.5) / CELL)
    spots = (wave[:, None] + wave).flatten().sort().values
    limits = spots[torch.linspace(0, len(spots) - 1, TONES).round().long()]
    limits[0], limits[-1] = -3, 3  # ink and paper throughout
    return limits.float().to(device)


@lru_cache(maxsize=4)
def _cosines(device: torch.device) -> Tensor:
    """Return the orthonormal discrete cosine transform of a block's pixels in rows, (64, 64): T.81, A.3.3."""
    place = torch.arange(BLOCK, dtype=torch.float64)
    waves = torch.cos((2 * place + 1) * place[:, None] * pi / (2 * BLOCK)) / 2
    waves[0] /= sqrt(2)
    return torch.kron(waves, waves).float().to(device)


@lru_cache(maxsize=4)
def _table(device: torch.device) -> Tensor:
    """Return `LUMA_TABLE` in rows, (64,)."""
    return torch.tensor(LUMA_TABLE, dtype=torch.float32, device=device).flatten()


def _steps(quality: Tensor) -> Tensor:
    """Return the steps (B, 64) of luma's coefficients at a quality (B,), as libjpeg scales them."""
    percent = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality).floor()
    return ((_table(quality.device) * percent[:, None] + 50) / 100).floor().clamp(1, 255)
