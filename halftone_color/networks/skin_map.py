"""Skin map: where a gray picture shows skin, read off what the colorizer's encoder found in it.

Colors are guessed, and hands of ten pixels are guessed gray; what a thing is, is seen more surely than what color it
has. The map says where skin is, so that it gets the color of the picture's other skin (colorize/_skin.py).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SkinMap(nn.Module):
    """Three convolutions at a quarter of the picture."""

    def __init__(self, channels: tuple[int, int, int], width: int) -> None:
        """Make it for maps at 1/2, 1/4 and 1/8 of so many channels each; `width` is of the hidden layers."""
        super().__init__()
        self.enter = nn.Conv2d(sum(channels), width, 3, padding=1)
        self.widen = nn.Conv2d(width, width, 3, padding=2, dilation=2)
        self.leave = nn.Conv2d(width, 1, 1)

    def forward(self, half: Tensor, quarter: Tensor, eighth: Tensor) -> Tensor:
        """Map features (B, C, h, w) of three sizes to (B, 1, H/4, W/4): the logarithm of the odds of skin."""
        coarse = F.interpolate(eighth, scale_factor=2, mode="bilinear", align_corners=False)
        x = F.silu(self.enter(torch.cat([F.avg_pool2d(half, 2), quarter, coarse], 1)))
        odds: Tensor = self.leave(F.silu(x + self.widen(x)))
        return odds.float()
