"""Pixels without a match take the average of matched ones that look alike, wherever in the picture they are (ours).

Much of what has no match lies in the strip at the border that the other camera does not see, up to d px wide: there is
nothing to fill in from nearby. So matched pixels of like luma, smoothed luma, contrast and place are looked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree

from halftone_color.arrays.luma_filling import Filling

SMOOTHED = ((1.0, 0.06), (3.0, 0.08), (8.0, 0.12))
"""Standard deviations in px of the smoothed lumas that are compared, and the difference that counts as one."""
CONTRASTS = ((2.0, 0.04), (4.0, 0.04))
"""The same for the local deviation of luma."""
PLACE_PX = 100.0
"""Distance in px that counts as one; of 100 and 250 the better for most training pairs of Middlebury."""
SAMPLED, NEAREST = 30_000, 16
"""Matched pixels that are looked through, and how many are averaged."""
SHARPNESS = 2.0
"""How fast weights fall with the square of the distance beyond the nearest."""
SLACK = 0.5
"""The search may miss by this share of the distance."""
HALFWAY_PX, MOST_BY_LOOK = 5.0, 0.6
"""Distance from matched pixels at which look would count half, and the most that it counts; chosen on four training
pairs of Middlebury, where it gains .5 dB."""


def plan_by_look(luma: NDArray[np.float32], known: NDArray[np.bool_], pixels: NDArray[np.int64]) -> Filling:
    """Return from where pixels (P,) are filled in.

    Args:
        luma: (H, W) in [0, 1].
        known: (H, W), True where a pixel has a match.
        pixels: those without one, counted row by row.
    """
    height, width = luma.shape
    rows, columns = np.meshgrid(np.arange(height) / PLACE_PX, np.arange(width) / PLACE_PX, indexing="ij")
    looks = [gaussian_filter(luma, sigma) / unit for sigma, unit in SMOOTHED]
    for sigma, unit in CONTRASTS:
        rough = gaussian_filter((luma - gaussian_filter(luma, sigma)) ** 2, sigma)
        looks.append(np.sqrt(np.maximum(rough, 0)) / unit)
    described = np.stack([*looks, rows, columns], 2).reshape(-1, len(looks) + 2)
    matched = np.flatnonzero(known)
    chosen = np.random.default_rng(0).permutation(len(matched))[:SAMPLED]
    matched = matched[np.sort(chosen)]
    count = min(NEAREST, len(matched))
    if not count or not len(pixels):
        return Filling(pixels, np.zeros((len(pixels), 1), np.int64), np.zeros((len(pixels), 1), np.float32))
    distances, found = cKDTree(described[matched]).query(described[pixels], k=[*range(1, count + 1)], eps=SLACK)
    weights = np.exp(-SHARPNESS * (distances**2 - distances[:, :1] ** 2))
    shares = weights / weights.sum(1, keepdims=True)
    return Filling(pixels, matched[found], shares.astype(np.float32))


def joined(along: Filling, by_look: Filling, known: NDArray[np.bool_]) -> Filling:
    """Return a filling along the luma and one by look of the same pixels as one, by the distance from matched ones.

    Near matched pixels the former rules, far from them the latter; where one found nothing, the other alone.
    """
    far = np.asarray(distance_transform_edt(~known)).ravel()[along.pixels]
    share = np.minimum(MOST_BY_LOOK, far / (far + HALFWAY_PX))[:, None]
    share = np.where(along.weights.sum(1, keepdims=True) > 0, share, 1.0)
    share = np.where(by_look.weights.sum(1, keepdims=True) > 0, share, 0.0).astype(np.float32)
    weights = np.concatenate([along.weights * (1 - share), by_look.weights * share], 1)
    return Filling(along.pixels, np.concatenate([along.places, by_look.places], 1), weights)
