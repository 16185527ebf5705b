"""Find a color target beside a picture: a bar of patches of many hues, kept as a whole with the gray between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.types import Picture

Mask = NDArray[np.bool_]
"""(rows, columns)."""

FULL_BOX = 0.75
"""Least share of its box that the colored part of a target covers; splashes and letters cover half."""
FEWEST_HUES = 4
"""Least number of eighths of the circle of hues that a target has ..."""
LEAST_OF_HUE = 0.04
"""... each on at least this share of its colored part; the targets in use have six and more."""
COLORED = 0.03
"""Chroma relative to the paper from which a place has a hue."""
SMALLEST = 0.004
"""Least area of a target as a share of the picture."""
MARGIN = 0.25
"""Width of the margin that belongs to a target, and of gaps between its patches, as a share of its thickness."""


def find_target(patches: Mask, chroma: Picture) -> Mask:
    """Return the place (h, w) of color targets, with gray patches between, or nowhere if there are none.

    Args:
        patches: where pigment was found.
        chroma: Cb and Cr (2, h, w) beyond those of the ink.
    """
    whole = np.zeros_like(patches)
    colored = np.hypot(*chroma) > COLORED
    labels, _ = ndimage.label(ndimage.binary_opening(patches))
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        patch = labels[box] == number
        if patch.sum() < SMALLEST * patches.size or patch.mean() < FULL_BOX:
            continue
        hues = np.arctan2(*chroma[(slice(None), *box)][::-1])[patch & colored[box]]
        counts = np.bincount((hues // (np.pi / 4)).astype(int) % 8, minlength=8)
        if (counts >= LEAST_OF_HUE * patch.sum()).sum() >= FEWEST_HUES:
            whole[_all_of(box, colored)] = True
    return whole


def _all_of(box: tuple[slice, slice], colored: Mask) -> tuple[slice, slice]:
    """Return the box of a target (rows, columns), lengthened by what is colored in line with it, with its margin."""
    sides = [part.stop - part.start for part in box]
    margin, along = round(MARGIN * min(sides)) + 1, int(np.argmax(sides))
    in_line = colored[box[0]].mean(axis=0) if along == 1 else colored[:, box[1]].mean(axis=1)
    ends = [box[along].start, box[along].stop]
    filled = np.flatnonzero(in_line > 0.3)
    for end, step in ((0, -1), (1, 1)):
        for place in filled[:: step if step > 0 else -1]:
            if 0 < (place - ends[end]) * step + (step > 0) <= 2 * margin:
                ends[end] = int(place) + (step > 0)
    parts = [slice(ends[0], ends[1]) if axis == along else part for axis, part in enumerate(box)]
    rows, columns = (slice(max(0, part.start - margin), part.stop + margin) for part in parts)
    return rows, columns
