"""Palettes: a few colors, or the main colors of a picture, drawn as a picture of patches for the color encoder."""

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
"""A color and its area, as a share of the area of all patches."""

MAIN_COLORS = 8
"""Largest number of main colors of a picture."""
SAMPLED = 4096
"""Approximate number of evenly spaced pixels from which the main colors of a picture are found."""
ROUNDS, SEED = 20, 2021
"""Iterations and seed of k-means."""
SIDE = 80
"""Side of the picture of patches in px."""


def parse_colors(word: str) -> list[Color]:
    """Return the colors in a text, separated by commas; see `rgb_of_color` for their forms.

    Raises:
        UsageError: a part of the text is not a color.
    """
    return [rgb_of_color(part) for part in re.split(r",(?![^(]*\))", word)]


def main_colors(picture: Picture) -> list[Patch]:
    """Return the main colors of a picture (3, H, W) and their shares of its area, by k-means in sRGB."""
    pixels = picture.reshape(3, -1).T
    pixels = pixels[:: max(1, len(pixels) // SAMPLED)].astype(np.float64)
    count = min(MAIN_COLORS, len(np.unique(pixels, axis=0)))
    centers, labels = kmeans2(pixels, count, ROUNDS, minit="++", seed=SEED)
    areas = np.bincount(labels, minlength=count) / len(labels)
    return [(center.astype(np.float32), float(area)) for center, area in zip(centers, areas, strict=True) if area > 0]


def draw_patches(patches: Sequence[Patch]) -> Picture:
    """Draw patches in proportion to their areas as a picture (3, SIDE, SIDE), the largest in a corner."""
    picture = np.empty((3, SIDE, SIDE), np.float32)
    _fill(picture, sorted(patches, key=lambda patch: -patch[1]))
    return picture


def _fill(room: Picture, patches: Sequence[Patch]) -> None:
    """Fill a part of a picture (3, h, w), h and w not 0, by dividing its longer side recursively among the patches."""
    if len(patches) == 1 or room.shape[1:] == (1, 1):
        room[:] = patches[0][0][:, None, None]
        return
    areas = np.cumsum([area for _, area in patches])
    first = 1 + int(np.abs(areas[:-1] - areas[-1] / 2).argmin())
    length = max(room.shape[1:])
    end = min(length - 1, max(1, round(length * areas[first - 1] / areas[-1])))
    across = room.shape[1] >= room.shape[2]
    _fill(room[:, :end] if across else room[:, :, :end], patches[:first])
    _fill(room[:, end:] if across else room[:, :, end:], patches[first:])
