"""Refinement of Cycle CNN's chroma: a residue from features of the gray picture and from the chroma itself.

Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN", III-H, table I. The
paper computes the residue of each chroma plane by itself, from a single plane of features, at full size. Our small
configuration does both at once, at half size (pixel-unshuffle), and is told as well where the matching knows a pixel
and how its luma differs from the gray.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.residual_stack import ResidualStack

HINTS = 2
"""Planes of what the matching tells: known, and the difference in luma."""


class RefinementNet(nn.Module):
    """Both ResNets of the refinement; H and W must be multiples of `scale`."""

    def __init__(self, features: int, pairs: int, normed: bool, scale: int, together: bool) -> None:
        super().__init__()
        self.scale, self.together = scale, together
        cells = scale * scale
        guide = features if together else 1
        self.of_gray = ResidualStack(cells, features, pairs, normed)
        self.guide = nn.Conv2d(features, guide, 3, padding=1)
        chroma = (2 + HINTS) * cells if together else cells
        self.of_chroma = ResidualStack(guide + chroma, features, pairs, normed)
        self.leave = nn.Conv2d(features, 2 * cells if together else cells, 3, padding=1)
        for weights in self.leave.parameters():
            nn.init.zeros_(weights)

    def forward(self, gray: Tensor, chroma: Tensor, hints: Tensor) -> Tensor:
        """Gray (1, 1, H, W), chroma and hints, twice (1, 2, H, W) -> refined chroma (1, 2, H, W)."""
        guide = F.relu(self.guide(self.of_gray(F.pixel_unshuffle(gray, self.scale))))
        if self.together:
            told = F.pixel_unshuffle(torch.cat([chroma, hints], 1), self.scale)
            residue = self.leave(self.of_chroma(torch.cat([guide, told], 1)))
            return chroma + F.pixel_shuffle(residue, self.scale)
        planes = F.pixel_unshuffle(chroma.transpose(0, 1), self.scale)  # each by itself: (2, cells, h, w)
        residue = self.leave(self.of_chroma(torch.cat([guide.expand(2, -1, -1, -1), planes], 1)))
        return chroma + F.pixel_shuffle(residue, self.scale).transpose(0, 1)
