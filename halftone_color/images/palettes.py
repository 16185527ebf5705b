"""A few colors, or the main colors of a picture, become patches that the color encoder can look at."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from halftone_color.images.scribbles import rgb_of_color
from halftone_color.types import Picture

Color = NDArray[np.float32]
"""sRGB (3) in [0, 1]."""
Patch = tuple[Color, float]
"""A color and the area that it counts, over that of all the patches."""

MAIN_COLORS = 8
"""Colors that a picture's palette has at most."""
SAMPLED = 4096
"""Pixels of a picture that its main colors are found from, at most, in even steps."""
ROUNDS, SEED = 20, 2021
"""Of k-means."""
SIDE = 80
"""Side of the picture of patches, px."""


def colors_in(word: str) -> list[Color]:
    """Return the colors that a word names, separated by commas; each as `rgb_of_color` takes it.

    Raises:
        UsageError: something is no color.
    """
    return [rgb_of_color(part) for part in re.findall(r"[^,(]+(?:\([^)]*\))?", word)]


def main_colors(picture: Picture) -> list[Patch]:
    """Return the main colors of a picture (3, H, W), found by k-means in sRGB, with the share of the area of each."""
    pixels = picture.reshape(3, -1).T
    pixels = pixels[:: max(1, len(pixels) // SAMPLED)].astype(np.float64)
    count = min(MAIN_COLORS, len(np.unique(pixels, axis=0)))
    centers, labels = kmeans2(pixels, count, ROUNDS, minit="++", seed=SEED)
    areas = np.bincount(labels, minlength=count) / len(labels)
    return [(center.astype(np.float32), float(area)) for center, area in zip(centers, areas, strict=True) if area > 0]


def laid_out(patches: Sequence[Patch]) -> Picture:
    """Return a picture (3, SIDE, SIDE) of patches side by side, each of its area."""
    ends = np.round(np.cumsum([area for _, area in patches]) * SIDE**2).astype(int)
    colors = np.stack([color for color, _ in patches], 1)
    found = colors[:, np.searchsorted(ends, np.arange(SIDE**2), side="right").clip(0, len(patches) - 1)]
    return np.ascontiguousarray(found.reshape(3, SIDE, SIDE).transpose(0, 2, 1), dtype=np.float32)
