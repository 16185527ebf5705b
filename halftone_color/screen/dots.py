"""Tell by its dots whether a print has one ink or several: beside each other, inks differ in more than darkness.

Where there is one ink, all colors of a small place lie on the line from its paper to the ink, whatever stains the paper
has; dots of two inks, each on a screen of its own, do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.screen.ink import InkAndPaper
from halftone_color.types import Picture

BLOCK_PX = 16
"""Side in px of the small places; three periods and more of the screens that are resolved."""
SMOOTH_PX = 0.7
"""Sigma in px of the blur that takes out noise and what JPEG does to the chroma of single pixels."""
LEAST_CONTRAST = 0.03
"""Standard deviation of tone below which a place has no dots to judge by."""
FEWEST = 20
"""Least number of places that are judged."""
MOST_PX = 1600
"""Largest side in px of the middle of the scan that is looked at."""


def off_the_line(pixels: Picture, found: InkAndPaper) -> float | None:
    """Return how far the colors of small places of a print (3, H, W) lie off a line, or None if there are no dots.

    It is the median over the places of the chroma (root mean square, relative to the paper) that tone, its slope and
    its curvature do not explain; the latter are what channels out of register and out of focus leave.
    """
    middle = tuple(slice(max(0, (side - MOST_PX) // 2), (side + MOST_PX) // 2) for side in pixels.shape[1:])
    height, width = pixels.shape[1:]
    paper = found.paper_at(height, width, middle[0])[:, :, middle[1]]
    over = pixels[(slice(None), *middle)] / np.maximum(paper, 1 / 16)
    tone, chroma = rgb_to_ycc(np.stack([ndimage.gaussian_filter(plane, SMOOTH_PX) for plane in over]))
    down, right = np.gradient(tone[0])
    known = _blocks(np.stack([tone[0], down, right, ndimage.laplace(tone[0])]))
    wanted = _blocks(chroma)
    known, wanted = (planes - planes.mean(axis=2, keepdims=True) for planes in (known, wanted))
    dotted = known[:, 0].std(axis=1) > LEAST_CONTRAST
    if dotted.sum() < FEWEST:
        return None
    known, wanted = known[dotted], wanted[dotted]
    products = known @ known.transpose(0, 2, 1) + 1e-6 * np.eye(4)
    left = wanted - (wanted @ known.transpose(0, 2, 1)) @ np.linalg.inv(products) @ known
    return float(np.median(np.sqrt((left**2).mean(axis=2).sum(axis=1))))


def _blocks(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Split planes (C, H, W) into blocks (n, C, BLOCK_PX ** 2); what is left over at the end is cut off."""
    rows, columns = (side // BLOCK_PX for side in planes.shape[1:])
    cut = planes[:, : rows * BLOCK_PX, : columns * BLOCK_PX]
    parts = cut.reshape(len(planes), rows, BLOCK_PX, columns, BLOCK_PX).transpose(1, 3, 0, 2, 4)
    return parts.reshape(rows * columns, len(planes), BLOCK_PX**2)
