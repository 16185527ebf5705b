"""The losses of Inverse Halftone Colorization, each a function of tensors, named as in the paper.

Yen, Cheng, Chiu 2021, sections 2.1 and 2.2. Where the paper writes a norm ||a - b||_2 the mean over all entries is
taken, so that weights do not depend on sizes. Features are whatever the caller passes: the paper's are VGG's.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

KNEE = 0.05
"""Difference up to which L_rec is quadratic."""
PATCH = 4
"""Number of means along the side of a patch of L_sim."""
COARSE = 4
"""Side in px of the cells whose means L_ms compares."""
DISTANT = 0.02
"""Ratio of the distance of two results and that of their codes above which L_ms is below 1."""


def pixel(result: Tensor, truth: Tensor) -> Tensor:
    """L_pixel (2.1): mean absolute difference of two pictures of equal shape."""
    return (result - truth).abs().mean()


def perceptual(result: Tensor, truth: Tensor) -> Tensor:
    """L_percep (2.1): mean squared difference of two feature maps, divided by the truth's mean square."""
    return F.mse_loss(result, truth) / truth.square().mean().clamp_min(1e-8)


def unlikeness(result: Tensor, truth: Tensor, side: int = 7) -> Tensor:
    """1 - SSIM of two pictures (B, 1, H, W) in [0, 1], mean over all windows of `side` px; not in the paper.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment" (2004), with scikit-image's even windows. Where a
    picture has little contrast it counts the structure that absolute differences hardly see.
    """

    planes = torch.cat([result, truth, result * result, truth * truth, result * truth], 1)
    means = F.avg_pool2d(F.avg_pool2d(planes, (side, 1), 1), (1, side), 1)  # columns, then rows
    first, second, first_square, second_square, product = means.unbind(1)
    unbiased = side**2 / (side**2 - 1)
    first_variance = unbiased * (first_square - first * first)
    second_variance = unbiased * (second_square - second * second)
    covariance = unbiased * (product - first * second)
    light, contrast = 0.01**2, 0.03**2
    alike = (2 * first * second + light) * (2 * covariance + contrast)
    alike = alike / ((first**2 + second**2 + light) * (first_variance + second_variance + contrast))
    return 1 - alike.mean()


def reconstruction(result: Tensor, truth: Tensor, reduction: str = "mean") -> Tensor:
    """L_rec (2.2): Huber loss of two pictures or chroma planes: squares below KNEE, absolute differences beyond.

    Args:
        result, truth: of equal shape.
        reduction: "mean", or "none" for the loss of each value.
    """
    return F.huber_loss(result, truth, reduction, KNEE) / KNEE


def gram(features: Tensor) -> Tensor:
    """Gram matrices (B, C, C) of feature maps (B, C, h, w), divided by the number of positions."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def style(result_features: Tensor, reference_features: Tensor) -> Tensor:
    """L_style (2.2): mean absolute difference of Gram matrices over the reference's mean size."""
    wanted = gram(reference_features)
    return (gram(result_features) - wanted).abs().mean() / wanted.abs().mean().clamp_min(1e-8)


def latent(code: Tensor, recovered: Tensor) -> Tensor:
    """L_latent (2.2): mean squared difference of the code given (B, n) and the code read back from the result."""
    return F.mse_loss(recovered, code)


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """L_KL (2.2): divergence of N(mean, exp(log_variance)) from N(0, I) in nats, mean over the batch."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()


def self_similarity(picture: Tensor, side: int) -> Tensor:
    """S of L_sim (2.2): cosine similarity of each pair of patches of a picture, (B, C, H, W) -> (B, side^2, side^2).

    The picture is cut into side x side patches, which are compared as PATCH x PATCH means, less the picture's mean.

    Args:
        picture: of any size; one below PATCH x side is enlarged.
        side: patches along a side; the paper has 64.
    """
    means = F.adaptive_avg_pool2d(picture, PATCH * side)
    patches = F.unfold(means - means.mean((2, 3), keepdim=True), PATCH, stride=PATCH).transpose(1, 2)
    patches = F.normalize(patches, dim=2, eps=1e-3)
    return patches @ patches.transpose(1, 2)


def similarity(result: Tensor, truth: Tensor, side: int) -> Tensor:
    """L_sim (2.2): mean squared difference of the self-similarity of two pictures' side x side patches."""
    return F.mse_loss(self_similarity(result, side), self_similarity(truth, side))


def histogram(result_bins: Tensor, reference_bins: Tensor) -> Tensor:
    """L_hist (2.2): binary cross-entropy of estimated histograms (B, bins) in [0, 1], less its value for equal ones."""
    result_bins = result_bins.clamp(1e-6, 1 - 1e-6)
    reference_bins = reference_bins.clamp(1e-6, 1 - 1e-6)
    entropy = F.binary_cross_entropy(reference_bins, reference_bins)
    return F.binary_cross_entropy(result_bins, reference_bins) - entropy


def mode_seeking(first: Tensor, second: Tensor, first_code: Tensor, second_code: Tensor) -> Tensor:
    """L_ms (2.2), to be minimized: distance of the codes over distance of the results, ten for equal results.

    Both are mean absolute differences per picture, of results after averaging over COARSE x COARSE px: what differs by
    place counts little. The paper compares the results' Gram matrices, which tell little of chroma.

    Args:
        first, second: results (B, C, h, w), of chroma.
        first_code, second_code: their codes (B, n).
    """
    between_codes = (first_code - second_code).abs().mean(1)
    between_results = F.avg_pool2d(first - second, COARSE).abs().mean((1, 2, 3))
    return (DISTANT / (between_results / between_codes + DISTANT / 10)).mean()
