"""Discriminator D on a colour picture and its latent code, for the adversarial loss.

Yen, Cheng, Chiu 2021, section 2.2, L_adv: D judges the joint distribution of pictures and codes. Patchwise, small,
with spectral normalisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


@dataclass(frozen=True)
class Config:
    """Sizes of the discriminator."""

    code: int = 16
    """Numbers in the latent code."""
    widths: tuple[int, ...] = (32, 64, 96)
    """Channels at 1/2, 1/4, 1/8 of the picture."""


class Network(nn.Module):
    """The discriminator."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        inputs = (3, *config.widths[:-1])
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1)) for a, b in zip(inputs, config.widths, strict=True)
        )
        self.code = nn.Linear(config.code, config.widths[-1])
        self.leave = spectral_norm(nn.Conv2d(config.widths[-1], 1, 3, padding=1))

    def forward(self, rgb: Tensor, code: Tensor) -> Tensor:
        """Map (B, 3, H, W) sRGB in [0, 1] and (B, code) to realness (B, 1, H/8, W/8), about 1 for real, 0 for made."""
        x = rgb * 2 - 1
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)  # half the size, next width
        agreement = (x * self.code(code)[:, :, None, None]).mean(1, keepdim=True)  # projection of the code
        return torch.as_tensor(self.leave(x) + agreement)
