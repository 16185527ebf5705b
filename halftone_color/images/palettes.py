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
    return [rgb_of_color(part) for part in re.split(r",(?![^(]*\))", word)]


def main_colors(picture: Picture) -> list[Patch]:
    """Return the main colors of a picture (3, H, W), found by k-means in sRGB, with the share of the area of each."""
    pixels = picture.reshape(3, -1).T
    pixels = pixels[:: max(1, len(pixels) // SAMPLED)].astype(np.float64)
    count = min(MAIN_COLORS, len(np.unique(pixels, axis=0)))
    centers, labels = kmeans2(pixels, count, ROUNDS, minit="++", seed=SEED)
    areas = np.bincount(labels, minlength=count) / len(labels)
    return [(center.astype(np.float32), float(area)) for center, area in zip(centers, areas, strict=True) if area > 0]


def laid_out(patches: Sequence[Patch]) -> Picture:
    """Return a picture (3, SIDE, SIDE) of patches, each of its area, the largest in a corner."""
    picture = np.empty((3, SIDE, SIDE), np.float32)
    _fill(picture, sorted(patches, key=lambda patch: -patch[1]))
    return picture


def _fill(room: Picture, patches: Sequence[Patch]) -> None:
    """Fill a part of a picture (3, h, w), h and w not 0: halve it across its longer side until a patch is alone."""
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
