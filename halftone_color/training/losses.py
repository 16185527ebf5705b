"""The losses of Inverse Halftone Colorization, each a function of tensors, named as in the paper.

Yen, Cheng, Chiu 2021, sections 2.1 and 2.2. Where the paper writes a norm ||a - b||_2 the mean over all entries is
taken, so that weights do not depend on sizes. Features are whatever the caller passes: the paper's are VGG's.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


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


def reconstruction(result: Tensor, truth: Tensor) -> Tensor:
    """L_rec (2.2): Huber loss (knee .05) of two pictures or chroma planes: squares near, absolute far."""
    return F.huber_loss(result, truth, delta=0.05) / 0.05


def edges(picture: Tensor) -> Tensor:
    """The edge operator of L_struct: Sobel gradients of luma, (B, 3, H, W) -> (B, 2, H - 2, W - 2)."""
    luma = (picture * picture.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
    across = luma.new_tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 8
    return F.conv2d(luma, torch.stack([across, across.T])[:, None])


def structure(result: Tensor, truth: Tensor, result_features: Tensor, truth_features: Tensor) -> Tensor:
    """L_struct (2.2): difference of edge maps plus difference of features, of pictures (B, 3, H, W)."""
    return F.mse_loss(edges(result), edges(truth)) + perceptual(result_features, truth_features)


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


def adversarial(realness: Tensor) -> Tensor:
    """L_adv (2.2) for the generator, least squares: results should look real (1)."""
    return (realness - 1).square().mean()


def discrimination(real: Tensor, made: Tensor) -> Tensor:
    """The discriminator's side of L_adv, least squares: real towards 1, made towards 0."""
    return 0.5 * ((real - 1).square().mean() + made.square().mean())


def self_similarity(picture: Tensor, side: int = 16) -> Tensor:
    """S of L_sim: cosine similarity of each pair of side x side patches, (B, C, H, W) -> (B, side^2, side^2).

    A patch is a cell of the picture and its surroundings: the cell's pixels, 4 x 4 of them, less the picture's mean.
    """
    cells = F.adaptive_avg_pool2d(picture, 4 * side)
    patches = F.unfold(cells - cells.mean((2, 3), keepdim=True), 4, stride=4).transpose(1, 2)
    patches = F.normalize(patches, dim=2, eps=1e-3)
    return patches @ patches.transpose(1, 2)


def similarity(result: Tensor, truth: Tensor, side: int = 16) -> Tensor:
    """L_sim (2.2): mean squared difference of the patch self-similarity matrices of two pictures."""
    return F.mse_loss(self_similarity(result, side), self_similarity(truth, side))


def histogram(result_bins: Tensor, reference_bins: Tensor) -> Tensor:
    """L_hist (2.2): binary cross-entropy of estimated histograms (B, bins) in [0, 1], less its value for equal ones."""
    result_bins = result_bins.clamp(1e-6, 1 - 1e-6)
    reference_bins = reference_bins.clamp(1e-6, 1 - 1e-6)
    entropy = F.binary_cross_entropy(reference_bins, reference_bins)
    return F.binary_cross_entropy(result_bins, reference_bins) - entropy


def mode_seeking(first: Tensor, second: Tensor, first_code: Tensor, second_code: Tensor) -> Tensor:
    """L_ms (2.2), to be minimised: distance of the codes over distance of the results' Gram matrices.

    Both are mean absolute differences per picture; features (B, C, h, w), codes (B, n).
    """
    between_codes = (first_code - second_code).abs().mean(1)
    between_results = (gram(first) - gram(second)).abs().mean((1, 2))
    return (between_codes / (between_results + 1e-3)).mean()
