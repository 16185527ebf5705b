"""Histogram estimator H: a differentiable regression of a picture's color histogram.

Yen, Cheng, Chiu 2021, section 2.2, L_hist: pretrained to regress the share of each color bin from the picture,
then frozen. The bins here are those of chroma, bins x bins over Cb and Cr.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class HistogramConfig:
    """Sizes of the histogram estimator."""

    bins: int = 12
    """Bins along each of Cb and Cr."""
    reach: float = 0.3
    """Largest absolute Cb or Cr that has a bin of its own; chroma beyond it falls into the outermost bins."""
    width: int = 96
    """Channels of the pixel-wise layers."""


class HistogramNet(nn.Module):
    """The histogram estimator: soft votes of each pixel, averaged."""

    def __init__(self, config: HistogramConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.Sequential(
            nn.Conv2d(3, config.width, 1),
            nn.SiLU(),
            nn.Conv2d(config.width, config.width, 1),
            nn.SiLU(),
            nn.Conv2d(config.width, config.bins**2, 1),
        )

    def forward(self, rgb: Tensor) -> Tensor:
        """Map (B, 3, H, W) sRGB in [0, 1] to (B, bins^2), the share of the pixels in each chroma bin; sums to 1."""
        votes: Tensor = self.layers(rgb * 4 - 2).softmax(1)  # (B, bins^2, H, W)
        return votes.mean((2, 3))


def chroma_histogram(chroma: Tensor, config: HistogramConfig) -> Tensor:
    """Count the true histogram: chroma (B, 2, H, W) -> shares (B, bins^2), Cb-major."""
    place = ((chroma / config.reach + 1) / 2 * config.bins).floor().clamp(0, config.bins - 1).long()
    index = (place[:, 0] * config.bins + place[:, 1]).flatten(1)  # (B, H W)
    return F.one_hot(index, config.bins**2).to(torch.float32).mean(1)
