"""Hints from colors drawn on a print: single points, a transparent layer, a colored copy, or a masked picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Hints
from halftone_color.errors import InputError, UsageError
from halftone_color.types import Picture

Point = tuple[float, float, "str | Sequence[float]"]
"""x and y in px from the top left corner, and a color: CSS name, #rrggbb, or red, green and blue in [0, 1]."""

OPAQUE = 0.5
"""Least opacity of a layer's pixel that counts as drawn."""
CHANGED = 0.04
"""Least difference, in any channel, between a drawn pixel of a colored copy and the print."""
WHITE = 0.5
"""Least value of a mask where colors are given."""
POINT_RADIUS = 0.006
"""Radius of the disc of a single point, relative to the picture's shorter side."""


def hints_of_layer(layer: Picture, opacity: Picture) -> Hints:
    """Return the hints of a layer (3, H, W), composited on white, with its opacity (1, H, W).

    Raises:
        InputError: the layer is transparent everywhere.
    """
    given = opacity[0] >= OPAQUE
    colors = np.asarray(1 - (1 - layer) / np.maximum(opacity, OPAQUE), dtype=np.float32)
    return _hints(colors, given, "The layer of scribbles is transparent everywhere; draw on it.")


def hints_of_copy(copy: Picture, pixels: Picture) -> Hints:
    """Return as hints the colors of a copy (3, H, W) where it differs from the print (1, H, W) or (3, H, W).

    Raises:
        InputError: the two do not differ.
    """
    luma = pixels if pixels.shape[0] == 1 else rgb_to_luma(pixels)
    given = np.abs(copy - pixels).max(0) > CHANGED
    given &= np.abs(copy - luma).max(0) > CHANGED  # the copy may have been made from the print without its tint
    return _hints(copy, given, "The scribbles do not differ from the print; draw colored strokes on a copy of it.")


def hints_of_mask(colored: Picture, mask: Picture) -> Hints:
    """Return as hints the colors of a picture (3, H, W) where a mask (1, H, W) is white.

    Raises:
        InputError: the mask is black everywhere.
    """
    return _hints(colored, mask[0] >= WHITE, "The mask is black everywhere; paint it white where colors are given.")


def hints_of_points(asked: Sequence[Point], height: int, width: int) -> Hints:
    """Return the hints of single points, each drawn as a small disc, later ones over earlier ones.

    Raises:
        InputError: a point lies outside the picture.
        UsageError: a color is invalid.
    """
    colors = np.zeros((3, height, width), np.float32)
    given = np.zeros((height, width), np.bool_)
    radius = POINT_RADIUS * min(height, width)
    reach = int(radius)
    for x, y, color in asked:
        require_inside(x, y, height, width)
        row, column = int(y), int(x)
        rows = np.arange(max(0, row - reach), min(height, row + reach + 1))[:, None]
        columns = np.arange(max(0, column - reach), min(width, column + reach + 1))
        disc = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
        box = np.s_[rows[0, 0] : rows[-1, 0] + 1, columns[0] : columns[-1] + 1]
        given[box] |= disc
        colors[:, *box] = np.where(disc, rgb_of_color(color)[:, None, None], colors[:, *box])
    return Hints(colors, given)


def require_inside(x: float, y: float, height: int, width: int) -> None:
    """Refuse a point that lies outside a picture of this size.

    Raises:
        InputError: it does.
    """
    if not (0 <= x < width and 0 <= y < height):
        raise InputError(f"The hint at {x:g},{y:g} lies outside the picture of {width} x {height} px; move it.")


def merge_hints(first: Hints | None, second: Hints) -> Hints:
    """Return both hints together; the second takes precedence."""
    if first is None:
        return second
    return Hints(np.where(second.given, second.colors, first.colors), first.given | second.given)


def rgb_of_color(color: str | Sequence[float]) -> NDArray[np.float32]:
    """Return sRGB (3) in [0, 1] of a color in one of the forms of `Point`.

    Raises:
        UsageError: the color is invalid.
    """
    if isinstance(color, str):
        try:
            return np.array(ImageColor.getrgb(color.strip())[:3], np.float32) / np.float32(255)
        except ValueError:
            pass
    else:
        rgb = np.asarray(color, np.float32)
        if rgb.shape == (3,) and 0 <= rgb.min() <= rgb.max() <= 1:
            return rgb
    raise UsageError(f"{color!r} is not a color; write a name such as teal, or #2a9d8f, or rgb(42,157,143).")


def _hints(colors: Picture, given: NDArray[np.bool_], empty: str) -> Hints:
    if not given.any():
        raise InputError(empty)
    return Hints(np.asarray(colors.clip(0, 1), dtype=np.float32), given)
