"""Canny's edge maps of batches of gray pictures on the device, equal to `halftone_color.edges` to the last pixel.

Integers are held in float32, which is exact below 2**24; no product here reaches that, see `_rival`.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from skimage.measure import label
from torch import Tensor

from halftone_color.arrays.edges import CUT_SLACK, SECTOR_BITS, SECTOR_TANGENT

LOW, HIGH = 80, 250
"""Canny's thresholds on the 8-bit picture, as published: what continues an edge, and what starts one."""
DILATIONS = 16
"""Steps along edges between two questions to the host whether they have come to their ends."""


def edge_maps(gray: Tensor) -> Tensor:
    """Return Canny's edges (80, 250) of gray pictures (B, 1, H, W) in [0, 1]: float32, 1 on an edge and 0 elsewhere.

    The host waits for the device once in every 16 px that the longest faint edge winds.
    """
    dx, dy = _sobel((gray.float().clamp(0, 1) * 255 + CUT_SLACK).floor())
    gradient = F.pad(dx.abs() + dy.abs(), (1, 1, 1, 1))
    here = gradient[:, :, 1:-1, 1:-1]
    candidate = (here >= _rival(gradient, dx, dy)) & (here > LOW)
    strong = candidate & (here > HIGH)
    return _connected(candidate, strong) if gray.device.type == "cpu" else _grown(candidate, strong)


def _sobel(coded: Tensor) -> tuple[Tensor, Tensor]:
    """Return the derivatives along x and y of (B, 1, H, W), each of that size."""
    padded = F.pad(coded, (1, 1, 1, 1), mode="replicate")
    down = padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]
    across = padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:]
    return down[..., 2:] - down[..., :-2], across[:, :, 2:] - across[:, :, :-2]


def _rival(gradient: Tensor, dx: Tensor, dy: Tensor) -> Tensor:
    """Return the least gradient (B, 1, H, W) that is the greatest along its own direction.

    Of two equal neighbors the right or lower one loses; across a diagonal both do: to be greater than an integer is to
    be at least one more. The gradient (B, 1, H + 2, W + 2) is zero around. With derivatives up to 1,020 a product with
    the tangent stays below 13,850,000, and one with a power of two is exact.
    """
    along_x = torch.maximum(gradient[:, :, 1:-1, :-2] + 1, gradient[:, :, 1:-1, 2:])
    along_y = torch.maximum(gradient[:, :, :-2, 1:-1] + 1, gradient[:, :, 2:, 1:-1])
    falling = torch.maximum(gradient[:, :, :-2, :-2], gradient[:, :, 2:, 2:]) + 1
    rising = torch.maximum(gradient[:, :, :-2, 2:], gradient[:, :, 2:, :-2]) + 1
    x, y = dx.abs(), dy.abs()
    tangent = x * SECTOR_TANGENT
    flat = y * 2**SECTOR_BITS < tangent
    steep = (y - 2 * x) * 2**SECTOR_BITS > tangent  # tan(67.5 deg) = tan(22.5 deg) + 2
    diagonal = torch.where(dx * dy < 0, rising, falling)
    return torch.where(flat, along_x, torch.where(steep, along_y, diagonal))


def _grown(candidate: Tensor, strong: Tensor) -> Tensor:
    """Return `strong` grown within `candidate`, a pixel at a time, until nothing changes: (B, 1, H, W) float32.

    After every `DILATIONS` the host learns which pictures still change; the others are left alone from then on.
    """
    result = strong.float()
    rows = torch.arange(len(strong), device=strong.device)
    allowed, edge = candidate.half(), strong.half()
    while len(rows):
        before = edge
        for _ in range(DILATIONS):
            before, edge = edge, F.max_pool2d(edge, 3, 1, 1) * allowed
        result.index_copy_(0, rows, edge.float())
        changing = (edge != before).flatten(1).any(1).nonzero()[:, 0]
        rows, allowed, edge = rows[changing], allowed[changing], edge[changing]
    return result


def _connected(candidate: Tensor, strong: Tensor) -> Tensor:
    """Return the 8-connected regions of `candidate` that hold a pixel of `strong`, (B, 1, H, W) float32, on the host.

    The pictures stand below each other, with a row between them that is no edge.
    """
    batch, _, height, width = candidate.shape
    column = F.pad(candidate, (0, 0, 0, 1)).view(-1, width)
    regions = label(column.numpy(), connectivity=2)  # type: ignore[no-untyped-call]
    regions = regions.reshape(batch, 1, height + 1, width)[:, :, :-1]
    keep = np.zeros(int(regions.max(initial=0)) + 1, np.float32)
    keep[regions[strong.numpy()]] = 1
    return torch.from_numpy(keep[regions])
