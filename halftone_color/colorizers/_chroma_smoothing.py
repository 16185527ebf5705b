"""Smooth chroma along the edges of luma, and correct it by hints (Zheng 2023, 5.2.2).

The chroma v of another method's result is replaced by the u that minimizes

    sum over r, s of s_rs (u_r - u_s)^2 + FIDELITY sum over r of (u_r - v_r)^2

with S = (W + W^T) / 2 the symmetrized affinity of eq. 8: differences between pixels of similar luma are evened out. The
differences between hints and u are spread in the same way, damped towards zero, and added: colors change around the
hints, up to edges, and stay the same elsewhere.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from halftone_color.colorizers._hints import Given
from halftone_color.colorizers._sparse import Matrix, solve, solve_free
from halftone_color.types import Picture

FIDELITY = 0.02
"""Weight of the original chroma: colors are evened out over about 7 px, at the size that is solved."""
DAMPING = 2e-4
"""Weight of the damping: where luma is even, hints reach about 70 px, at the size that is solved."""


def laplacian_of(weights: Matrix) -> Matrix:
    """Return D - S (N, N) for weights W (N, N), where S = (W + W^T) / 2 and D is the diagonal of its row sums."""
    mean = (weights + weights.T) / 2
    return (sparse.diags(np.asarray(mean.sum(1)).ravel()) - mean).tocsr()


def smooth(chroma: Picture, laplacian: Matrix) -> Picture:
    """Return the smoothed u (2, h, w) of chroma v (2, h, w); the Laplacian is (N, N), N = h w."""
    flat = chroma.reshape(2, -1).T.astype(float)
    clean = solve(laplacian + FIDELITY * sparse.identity(len(flat)), FIDELITY * flat)
    return np.asarray(clean.T.reshape(chroma.shape), dtype=np.float32)


def correct(chroma: Picture, wanted: Picture, given: Given, laplacian: Matrix) -> Picture:
    """Return chroma (2, h, w) set to `wanted` (2, h, w) where `given` (h, w) is True, and corrected around it."""
    free = ~given.ravel()
    rows = (laplacian + DAMPING * sparse.identity(given.size)).tocsr()[free]
    difference = np.where(given, wanted - chroma, np.float32(0))
    return chroma + solve_free(difference, free, rows[:, free], -rows[:, ~free])
