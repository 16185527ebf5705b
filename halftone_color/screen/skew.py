"""By how much a page lies askew on the scanner, from its lines of text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.types import Box, Picture

MOST_SKEW_DEG = 4.0
"""Largest angle that is looked for, in degrees."""
STEPS_DEG = (0.1, 0.02)
"""Distances of the angles that are tried, in degrees: over the whole range, then around the best."""
MOST_POINTS = 200_000
"""Largest number of px of ink from which the angle is measured."""
LINE_PX = 2
"""Height in px of the lines in which ink is counted."""


def skew_of(inked: NDArray[np.bool_]) -> float:
    """Return the angle in degrees by which lines of text fall from left to right; negative if they rise.

    At the right angle, ink lies in lines with blank ones between them: the counts of ink in lines of that angle differ
    most from one line to the next (Postl, "Detection of linear oblique structures", 1986).

    Args:
        inked: where text has ink (H, W).
    """
    places = np.flatnonzero(inked)
    if not len(places):
        return 0.0
    y, x = np.unravel_index(places[:: -(-len(places) // MOST_POINTS)], inked.shape)

    def sharpness(angle_deg: float) -> float:
        line = (y - np.tan(np.radians(angle_deg)) * x) / LINE_PX
        counts = np.bincount((line - line.min()).astype(np.int64))
        return float((np.diff(counts.astype(np.float64)) ** 2).sum())

    best, reach = 0.0, MOST_SKEW_DEG
    for step in STEPS_DEG:
        angles = best + np.arange(-round(reach / step), round(reach / step) + 1) * step
        best, reach = float(max(angles, key=sharpness)), step
    return best


def turn(plane: NDArray[np.float32], angle_deg: float) -> NDArray[np.float32]:
    """Return a plane (H, W) whose lines fall by an angle turned about its center, so that they are level.

    Where the page does not reach there is its median tone, which is paper on a page of text.
    """
    matrix, offset = _turning(plane.shape, angle_deg)
    beyond = float(np.median(plane[::8, ::8]))
    level: NDArray[np.float32] = ndimage.affine_transform(plane, matrix, offset, order=1, cval=beyond)
    return level


def box_as_it_lies(box: Box, shape: tuple[int, ...], angle_deg: float) -> Box:
    """Return the box, on a page (H, W) as it lies, around a box of the level page."""
    matrix, offset = _turning(shape, angle_deg)
    corners = np.array([(y, x) for y in (box.y, box.bottom - 1) for x in (box.x, box.right - 1)]) @ matrix.T + offset
    top, left = np.floor(corners.min(0)).clip(0).astype(int).tolist()
    bottom, right = np.minimum(np.ceil(corners.max(0)) + 1, shape).astype(int).tolist()
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def mask_as_it_lies(box: Box, outline: Picture | None, place: Box, shape: tuple[int, ...], angle_deg: float) -> Picture:
    """Return the mask (1, h, w), at a place of a page (H, W) as it lies, of a box of the level page.

    Args:
        box: on the level page.
        outline: mask (1, height, width) within that box, or None if all of it counts.
        place: part of the page.
        shape: of the page.
        angle_deg: as returned by `skew_of`.
    """
    matrix, offset = _turning(shape, angle_deg)
    grid = np.mgrid[place.y : place.bottom, place.x : place.right].astype(np.float64)
    y, x = np.tensordot(matrix.T, grid - offset[:, None, None], 1)
    inside = np.minimum.reduce([y - box.y, box.bottom - 1 - y, x - box.x, box.right - 1 - x])
    mask: Picture = np.clip(inside + 1, 0, 1).astype(np.float32)[None]
    if outline is not None:
        mask[0] *= ndimage.map_coordinates(outline[0], (y - box.y, x - box.x), order=1, mode="nearest")
    return mask


def _turning(shape: tuple[int, ...], angle_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrix and the offset that lead from (y, x) of a level page to (y, x) of the page as it lies."""
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    matrix = np.array([[cos, sin], [-sin, cos]])
    middle = (np.array(shape) - 1) / 2
    return matrix, middle - matrix @ middle
