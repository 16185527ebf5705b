"""How the colorization network sees a picture: at its working size, with its edges, and mirrored as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.arrays.resampling import reduce_picture
from halftone_color.networks import colorizer
from halftone_color.types import Picture

if TYPE_CHECKING:
    from halftone_color.run import Run

LEAST_SIDE = 64
"""Smaller pictures are enlarged so that their shorter side has so many px."""
LONGEST = 4
"""A picture's longer side is seen as at most so many times the shorter one."""


def working_size(picture: Picture, side: int) -> tuple[int, int]:
    """Return height and width, multiples of 32, at which (C, H, W) is seen: its own shape and, up to `side`, its size.

    Args:
        picture: its sides in px are asked for.
        side: the shorter side of large pictures, px, a multiple of 32.
    """
    multiple = colorizer.MULTIPLE
    own = max(LEAST_SIDE, round(min(picture.shape[1:]) / multiple) * multiple)
    return shape_of(picture, min(side, own), multiple)


def shape_of(picture: Picture, side: int, multiple: int) -> tuple[int, int]:
    """Return height and width: the shorter is `side`, the longer in proportion, a multiple of `multiple`."""
    height, width = picture.shape[1:]
    longer = min(LONGEST, max(height, width) / min(height, width)) * side
    longer = max(multiple, round(longer / multiple) * multiple)
    return (side, longer) if height <= width else (longer, side)


def reduced_view(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return (C, H, W) at the height and width given, in [0, 1]."""
    return reduce_picture(picture, *size).clip(0, 1)


def places_of(views: Sequence[Picture], run: Run) -> colorizer.Places:
    """Return what the colorization network finds in views (1, h, w) of one size, a row each; h, w multiples of 32."""
    device = run.conditions.device
    gray = np.stack(views)  # (B, 1, h, w)
    edge = np.stack([canny(view[0], *EDGE_THRESHOLDS)[None] for view in views])  # (B, 1, h, w)
    network: colorizer.ColorizerNet = run.network("colorizer")
    return network.look(torch.from_numpy(gray).to(device), torch.from_numpy(edge).to(device))


def mirrored(picture: Picture) -> Picture:
    """Return a picture (C, H, W) with left and right exchanged."""
    return np.ascontiguousarray(picture[:, :, ::-1])


def ensemble_mean(rows: Tensor) -> Tensor:
    """Return planes (1, C, h, w) found in a picture, or their mean with those of its mirror image in a second row."""
    return rows if len(rows) == 1 else (rows[:1] + rows[1:].flip(3)) / 2
