"""Fidelity of a picture to its ground truth: PSNR, SSIM, chroma PSNR, CIEDE2000, and the best tone fit."""

from __future__ import annotations

import math

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.types import Picture


def psnr(result: Picture, truth: Picture) -> float:
    """Peak signal-to-noise ratio in dB of two pictures (C, H, W) in [0, 1]; infinite where they are equal."""
    squared_error = float(np.mean((np.asarray(result, np.float64) - np.asarray(truth, np.float64)) ** 2))
    return -10.0 * math.log10(squared_error) if squared_error > 0 else math.inf


def ssim(result: Picture, truth: Picture) -> float:
    """Structural similarity of two pictures (C, H, W) in [0, 1], sides of 7 px or more; 1 where they are equal.

    scikit-image's defaults (7 x 7 uniform window, Wang et al. 2004), averaged over the channels.
    """
    a, b = np.asarray(truth, np.float64), np.asarray(result, np.float64)
    return float(structural_similarity(a, b, data_range=1.0, channel_axis=0))  # type: ignore[no-untyped-call]


def chroma_psnr(result_rgb: Picture, truth_rgb: Picture) -> float:
    """PSNR in dB of two sRGB pictures (3, H, W) in [0, 1] that counts only the color of the result.

    The result's luma (full-range Rec. 601 YCbCr) is replaced by the truth's. The picture is then converted back to RGB,
    clipped to [0, 1] and compared with the truth over the three channels.
    """
    _, result_chroma = rgb_to_ycc(result_rgb)
    truth_luma, _ = rgb_to_ycc(truth_rgb)
    return psnr(np.clip(ycc_to_rgb(truth_luma, result_chroma), 0.0, 1.0), truth_rgb)


def ciede2000(result_rgb: Picture, truth_rgb: Picture) -> float:
    """Mean CIEDE2000 color difference of two sRGB pictures (3, H, W) in [0, 1], white point D65."""
    result_lab, truth_lab = (rgb2lab(np.asarray(rgb, np.float64), channel_axis=0) for rgb in (result_rgb, truth_rgb))
    difference = deltaE_ciede2000(truth_lab, result_lab, channel_axis=0)  # type: ignore[no-untyped-call]
    return float(np.mean(difference))


def affine_fit(result: Picture, truth: Picture) -> Picture:
    """Return a * result + b with the gain and offset, common to all pixels, that fit the truth best (least squares).

    Both pictures are (C, H, W); the fit is not clipped. A constant result becomes the truth's mean.
    """
    x, y = np.asarray(result, np.float64), np.asarray(truth, np.float64)
    variance = np.mean((x - x.mean()) ** 2)
    gain = np.mean((x - x.mean()) * (y - y.mean())) / variance if variance > 0 else 0.0
    fitted: Picture = (gain * (x - x.mean()) + y.mean()).astype(np.float32)
    return fitted
