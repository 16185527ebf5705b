"""Cycle CNN on a whole pair: weights row by row in tiles, one tone curve for all, refined chroma.

The weights of a pixel depend on little of the picture, so that a few rows at a time are worked on; the filling of
unmatched pixels, GCA and the refinement see the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from halftone_color.arrays.pair_matching import Matching, match_pair
from halftone_color.networks.cycle_cnn import CycleCnnNet, Prior
from halftone_color.networks.global_curve import apply_curve, nodes_of
from halftone_color.types import Picture

if TYPE_CHECKING:
    from halftone_color.run import Run

ROWS, HALO = 160, 32
"""Rows of a tile, and rows seen above and below it, multiples of what the network halves."""
MIDDLE_TONES = (0.1, 0.8)
"""Lumas between which the ratio of exposures is taken."""
MOST_EXPOSURE = 3.0
"""Largest ratio of exposures by which chroma is multiplied or divided."""


@dataclass(frozen=True)
class ColoredPair:
    """What Cycle CNN finds of a pair in the paper's order."""

    chroma: Picture
    """(2, H, W), Cb and Cr, refined."""
    first: Picture
    """(3, H, W), Y, Cb, Cr of the weighted average, unmatched pixels filled in."""
    toned: Picture
    """(1, H, W), the luma of that in the tones of the gray picture."""
    known: NDArray[np.bool_]
    """(H, W), where both pictures agree on a match."""
    trust: Picture
    """(1, h, w), GCA's confidence."""
    exposure: float
    """Ratio of the gray picture's exposure to the color picture's, by the curve."""


def color_pair(gray: Picture, color: Picture, d: int, run: Run) -> ColoredPair:
    """Color gray (1, H, W) by the color picture Y, Cb, Cr (3, H, W); pixel i finds its colors at i ... i + d - 1.

    Args:
        gray, color: of equal size, in the paper's order.
        d: number of candidates, a multiple of 16.
        run: provides the network; hears of progress.
    """
    network: CycleCnnNet = run.network("cycle-cnn")
    part = run.parts({"match": 2.0, "weigh": 5.0, "refine": 1.0})
    matching = match_pair(gray[0], color[0], d, by_look=True)
    part("match").report(1.0)
    with run.inference():
        first = _weigh(network, gray, color, (d, matching), part("weigh"))
        first = matching.filling.apply(first)
        luma, colored = run.tensor(gray), run.tensor(first)
        trust = network.trust(colored[:, :1], luma).float()
        nodes = nodes_of(network.reduce(colored[:, :1]), network.reduce(luma), trust)
        toned = apply_curve(colored[:, :1], nodes)
        prior = _whole_prior(matching, run) if network.config.prior else None
        chroma = run.picture(network.refine(luma, colored[:, 1:], toned, prior))
    part("refine").report(1.0)
    toned_luma = run.picture(toned)
    exposure = _exposure(first[:1], toned_luma, matching.known)
    return ColoredPair(chroma, first, toned_luma, matching.known, run.picture(trust), exposure)


def _weigh(network: CycleCnnNet, gray: Picture, color: Picture, matched: tuple[int, Matching], run: Run) -> Picture:
    """Return the weighted average (3, H, W), rows by rows."""
    d, matching = matched
    height = gray.shape[1]
    result = np.empty_like(color)
    for top in range(0, height, ROWS):
        start, end = max(0, top - HALO), min(height, top + ROWS + HALO)
        rows = slice(start, end)
        prior = _prior_of_rows(matching, rows, run) if network.config.prior else None
        seen = run.tensor(color[:, rows])
        weights = network.weigh(run.tensor(gray[:, rows]), seen[:, :1], d, prior)
        colored = run.picture(network.color(weights, seen))
        bottom = min(height, top + ROWS)
        result[:, top:bottom] = colored[:, top - start : bottom - start]
        run.report(bottom / height)
    return result


def _prior_of_rows(matching: Matching, rows: slice, run: Run) -> Prior:
    """Return the prior of some rows, which fills nothing in."""
    device = run.conditions.device
    sums = torch.from_numpy(np.ascontiguousarray(matching.sums[rows].transpose(2, 0, 1), np.float32))[None]
    return Prior(sums.to(device), *_planes(matching, rows, run), *[torch.zeros(0, device=device)] * 3)


def _whole_prior(matching: Matching, run: Run) -> Prior:
    """Return what the refinement needs of the prior."""
    nothing = torch.zeros(0, device=run.conditions.device)
    return Prior(nothing, *_planes(matching, slice(None), run), nothing, nothing, nothing)


def _planes(matching: Matching, rows: slice, run: Run) -> tuple[torch.Tensor, torch.Tensor]:
    return run.tensor(matching.second_in_tones[None, rows]), run.tensor(matching.known[None, rows].astype(np.float32))


def _exposure(luma: Picture, toned: Picture, known: NDArray[np.bool_]) -> float:
    """Return the median ratio of the toned luma to the luma, both (1, H, W), over matched pixels of middle tones."""
    counted = known & (luma[0] > MIDDLE_TONES[0]) & (luma[0] < MIDDLE_TONES[1])
    if not counted.any():
        return 1.0
    ratio = float(np.median(toned[0][counted] / luma[0][counted]))
    return float(np.clip(ratio, 1 / MOST_EXPOSURE, MOST_EXPOSURE))
