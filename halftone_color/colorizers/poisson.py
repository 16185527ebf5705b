"""Poisson merging: colours given in places spread by the gradients of the print (Zheng 2023, 3.1).

Each channel x minimises sum (x_s - t_s)^2 + lambda sum over neighbours (x_s - x_i - t_s + t_i)^2 over the pixels that
are not given, t being the print (eq. 7):

    (1 + lambda #N(s)) x_s - lambda sum x_i = (1 + lambda #N(s)) t_s - lambda sum t_i

What x is more than t, the colour, thus solves (1 + lambda L) (x - t) = 0 with L the Laplacian of the grid: at lambda 0
nothing spreads, at 1e10 colours reach everywhere and blend evenly, across edges too. With the luminance kept the given
colours have the print's luma, as eq. 6 asks, and so has every other pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.colorizers._hints import Given, enlarged, reduced
from halftone_color.colorizers._sparse import SOLVED_PX, filled, grid_matrix, neighbors
from halftone_color.colorizers._upsample import size_within
from halftone_color.errors import UsageError
from halftone_color.system.progress import Steps
from halftone_color.types import Cue, Picture, Progress

if TYPE_CHECKING:
    from torch import nn

CUES = ("hints",)


@dataclass(frozen=True)
class Options:
    """Options of Poisson merging."""

    continuity: float = 1e10
    """The paper's lambda: 0 colours nothing beyond the hints, 1000 about 30 px around them, 1e10 everything."""
    keep_luminance: bool = True
    """Keep the luma of the print; no lets the luma of the hints spread as well."""

    def __post_init__(self) -> None:
        if not 0 <= self.continuity <= 1e15:
            raise UsageError("continuity must lie between 0 and 1e15; 1e10 spreads colours over the whole picture.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB: gray (1, H, W) with the colours of the cue's hints spread."""
    hints = cue.hints
    assert hints is not None
    height, width = size_within(gray, SOLVED_PX)
    more = rgb_to_ycc(hints.colors)[1] if options.keep_luminance else hints.colors - gray
    steps = Steps(progress, {"solve": 1.0, "enlarge": 1e-6 * gray.size * (gray.shape[1:] != (height, width))})
    reach = options.continuity * height * width / gray.size  # a length squared, in px of the small picture
    done = steps("solve")
    small = spread(*reduced(more, hints.given, height, width), reach)
    if done:
        done(1.0)
    more = enlarged(small, more, hints.given, gray, steps("enlarge"))
    return add_chroma(gray, more) if options.keep_luminance else np.clip(gray + more, 0, 1)


def spread(more: Picture, given: Given, continuity: float) -> Picture:
    """Return (K, h, w), as given in (h, w) and elsewhere the solution of (1 + continuity L) x = 0."""
    height, width = given.shape
    pairs = neighbors(height, width)
    count = np.bincount(np.concatenate([first for first, _ in pairs]), minlength=given.size)
    laplacian = sparse.diags(count.astype(float)) - grid_matrix(
        [np.ones(len(first)) for first, _ in pairs], height, width
    )
    whole = (sparse.identity(given.size) + continuity * laplacian).tocsr() / (1 + continuity)
    free = ~given.ravel()
    rows = whole[free]
    return filled(more, free, rows[:, free], -rows[:, ~free])
