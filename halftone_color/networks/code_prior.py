"""Code prior: the distribution of latent color codes, given a gray picture.

Sohn, Lee, Yan, "Learning structured output representation using deep conditional generative models" (2015), section
4.1: the prior of the latent code depends on the input. Yen, Cheng, Chiu 2021 draw codes from N(0, I) whatever the
picture shows, so that a forest may get the code of a sunset; here a draw from N(0, I) is mapped to a normal
distribution that is predicted for the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

LEAST, MOST = -4.0, 1.0
"""Range to which the logarithm of the scale is clamped."""


@dataclass(frozen=True)
class CodeDistribution:
    """Normal distributions of codes, one for each of B pictures."""

    mean: Tensor
    """(B, code)."""
    log_scale: Tensor
    """(B, code): logarithm of the standard deviation along each direction."""
    directions: Tensor
    """(code, code): one direction per column; lower triangular with a unit diagonal."""

    @classmethod
    def standard(cls, mean: Tensor) -> CodeDistribution:
        """Return N(mean, I)."""
        return cls(mean, torch.zeros_like(mean), torch.eye(mean.shape[1], device=mean.device))

    def mean_over_views(self) -> CodeDistribution:
        """Return one distribution (1, code): the mean over several views of one picture."""
        return CodeDistribution(self.mean.mean(0, keepdim=True), self.log_scale.mean(0, keepdim=True), self.directions)

    def sample(self, noise: Tensor, spread: float = 1.0) -> Tensor:
        """Return codes (B, code) for noise (B, code) from N(0, I); spread 0 gives the mean, 1 the full distribution."""
        codes: Tensor = self.mean + spread * (noise * self.log_scale.exp()) @ self.directions.T
        return codes

    def negative_log_likelihood(self, code: Tensor) -> Tensor:
        """Return the negative log-likelihood (B,) of codes (B, code) per element, up to a constant."""
        away = (code - self.mean).T
        noise = torch.linalg.solve_triangular(self.directions, away, upper=False, unitriangular=True).T
        loss: Tensor = (0.5 * (noise * (-self.log_scale).exp()).square() + self.log_scale).mean(1)
        return loss


class CodePrior(nn.Module):
    """Predicts the distribution of codes from the means and standard deviations of feature maps."""

    def __init__(self, channels: int, code: int, width: int) -> None:
        """Take the total number of feature channels, the code's length, and the width of the hidden layer."""
        super().__init__()
        self.norm = nn.LayerNorm(2 * channels)
        self.enter = nn.Linear(2 * channels, width)
        self.leave = nn.Linear(width, 2 * code)
        self.mixing = nn.Parameter(torch.zeros(code, code))
        nn.init.normal_(self.leave.weight, std=1e-2)
        nn.init.zeros_(self.leave.bias)

    def forward(self, maps: Sequence[Tensor]) -> CodeDistribution:
        """Map feature maps (B, C, h, w) of any sizes to the distributions of B codes, in float32."""
        means, deviations = [map_.float().mean((2, 3)) for map_ in maps], [map_.float().std((2, 3)) for map_ in maps]
        with torch.autocast(means[0].device.type, enabled=False):
            hidden = torch.nn.functional.silu(self.enter(self.norm(torch.cat([*means, *deviations], 1))))
            mean, log_scale = self.leave(hidden).chunk(2, 1)
        unit = torch.eye(len(self.mixing), device=self.mixing.device)
        return CodeDistribution(mean, log_scale.clamp(LEAST, MOST), self.mixing.tril(-1) + unit)
