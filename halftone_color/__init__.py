"""hcolor: scans of halftone prints into continuous-tone color photographs.

    >>> import halftone_color
    >>> result = halftone_color.restore("scan.png", references=["beach.jpg"])  # doctest: +SKIP
    >>> result.picture.shape                                                   # doctest: +SKIP
    (3, 1200, 900)

`halftone`, `descreen`, `colorize` and `restore` take a path or an array and return a Result, whose pictures are float32
arrays (C, H, W) in [0, 1]; `inspect` tells what kind of print a picture is, `pages` which pages a TIFF has. Importing
this package loads neither torch nor numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halftone_color.api import colorize, descreen, halftone, pages, restore
    from halftone_color.steps.inspection import Inspection, inspect
    from halftone_color.types import Result

__all__ = ["Inspection", "Result", "colorize", "descreen", "halftone", "inspect", "pages", "restore"]
__version__ = "0.10.0"


def __getattr__(name: str) -> Any:
    if name in ("Result", "colorize", "descreen", "halftone", "pages", "restore"):
        from halftone_color import api

        return getattr(api, name)
    if name in ("Inspection", "inspect"):
        from halftone_color.steps import inspection

        return getattr(inspection, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
