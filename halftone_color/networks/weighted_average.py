"""Weighted average colorization (WAC): each pixel takes the weighted average of its candidates in the other picture.

Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN", III-B, table I:
features of both lumas by one ResNet, a volume of both at every candidate, a 3-D U-Net, softmax over d, equation (1):

    A_C(j, i) = sum over k = 0 ... d - 1 of V(j, i, k) B_C(j, i + k)

The first 3-D layer is split into its two inputs, so that the volume of concatenated features is never built. Sides are
padded to what the U-Net halves; padded candidates, and those outside the picture, are masked in the softmax.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.residual_stack import layer
from halftone_color.networks.sliced_convolution import SlicedConv3d, SlicedConvTranspose3d

PLANES = 2
"""Planes of a matching that our small configuration adds to the volume: its relative cost and whether it is known."""


class SplitLayer(nn.Module):
    """The first 3-D layer on the volume of both features, computed from them: the volume is never built.

    With V(j, i, k) = (F_A(j, i), F_B(j, i + k)) a 3 x 3 x 3 kernel over V is, for each of its three slices, a 3 x 3
    kernel over F_A, which is the same for all k, and one over F_B, shifted by k.
    """

    def __init__(self, features: int, extra: int) -> None:
        super().__init__()
        self.of_first = nn.Conv2d(features, 3 * features, 3, padding=1)
        self.of_second = nn.Conv2d(features, 3 * features, 3, padding=1, bias=False)
        self.of_extra = SlicedConv3d(extra, features) if extra else None

    def forward(self, first: Tensor, second: Tensor, d: int, extra: Tensor | None) -> Tensor:
        """Twice (1, n, h, w), and extra planes (1, PLANES, d, h, w) -> (1, n, d, h, w), before the ReLU."""
        (height, width) = first.shape[2:]
        fixed = self.of_first(first).view(1, 3, -1, 1, height, width)
        moving = candidates(self.of_second(second), d, width)  # (1, 3 n, d, h, w)
        former, same, following = (moving.reshape(1, 3, -1, d, height, width) + fixed).unbind(1)
        former, following = F.pad(former[:, :, :-1], (0, 0, 0, 0, 1, 0)), F.pad(following[:, :, 1:], (0, 0, 0, 0, 0, 1))
        volume: Tensor = former + same + following
        if self.of_extra is not None and extra is not None:
            volume = volume + self.of_extra(extra)
        return volume


class WeightUNet(nn.Module):
    """The 3-D U-Net of table I; d, h and w must be multiples of 2 ** levels."""

    def __init__(self, features: int, levels: int, normed: bool, extra: int) -> None:
        super().__init__()
        n, wide = features, 2 * features
        self.enter = SplitLayer(n, extra)
        norms = [nn.BatchNorm3d(n, track_running_stats=False)] if normed else []
        self.entered = nn.Sequential(*norms, nn.ReLU(), layer(SlicedConv3d(n, n), normed))  # layer 2
        self.down = nn.ModuleList()
        for level in range(levels):
            reduce = layer(SlicedConv3d(n if level == 0 else wide, wide, 2), normed)
            self.down.append(nn.Sequential(reduce, *(layer(SlicedConv3d(wide, wide), normed) for _ in range(2))))
        outputs = [n, *[wide] * (levels - 1)]
        self.up = nn.ModuleList(layer(SlicedConvTranspose3d(wide, width), normed) for width in outputs)
        self.leave = SlicedConvTranspose3d(n, 1, 1)  # layer 19
        for weights in self.leave.parameters():
            nn.init.normal_(weights, std=1e-3)

    def forward(self, first: Tensor, second: Tensor, d: int, extra: Tensor | None = None) -> Tensor:
        """Features of both, twice (1, n, h, w), and extra planes (1, PLANES, d, h, w) -> scores (1, 1, d, h, w)."""
        x = self.entered(self.enter(first, second, d, extra))
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(x)
        for level in reversed(range(len(self.up))):
            x = self.up[level](x) + skips[level]
        scores: Tensor = self.leave(x)
        return scores


def pad_to_multiple(plane: Tensor, multiple: int) -> Tensor:
    """Return (..., h, w) with its sides padded to a multiple, right and below, as at the edge."""
    height, width = plane.shape[-2:]
    return F.pad(plane, (0, -width % multiple, 0, -height % multiple), mode="replicate")


def weights_of(scores: Tensor, width: int) -> Tensor:
    """Return the weights V (1, d, H, W): softmax of scores (1, d, H, W) over those candidates that lie in the picture.

    Args:
        scores: of pixels (j, i) for the candidates (j, i + k).
        width: of the second picture in px, W.
    """
    d = scores.shape[1]
    place = torch.arange(scores.shape[3], device=scores.device) + torch.arange(d, device=scores.device)[:, None]
    return scores.masked_fill((place >= width)[None, :, None], -torch.inf).softmax(1)


def average(weights: Tensor, second: Tensor) -> Tensor:
    """Return equation (1): the average (1, C, H, W) of the second picture (1, C, H, W) by weights (1, d, H, W)."""
    d, width = weights.shape[1], second.shape[3]
    if torch.is_grad_enabled():
        return (weights[:, None] * candidates(second, d, width)).sum(2)
    total, padded = weights[:, :1] * second, F.pad(second, (0, d - 1))  # the same in little memory
    for k in range(1, d):
        total.addcmul_(weights[:, k : k + 1], padded[..., k : k + width])
    return total


def candidates(second: Tensor, d: int, width: int) -> Tensor:
    """Return (1, C, d, H, W): for each pixel (j, i) the values of (1, C, H, W) at (j, i + k), 0 outside; a view."""
    padded: Tensor = F.pad(second, (0, d - 1))
    return padded.unfold(3, width, 1).transpose(2, 3)


def fill(planes: Tensor, pixels: Tensor, places: Tensor, shares: Tensor) -> Tensor:
    """Return planes (1, C, H, W) in which P pixels are weighted averages of others.

    Args:
        planes: what is averaged.
        pixels: (P,), counted row by row.
        places: (P, N) the pixels that are averaged.
        shares: (P, N) their weights.
    """
    flat = planes[0].flatten(1)
    found = (flat[:, places] * shares).sum(2)  # (C, P)
    return flat.index_copy(1, pixels, found).view_as(planes)
