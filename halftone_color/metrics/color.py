"""Colorfulness and color histograms of a picture, without a ground truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2lab

from halftone_color.types import Picture

AB_BINS, AB_REACH = 32, 110.0
"""Number of bins along each axis of a color histogram, and the largest absolute a and b (CIELAB) that it covers."""
AB_SMOOTHING = 1.0
"""Standard deviation, in bins, of the smoothing of the histogram, so that near colors count as similar."""


def colorfulness(rgb: Picture) -> float:
    """Colorfulness of an sRGB picture (3, H, W) in [0, 1]; 0 for gray, about 60 for a vivid photograph.

    Hasler and Suesstrunk 2003, "Measuring colourfulness in natural images", section 7, the metric in RGB: with
    rg = R - G and yb = (R + G) / 2 - B on the scale 0..255, the length of the standard deviations plus 0.3 times the
    length of the means.
    """
    red, green, blue = np.asarray(rgb, np.float64) * 255.0
    opponent = np.stack([red - green, (red + green) / 2.0 - blue]).reshape(2, -1)
    return float(np.linalg.norm(opponent.std(axis=1)) + 0.3 * np.linalg.norm(opponent.mean(axis=1)))


def ab_histogram(rgb: Picture) -> NDArray[np.float64]:
    """Smoothed histogram (32, 32) of CIELAB's a and b over the pixels of sRGB (3, H, W) in [0, 1]; it sums to one."""
    _, a, b = rgb2lab(np.asarray(rgb, np.float64), channel_axis=0).reshape(3, -1).clip(-AB_REACH, AB_REACH)
    counts = np.histogram2d(a, b, AB_BINS, ((-AB_REACH, AB_REACH), (-AB_REACH, AB_REACH)))[0]
    smooth = gaussian_filter(counts, AB_SMOOTHING)  # reflected at the ends, so that the sum is kept
    share: NDArray[np.float64] = smooth / smooth.sum()
    return share


def reference_distance(result: Picture, reference: Picture) -> float:
    """L1 distance of two pictures' smoothed ab histograms: 0 if they have the same colors, 2 if they share none."""
    return float(np.abs(ab_histogram(result) - ab_histogram(reference)).sum())


def mean_ab(rgb: Picture) -> NDArray[np.float64]:
    """Mean (2,) of CIELAB's a and b over the pixels of sRGB (3, H, W) in [0, 1]."""
    return np.asarray(rgb2lab(np.asarray(rgb, np.float64), channel_axis=0)[1:].mean((1, 2)))
