"""EfficientNet-Lite1 trunk: the encoder of the colorization network.

Tan and Le, "EfficientNet" (2019), table 1, in the lite variant of 2020: no squeeze-and-excitation, ReLU6 in place of
swish, widths of B0 and depths of B1. Batch norms are folded into the convolutions and padding is TensorFlow's "same",
so that ImageNet weights in that form load unchanged. Height and width of the input are multiples of 32.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Stage(NamedTuple):
    """A row of blocks with the same number of channels."""

    expansion: int
    channels: int
    repeats: int
    stride: int
    """Stride of the first block; the others keep the size."""
    kernel: int


STAGES = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 3, 2, 3),
    Stage(6, 40, 3, 2, 5),
    Stage(6, 80, 4, 2, 3),
    Stage(6, 112, 4, 1, 5),
    Stage(6, 192, 5, 2, 5),
    Stage(6, 320, 1, 1, 3),
)
STEM = 32
"""Channels of the first convolution."""
MEAN, DEVIATION = 127 / 255, 128 / 255
"""Normalization of sRGB in [0, 1] for the ImageNet weights: subtract the mean, divide by the deviation."""


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's "same" padding for even sides: at stride 2 it pads less at the top and left."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)
        before, total = (kernel - stride) // 2, kernel - stride
        self.margins = (before, total - before) * 2 if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) -> (B, outputs, h / stride, w / stride)."""
        return super().forward(x if self.margins is None else F.pad(x, self.margins))


class InvertedResidual(nn.Module):
    """1 x 1 expansion, depthwise convolution, 1 x 1 projection; with a shortcut where the shape stays the same."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = nn.Conv2d(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = SameConv2d(hidden, hidden, kernel, stride, groups=hidden)
        self.project = nn.Conv2d(hidden, outputs, 1)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) -> (B, outputs, h / stride, w / stride)."""
        y = F.relu6(self.expand(x)) if self.expand is not None else x
        change: Tensor = self.project(F.relu6(self.depthwise(y)))
        return x + change if self.shortcut else change


class Trunk(nn.Module):
    """The seven stages; `forward` returns the last map of each."""

    def __init__(self, inputs: int = 3) -> None:
        super().__init__()
        self.stem = SameConv2d(inputs, STEM, 3, 2)
        stages, width = [], STEM
        for stage in STAGES:
            blocks = []
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                blocks.append(InvertedResidual(width, stage.channels, stage.expansion, stride, stage.kernel))
                width = stage.channels
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor, depth: int = len(STAGES)) -> list[Tensor]:
        """Map (B, inputs, H, W) in [-1, 1] to seven maps at 1/2, 1/4, 1/8, 1/16, 1/16, 1/32, 1/32 of its size.

        Their channels are 16, 24, 40, 80, 112, 192 and 320. Only the first `depth` maps are computed and returned.
        """
        x = F.relu6(self.stem(x))  # (B, 32, H/2, W/2)
        maps = []
        for stage in self.stages[:depth]:
            x = stage(x)
            maps.append(x)
        return maps


class Features(nn.Module):
    """The ImageNet trunk on color input: frozen features for losses and for the discriminator."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()

    def forward(self, rgb: Tensor) -> list[Tensor]:
        """Map (B, 3, H, W) sRGB in [0, 1] to the trunk's seven maps."""
        maps: list[Tensor] = self.trunk((rgb - MEAN) / DEVIATION)
        return maps


def start_from(trunk: Trunk, pretrained: Trunk) -> None:
    """Copy RGB weights into a trunk whose input planes are gray and, for example, an edge map.

    The gray plane gets the sum of the weights of the three color planes; the weights of all other planes are zero.
    """
    state = pretrained.state_dict()
    gray = torch.zeros_like(trunk.stem.weight)
    gray[:, :1] = state["stem.weight"].sum(1, keepdim=True)
    trunk.load_state_dict(state | {"stem.weight": gray})
