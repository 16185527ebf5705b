"""hcolor: scans of halftone prints into continuous-tone colour photographs.

    >>> import halftone_color
    >>> result = halftone_color.restore("scan.png", references=["beach.jpg"])  # doctest: +SKIP
    >>> result.picture.shape                                                   # doctest: +SKIP
    (3, 1200, 900)

`halftone`, `descreen`, `colorize` and `restore` take a path or an array and return a Result, whose pictures are float32
arrays (C, H, W) in [0, 1]. Importing this package loads neither torch nor numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halftone_color.pipeline import Result as Result
    from halftone_color.pipeline import colorize as colorize
    from halftone_color.pipeline import descreen as descreen
    from halftone_color.pipeline import halftone as halftone
    from halftone_color.pipeline import restore as restore

__all__ = ["Result", "colorize", "descreen", "halftone", "restore"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in __all__:
        from halftone_color import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
