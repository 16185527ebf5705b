"""Resample pictures: resizing with antialiasing, and upsampling of small chroma along the edges of luma.

Kopf, Cohen, Lischinski, Uyttendaele, "Joint bilateral upsampling" (2007), section 3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays import tiling
from halftone_color.types import Picture, Progress

RANGE_SIGMA = 0.07
"""Standard deviation of the range kernel, in units of luma in [0, 1]."""
DISTANCE_SIGMA_PX = 0.75
"""Standard deviation of the spatial kernel, in px of the small chroma."""
TILES = tiling.Grid(512, halo=0, multiple=1)
"""How large pictures are cut for upsampling: each pixel depends on its own luma and on the small planes only."""


def upsample_chroma(chroma: Tensor, gray: Picture, progress: Progress | None = None) -> Picture:
    """Upsample chroma (2, h, w), or other planes (K, h, w), to the size of gray (1, H, W): (K, H, W).

    Each pixel gets the mean of the 4 x 4 small samples around it, weighted by their distance and by the similarity of
    their luma (gray resized to h x w) to the pixel's. Runs in tiles on the CPU, whatever the device of the small
    planes.
    """
    enlarge, shape = chroma_enlarger(chroma, gray), (len(chroma), *gray.shape[1:])
    return tiling.apply(lambda window: enlarge(window, window.read(gray)), shape, TILES, progress=progress)


def chroma_enlarger(chroma: Tensor, gray: Picture) -> Callable[[tiling.Window, Picture], Picture]:
    """Return the function with which `upsample_chroma` makes each tile; it keeps nothing of gray's size.

    It takes a window of TILES and its luma (1, h, w), and returns (K, h, w).
    """
    height, width = gray.shape[1:]
    small_height, small_width = chroma.shape[1:]
    small_gray = reduce_picture(gray, small_height, small_width)
    small = torch.cat([torch.from_numpy(small_gray), chroma.cpu()])  # (1 + K, h, w)

    def enlarge(window: tiling.Window, seen: Picture) -> Picture:
        luma = torch.from_numpy(seen)[0]  # (wh, ww)
        y = (torch.arange(window.top, window.top + window.height) + 0.5) * small_height / height - 0.5
        x = (torch.arange(window.left, window.left + window.width) + 0.5) * small_width / width - 0.5
        total = torch.zeros(len(chroma), *luma.shape)
        weights = torch.full_like(luma, 1e-6)
        for row in range(-1, 3):
            rows = y.floor() + row
            down = ((y - rows) / DISTANCE_SIGMA_PX).square() / -2
            for column in range(-1, 3):
                columns = x.floor() + column
                right = ((x - columns) / DISTANCE_SIGMA_PX).square() / -2
                sample = small[:, rows.long().clamp(0, small_height - 1)]
                sample = sample[:, :, columns.long().clamp(0, small_width - 1)]  # (1 + K, wh, ww)
                unlike = ((luma - sample[0]) / RANGE_SIGMA).square().clamp_max(12.0) / -2
                weight = (down[:, None] + right + unlike).exp()
                total += weight * sample[1:]
                weights += weight
        return np.asarray(total / weights)

    return enlarge


def reduce_picture(picture: Picture, height: int, width: int) -> Picture:
    """Resize (C, H, W) float32 to (C, height, width), with antialiasing where it becomes smaller."""
    pixels = torch.from_numpy(np.ascontiguousarray(picture))[None]
    resized = F.interpolate(pixels, (height, width), mode="bilinear", antialias=True, align_corners=False)
    return np.asarray(resized[0])


def size_within(picture: Picture, limit_px: int) -> tuple[int, int]:
    """Return height and width of a picture (C, H, W), scaled down in proportion to at most limit_px pixels."""
    height, width = picture.shape[1:]
    scale = min(1.0, (limit_px / (height * width)) ** 0.5)
    return max(1, int(height * scale)), max(1, int(width * scale))
