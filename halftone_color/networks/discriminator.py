"""Discriminator D: small heads that tell true colors from generated ones by the features of a frozen network.

Sauer et al., "Projected GANs converge faster" (2021), sections 3.1 and 3.2, without mixing across scales: features of
four sizes each pass a fixed random 1 x 1 projection and a patch-wise head. Yen, Cheng, Chiu 2021, section 2.2, L_adv.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

TAPS = (1, 2, 4, 6)
"""Indices of the EfficientNet-Lite1 feature maps that are used: at 1/4, 1/8, 1/16 and 1/32 of the picture."""
SLOPE = 0.2
"""Negative slope of the leaky ReLUs."""


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of the discriminator."""

    channels: tuple[int, ...] = (24, 40, 112, 320)
    """Channels of the feature maps at TAPS."""
    width: int = 96
    """Channels to which each map is projected."""


class DiscriminatorNet(nn.Module):
    """The discriminator."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        projections = [nn.Conv2d(channels, config.width, 1) for channels in config.channels]
        for projection in projections:
            nn.init.orthogonal_(projection.weight)
            projection.requires_grad_(False)
        self.project = nn.ModuleList(projections)
        self.heads = nn.ModuleList(_head(config.width) for _ in config.channels)

    def set_trainable(self, trainable: bool) -> None:
        """Switch gradients of the heads on or off; the projections never have any."""
        self.heads.requires_grad_(trainable)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Map features (B, C, h, w) of each tap to realness (B, 1, h/2, w/2); positive means real."""
        return [head(projection(map_)) for map_, projection, head in zip(maps, self.project, self.heads, strict=True)]


def select_taps(maps: Sequence[Tensor]) -> list[Tensor]:
    """Return the feature maps of the trunk that the discriminator uses."""
    return [maps[tap] for tap in TAPS]


def hinge(real: Sequence[Tensor], made: Sequence[Tensor]) -> Tensor:
    """Return the discriminator's hinge loss, averaged over heads: zero for real above 1 and generated below -1."""
    pairs = zip(real, made, strict=True)
    losses = [F.relu(1 - r.float()).mean() + F.relu(1 + m.float()).mean() for r, m in pairs]
    return sum(losses[1:], losses[0]) / len(losses)


def realness(made: Sequence[Tensor]) -> Tensor:
    """Return the mean realness of generated pictures over all heads; the generator's L_adv is its negative."""
    means = [m.float().mean() for m in made]
    return sum(means[1:], means[0]) / len(means)


def _head(width: int) -> nn.Sequential:
    """Return a head: (B, width, h, w) -> (B, 1, h/2, w/2)."""
    return nn.Sequential(
        spectral_norm(nn.Conv2d(width, width, 3, 1, 1)),
        nn.LeakyReLU(SLOPE),
        spectral_norm(nn.Conv2d(width, width, 3, 2, 1)),
        nn.LeakyReLU(SLOPE),
        spectral_norm(nn.Conv2d(width, 1, 3, 1, 1)),
    )
