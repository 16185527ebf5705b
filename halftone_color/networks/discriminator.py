"""Discriminator D: small heads that tell true colors from made ones by what a frozen feature network sees.

Sauer et al., "Projected GANs converge faster" (2021), sections 3.1 and 3.2, without mixing across scales: features of
four sizes pass fixed random 1 x 1 projections, then a patchwise head each. Yen, Cheng, Chiu 2021, section 2.2, L_adv.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

TAPS = (1, 2, 4, 6)
"""Maps of the EfficientNet-Lite1 trunk that are judged: at 1/4, 1/8, 1/16 and 1/32 of the picture."""
SLOPE = 0.2
"""Of the leaky rectifiers."""


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of the discriminator."""

    channels: tuple[int, ...] = (24, 40, 112, 320)
    """Of the maps at TAPS."""
    width: int = 96
    """Channels that they are projected to."""


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

    def trained(self, wanted: bool) -> None:
        """Let the heads have gradients, or not; projections never do."""
        self.heads.requires_grad_(wanted)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Map features (B, C, h, w) of each tap to realness (B, 1, h/2, w/2): positive is real."""
        return [head(projection(map_)) for map_, projection, head in zip(maps, self.project, self.heads, strict=True)]


def judged(maps: Sequence[Tensor]) -> list[Tensor]:
    """Return those of the trunk's maps that the discriminator looks at."""
    return [maps[tap] for tap in TAPS]


def hinge(real: Sequence[Tensor], made: Sequence[Tensor]) -> Tensor:
    """Return the discriminator's hinge loss, the mean over heads: real above 1, made below -1."""
    pairs = zip(real, made, strict=True)
    losses = [F.relu(1 - r.float()).mean() + F.relu(1 + m.float()).mean() for r, m in pairs]
    return sum(losses[1:], losses[0]) / len(losses)


def realness(made: Sequence[Tensor]) -> Tensor:
    """Return the mean over heads of how real made pictures look; L_adv of the generator is minus that."""
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
