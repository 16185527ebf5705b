"""Color encoder E: a color picture to the mean and log-variance of a small latent code.

Yen, Cheng, Chiu 2021, section 2.2: z^c = E(I). The code is pooled over all positions: it describes which colors a
picture has and on what kind of object, not where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAST, MOST = -8.0, 4.0
"""Range to which the log-variance is clamped."""


@dataclass(frozen=True)
class ColorEncoderConfig:
    """Sizes of the color encoder."""

    code: int = 32
    """Length of the latent code z^c."""
    widths: tuple[int, ...] = (32, 64, 128, 192)
    """Channels at 1/2, 1/4, 1/8, ... of the picture."""
    mixed: int = 192
    """Width of the hidden layer between the pooled features and the code."""


class ColorEncoderNet(nn.Module):
    """The color encoder; H and W may be any number above 2 ** len(widths)."""

    def __init__(self, config: ColorEncoderConfig) -> None:
        super().__init__()
        self.config = config
        inputs = (3, *config.widths[:-1])
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in zip(inputs, config.widths, strict=True)
        )
        self.mix = nn.Linear(3 * config.widths[-1], config.mixed)
        self.mean = nn.Linear(config.mixed, config.code)
        self.log_variance = nn.Linear(config.mixed, config.code)
        nn.init.zeros_(self.log_variance.weight)
        nn.init.constant_(self.log_variance.bias, -2.0)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, 3, H, W) sRGB in [0, 1] to mean and log-variance, (B, code) each, of z^c."""
        x = rgb * 2 - 1
        for layer in self.layers:
            x = F.silu(layer(x))  # half the size, next width
        spread = x.float().std((2, 3)).to(x)
        pooled = torch.cat([x.mean((2, 3)), spread, x.amax((2, 3))], 1)  # (B, 3 widths[-1])
        x = F.silu(self.mix(pooled))
        return self.mean(x), self.log_variance(x).clamp(LEAST, MOST)
