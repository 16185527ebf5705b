"""Hints on a smaller grid, where large pictures are solved, and the solution back at full size with the hints kept."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from halftone_color.arrays.resampling import upsample_chroma
from halftone_color.types import Picture, Progress

Given = NDArray[np.bool_]


def reduced(values: Picture, given: Given, height: int, width: int) -> tuple[Picture, Given]:
    """Return values (K, height, width) and where they are given (height, width), of values (K, H, W) given in (H, W).

    A small pixel has the mean of what is given in it, however little that is, so that thin strokes stay.
    """
    if given.shape == (height, width):
        return values, given
    rows, columns = np.nonzero(given)
    cells = rows * height // given.shape[0] * width + columns * width // given.shape[1]
    count = np.bincount(cells, minlength=height * width)
    sums = [np.bincount(cells, plane[rows, columns], height * width) for plane in values]
    small = np.stack(sums) / np.maximum(count, 1)
    return small.reshape(-1, height, width).astype(np.float32), (count > 0).reshape(height, width)


def enlarged(small: Picture, values: Picture, given: Given, gray: Picture, progress: Progress | None = None) -> Picture:
    """Return planes (K, H, W) of a small solution (K, h, w), led by gray (1, H, W), with what is given as it is."""
    full = small if small.shape[1:] == gray.shape[1:] else upsample_chroma(torch.from_numpy(small), gray, progress)
    return np.where(given, values, full)
