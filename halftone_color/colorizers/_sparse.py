"""Sparse systems of equations on a picture's grid, solved directly by factorization."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

SOLVED_PX = 512 * 512
"""Largest number of unknowns, factored in seconds within about a gigabyte; larger pictures are downsampled to it."""

Matrix = Any
"""A sparse matrix of scipy, which ships no type hints."""
Values = NDArray[np.float64]


def solve(matrix: Matrix, right: Values) -> Values:
    """Solve matrix (N, N) x = right (N, K) for x (N, K); the diagonal must allow pivoting without row exchanges."""
    if not len(right):
        return right
    ordered = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    return np.asarray(splu(matrix.tocsc(), **ordered).solve(right))


def solve_free(
    planes: NDArray[np.float32], free: NDArray[np.bool_], matrix: Matrix, coupling: Matrix
) -> NDArray[np.float32]:
    """Solve for the free pixels of planes; the others keep their values.

    Args:
        planes: (K, h, w).
        free: (N,), N = h w: True for the F pixels to solve for.
        matrix: (F, F), of the free pixels.
        coupling: (F, N - F), between the free pixels and the others.

    Returns:
        (K, h, w), such that matrix times the free pixels equals coupling times the others.
    """
    flat: Values = planes.reshape(len(planes), -1).T.astype(float)
    flat[free] = solve(matrix, np.asarray(coupling @ flat[~free]))
    return flat.T.reshape(planes.shape).astype(np.float32)


def neighbors(height: int, width: int) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Return pixel indices for the neighbors above, below, left and right: of the pixels that have one, and of it."""
    number = np.arange(height * width, dtype=np.int32).reshape(height, width)
    down = (number[1:].ravel(), number[:-1].ravel())
    right = (number[:, 1:].ravel(), number[:, :-1].ravel())
    return [down, down[::-1], right, right[::-1]]


def grid_matrix(entries: list[Values], height: int, width: int) -> Matrix:
    """Return the matrix (N, N), N = height x width, with the given entries for the pairs of `neighbors`."""
    pairs = neighbors(height, width)
    rows = np.concatenate([first for first, _ in pairs])
    columns = np.concatenate([second for _, second in pairs])
    return sparse.csr_matrix((np.concatenate(entries), (rows, columns)), shape=(height * width,) * 2)
