"""Poisson merging: hints spread by the gradients of the print (Zheng 2023, 3.1).

Each channel x minimizes sum (x_s - t_s)^2 + lambda sum over neighbors (x_s - x_i - t_s + t_i)^2 over the pixels without
a hint, where t is the print (eq. 7):

    (1 + lambda #N(s)) x_s - lambda sum x_i = (1 + lambda #N(s)) t_s - lambda sum t_i

The color offset x - t thus solves (1 + lambda L) (x - t) = 0 with L the Laplacian of the grid: at lambda 0 nothing
spreads, at 1e10 colors reach everywhere and blend evenly, also across edges. If the luminance is kept, hints have the
print's luma, as eq. 6 asks, and so has every other pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.arrays.resampling import size_within
from halftone_color.colorizers._hints import Given, downsample_hints, restore_size
from halftone_color.colorizers._sparse import SOLVED_PX, grid_matrix, neighbors, solve_free
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run


@dataclass(frozen=True)
class PoissonColorizer(Colorizer):
    """Poisson merging of the hints with the print."""

    cues = ("hints",)

    continuity: float = 1e10
    """Lambda of the paper: 0 colors nothing beyond the hints, 1000 about 30 px around them, 1e10 the whole picture."""
    keep_luminance: bool = True
    """Keep the luma of the print; no spreads the luma of the hints as well."""

    def __post_init__(self) -> None:
        if not 0 <= self.continuity <= 1e15:
            raise UsageError("continuity must lie between 0 and 1e15; 1e10 spreads colors over the whole picture.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Spread the colors of the cue's hints: (1, H, W) -> (3, H, W) sRGB in [0, 1].

        Solved at SOLVED_PX px at most and upsampled along the edges of luma.
        """
        gray, hints = task.picture, task.cue.hints
        assert hints is not None
        height, width = size_within(gray, SOLVED_PX)
        offset = rgb_to_ycc(hints.colors)[1] if self.keep_luminance else hints.colors - gray  # (2 or 3, H, W)
        part = run.parts({"solve": 1.0, "enlarge": 1e-6 * gray.size * (gray.shape[1:] != (height, width))})
        solving = part("solve")
        continuity = self.continuity * height * width / gray.size  # a length squared, in px of the small picture
        small = spread_offset(*downsample_hints(offset, hints.given, height, width), continuity)
        solving.report(1.0)
        offset = restore_size(small, offset, hints.given, gray, part("enlarge").progress)
        return add_chroma(gray, offset) if self.keep_luminance else np.clip(gray + offset, 0, 1)


def spread_offset(offset: Picture, given: Given, continuity: float) -> Picture:
    """Return offsets (K, h, w): unchanged where given (h, w), elsewhere the solution of (1 + continuity L) x = 0."""
    height, width = given.shape
    pairs = neighbors(height, width)
    count = np.bincount(np.concatenate([first for first, _ in pairs]), minlength=given.size)
    laplacian = sparse.diags(count.astype(float)) - grid_matrix(
        [np.ones(len(first)) for first, _ in pairs], height, width
    )
    whole = (sparse.identity(given.size) + continuity * laplacian).tocsr() / (1 + continuity)
    free = ~given.ravel()
    rows = whole[free]
    return solve_free(offset, free, rows[:, free], -rows[:, ~free])
