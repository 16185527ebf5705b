"""MobileNetV2 trunk: feature maps for the colorizer's encoder and, frozen, for perceptual losses and distances.

Sandler et al. 2018, table 2, with batch norms folded into the convolutions and TensorFlow's "same" padding, so that
ImageNet weights in that form load as they are. Input sizes are multiples of 32.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, repeats and stride of the first block, for each stage."""


def _same(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Apply a 3 x 3 convolution with TensorFlow's padding: at stride 2 only on the right and below."""
    y: Tensor = conv(F.pad(x, (0, 1, 0, 1) if conv.stride[0] == 2 else (1, 1, 1, 1)))
    return y


class InvertedResidual(nn.Module):
    """1 x 1 expansion, 3 x 3 depthwise convolution, 1 x 1 projection; a shortcut where the shape stays the same."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = nn.Conv2d(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, groups=hidden)
        self.project = nn.Conv2d(hidden, outputs, 1)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, outputs, h / stride, w / stride)."""
        y: Tensor = F.relu6(self.expand(x)) if self.expand is not None else x
        y = self.project(F.relu6(_same(self.depthwise, y)))
        return x + y if self.shortcut else y


class Trunk(nn.Module):
    """The seven stages; `forward` returns the last map of each."""

    def __init__(self, inputs: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(inputs, 32, 3, 2)
        stages, width = [], 32
        for expansion, channels, repeats, stride in STAGES:
            blocks = []
            for repeat in range(repeats):
                blocks.append(InvertedResidual(width, channels, expansion, stride if repeat == 0 else 1))
                width = channels
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map (B, inputs, H, W) in [-1, 1] to seven maps at 1/2, 1/4, 1/8, 1/16, 1/16, 1/32, 1/32 of its size.

        Their channels are 16, 24, 32, 64, 96, 160 and 320.
        """
        x = F.relu6(_same(self.stem, x))
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class Classifier(nn.Module):
    """Trunk plus ImageNet head."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.last = nn.Conv2d(320, 1280, 1)
        self.logits = nn.Conv2d(1280, 1001, 1)

    def forward(self, rgb: Tensor) -> dict[str, Tensor]:
        """Map (B, 3, H, W) sRGB in [0, 1] to stage0 ... stage6, pooled (B, 1280) and logits (B, 1000)."""
        maps = self.trunk(rgb * 2 - 1)
        taps = {f"stage{i}": map_ for i, map_ in enumerate(maps)}
        pooled = F.relu6(self.last(maps[-1])).mean((2, 3), keepdim=True)
        logits = self.logits(pooled).flatten(1)[:, 1:]  # class 0 of the original graph is background
        return taps | {"pooled": pooled.flatten(1), "logits": logits}


def convolutions(network: Classifier) -> list[nn.Conv2d]:
    """Return the convolutions of trunk and head in the order of the original graph, as numbered in weights files."""
    return [module for module in network.modules() if isinstance(module, nn.Conv2d)]


def start_from(trunk: Trunk, classifier: Classifier) -> None:
    """Copy a classifier's weights into a trunk whose input planes are gray and, for example, an edge map.

    The gray plane gets the sum of the weights of the three color planes; the weights of all other planes are zero.
    """
    state = classifier.trunk.state_dict()
    weight = state["stem.weight"]
    gray = torch.zeros_like(trunk.stem.weight)
    gray[:, :1] = weight.sum(1, keepdim=True)
    trunk.load_state_dict(state | {"stem.weight": gray})
