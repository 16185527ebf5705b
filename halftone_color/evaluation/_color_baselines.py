"""What colors a picture without knowing what it shows: the rows that a colorizer has to beat."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from skimage.color import lab2rgb, rgb2lab

from halftone_color import api
from halftone_color.evaluation.sections.random import tinted
from halftone_color.metrics.color import mean_ab
from halftone_color.types import Picture

TRUTH, GRAY, TRUE_MEAN = "true photographs", "gray", "true mean color"
TINT, MATCHED, REINHARD = "tint of another", "histogram matching", "Reinhard"

NO_SPREAD = 0.01
"""Standard deviation of a or b up to which a picture counts as gray: its rounding, which is not a color to stretch."""


def baselines(gray: Picture, truth: Picture, stranger: Picture, automatic: Picture) -> dict[str, Picture]:
    """Return the picture (3, H, W) of each row.

    Args:
        gray: (1, H, W), the luma of the truth.
        truth: (3, H, W).
        stranger: (3, h, w), the unrelated reference.
        automatic: (3, H, W), a colorizer's result without a cue.
    """
    return {
        TRUTH: truth,
        GRAY: neutral(gray),
        TRUE_MEAN: tint(gray, truth),
        TINT: tint(gray, stranger),
        MATCHED: histogram_matched(gray, stranger),
        REINHARD: reinhard(automatic, stranger),
    }


def neutral(gray: Picture) -> Picture:
    """Return (3, H, W): gray (1, H, W) as it is."""
    return np.repeat(gray, 3, 0)


def tint(gray: Picture, reference: Picture) -> Picture:
    """Return (3, H, W): gray (1, H, W) with the reference's mean ab everywhere."""
    return tinted(gray, mean_ab(reference))


def histogram_matched(gray: Picture, reference: Picture) -> Picture:
    """Return (3, H, W): gray (1, H, W), each of R, G and B given the reference's histogram, under the gray's luma."""
    return api.colorize(gray, references=[reference], method="lut").picture


def reinhard(colored: Picture, reference: Picture) -> Picture:
    """Return a colored picture (3, H, W) whose ab has the reference's mean and standard deviation.

    Reinhard et al. 2001, "Color transfer between images", section 3, in CIELAB and of a and b alone, lightness kept.
    A gray picture's ab has no deviation to stretch, so that this would be a tint; hence it starts from colors.
    """
    lab = rgb2lab(np.asarray(colored, np.float64), channel_axis=0)
    wanted = rgb2lab(np.asarray(reference, np.float64), channel_axis=0)[1:]
    spread, wanted_spread = _deviation(lab[1:]), _deviation(wanted)
    gain = np.divide(wanted_spread, spread, out=np.zeros_like(spread), where=spread > NO_SPREAD)
    lab[1:] = (lab[1:] - lab[1:].mean((1, 2), keepdims=True)) * gain + wanted.mean((1, 2), keepdims=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # colors that do not exist, clipped
        return np.asarray(lab2rgb(lab, channel_axis=0), np.float32)


def _deviation(ab: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ab.std((1, 2), keepdims=True))
