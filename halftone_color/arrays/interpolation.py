"""Interpolation as a matrix along one side of a picture, and its exact inverse by least squares.

Programs enlarge pictures by sums of a few neighbors, whose weights depend on the position between them (Keys, "Cubic
convolution interpolation for digital image processing", 1981). An enlarged picture has more pixels than the small one,
so the latter follows from it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from scipy.sparse import csr_array

from halftone_color.types import Grid, Picture

Values = NDArray[np.float64]

RIDGE = 1e-3
"""Added to the diagonal of the normal equations, whose diagonal is about the scale of the enlargement: pixels at the
border that hardly any larger pixel depends on remain finite."""


TIE = 1e-9
"""Shift, in px of the small picture, that decides for the later pixel where two are equally near."""


def _linear(distance: Values) -> Values:
    return np.maximum(0.0, 1 - distance)


def _cubic(a: float) -> Callable[[Values], Values]:
    def weight(x: Values) -> Values:
        inner = (a + 2) * x**3 - (a + 3) * x**2 + 1
        return np.where(x < 1, inner, np.where(x < 2, a * (x**3 - 5 * x**2 + 8 * x - 4), 0.0))

    return weight


KERNELS: dict[str, tuple[int, Callable[[Values], Values]]] = {
    "nearest": (1, lambda x: (x < 0.5).astype(np.float64)),
    "bilinear": (1, _linear),
    "bicubic": (2, _cubic(-0.5)),
    "sharp-bicubic": (2, _cubic(-0.75)),
}
"""Reach in px and weight at a distance of each interpolation; Pillow's bicubic has a = -0.5, that of OpenCV and
PyTorch a = -0.75."""


def interpolation(kernel: str, grid: Grid, start: int, stop: int) -> csr_array:
    """Return the matrix (stop - start, grid.count) that enlarges a side, for pixels from `start` up to `stop`.

    Args:
        kernel: one of KERNELS.
        grid: of the small picture.
        start, stop: first pixel of the enlarged side, and the one after the last.
    """
    reach, weight = KERNELS[kernel]
    place = (np.arange(start, stop) - grid.origin) / grid.pitch
    if kernel == "nearest":
        neighbors = np.floor(place + 0.5 + TIE)[:, None]
        weights = np.ones_like(neighbors)
    else:
        neighbors = np.floor(place)[:, None] + np.arange(1 - reach, reach + 1)
        weights = weight(np.abs(place[:, None] - neighbors)) * ((neighbors >= 0) & (neighbors < grid.count))
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-6)
    rows = np.broadcast_to(np.arange(stop - start)[:, None], neighbors.shape)
    columns = np.clip(neighbors, 0, grid.count - 1).astype(int)
    return csr_array((weights.ravel(), (rows.ravel(), columns.ravel())), (stop - start, grid.count))


def invert(matrix: csr_array, values: Values) -> Values:
    """Return x (small, n) with the least squares of matrix @ x - values (large, n)."""
    normal = (matrix.T @ matrix).todia()
    reach = int(np.abs(normal.offsets).max())
    bands = np.zeros((reach + 1, normal.shape[0]))
    for offset in range(reach + 1):
        bands[reach - offset, offset:] = normal.diagonal(offset)
    bands[reach] += RIDGE
    return np.asarray(solveh_banded(bands, matrix.T @ values))


def reduce_exactly(picture: Picture, down: Grid, across: Grid, kernel: str) -> Picture:
    """Return the picture (1, h, w) that interpolation by `kernel` enlarged to (1, H, W); it is not clipped."""
    _, height, width = picture.shape
    along_y = invert(interpolation(kernel, down, 0, height), picture[0].astype(np.float64))
    return np.asarray(invert(interpolation(kernel, across, 0, width), along_y.T).T[None], np.float32)


def enlarge(picture: Picture, down: Grid, across: Grid, size: tuple[int, int], kernel: str) -> Picture:
    """Return a picture (1, h, w), whose pixels lie on two grids, enlarged to (1, *size) by `kernel`."""
    along_y = interpolation(kernel, down, 0, size[0]) @ picture[0]
    return np.asarray((interpolation(kernel, across, 0, size[1]) @ along_y.T).T[None], np.float32)
