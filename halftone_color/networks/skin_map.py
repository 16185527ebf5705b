"""Skin map: where a gray picture shows skin, predicted from the features of the colorizer's encoder.

The colorizer tends to leave small areas of skin, such as hands of ten pixels, gray. Skin itself is recognized more
reliably than its color is predicted, so the map lets such areas take the color of the picture's other skin
(colorizers/_skin.py).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SkinMap(nn.Module):
    """Three convolutions at a quarter of the picture's size."""

    def __init__(self, channels: tuple[int, int, int], width: int) -> None:
        """Take the channels of the feature maps at 1/2, 1/4 and 1/8, and the width of the hidden layers."""
        super().__init__()
        self.enter = nn.Conv2d(sum(channels), width, 3, padding=1)
        self.widen = nn.Conv2d(width, width, 3, padding=2, dilation=2)
        self.leave = nn.Conv2d(width, 1, 1)

    def forward(self, half: Tensor, quarter: Tensor, eighth: Tensor) -> Tensor:
        """Map features (B, C, h, w) of three sizes to the logits of skin (B, 1, H/4, W/4)."""
        coarse = F.interpolate(eighth, scale_factor=2, mode="bilinear", align_corners=False)
        x = F.silu(self.enter(torch.cat([F.avg_pool2d(half, 2), quarter, coarse], 1)))
        logits: Tensor = self.leave(F.silu(x + self.widen(x)))
        return logits.float()
