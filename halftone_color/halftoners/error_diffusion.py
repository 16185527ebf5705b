"""Error diffusion: each pixel becomes ink or paper, and the error is distributed to neighbors not yet processed.

Floyd and Steinberg, "An adaptive algorithm for spatial grey scale", Proc. SID 17 (1976); Jarvis, Judice and Ninke,
Computer Graphics and Image Processing 5 (1976); Stucki, IBM research report RZ1060 (1981); the others by Atkinson,
Burkes and Sierra as collected by Crocker, "Digital halftoning" (1991). The nine kernels are the test bed of Jiang and
Mu, "Conditional diffusion process for inverse halftoning" (2022), table 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.compiled import compile_loop
from halftone_color.arrays.light import srgb_to_linear
from halftone_color.errors import UsageError
from halftone_color.method import Halftoner
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

Plane = NDArray[np.float32]
"""(H, W) float32."""

REACH = 2
"""Largest distance of a neighbor in any kernel, in px and in rows."""


class Kernel(NamedTuple):
    """Weights by which a pixel's error is distributed to its neighbors, laid out as in the papers."""

    divisor: int
    """Divisor of the weights."""
    ahead: tuple[int, int]
    """Weights of the next two pixels of the row, in the scanning direction."""
    below: tuple[int, int, int, int, int]
    """Weights of five pixels of the next row; the third is directly below."""
    further: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """The same for the row after that."""


KERNELS = {
    "floyd-steinberg": Kernel(16, (7, 0), (0, 3, 5, 1, 0)),
    "simple-floyd-steinberg": Kernel(8, (3, 0), (0, 0, 3, 2, 0)),
    "jarvis": Kernel(48, (7, 5), (3, 5, 7, 5, 3), (1, 3, 5, 3, 1)),
    "stucki": Kernel(42, (8, 4), (2, 4, 8, 4, 2), (1, 2, 4, 2, 1)),
    "atkinson": Kernel(8, (1, 1), (0, 1, 1, 1, 0), (0, 0, 1, 0, 0)),
    "burkes": Kernel(32, (8, 4), (2, 4, 8, 4, 2)),
    "sierra": Kernel(32, (5, 3), (2, 4, 5, 4, 2), (0, 2, 3, 2, 0)),
    "two-row-sierra": Kernel(16, (4, 3), (1, 2, 3, 2, 1)),
    "sierra-lite": Kernel(4, (2, 0), (0, 1, 1, 0, 0)),
}
"""The published kernels by name. Atkinson's distributes six of eight parts and drops the rest, on purpose."""

VARIANTS = {
    "floyd-steinberg": {"kernel": "floyd-steinberg"},
    "simple-floyd-steinberg": {"kernel": "simple-floyd-steinberg"},
    "jarvis": {"kernel": "jarvis"},
    "stucki": {"kernel": "stucki"},
    "atkinson": {"kernel": "atkinson"},
    "burkes": {"kernel": "burkes"},
    "sierra": {"kernel": "sierra"},
    "two-row-sierra": {"kernel": "two-row-sierra"},
    "sierra-lite": {"kernel": "sierra-lite"},
}

ALIASES = {
    "fs": "floyd-steinberg",
    "floyd": "floyd-steinberg",
    "floydsteinberg": "floyd-steinberg",
    "error-diffusion": "floyd-steinberg",
    "simple-fs": "simple-floyd-steinberg",
    "simple-floyd": "simple-floyd-steinberg",
    "simplefloydsteinberg": "simple-floyd-steinberg",
    "false-fs": "simple-floyd-steinberg",
    "false-floyd-steinberg": "simple-floyd-steinberg",
    "jjn": "jarvis",
    "jarvis-judice-ninke": "jarvis",
    "jarvis-judice-and-ninke": "jarvis",
    "jarvisjudiceninke": "jarvis",
    "burke": "burkes",
    "sierra3": "sierra",
    "sierra-3": "sierra",
    "three-row-sierra": "sierra",
    "sierra2": "two-row-sierra",
    "sierra-2": "two-row-sierra",
    "sierra-two-row": "two-row-sierra",
    "tworowsierra": "two-row-sierra",
    "sierralite": "sierra-lite",
    "sierra-2-4a": "sierra-lite",
    "sierra24a": "sierra-lite",
    "filter-lite": "sierra-lite",
}


@dataclass(frozen=True)
class ErrorDiffusionHalftoner(Halftoner):
    """Error diffusion by one of KERNELS, row by row."""

    kernel: str = "floyd-steinberg"
    """Name of the kernel."""
    serpentine: bool = False
    """Scan every second row from right to left, which avoids the worm artifacts of raster order."""
    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise UsageError(f"There is no kernel {self.kernel!r}; choose one of {', '.join(KERNELS)}.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return (1, H, W) of ink 0 and paper 1 whose local mean is that of the picture (1, H, W) in [0, 1]."""
        tone = srgb_to_linear(task.picture) if self.linear else task.picture
        halftone = diffuse(tone[0], self.kernel, self.serpentine)[None]
        run.report(1.0)
        return halftone


def diffuse(gray: Plane, kernel: str, serpentine: bool, threshold: float | Plane = 0.5) -> Plane:
    """Halftone a plane by error diffusion; error that falls outside the picture is lost.

    Args:
        gray: (H, W) in [0, 1].
        kernel: a name of KERNELS.
        serpentine: scan odd rows from right to left, with the kernel mirrored.
        threshold: tone above which a pixel becomes paper; a number, or (H, W) for a modulated threshold.

    Returns:
        (H, W) of 0 and 1.
    """
    rows = np.full((1, gray.shape[1]), threshold) if np.ndim(threshold) == 0 else threshold
    halftone = np.array(gray, dtype=np.float32, order="C")
    compile_loop(_diffuse_rows)(halftone, np.array(rows, dtype=np.float32, order="C"), *_shares(kernel), serpentine)
    return halftone


@cache
def _shares(kernel: str) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return a kernel's shares ahead in the row (2,), and offsets (n, 2: px ahead, rows down) and shares (n,) below."""
    divisor, ahead, *rows = KERNELS[kernel]
    parts = np.array(rows)
    down, position = np.nonzero(parts)
    offsets = np.ascontiguousarray(np.stack([position - REACH, down + 1], axis=1))
    return np.array(ahead) / divisor, offsets, parts[down, position] / divisor


def _diffuse_rows(plane: Any, thresholds: Any, ahead: Any, offsets: Any, below: Any, serpentine: bool) -> None:
    """Turn `plane` (H, W) into its halftone, in place; thresholds are (H, W), or (1, W) for every row.

    Errors from the rows above are gathered for a whole row at once; only those along the row are sequential.
    """
    height, width = plane.shape
    errors = np.zeros((REACH + 1, width + 2 * REACH))  # of the last rows, with a margin that stays 0
    tone = np.empty(width)
    for y in range(height):
        for x in range(width):
            tone[x] = plane[y, x]
        for k in range(len(below)):
            above = y - offsets[k, 1]
            if above >= 0:
                mirrored = serpentine and above % 2 == 1
                start = REACH + offsets[k, 0] if mirrored else REACH - offsets[k, 0]
                handed = errors[above % (REACH + 1), start : start + width]
                for x in range(width):
                    tone[x] += below[k] * handed[x]
        error = errors[y % (REACH + 1)]
        level = thresholds[y if len(thresholds) > 1 else 0]
        last = 0.0
        before = 0.0
        backwards = serpentine and y % 2 == 1
        for i in range(width):
            x = width - 1 - i if backwards else i
            wanted = tone[x] + ahead[1] * before + ahead[0] * last
            paper = 1.0 if wanted > level[x] else 0.0
            plane[y, x] = paper
            before = last
            last = wanted - paper
            error[x + REACH] = last
