"""Regions: the part of a picture that is read, as the user gives it: x, y, width and height in px."""

from __future__ import annotations

from collections.abc import Sequence

from halftone_color.errors import InputError, UsageError
from halftone_color.types import Box

EXAMPLE = "give x, y, width and height in px, such as 120,80,600,400"


def parse_region(region: str | Sequence[int]) -> Box:
    """Return the box of a region, four whole numbers or a text such as "120,80,600,400".

    Raises:
        UsageError: it is none.
    """
    parts = region.split(",") if isinstance(region, str) else region
    try:
        x, y, width, height = (int(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{region!r} is not a region; {EXAMPLE}.") from error
    if min(x, y) < 0 or min(width, height) < 1:
        raise UsageError(f"The region {x},{y},{width},{height} is empty or begins outside the picture; {EXAMPLE}.")
    return Box(x, y, width, height)


def require_inside(region: Box, height: int, width: int) -> None:
    """Refuse a region that reaches beyond a picture of this size in px.

    Raises:
        InputError: it does.
    """
    if region.right > width or region.bottom > height:
        raise InputError(
            f"The region {region.x},{region.y},{region.width},{region.height} reaches beyond the picture of "
            f"{width} x {height} px; choose one inside it."
        )
