"""Error diffusion: each pixel becomes ink or paper, and what that got wrong goes to its neighbours to come.

Floyd and Steinberg, "An adaptive algorithm for spatial greyscale", Proc. SID 17(2), 1976; the other kernels are those
of Jarvis, Judice and Ninke (1976), Stucki (1981), Atkinson (Apple, after 1984), Burkes (1988) and Sierra (1989-90).
The errors are gathered instead of spread: what the two rows above hand down is added to a whole row at once, so that
only the share of the pixels before it in the row has to wait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.errors import UsageError
from halftone_color.halftone._compiled import compiled
from halftone_color.halftone._light import srgb_to_linear
from halftone_color.types import Picture

Plane = NDArray[np.float32]

NONE = (0, 0, 0, 0, 0)
KERNELS: dict[str, tuple[int, tuple[tuple[int, ...], ...]]] = {
    "floyd-steinberg": (16, ((0, 0, 0, 7, 0), (0, 3, 5, 1, 0), NONE)),
    "simple-floyd-steinberg": (8, ((0, 0, 0, 3, 0), (0, 0, 3, 2, 0), NONE)),
    "jarvis": (48, ((0, 0, 0, 7, 5), (3, 5, 7, 5, 3), (1, 3, 5, 3, 1))),
    "stucki": (42, ((0, 0, 0, 8, 4), (2, 4, 8, 4, 2), (1, 2, 4, 2, 1))),
    "atkinson": (8, ((0, 0, 0, 1, 1), (0, 1, 1, 1, 0), (0, 0, 1, 0, 0))),
    "burkes": (32, ((0, 0, 0, 8, 4), (2, 4, 8, 4, 2), NONE)),
    "sierra": (32, ((0, 0, 0, 5, 3), (2, 4, 5, 4, 2), (0, 2, 3, 2, 0))),
    "two-row-sierra": (16, ((0, 0, 0, 4, 3), (1, 2, 3, 2, 1), NONE)),
    "sierra-lite": (4, ((0, 0, 0, 2, 0), (0, 1, 1, 0, 0), NONE)),
}
"""Divisor, and weights of the row itself and the two rows below; the middle column is the pixel's own."""

VARIANTS = {name: {"kernel": name} for name in KERNELS}
ALIASES = {
    "fs": "floyd-steinberg",
    "floyd": "floyd-steinberg",
    "error-diffusion": "floyd-steinberg",
    "simple-fs": "simple-floyd-steinberg",
    "simple-floyd": "simple-floyd-steinberg",
    "false-floyd-steinberg": "simple-floyd-steinberg",
    "jjn": "jarvis",
    "jarvis-judice-ninke": "jarvis",
    "bill-atkinson": "atkinson",
    "burks": "burkes",
    "sierra3": "sierra",
    "sierra-3": "sierra",
    "three-row-sierra": "sierra",
    "sierra2": "two-row-sierra",
    "sierra-2": "two-row-sierra",
    "sierra-two-row": "two-row-sierra",
    "tworow-sierra": "two-row-sierra",
    "sierra-2-4a": "sierra-lite",
    "sierra24a": "sierra-lite",
    "sierra-24a": "sierra-lite",
    "filter-lite": "sierra-lite",
}


@dataclass(frozen=True)
class Options:
    """Options of error diffusion."""

    kernel: str = "floyd-steinberg"
    """Who gets how much of the error: a name of KERNELS."""
    serpentine: bool = False
    """Go right to left, with the kernel mirrored, in every second row: breaks up worms and streaks."""
    linear: bool = False
    """Keep the mean of linear light instead of the mean of sRGB values."""

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise UsageError(f"There is no kernel {self.kernel!r}; choose one of {', '.join(KERNELS)}.")


def halftone(gray: Picture, options: Options) -> Picture:
    """Return (1, H, W) of 0 (ink) and 1 (paper) for gray (1, H, W) in [0, 1]."""
    plane = srgb_to_linear(gray[0]) if options.linear else gray[0]
    return diffuse(plane, options.kernel, options.serpentine)[None]


def diffuse(gray: Plane, kernel: str, serpentine: bool, threshold: float | Plane = 0.5) -> Plane:
    """Diffuse the error of one plane; errors that leave the picture are lost.

    Args:
        gray: (H, W) float32 in [0, 1].
        kernel: a name of KERNELS.
        serpentine: every second row goes from right to left.
        threshold: paper above it, ink up to it: one number or (H, W) float32.

    Returns:
        (H, W) float32 of 0 and 1. Runs without the GIL.
    """
    divisor, rows = KERNELS[kernel]
    weights = np.array(rows, np.float32) / np.float32(divisor)
    levels = np.full((1, gray.shape[1]), threshold, np.float32) if np.ndim(threshold) == 0 else threshold
    bilevel = np.empty(gray.shape, np.float32)
    compiled(_diffuse)(
        np.ascontiguousarray(gray, np.float32),
        weights,
        serpentine,
        np.ascontiguousarray(levels, np.float32),
        bilevel,
    )
    return bilevel


def _diffuse(gray: Plane, weights: Plane, serpentine: bool, levels: Plane, bilevel: Plane) -> None:
    height, width = gray.shape
    above = np.zeros((2, width + 4), np.float32)  # errors of the rows y - 1 and y - 2, two columns of margin
    errors = np.zeros(width + 4, np.float32)
    wanted = np.empty(width, np.float32)
    one, two = weights[0, 3], weights[0, 4]
    for y in range(height):
        wanted[:] = gray[y]
        for up in range(1, min(y, 2) + 1):
            source = above[up - 1]
            mirror = serpentine and (y - up) % 2 == 1
            for column in range(5):
                weight = weights[up, column]
                if weight != 0:
                    shift = column if mirror else 4 - column
                    for x in range(width):
                        wanted[x] += weight * source[x + shift]
        level = levels[y] if levels.shape[0] > 1 else levels[0]
        row = bilevel[y]
        before, earlier = np.float32(0), np.float32(0)
        backwards = serpentine and y % 2 == 1
        x, step = (width - 1, -1) if backwards else (0, 1)
        for _ in range(width):
            value = wanted[x] + two * earlier + one * before
            paper = np.float32(value > level[x])
            row[x] = paper
            earlier, before = before, value - paper
            errors[x + 2] = before
            x += step
        above[1, :] = above[0]
        above[0, :] = errors
