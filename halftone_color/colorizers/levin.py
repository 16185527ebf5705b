"""Levin's optimization: hints spread to pixels of similar luma (Zheng 2023, 3.2, eq. 8-9).

U and V minimize J(U) = sum over r of (u_r - sum over s of w_rs u_s)^2 (eq. 8) with u given at the hints; the weights w
are those of `_affinity`. Setting its derivative to zero gives eq. 9, in matrices

    (1 - W)^T (1 - W) u = 0   in the rows of pixels without a hint.

With `over=free` the sum runs over the pixels to be colored only. Then J vanishes at its minimum, which solves
(1 - W) u = 0, as in Levin, Lischinski and Weiss (2004), and u stays within the range of the hints. With `over=all` the
sum also runs over the hints, as eq. 9 is printed, and u may overshoot. Both systems are solved by factorization, so
exactly. Pictures above 512 x 512 px are solved at that size and upsampled along the edges of luma: at 1 MP this was
0.3 dB better than symmetrized weights with multigrid at full size, and three times as fast.

It also refines the result of another colorizer: see `_chroma_smoothing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.arrays.resampling import reduce_picture, size_within
from halftone_color.colorizers._affinity import affinity
from halftone_color.colorizers._chroma_smoothing import correct, laplacian_of, smooth
from halftone_color.colorizers._hints import Given, downsample_hints, restore_size
from halftone_color.colorizers._sparse import SOLVED_PX, Matrix, solve_free
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer, Refines
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

SUMS = ("free", "all")


@dataclass(frozen=True)
class LevinColorizer(Colorizer, Refines):
    """Levin's optimization of a gray picture with hints, or of a picture that is colored already."""

    cues = ("hints",)
    refiner_cues = ("none", "hints")

    spread: float = 0.3
    """Sigma squared over the variance of the neighbors' luma: 1 as in the paper; less stops colors better at edges."""
    floor: float = 1e-4
    """Least sigma squared, for luma in [0, 1]: 1e-4 is a sigma of 2.5 of 255 levels."""
    over: str = "free"
    """Pixels that the loss is summed over: free (those to be colored), or all (eq. 9 as printed, may overshoot)."""

    def __post_init__(self) -> None:
        if not 0 < self.spread < np.inf:
            raise UsageError("spread must be positive; the paper has 1, and 0.3 stops colors better at edges.")
        if not 0 < self.floor < np.inf:
            raise UsageError("floor must be positive; 1e-4 suits luma in [0, 1].")
        if self.over not in SUMS:
            raise UsageError(f"The loss cannot be summed over {self.over!r}; choose one of {', '.join(SUMS)}.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Spread the chroma of the cue's hints and keep the luma: (1, H, W) -> (3, H, W) sRGB in [0, 1]."""
        gray, hints = task.picture, task.cue.hints
        assert hints is not None
        height, width = size_within(gray, SOLVED_PX)
        chroma = rgb_to_ycc(hints.colors)[1]
        part = run.parts({"solve": 1.0, "enlarge": 1e-6 * gray.size * (gray.shape[1:] != (height, width))})
        solving = part("solve")
        small_luma = gray[0] if gray.shape[1:] == (height, width) else reduce_picture(gray, height, width)[0]
        weights = affinity(small_luma, self.spread, self.floor)
        small = spread_chroma(*downsample_hints(chroma, hints.given, height, width), weights, self.over)
        solving.report(1.0)
        return add_chroma(gray, restore_size(small, chroma, hints.given, gray, part("enlarge").progress))

    def refine(self, task: Task, run: Run) -> Picture:
        """Smooth chroma along the edges of luma and keep the luma: (3, H, W) -> (3, H, W) sRGB in [0, 1].

        At hints the result has their chroma, and similar pixels around them are corrected (Zheng 2023, 5.2.2). Solved
        at 512 x 512 px at most and upsampled along the edges of luma.
        """
        luma, chroma = rgb_to_ycc(task.picture)
        height, width = size_within(task.picture, SOLVED_PX)
        part = run.parts({"solve": 1.0, "enlarge": 1e-6 * luma.size * (luma.shape[1:] != (height, width))})
        solving = part("solve")
        small = reduce_picture(np.concatenate([luma, chroma]), height, width)
        laplacian = laplacian_of(affinity(small[0], self.spread, self.floor))
        clean = smooth(small[1:], laplacian)
        given, wanted, hints = np.zeros(luma.shape[1:], np.bool_), chroma, task.cue.hints
        if hints is not None:
            given, wanted = hints.given, rgb_to_ycc(hints.colors)[1]
            clean = correct(clean, *downsample_hints(wanted, given, height, width), laplacian)
        solving.report(1.0)
        return add_chroma(luma, restore_size(clean, wanted, given, luma, part("enlarge").progress))


def spread_chroma(chroma: Picture, given: Given, weights: Matrix, over: str = "free") -> Picture:
    """Return chroma (K, h, w) that minimizes J (eq. 8).

    Args:
        chroma: (K, h, w); only the given values count.
        given: (h, w), True where chroma is given and stays.
        weights: (N, N), N = h w; each row sums to one.
        over: one of SUMS.
    """
    free = ~given.ravel()
    residual = (sparse.identity(given.size, format="csr") - weights).tocsr()
    if over == "free":
        rows = residual[free]
        return solve_free(chroma, free, rows[:, free], -rows[:, ~free])
    columns = residual.tocsc()
    return solve_free(chroma, free, columns[:, free].T @ columns[:, free], -columns[:, free].T @ columns[:, ~free])
