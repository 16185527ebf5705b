"""Hints sampled to the smaller grid on which large pictures are solved, and the solution upsampled again."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from halftone_color.arrays.resampling import upsample_chroma
from halftone_color.types import Picture, Progress

Given = NDArray[np.bool_]


def downsample_hints(values: Picture, given: Given, height: int, width: int) -> tuple[Picture, Given]:
    """Downsample values (K, H, W), given where `given` (H, W) is True, to (K, height, width) and (height, width).

    A small pixel takes the mean of the given values inside it, however few they are, so that thin strokes survive.
    """
    if given.shape == (height, width):
        return values, given
    rows, columns = np.nonzero(given)
    cells = rows * height // given.shape[0] * width + columns * width // given.shape[1]
    count = np.bincount(cells, minlength=height * width)
    sums = [np.bincount(cells, plane[rows, columns], height * width) for plane in values]
    small = np.stack(sums) / np.maximum(count, 1)
    return small.reshape(-1, height, width).astype(np.float32), (count > 0).reshape(height, width)


def restore_size(
    small: Picture, values: Picture, given: Given, gray: Picture, progress: Progress | None = None
) -> Picture:
    """Upsample a small solution (K, h, w) along the edges of gray (1, H, W), and insert the given values: (K, H, W)."""
    full = small if small.shape[1:] == gray.shape[1:] else upsample_chroma(torch.from_numpy(small), gray, progress)
    return np.where(given, values, full)
