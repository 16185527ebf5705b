"""What codes say about a picture's palette, and how a code is moved that it says something else.

Codes tell the mean chroma of a photograph and how far its colors lie from that almost exactly, and linearly. Both ways
of the regression are kept, the palette by the code and the code by the palette; they are fitted after training
(training/code_palettes.py), not learned by descent.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

NUMBERS = 3
"""Of a palette: mean Cb, mean Cr, and the mean distance of chroma from these."""


class CodePalette(nn.Module):
    """Linear maps between codes and palettes."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.read = nn.Linear(code, NUMBERS).requires_grad_(False)
        self.ask = nn.Linear(NUMBERS, code).requires_grad_(False)
        for layer in (self.read, self.ask):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def moved(self, code: Tensor, cast: float, spread: float) -> Tensor:
        """Return codes (B, code) of the same pictures in another light.

        Args:
            code: (B, code).
            cast: factor on the mean chroma that they tell.
            spread: what is added to the mean distance from it.
        """
        change = self.read(code) * (cast - 1)
        change[:, 2] = spread
        moved: Tensor = code + change @ self.ask.weight.T
        return moved

    def nearer(self, code: Tensor, made: Tensor, wanted: Tensor, gain: float) -> Tensor:
        """Return codes (B, code) whose pictures have other palettes than these made, nearer to those wanted (B, 3)."""
        asked: Tensor = code + gain * (wanted - made) @ self.ask.weight.T
        return asked


def palettes_of(chroma: Tensor) -> Tensor:
    """Return mean Cb, mean Cr and the mean distance from these of chroma (B, 2, h, w), (B, 3)."""
    mean = chroma.mean((2, 3), keepdim=True)
    spread = (chroma - mean).norm(dim=1).mean((1, 2))
    return torch.cat([mean[:, :, 0, 0], spread[:, None]], 1)
