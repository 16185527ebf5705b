"""Meta-halftone guided network: blue noise of constant grays, weighed place by place, guides halftoning.

Jiang and Mu (2022), section 3.2, equations (11) to (18). Our text of the paper has lost some operators. Assumed are:
the affine factors of (15) are maps, one for each meta-halftone, from features at an eighth of the size; (16) is the sum
over i of m_i times its factor; (17) is a convolution of that sum and the state, concatenated as planes; (18)
concatenates its result and the state, which is the input of the denoiser.

The meta-halftones m_i (14) are the means that the first stage's network predicts, at each step, for noisy halftones of
constant grays. They do not depend on the picture: they are kept here for the steps that are used, as tiles that repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.denoiser import DenoiserConfig, DenoiserNet
from halftone_color.networks.lite_trunk import STAGES, Trunk

DEPTH = 3
"""Stages of the trunk that are used, to an eighth of the size."""
STRIDE = 8
"""Pixels of the picture for a place of the features."""
CONDITIONS = 3
"""Planes that the denoiser sees without guidance: the state, gray level r and Laplacian l (equation (6))."""


@dataclass(frozen=True)
class GuidedDenoiserConfig:
    """Sizes of the guided denoiser of halftones."""

    widths: tuple[int, ...] = (32, 64, 128, 192)
    """Channels of the U-Net's levels ..."""
    blocks: tuple[int, ...] = (1, 2, 2, 2)
    """... and their residual blocks, as DenoiserConfig has them."""
    embedding: int = 64
    """Channels of the step's embedding."""
    guides: int = 4
    """Planes of the guidance (equation (17)); 0 for the first stage, which has none."""
    kernel: int = 5
    """Side of the spatial convolution, d in equation (17)."""
    grays: int = 20
    """Meta-halftones, k in the paper."""
    tile: int = 64
    """Side of a meta-halftone in px."""
    steps: tuple[int, ...] = ()
    """The steps t whose meta-halftones are kept, descending; at others those of the nearest are used."""


def laplacian(gray: Tensor) -> Tensor:
    """Return the Laplacian (B, 1, H, W) of planes: the mean of the four neighbors minus the pixel; edges repeat."""
    padded = F.pad(gray, (1, 1, 1, 1), mode="replicate")
    around = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1] + padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
    return around / 4 - gray


class GuidedDenoiserNet(nn.Module):
    """Trunk, meta-halftones and denoiser; H and W must be multiples of `multiple`."""

    meta_halftones: Tensor
    kept_steps: Tensor

    def __init__(self, config: GuidedDenoiserConfig) -> None:
        super().__init__()
        self.config = config
        sizes = DenoiserConfig(CONDITIONS + config.guides, config.widths, config.blocks, config.embedding)
        self.denoiser = DenoiserNet(sizes)
        self.multiple = max(self.denoiser.multiple, STRIDE)
        if config.guides:
            self.trunk = Trunk(inputs=2)
            self.trunk.stages = self.trunk.stages[:DEPTH]
            self.trunk.requires_grad_(False)
            self.affine = nn.Conv2d(STAGES[DEPTH - 1].channels, config.grays, 1)
            self.spatial = nn.Conv2d(2, config.guides, config.kernel, padding=config.kernel // 2)
            tiles = (len(config.steps), config.grays, config.tile, config.tile)
            self.register_buffer("meta_halftones", torch.zeros(tiles))
            self.register_buffer("kept_steps", torch.tensor(config.steps, dtype=torch.float32), persistent=False)

    def guidance(self, state: Tensor, steps: Tensor, place: tuple[int, int] = (0, 0)) -> Tensor:
        """Return the guidance (B, guides, H, W) of states (B, 1, H, W) at steps (B,) (equations (15) to (17)).

        Args:
            state: x_t, in about [-1, 1].
            steps: t of each row.
            place: the state's first row and column in the whole picture, multiples of `multiple`: the tiles lie on a
                grid that begins in the picture's corner.
        """
        height, width = state.shape[-2:]
        with torch.no_grad():
            features = self.trunk(torch.cat([state, torch.zeros_like(state)], 1), DEPTH)[-1]
        factors = F.interpolate(self.affine(features), (height, width), mode="bilinear", align_corners=False)
        nearest = (steps[:, None].float() - self.kept_steps).abs().argmin(1)
        tile = self.config.tile
        rows = (torch.arange(height, device=state.device) + place[0]) % tile
        columns = (torch.arange(width, device=state.device) + place[1]) % tile
        tiled = self.meta_halftones[nearest][:, :, rows][:, :, :, columns].to(factors.dtype)
        weighed = (tiled * factors).sum(1, keepdim=True)
        guidance: Tensor = self.spatial(torch.cat([weighed, state], 1))
        return guidance

    def reach(self) -> int:
        """Return up to how many px from its border a window's result differs from the whole picture's."""
        if not self.config.guides:
            return self.denoiser.reach(1)  # of the Laplacian
        wrong = 1  # of the trunk's first layer, at 1/2
        for stage in STAGES[:DEPTH]:
            side = stage.kernel // 2
            wrong = -(-(wrong + side * stage.stride) // stage.stride) + side * (stage.repeats - 1)
        return self.denoiser.reach((wrong + 1) * STRIDE + self.config.kernel // 2)  # one place more: interpolation

    def forward(
        self, state: Tensor, gray: Tensor, laplacian: Tensor, steps: Tensor, place: tuple[int, int] = (0, 0)
    ) -> Tensor:
        """Predict half the logit of x_0 = 1 beside x_0 = -1, as far as a pixel by itself does not tell (equation (18)).

        The noise in x_t follows (diffusion/preconditioning.py). Three (B, 1, H, W) and (B,) -> (B, 1, H, W).
        """
        planes = [state, gray, laplacian]
        if self.config.guides:
            planes.append(self.guidance(state, steps, place))
        predicted: Tensor = self.denoiser(torch.cat(planes, 1), steps)
        return predicted
