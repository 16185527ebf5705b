"""Whether skin has the color of skin: where true skin is, and the distribution of its colors by luma.

Skin is identified by color only: pixels of photographs of people whose true CIELAB ab lies in a box of chroma and hue.
So sand, brick and wood of the same color count as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, label
from scipy.stats import chi2
from skimage.color import rgb2lab

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.types import Picture

CHROMA = (9.0, 40.0)
"""Range of CIELAB chroma that counts as skin."""
HUE_DEG = (18.0, 72.0)
"""Range of CIELAB hue that counts as skin, in degrees."""
GRAY_CHROMA = 5.0
"""CIELAB chroma below which skin counts as gray."""
MARGIN_PX = 2
"""Width in px by which regions of skin are eroded, because colors mix at the borders of objects."""
SMALL = 32 / 320
"""Side of a square, relative to the shorter side of the picture; regions with less area are small."""
THIRDS = 3
"""Number of parts into which the range of luma is divided, each with its own ellipse."""
COVERAGE = 0.95
"""Share of a Gaussian that its ellipse contains."""

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]


def is_skin_color(a: Values, b: Values) -> Mask:
    """Return whether CIELAB a and b, of one shape, lie in the box of skin."""
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a))
    inside: Mask = (chroma >= CHROMA[0]) & (chroma <= CHROMA[1]) & (hue >= HUE_DEG[0]) & (hue <= HUE_DEG[1])
    return inside


def skin_of(truth: Picture) -> tuple[Mask, Mask]:
    """Return two masks (H, W) of a photograph, sRGB (3, H, W) in [0, 1]: skin, and skin in small regions.

    Pixels in the box are eroded by MARGIN_PX (a square neighborhood; nothing is eroded at the picture's border).
    Regions are the connected parts of the rest, dilated by the same margin; a region is small if its area is less than
    the square of 32 / 320 of the picture's shorter side, which is 32 x 32 px in a picture of 320 px.
    """
    _, a, b = rgb2lab(np.asarray(truth, np.float64), channel_axis=0)
    square = np.ones((2 * MARGIN_PX + 1,) * 2, bool)
    skin = binary_erosion(is_skin_color(a, b), square, border_value=1)
    regions, _ = label(binary_dilation(skin, square), np.ones((3, 3)))
    covered = np.bincount(regions.ravel())
    small = covered < (SMALL * min(truth.shape[1:])) ** 2
    small[0] = False  # the background is not a region
    return np.asarray(skin), np.asarray(skin & small[regions])


@dataclass(frozen=True)
class SkinColors:
    """Gaussians of true skin's ab, one for each third of luma."""

    means: Values
    """(3, 2)."""
    precisions: Values
    """(3, 2, 2), inverses of the covariances."""

    def contain(self, ab: Values, luma: Values) -> Mask:
        """Return which of n pixels, ab (n, 2) and luma (n,) in [0, 1], lie in the 95 % ellipse of their luma third."""
        third = third_of(luma)
        away = ab - self.means[third]
        distance = np.einsum("ni,nij,nj->n", away, self.precisions[third], away)  # Mahalanobis, squared
        held: Mask = distance <= chi2.ppf(COVERAGE, 2)
        return held


class SkinFit:
    """Accumulates pixels of true skin, to fit their colors."""

    def __init__(self) -> None:
        self._count = np.zeros(THIRDS)
        self._sum = np.zeros((THIRDS, 2))
        self._products = np.zeros((THIRDS, 2, 2))

    def add(self, ab: Values, luma: Values) -> None:
        """Add n pixels of true skin: ab (n, 2), luma (n,) in [0, 1]."""
        third = third_of(luma)
        for k in range(THIRDS):
            own = ab[third == k]
            self._count[k] += len(own)
            self._sum[k] += own.sum(0)
            self._products[k] += own.T @ own

    def fit(self) -> SkinColors | None:
        """Return means and precisions for each third of luma; None if one of them has too few pixels."""
        if self._count.min() < 3:
            return None
        means = self._sum / self._count[:, None]
        covariances = self._products / self._count[:, None, None] - means[:, :, None] * means[:, None, :]
        if np.linalg.det(covariances).min() <= 1e-9:
            return None
        return SkinColors(means, np.asarray(np.linalg.inv(covariances), np.float64))


def third_of(luma: Values) -> NDArray[np.intp]:
    """Return 0 (dark), 1 or 2 (light): the third of [0, 1] in which luma lies."""
    return np.clip(np.asarray(luma * THIRDS, np.intp), 0, THIRDS - 1)


def pixels_of(rgb: Picture, where: Mask) -> Values:
    """Return CIELAB ab (n, 2) of the pixels of sRGB (3, H, W) inside the mask (H, W)."""
    return np.asarray(rgb2lab(np.asarray(rgb, np.float64)[:, where].T[None])[0, :, 1:])


def luma_of(rgb: Picture, where: Mask) -> Values:
    """Return Rec. 601 luma (n,) of the pixels of sRGB (3, H, W) inside the mask (H, W)."""
    return np.asarray(rgb_to_luma(np.asarray(rgb, np.float64))[0][where])


def gray_share(ab: Values) -> float:
    """Return the share of n >= 1 pixels, ab (n, 2), whose chroma is below 5."""
    return float((np.hypot(ab[:, 0], ab[:, 1]) < GRAY_CHROMA).mean())
