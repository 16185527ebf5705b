"""Whether a face has the color of skin, by the mean color between its eyes and its mouth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from halftone_color.metrics.skin import CHROMA, is_skin_color
from halftone_color.types import Picture

SHRUNK = 0.85
"""Factor by which the quadrilateral of eyes and mouth corners is shrunk, to exclude hair and background."""
SKIN, GRAY, OTHER = "skin", "gray", "other"
"""Color of a face: that of skin, gray (chroma below that of skin), or any other."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Landmarks:
    """Landmarks of a face, (x, y) in px from the picture's top left corner."""

    eyes: tuple[Point, Point]
    mouth: tuple[Point, Point]
    """Corners of the mouth."""

    @property
    def eye_distance_px(self) -> float:
        """Distance between the eyes in px, as a measure of the size of the face."""
        return math.dist(*self.eyes)

    def box(self, height: int, width: int) -> tuple[slice, slice]:
        """Return rows and columns of the shrunk quadrilateral's bounding box in a picture; at least one pixel."""
        corners = np.array([*self.eyes, *self.mouth])
        middle = corners.mean(0)
        shrunk = middle + SHRUNK * (corners - middle)
        (left, top), (right, bottom) = shrunk.min(0), shrunk.max(0)
        return _span(top, bottom, height), _span(left, right, width)


def face_lab(rgb: Picture, face: Landmarks) -> NDArray[np.float64]:
    """Return the mean CIELAB (3,) of a face in sRGB (3, H, W) in [0, 1], over the bounding box of `Landmarks.box`."""
    rows, columns = face.box(*rgb.shape[1:])
    lab = rgb2lab(np.asarray(rgb[:, rows, columns], np.float64), channel_axis=0)
    return np.asarray(lab.mean((1, 2)))


def face_color(lab: Sequence[float] | NDArray[np.float64]) -> str:
    """Return SKIN (chroma 9 to 40, hue 18 to 72 degrees), GRAY (chroma below 9) or OTHER for a mean CIELAB (3,)."""
    a, b = np.asarray(lab[1], np.float64), np.asarray(lab[2], np.float64)
    if np.hypot(a, b) < CHROMA[0]:
        return GRAY
    return SKIN if bool(is_skin_color(a, b)) else OTHER


def _span(start: float, end: float, size: int) -> slice:
    first = min(max(math.floor(start), 0), size - 1)
    return slice(first, max(first + 1, min(math.ceil(end), size)))
