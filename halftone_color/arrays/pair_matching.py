"""What classical matching finds out about a pair: costs, disparity, which pixels are matched, and from where to fill.

Semi-global matching of census costs, checked from both sides and by luma. The method, the bench and the training of
Cycle CNN's small configuration all begin with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.census import census_costs
from halftone_color.arrays.look_filling import joined, plan_by_look
from halftone_color.arrays.luma_filling import Filling, plan_filling
from halftone_color.arrays.semi_global import aggregate, best
from halftone_color.arrays.view_agreement import disparities_agree, in_tones_of, lumas_agree

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Matching:
    """What is known of a pair (H, W) in the paper's order: pixel i of the first lies at i + k of the second."""

    sums: NDArray[np.uint16]
    """(H, W, d): costs summed along the paths."""
    disparity: NDArray[np.int64]
    """(H, W) of the first picture."""
    known: NDArray[np.bool_]
    """(H, W): matched, for both sides and both lumas agree."""
    second_in_tones: Plane
    """(H, W): the second luma in the tones of the first."""
    filling: Filling
    """From where the others are filled in."""


def match_pair(first: Plane, second: Plane, d: int, by_look: bool = False) -> Matching:
    """Return the semi-global matching of two luma planes (H, W) in [0, 1] over d candidates.

    Args:
        first, second: of equal size, in the paper's order.
        d: number of candidates.
        by_look: whether unmatched pixels are filled in by look as well, and not along the luma alone.
    """
    first, second = (np.ascontiguousarray(plane, np.float32) for plane in (first, second))
    sums = aggregate(census_costs(first, second, d), first)
    disparity, of_second = best(sums)
    known = disparities_agree(disparity, of_second)
    in_tones = in_tones_of(first, second, disparity, known)
    known &= lumas_agree(first, in_tones, disparity)
    filling = plan_filling(first, known)
    if by_look:
        filling = joined(filling, plan_by_look(first, known, filling.pixels), known)
    return Matching(sums, disparity, known, in_tones, filling)
