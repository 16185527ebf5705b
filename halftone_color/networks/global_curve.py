"""Global curve adjustment (GCA): one tone curve that brings the colored luma to the monochrome camera's.

Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN", III-C, equations
(2) to (8), with S = 64 nodes 0, 4 ... 252 and sigma = 5 of 255 levels. A ResNet says how far each pixel can be trusted.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from halftone_color.networks.residual_stack import ResidualStack

NODES, STEP, SIGMA = 64, 4, 5.0
"""S, s and sigma, in levels of 255."""
LEAST_TRUST = 1e-4
"""Weight, in pixels, of the straight curve at each node, which rules where no pixel is near (ours)."""
TABLE = 1020
"""Steps of the table that the curve is read from: four for each level."""
POSITION_PX = 256.0
"""Distances from the border are divided by this."""


class ConfidenceNet(nn.Module):
    """The GCA's ResNet: how far each pixel counts for the curve."""

    def __init__(self, features: int, pairs: int, normed: bool, positioned: bool) -> None:
        super().__init__()
        self.positioned = positioned
        self.stack = ResidualStack(4 if positioned else 2, features, pairs, normed)
        self.leave = nn.Conv2d(features, 1, 3, padding=1)

    def forward(self, colored: Tensor, gray: Tensor) -> Tensor:
        """Luma of the colorization and gray, twice (1, 1, h, w) in [0, 1] -> M (1, 1, h, w) in (0, 1)."""
        planes = [colored, gray]
        if self.positioned:
            planes.append(positions(*gray.shape[2:]).to(gray) / POSITION_PX)
        confidence: Tensor = self.leave(self.stack(torch.cat(planes, 1))).sigmoid()
        return confidence


def positions(height: int, width: int) -> Tensor:
    """Return P_I (1, 2, h, w), equations (7) and (8): distance in px to the border, vertically and horizontally."""
    down, right = torch.arange(height), torch.arange(width)
    vertical = torch.minimum(down, height - 1 - down)[:, None].expand(height, width)
    horizontal = torch.minimum(right, width - 1 - right).expand(height, width)
    return torch.stack([vertical, horizontal])[None].float()


def nodes_of(colored: Tensor, gray: Tensor, confidence: Tensor) -> Tensor:
    """Return the curve's outputs y (64,) in [0, 1] at its nodes: equations (5) and (6).

    Args:
        colored, gray, confidence: of equal shape; lumas in [0, 1].
    """
    near = closeness(colored.flatten()) * confidence.flatten()[:, None]  # (N, 64)
    straight = torch.arange(NODES, device=colored.device) * STEP / 255
    return (near.T @ gray.flatten() + LEAST_TRUST * straight) / (near.sum(0) + LEAST_TRUST)


def apply_curve(luma: Tensor, nodes: Tensor) -> Tensor:
    """Return T(x) of luma of any shape in [0, 1]: equations (2) and (3)."""
    near = closeness(torch.linspace(0, 1, TABLE + 1, device=luma.device))
    table = near @ nodes / near.sum(1)  # (TABLE + 1,): T at even steps, between which it is straight to 1e-6
    place = luma.clamp(0, 1) * TABLE
    below = place.detach().floor().clamp_max(TABLE - 1).long()
    return torch.lerp(table[below], table[below + 1], place - below)


def closeness(luma: Tensor) -> Tensor:
    """Return D_T (N, 64) of luma (N,) in [0, 1] from the nodes: equation (4)."""
    levels = STEP * torch.arange(NODES, device=luma.device, dtype=luma.dtype)
    return (-((255 * luma[:, None] - levels) ** 2) / (2 * SIGMA**2)).exp()
