"""Augmented self-references in batches: a picture cropped, turned, bent and mirrored (Lee et al. 2020)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.training.batch_degradations import smooth_field

LEAST_SCALE = 0.65
"""Least part of the side that is kept."""
LARGEST_TURN = 0.21
"""Radians: 12 degrees."""
BEND = 0.12
"""Largest offset of a knot of the bending, in halves of the side."""
KNOTS = 4
"""Knots of the bending along a side."""


def warp(
    pictures: Tensor,
    generator: torch.Generator | None = None,
    *,
    least_scale: float = LEAST_SCALE,
    largest_turn: float = LARGEST_TURN,
    bend: float = BEND,
) -> Tensor:
    """Return pictures (B, C, s, s) cropped to 65-100 %, turned by up to 12 degrees, bent, and mirrored in half.

    Each row has random numbers of its own, drawn on the pictures' device (from `generator`, which belongs to it).
    Bilinear, reflected at the borders, of the same size and range.

    Args:
        pictures: square.
        generator: of the random numbers.
        least_scale: least part of the side that is kept.
        largest_turn: in radians.
        bend: largest offset of a knot of the bending, in halves of the side.
    """
    batch, side = len(pictures), pictures.shape[-1]
    draws = torch.rand(5, batch, 1, 1, device=pictures.device, generator=generator)
    angle, scale = largest_turn * (2 * draws[0] - 1), least_scale + (1 - least_scale) * draws[1]
    mirror = torch.where(draws[2] < 0.5, -1.0, 1.0)
    shift = (2 * draws[3:] - 1) * (1 - scale)
    knots = torch.rand(batch, 2, KNOTS, KNOTS, device=pictures.device, generator=generator)
    offset = smooth_field(bend * (2 * knots - 1), side)
    x = (2 * torch.arange(side, device=pictures.device) + 1) / side - 1
    y = x[:, None]
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    columns = cosine * mirror * x - sine * y + (shift[0] + offset[:, 0])
    rows = sine * mirror * x + cosine * y + (shift[1] + offset[:, 1])
    grid = torch.stack([columns, rows], 3).to(pictures.dtype)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
