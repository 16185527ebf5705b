"""Fusion network F: residual blocks on the results of both cascade orders.

Yen, Cheng, Chiu 2021, section 2.3: I = F(I^{IHN->C}, I^{C->IHN}). The network works at half resolution
(pixel-unshuffle 2) and predicts a correction to the mean of the two results.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.inverse_halftone import ResidualBlock


@dataclass(frozen=True)
class FusionConfig:
    """Sizes of the fusion network."""

    width: int = 48
    """Channels of the residual blocks."""
    blocks: int = 4
    """Number of residual blocks."""


class FusionNet(nn.Module):
    """The fusion network; H and W must be even."""

    def __init__(self, config: FusionConfig) -> None:
        super().__init__()
        self.config = config
        self.multiple = 2
        self.enter = nn.Conv2d(24, config.width, 3, padding=1)
        self.blocks = nn.Sequential(*(ResidualBlock(config.width) for _ in range(config.blocks)))
        self.leave = nn.Conv2d(config.width, 12, 3, padding=1)
        for weights in self.leave.parameters():
            nn.init.zeros_(weights)

    def forward(self, ihn_first: Tensor, color_first: Tensor) -> Tensor:
        """Fuse (B, 3, H, W) of the path IHN -> C with (B, 3, H, W) of C -> IHN; sRGB in [0, 1], result not clipped."""
        both = F.pixel_unshuffle(torch.cat([ihn_first, color_first], 1), 2)  # (B, 24, H/2, W/2)
        correction = F.pixel_shuffle(self.leave(self.blocks(self.enter(both))), 2)  # (B, 3, H, W)
        return (ihn_first + color_first) / 2 + correction
