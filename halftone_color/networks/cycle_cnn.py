"""Cycle CNN: colors a gray picture from a color picture taken beside it, and learns from such pairs without truth.

Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN". In the order of the
paper: pixel i of the gray picture finds its colors between i and i + d - 1 of the color picture; others are flipped.

`PAPER` is the paper's own form. `CycleCnnConfig()` is a small one for processors (ours): the U-Net works at a quarter
of the size and corrects a prior, the sums of semi-global matching, whose scores it is added to at full size; so it
starts as good as that, and its result is as sharp. Unmatched pixels are filled in along the luma before the refinement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.chroma_refinement import RefinementNet
from halftone_color.networks.global_curve import ConfidenceNet
from halftone_color.networks.residual_stack import ResidualStack
from halftone_color.networks.weighted_average import (
    PLANES,
    WeightUNet,
    average,
    candidates,
    fill,
    pad_to_multiple,
    weights_of,
)

SUM_UNIT = 100.0
"""Sums of eight path costs are divided by this ..."""
MOST_COST = 4.0
"""... and cut at this for the U-Net."""
FIRST_SHARPNESS, FIRST_LUMA_SIGMA = 2.0, 0.05
"""Of the prior's scores at first: weight of a sum over SUM_UNIT, spread of the luma's difference; measured to suit
training pairs."""

MOST_UNLIKE = 20.0
"""Squared differences of luma, over FIRST_LUMA_SIGMA, are cut at this."""


@dataclass(frozen=True)
class CycleCnnConfig:
    """Sizes and parts of Cycle CNN."""

    features: int = 8
    """n, channels of the ResNets and of the U-Net's first level."""
    pairs: int = 2
    """Residual pairs of the WAC's and GCA's ResNets."""
    levels: int = 2
    """Times that the U-Net halves its volume."""
    scale: int = 4
    """By which WAC and GCA reduce the pictures."""
    normed: bool = False
    """Whether layers have BatchNorm, by the picture's own statistics."""
    prior: bool = True
    """Whether semi-global matching comes first (ours)."""
    refinement_features: int = 16
    """Channels of the refinement's ResNets."""
    refinement_pairs: int = 3
    """Residual pairs of each of them."""
    refinement_scale: int = 2
    """Side of the cells (pixel-unshuffle) that the refinement works on."""
    together: bool = True
    """Whether one residue serves both chroma planes, with what the matching tells; else each by itself."""
    positioned: bool = True
    """Whether GCA's confidence knows the distance to the border (7)-(8)."""


PAPER = CycleCnnConfig(16, 8, 4, 1, True, False, 16, 8, 1, False)
"""The paper's own form: 1.8 TMAC at 1024 x 800 px and d = 64."""


class Prior(NamedTuple):
    """What classical matching knows of a pair."""

    sums: Tensor
    """(1, d, H, W) summed costs."""
    second_in_tones: Tensor
    """(1, 1, H, W) the second luma in the tones of the first."""
    known: Tensor
    """(1, 1, H, W): 1 where matched."""
    pixels: Tensor
    places: Tensor
    shares: Tensor
    """From where the others are filled in: (P,), (P, N), (P, N)."""


class CycleCnnNet(nn.Module):
    """WAC, GCA and refinement. One pair at a time; the callers lead through both colorizations."""

    def __init__(self, config: CycleCnnConfig) -> None:
        super().__init__()
        self.config = config
        n, pairs, normed = config.features, config.pairs, config.normed
        self.multiple = config.scale * 2**config.levels
        self.features = ResidualStack(1, n, pairs, normed)
        self.unet = WeightUNet(n, config.levels, normed, PLANES if config.prior else 0)
        self.confidence = ConfidenceNet(n, pairs, normed, config.positioned)
        refined = (config.refinement_features, config.refinement_pairs, normed, config.refinement_scale)
        self.refinement = RefinementNet(*refined, config.together)
        if config.prior:
            self.sharpness = nn.Parameter(torch.tensor([FIRST_SHARPNESS]))
            self.luma_precision = nn.Parameter(torch.tensor([1.0]))

    def weigh(self, first: Tensor, second: Tensor, d: int, prior: Prior | None = None) -> Tensor:
        """Return the weights V (1, d, H, W) of the candidates of each pixel.

        Args:
            first, second: gray and the other picture's luma, (1, 1, H, W) in [0, 1].
            d: number of candidates, a multiple of 16.
            prior: of the pair, where the configuration has one.
        """
        height, width = first.shape[2:]
        scale, parts = self.config.scale, 2**self.config.levels
        small = [pad_to_multiple(F.avg_pool2d(pad_to_multiple(x, scale), scale), parts) for x in (first, second)]
        of_first, of_second = (self.features(x) for x in small)  # (1, n, h, w)
        count = -(-d // (scale * parts)) * parts
        relative = None if prior is None else (prior.sums - prior.sums.amin(1, keepdim=True)) / SUM_UNIT
        planes = None
        if prior is not None and relative is not None:
            planes = self._planes(relative, prior.known, count, of_first.shape[2:])
        scores = self.unet(of_first, of_second, count, planes)[:, 0]  # (1, count, h, w)
        if scale > 1:  # evenly in the picture, in steps along d
            scores = F.interpolate(scores, scale_factor=scale, mode="bilinear").repeat_interleave(scale, 1)
        scores = scores[:, :d, :height, :width]  # the padding takes no part in the softmax
        if prior is not None and relative is not None:
            scores = torch.addcmul(scores, relative, -self.sharpness)
            unlike = unlikeness(first, candidates(prior.second_in_tones / FIRST_LUMA_SIGMA, d, width)[:, 0])
            scores = torch.addcmul(scores, unlike, -0.5 * self.luma_precision)
        return weights_of(scores, width)

    def color(self, weights: Tensor, second: Tensor, prior: Prior | None = None) -> Tensor:
        """Return I_C (1, 3, H, W), Y, Cb and Cr: equation (1), and unmatched pixels filled in by the prior."""
        colored = average(weights, second)
        return colored if prior is None else fill(colored, prior.pixels, prior.places, prior.shares)

    def trust(self, colored: Tensor, gray: Tensor) -> Tensor:
        """Return GCA's confidence M (1, 1, h, w), at the reduced size, of lumas (1, 1, H, W)."""
        confidence: Tensor = self.confidence(self.reduce(colored), self.reduce(gray))
        return confidence

    def reduce(self, plane: Tensor) -> Tensor:
        """Return (1, 1, h, w) of (1, 1, H, W): the size that GCA sees."""
        return F.avg_pool2d(pad_to_multiple(plane, self.config.scale), self.config.scale)

    def refine(self, gray: Tensor, chroma: Tensor, toned: Tensor, prior: Prior | None = None) -> Tensor:
        """Return refined chroma (1, 2, H, W).

        Args:
            gray: (1, 1, H, W).
            chroma: (1, 2, H, W).
            toned: (1, 1, H, W), the luma of the colorization in the tones of the gray.
            prior: of the pair.
        """
        height, width = gray.shape[2:]
        known = torch.ones_like(gray) if prior is None else prior.known
        told = torch.cat([gray, chroma, known, toned - gray], 1)
        told = pad_to_multiple(told, self.config.refinement_scale)
        refined: Tensor = self.refinement(told[:, :1], told[:, 1:3], told[:, 3:])
        return refined[..., :height, :width]

    def _planes(self, relative: Tensor, known: Tensor, count: int, size: torch.Size) -> Tensor:
        """Return the volume's extra planes (1, PLANES, count, h, w): relative cost, and whether the pixel is known."""
        scale = self.config.scale
        relative = relative.clamp_max(MOST_COST)  # (1, d, H, W)
        least = relative.view(1, -1, scale, *relative.shape[2:]).amin(2)  # (1, d / scale, H, W)
        cost = F.avg_pool2d(pad_to_multiple(least, scale), scale)  # (1, d / scale, h, w)
        known = F.avg_pool2d(pad_to_multiple(known, scale), scale)[0, :, None].expand_as(cost)
        planes = torch.cat([cost, known])  # (2, d / scale, h, w)
        height, width = (wanted - has for wanted, has in zip(size, planes.shape[2:], strict=True))
        planes = F.pad(planes, (0, width, 0, height), mode="replicate")
        missing = count - planes.shape[1]
        return torch.cat([planes, torch.full_like(planes[:, :1], MOST_COST).expand(-1, missing, -1, -1)], 1)[None]


def unlikeness(first: Tensor, scaled: Tensor) -> Tensor:
    """Return squared differences of luma (1, 1, H, W) and candidates' (1, d, H, W), which are over FIRST_LUMA_SIGMA."""
    return (first / FIRST_LUMA_SIGMA - scaled).square().clamp_max(MOST_UNLIKE)
