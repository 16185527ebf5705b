"""Filters tuned on each halftone with its truth at hand: the marks that descreening has to beat."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from itertools import product
from math import ceil

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.restoration import denoise_bilateral, denoise_nl_means

from halftone_color.metrics.fidelity import affine_fit, psnr
from halftone_color.types import Picture

GAUSSIAN, BILATERAL, MEANS = "Gaussian", "Gaussian + bilateral", "Gaussian + non-local means"
SIGMAS_PX = np.arange(0.5, 5.05, 0.1)
"""Standard deviations among which the Gaussian is tuned."""
BILATERAL_BLURS, BILATERAL_TONES = (0.75, 0.9, 1.0), (0.015, 0.03, 0.05, 0.08)
"""Width of the blur before it, over that of the tuned Gaussian; difference of tone at which the weight falls."""
BILATERAL_REACH, BILATERAL_SIDE = 2.5, 17
"""Standard deviation in space, over that of the tuned Gaussian; longest side of the window in px."""
MEANS_BLURS, MEANS_TONES = (0.7, 0.85), (0.03, 0.045, 0.065, 0.09)
MEANS_PATCH_PX, MEANS_REACH_PX = 5, 6
"""Side of the patches that are compared, and how far away they may lie."""


def tuned_gaussian(halftone: Picture, truth: Picture, fit_tone: bool = False) -> Picture:
    """Return the halftone (1, H, W) blurred by that of SIGMAS_PX which comes closest to the truth in PSNR.

    Args:
        halftone: what to blur.
        truth: the contone it was made of; so the result is flattered.
        fit_tone: take the best affine tone fit of each blur.
    """
    return _closest((_blurred(halftone, sigma) for sigma in SIGMAS_PX), truth, fit_tone)


def tuned_filters(halftone: Picture, truth: Picture, fit_tone: bool = False) -> dict[str, Picture]:
    """Return the tuned Gaussian, and edge-keeping filters after a lighter one, each tuned on a grid of its own.

    Bilateral: Tomasi and Manduchi 1998. Non-local means: Buades, Coll and Morel 2005. Arguments as of `tuned_gaussian`.
    """
    sigma_px = max(SIGMAS_PX, key=lambda sigma: _score(_blurred(halftone, sigma), truth, fit_tone))
    return {
        GAUSSIAN: _closest([_blurred(halftone, sigma_px)], truth, fit_tone),
        BILATERAL: _closest(_bilateral(halftone, sigma_px), truth, fit_tone),
        MEANS: _closest(_means(halftone, sigma_px), truth, fit_tone),
    }


def _bilateral(halftone: Picture, sigma_px: float) -> Iterator[Picture]:
    reach = BILATERAL_REACH * sigma_px
    side = min(2 * ceil(1.5 * reach) + 1, BILATERAL_SIDE)
    for blur, tone in product(BILATERAL_BLURS, BILATERAL_TONES):
        soft = _blurred(halftone, blur * sigma_px)[0]
        with warnings.catch_warnings():  # a flat picture has no tones to tell apart
            warnings.simplefilter("ignore", RuntimeWarning)
            kept = denoise_bilateral(soft, win_size=side, sigma_color=tone, sigma_spatial=reach, mode="edge")
        yield np.asarray(kept, np.float32)[None]


def _means(halftone: Picture, sigma_px: float) -> Iterator[Picture]:
    for blur, tone in product(MEANS_BLURS, MEANS_TONES):
        soft = _blurred(halftone, blur * sigma_px)[0]
        kept = denoise_nl_means(soft, MEANS_PATCH_PX, MEANS_REACH_PX, h=tone)
        yield np.asarray(kept, np.float32)[None]


def _blurred(halftone: Picture, sigma_px: float) -> Picture:
    return np.asarray(gaussian_filter(halftone, (0, sigma_px, sigma_px), mode="nearest"), np.float32)


def _closest(candidates: Iterable[Picture], truth: Picture, fit_tone: bool) -> Picture:
    fitted = (affine_fit(picture, truth) if fit_tone else picture for picture in candidates)
    return max(fitted, key=lambda picture: psnr(picture, truth))


def _score(picture: Picture, truth: Picture, fit_tone: bool) -> float:
    return psnr(affine_fit(picture, truth) if fit_tone else picture, truth)
