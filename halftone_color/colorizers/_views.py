"""Input of the colorization network: pictures at their working size, with edge maps, optionally also mirrored."""

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
"""Least shorter side of the working size, in px; smaller pictures are upsampled."""
LONGEST = 4
"""Largest ratio of the sides of the working size; longer pictures are squeezed to it."""


def working_size(picture: Picture, side: int) -> tuple[int, int]:
    """Return height and width, multiples of 32, at which the network works on a picture (C, H, W).

    Args:
        picture: only its shape counts.
        side: shorter side of the result for large pictures, in px, a multiple of 32; smaller pictures keep their size.
    """
    multiple = colorizer.MULTIPLE
    rounded = max(LEAST_SIDE, round(min(picture.shape[1:]) / multiple) * multiple)
    return fit_size(picture, min(side, rounded), multiple)


def fit_size(picture: Picture, side: int, multiple: int) -> tuple[int, int]:
    """Return height and width: the shorter is `side`, the longer is in proportion and a multiple of `multiple`."""
    height, width = picture.shape[1:]
    longer = min(LONGEST, max(height, width) / min(height, width)) * side
    longer = max(multiple, round(longer / multiple) * multiple)
    return (side, longer) if height <= width else (longer, side)


def resize_view(picture: Picture, size: tuple[int, int]) -> Picture:
    """Resize (C, H, W) to the given height and width, clipped to [0, 1]."""
    return reduce_picture(picture, *size).clip(0, 1)


def encode_views(views: Sequence[Picture], run: Run) -> colorizer.Encoding:
    """Encode views (1, h, w) of one size as a batch; h and w are multiples of 32."""
    device = run.conditions.device
    gray = np.stack(views)  # (B, 1, h, w)
    edge = np.stack([canny(view[0], *EDGE_THRESHOLDS)[None] for view in views])  # (B, 1, h, w)
    network: colorizer.ColorizerNet = run.network("colorizer")
    return network.encode(torch.from_numpy(gray).to(device), torch.from_numpy(edge).to(device))


def mirror(picture: Picture) -> Picture:
    """Return a picture (C, H, W) mirrored left to right."""
    return np.ascontiguousarray(picture[:, :, ::-1])


def mean_over_mirror(rows: Tensor) -> Tensor:
    """Average planes (2, C, h, w) of a picture and its mirror image to (1, C, h, w); (1, C, h, w) stays as it is."""
    return rows if len(rows) == 1 else (rows[:1] + rows[1:].flip(3)) / 2
