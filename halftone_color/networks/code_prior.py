"""Code prior: from a gray picture to the distribution of the codes that its true colors may have.

Sohn, Lee, Yan, "Learning structured output representation using deep conditional generative models" (2015), section
4.1: the prior of a latent code depends on what is seen. Yen, Cheng, Chiu 2021 draw codes from N(0, I) whatever a
picture shows, so that a forest gets the code of a sunset; here a draw from N(0, I) is brought to the picture's own
distribution, a normal one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

LEAST, MOST = -4.0, 1.0
"""Range that the logarithm of a scale is kept in."""


@dataclass(frozen=True)
class Likely:
    """Normal distributions of codes, one for each of B pictures."""

    mean: Tensor
    """(B, code)."""
    log_scale: Tensor
    """(B, code): logarithm of the spread along each of the directions."""
    directions: Tensor
    """(code, code): one in each column, lower triangular with ones on the diagonal."""

    @classmethod
    def standard(cls, mean: Tensor) -> Likely:
        """Return N(mean, I)."""
        return cls(mean, torch.zeros_like(mean), torch.eye(mean.shape[1], device=mean.device))

    def rows_mean(self) -> Likely:
        """Return one distribution (1, code), the mean of those of several views of one picture."""
        return Likely(self.mean.mean(0, keepdim=True), self.log_scale.mean(0, keepdim=True), self.directions)

    def drawn(self, noise: Tensor, spread: float = 1.0) -> Tensor:
        """Return codes (B, code) from draws of N(0, I), (B, code); spread 0 is the mean, 1 the whole distribution."""
        codes: Tensor = self.mean + spread * (noise * self.log_scale.exp()) @ self.directions.T
        return codes

    def surprise(self, code: Tensor) -> Tensor:
        """Return the negative logarithm of codes' (B, code) likelihood, up to a constant, per number: (B,)."""
        away = (code - self.mean).T
        noise = torch.linalg.solve_triangular(self.directions, away, upper=False, unitriangular=True).T
        surprise: Tensor = (0.5 * (noise * (-self.log_scale).exp()).square() + self.log_scale).mean(1)
        return surprise


class CodePrior(nn.Module):
    """Reads a distribution of codes off the means and deviations of feature maps."""

    def __init__(self, channels: int, code: int, width: int) -> None:
        """Make it for maps of so many channels together; `width` is the hidden layer's."""
        super().__init__()
        self.norm = nn.LayerNorm(2 * channels)
        self.enter = nn.Linear(2 * channels, width)
        self.leave = nn.Linear(width, 2 * code)
        self.mixing = nn.Parameter(torch.zeros(code, code))
        nn.init.normal_(self.leave.weight, std=1e-2)
        nn.init.zeros_(self.leave.bias)

    def forward(self, maps: Sequence[Tensor]) -> Likely:
        """Map features (B, C, h, w) of any sizes to distributions, in float32."""
        means, deviations = [map_.float().mean((2, 3)) for map_ in maps], [map_.float().std((2, 3)) for map_ in maps]
        with torch.autocast(means[0].device.type, enabled=False):
            hidden = torch.nn.functional.silu(self.enter(self.norm(torch.cat([*means, *deviations], 1))))
            mean, log_scale = self.leave(hidden).chunk(2, 1)
        unit = torch.eye(len(self.mixing), device=self.mixing.device)
        return Likely(mean, log_scale.clamp(LEAST, MOST), self.mixing.tril(-1) + unit)
