"""Histogram matching over the pixels off the edges, in the print and in the reference (Zheng 2023, 2.3).

A pixel's edge measure P_e is the magnitude of its luma's convolution with a kernel of 2.3.1, over the kernel's largest
entry, so that it lies in [0, 1]. The histograms of R, G and B are taken over {P_e < t} (2.3.2) and matched as in lut;
the tables are then applied to every pixel. The pixels of several references form one histogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.arrays.resampling import reduce_picture, size_within
from halftone_color.colorizers._luminance import with_luma
from halftone_color.colorizers._references import require_colors
from halftone_color.colorizers._tables import look_up, make_table
from halftone_color.errors import InputError, UsageError
from halftone_color.method import Colorizer
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

KERNELS = {
    "columns": ((0, 0, 0), (-1, 2, -1), (0, 0, 0)),
    "rows": ((0, -1, 0), (0, 2, 0), (0, -1, 0)),
    "four": ((0, -1, 0), (-1, 4, -1), (0, -1, 0)),
    "eight": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
}
"""The matrices of 2.3.1."""
COUNTED_PX = 1_000_000
"""Larger pictures are downsampled to this number of pixels for their edges and histograms."""


@dataclass(frozen=True)
class EdgesColorizer(Colorizer):
    """Histogram matching with the references over the pixels off the edges."""

    cues = ("references",)

    threshold: float = 0.05
    """Edge measure below which a pixel counts; at 1 all count but the sharpest dots, nearly as in lut."""
    kernel: str = "four"
    """Neighbors with which a pixel is compared: columns, rows, four or eight."""
    keep_luminance: bool = True
    """Keep the luma of the print; no uses the matched luma as well."""

    def __post_init__(self) -> None:
        if not self.threshold > 0:
            raise UsageError("threshold must be positive; 0.05 excludes clear edges.")
        if self.kernel not in KERNELS:
            raise UsageError(f"There is no kernel {self.kernel!r}; choose one of {', '.join(KERNELS)}.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Match the picture with the cue's references where neither has edges: (1, H, W) -> (3, H, W) sRGB in [0, 1].

        Raises:
            InputError: a reference has only one color, or a picture consists of edges only.
        """
        gray = task.picture
        values = self.counted_pixels(gray)[0]
        wanted = np.concatenate(
            [self.counted_pixels(reference) for reference in require_colors(task.cue.references)], 1
        )
        rgb = np.empty((3, *gray.shape[1:]), np.float32)
        for k in range(3):
            rgb[k] = look_up(gray[0], *make_table(values, wanted[k]))
            run.report((k + 1) / 3)
        return with_luma(gray, rgb) if self.keep_luminance else rgb

    def counted_pixels(self, picture: Picture) -> Picture:
        """Return the pixels (C, N) of a picture (C, H, W) whose edge measure is below the threshold.

        Raises:
            InputError: there are no such pixels.
        """
        small = reduce_picture(picture, *size_within(picture, COUNTED_PX)) if picture[0].size > COUNTED_PX else picture
        luma = small[0] if len(small) == 1 else rgb_to_luma(small)[0]
        counted: Picture = small[:, edge_measure(luma, self.kernel) < self.threshold]
        if not counted.size:
            raise InputError(f"A picture has no pixel with an edge measure below {self.threshold:g}; raise threshold.")
        return counted


def edge_measure(luma: NDArray[np.float32], kernel: str) -> NDArray[np.float32]:
    """Return P_e (H, W) in [0, 1] of luma (H, W) in [0, 1], whose border pixels are repeated beyond the border.

    `kernel` is one of KERNELS.
    """
    matrix = np.array(KERNELS[kernel], np.float32)
    return np.asarray(np.abs(convolve(luma, matrix, mode="nearest")) / matrix.max(), dtype=np.float32)
