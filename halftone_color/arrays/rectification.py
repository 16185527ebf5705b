"""Whether two pictures of a pair are rectified: how far matched points lie apart vertically, and how to align them.

Points are found and matched by ORB (Rublee et al. 2011; scikit-image). A picture is aligned by moving its rows by a
plane fitted to the matches: an offset, a small turn and a small difference in scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from skimage.feature import ORB, match_descriptors
from skimage.transform import downscale_local_mean

Plane = NDArray[np.float32]

SOUGHT_PX = 640
"""Longer side in px up to which pictures are searched for points; larger ones are reduced by a whole number."""
POINTS = 400
MOST_RATIO = 0.8
"""Best distance of descriptors over the second best, above which a match is dropped."""
LEAST_MATCHES = 24
"""With fewer matches nothing is said."""
ROUNDS, OUTLIER = 8, 2.5
"""Fits, and how many median deviations from the fit a match may lie to take part in the next."""
LEAST_SPREAD_PX = 0.3
"""Least of that median deviation."""
LEAST_SIDE_PX = 48
"""Smaller pictures have too few points."""


@dataclass(frozen=True)
class Offsets:
    """Vertical offsets between a pair's pictures: a plane over the second picture."""

    across: float
    down: float
    constant: float
    """A point at (x, y) of the aligned second picture lies in row across x + down y + constant of the given one."""
    typical_px: float
    """Mean distance of rows, in px, over the matched points."""

    def align(self, plane: Plane) -> Plane:
        """Return a plane (H, W) of the second picture, or several (C, H, W), aligned; the border goes on."""
        if plane.ndim == 3:
            return np.stack([self.align(each) for each in plane])
        rows, columns = np.meshgrid(*(np.arange(side, dtype=float) for side in plane.shape), indexing="ij")
        places = [self.across * columns + self.down * rows + self.constant, columns]
        return np.asarray(map_coordinates(plane, places, order=1, mode="nearest"), np.float32)


def measure_offsets(first: Plane, second: Plane) -> Offsets | None:
    """Return the vertical offsets of two lumas (H, W), None where too little is found to tell."""
    if min(first.shape) < LEAST_SIDE_PX:
        return None
    factor = max(1, round(max(first.shape) / SOUGHT_PX))
    found = [_points(downscale_local_mean(plane, (factor, factor))) for plane in (first, second)]  # type: ignore[no-untyped-call]
    if any(points is None for points in found):
        return None
    (places, codes), (other_places, other_codes) = found  # type: ignore[misc]
    pairs = match_descriptors(codes, other_codes, cross_check=True, max_ratio=MOST_RATIO)  # type: ignore[no-untyped-call]
    if len(pairs) < LEAST_MATCHES:
        return None
    one, other = (
        (points[index] + 0.5) * factor - 0.5 for points, index in ((places, pairs[:, 0]), (other_places, pairs[:, 1]))
    )
    planes = np.stack([other[:, 1], one[:, 0], np.ones(len(pairs))], 1)
    kept = np.abs(one[:, 0] - other[:, 0]) < first.shape[0] / 8
    for _ in range(ROUNDS):
        if kept.sum() < LEAST_MATCHES:
            return None
        fit = np.linalg.lstsq(planes[kept], other[kept, 0], rcond=None)[0]
        error = np.abs(planes @ fit - other[:, 0])
        kept = error <= OUTLIER * max(LEAST_SPREAD_PX * factor, float(np.median(error[kept])))
    typical = float(np.abs(planes @ fit - one[:, 0])[kept].mean())
    return Offsets(float(fit[0]), float(fit[1]), float(fit[2]), typical)


def _points(luma: Plane) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Return places (N, 2: row, column) and descriptors of the points of a luma, None where there is none."""
    finder = ORB(n_keypoints=POINTS, fast_threshold=0.04)  # type: ignore[no-untyped-call]
    try:
        finder.detect_and_extract(np.asarray(luma, float))  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, IndexError):  # scikit-image finds no point
        return None
    return np.asarray(finder.keypoints), np.asarray(finder.descriptors)
