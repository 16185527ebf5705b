"""Linear regressions between latent color codes and the palettes of pictures, used to edit a code by its palette.

The latent code of a photograph determines its mean chroma and the spread of its colors almost exactly, and linearly.
Two regressions are stored: palette from code, and code from palette. They are fitted by least squares after training
(training/code_palettes.py), not learned by gradient descent.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

NUMBERS = 3
"""Size of a palette vector: mean Cb, mean Cr, and the mean distance of chroma from that mean."""


class CodePalette(nn.Module):
    """Linear maps between codes and palettes."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.read = nn.Linear(code, NUMBERS).requires_grad_(False)
        self.ask = nn.Linear(NUMBERS, code).requires_grad_(False)
        for layer in (self.read, self.ask):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def shift(self, code: Tensor, cast: float, spread: float) -> Tensor:
        """Return codes (B, code) whose palettes have another color cast and spread.

        Args:
            code: (B, code).
            cast: factor on the mean chroma that the code implies.
            spread: added to the mean distance of chroma from its mean.
        """
        change = self.read(code) * (cast - 1)
        change[:, 2] = spread
        shifted: Tensor = code + change @ self.ask.weight.T
        return shifted

    def move_towards(self, code: Tensor, made: Tensor, wanted: Tensor, gain: float) -> Tensor:
        """Return codes (B, code) corrected by `gain` times the difference of the wanted and the made palette (B, 3)."""
        corrected: Tensor = code + gain * (wanted - made) @ self.ask.weight.T
        return corrected


def palettes_of(chroma: Tensor) -> Tensor:
    """Return palettes (B, 3) of chroma (B, 2, h, w): mean Cb, mean Cr, and the mean distance from that mean."""
    mean = chroma.mean((2, 3), keepdim=True)
    spread = (chroma - mean).norm(dim=1).mean((1, 2))
    return torch.cat([mean[:, :, 0, 0], spread[:, None]], 1)
