"""Histogram matching over what is no edge, in the print and in the reference (Zheng 2023, 2.3).

A pixel's edge measure P_e is the magnitude of its luma's convolution with a kernel of 2.3.1, over the kernel's largest
number, so that it lies in [0, 1]. The histograms of R, G and B are taken over {P_e < t} (2.3.2) and matched as by lut;
the tables are then applied to every pixel. Several references are one heap of colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers._luminance import with_luma
from halftone_color.colorizers._references import checked
from halftone_color.colorizers._tables import looked_up, table
from halftone_color.colorizers._upsample import reduce_picture, size_within
from halftone_color.errors import InputError, UsageError
from halftone_color.types import Cue, Picture, Progress

if TYPE_CHECKING:
    from torch import nn

CUES = ("references",)
KERNELS = {
    "columns": ((0, 0, 0), (-1, 2, -1), (0, 0, 0)),
    "rows": ((0, -1, 0), (0, 2, 0), (0, -1, 0)),
    "four": ((0, -1, 0), (-1, 4, -1), (0, -1, 0)),
    "eight": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
}
"""The matrices of 2.3.1."""
COUNTED_PX = 1_000_000
"""Larger pictures are reduced to so many pixels for their edges and histograms."""


@dataclass(frozen=True)
class Options:
    """Options of matching over what is no edge."""

    threshold: float = 0.05
    """Edge measure below which a pixel counts; 1 counts all but the sharpest dots, as lut does."""
    kernel: str = "four"
    """Neighbours that a pixel is compared with: columns, rows, four or eight."""
    keep_luminance: bool = True
    """Keep the luma of the print; no gives the matched one as well."""

    def __post_init__(self) -> None:
        if not self.threshold > 0:
            raise UsageError("threshold must be positive; 0.05 leaves out clear edges.")
        if self.kernel not in KERNELS:
            raise UsageError(f"There is no kernel {self.kernel!r}; choose one of {', '.join(KERNELS)}.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB: gray (1, H, W), matched with the cue's references where neither has edges.

    Raises:
        InputError: a reference shows one colour only, or a picture is edges everywhere.
    """
    values = calm_pixels(gray, options)[0]
    wanted = np.concatenate([calm_pixels(reference, options) for reference in checked(cue.references)], 1)
    rgb = np.empty((3, *gray.shape[1:]), np.float32)
    for k in range(3):
        rgb[k] = looked_up(gray[0], *table(values, wanted[k]))
        if progress:
            progress((k + 1) / 3)
    return with_luma(gray, rgb) if options.keep_luminance else rgb


def calm_pixels(picture: Picture, options: Options) -> Picture:
    """Return the pixels (C, N) of a picture whose edge measure is below the threshold.

    Raises:
        InputError: there is none.
    """
    small = reduce_picture(picture, *size_within(picture, COUNTED_PX)) if picture[0].size > COUNTED_PX else picture
    luma = small[0] if len(small) == 1 else rgb_to_luma(small)[0]
    calm: Picture = small[:, edge_measure(luma, options.kernel) < options.threshold]
    if not calm.size:
        raise InputError(f"A picture has no pixel with an edge measure below {options.threshold:g}; raise threshold.")
    return calm


def edge_measure(luma: NDArray[np.float32], kernel: str) -> NDArray[np.float32]:
    """Return P_e (H, W) in [0, 1] of a luma (H, W) in [0, 1]; beyond the border it goes on as it is there."""
    matrix = np.array(KERNELS[kernel], np.float32)
    return np.asarray(np.abs(convolve(luma, matrix, mode="nearest")) / matrix.max(), dtype=np.float32)
