"""Clean a coloured picture along the edges of its luma, and correct it by hints (Zheng 2023, 5.2.2).

The chroma v that another method gave becomes the u that minimises

    sum over r, s of s_rs (u_r - u_s)^2 + PULL sum over r of (u_r - v_r)^2

with S = (W + W^T) / 2 the symmetrised affinity of eq. 8: what differs between pixels of like luma is evened out. What
hints differ by from u spreads in the same way, pulled to zero, and is added: colours change about the hints, up to
edges, and stay elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.colorizers._affinity import affinity
from halftone_color.colorizers._hints import enlarged, reduced
from halftone_color.colorizers._sparse import SOLVED_PX, Matrix, filled, solve
from halftone_color.colorizers._upsample import reduce_picture, size_within
from halftone_color.system.progress import Steps
from halftone_color.types import Hints, Picture, Progress

PULL = 0.02
"""Towards the chroma that was given: colours are evened out over about 7 px of the small picture."""
HINT_PULL = 2e-4
"""Towards no correction: hints reach about 70 px of the small picture where luma is even."""
FACTOR, FLOOR = 0.3, 1e-4
"""Sigma squared over the local variance, and at least; as levin's."""


def refine(rgb: Picture, hints: Hints | None, progress: Progress | None = None) -> Picture:
    """Return (3, H, W) sRGB of rgb's luma and its chroma, cleaned; where hints are given it has theirs.

    Solved for at most 512 x 512 px and brought to full size along the luma.
    """
    luma, chroma = rgb_to_ycc(rgb)
    height, width = size_within(rgb, SOLVED_PX)
    steps = Steps(progress, {"solve": 1.0, "enlarge": 1e-6 * luma.size * (luma.shape[1:] != (height, width))})
    done = steps("solve")
    small = reduce_picture(np.concatenate([luma, chroma]), height, width)
    laplacian = laplacian_of(affinity(small[0], FACTOR, FLOOR))
    clean = _even(small[1:], laplacian)
    given, wanted = np.zeros(rgb.shape[1:], np.bool_), chroma
    if hints is not None:
        given, wanted = hints.given, rgb_to_ycc(hints.colors)[1]
        clean += _correction(*reduced(wanted, given, height, width), clean, laplacian)
    if done:
        done(1.0)
    return add_chroma(luma, enlarged(clean, wanted, given, luma, steps("enlarge")))


def laplacian_of(weights: Matrix) -> Matrix:
    """Return D - S (N, N) of weights W (N, N): S = (W + W^T) / 2, and D its row sums."""
    mean = (weights + weights.T) / 2
    return (sparse.diags(np.asarray(mean.sum(1)).ravel()) - mean).tocsr()


def _even(chroma: Picture, laplacian: Matrix) -> Picture:
    """Return (2, h, w) that is pulled to chroma (2, h, w)."""
    flat = chroma.reshape(2, -1).T.astype(float)
    clean = solve(laplacian + PULL * sparse.identity(len(flat)), PULL * flat)
    return np.asarray(clean.T.reshape(chroma.shape), dtype=np.float32)


def _correction(wanted: Picture, given: NDArray[np.bool_], clean: Picture, laplacian: Matrix) -> Picture:
    """Return what to add to clean (2, h, w) so that it is as wanted where that is given."""
    free = ~given.ravel()
    rows = (laplacian + HINT_PULL * sparse.identity(given.size)).tocsr()[free]
    return filled(np.where(given, wanted - clean, np.float32(0)), free, rows[:, free], -rows[:, ~free])
