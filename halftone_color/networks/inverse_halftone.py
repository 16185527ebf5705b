"""Inverse halftone network (IHN): content aggregation plus detail, with noise in place of the lost information.

Yen, Cheng, Chiu 2021, section 2.1, after PRL (Xia and Wong 2018). Names here -> the paper's:
halftone -> I_h, noise -> z^h, content -> I'_bw, output -> I_bw. Both parts work at half resolution (pixel-unshuffle 2),
which makes them about 20 times cheaper than the published network.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.reach import reach_of

NOISE_CHANNELS = 8
"""Channels of the smoothed noise map z^h."""


@dataclass(frozen=True)
class InverseHalftoneConfig:
    """Sizes of the inverse halftone network."""

    widths: tuple[int, ...] = (32, 64, 128, 192)
    """Channels of the U-Net's levels, at 1/2, 1/4, 1/8, ... of the picture."""
    blocks: tuple[int, ...] = (1, 2, 2, 2)
    """Residual blocks of each level, the same number in the encoder and in the decoder."""
    detail_width: int = 16
    """Channels of the detail part."""
    detail_blocks: int = 1
    """Residual blocks of the detail part."""


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(x))); the second convolution starts near zero, so a new block is almost the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.kaiming_normal_(self.second.weight, a=10.0)  # gain .14
        nn.init.zeros_(self.first.bias)  # type: ignore[arg-type]
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, h, w)."""
        change: Tensor = self.second(F.relu(self.first(x), inplace=True))
        return change.add_(x)  # in place: tiles need less memory


def _stack(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(width) for _ in range(count)))


class ContentAggregation(nn.Module):
    """U-Net of residual blocks on halftone and noise; skip connections are added, not concatenated."""

    def __init__(self, config: InverseHalftoneConfig) -> None:
        super().__init__()
        widths, blocks = config.widths, config.blocks
        self.enter = nn.Conv2d(4 + NOISE_CHANNELS, widths[0], 3, padding=1)
        self.down = nn.ModuleList(_stack(w, n) for w, n in zip(widths[:-1], blocks[:-1], strict=True))
        self.reduce = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.middle = _stack(widths[-1], blocks[-1])
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(_stack(w, n) for w, n in zip(widths[:-1], blocks[:-1], strict=True))
        self.leave = nn.Conv2d(widths[0], 4, 3, padding=1)
        for weights in self.leave.parameters():
            nn.init.zeros_(weights)

    def forward(self, halftone: Tensor, noise: Tensor) -> Tensor:
        """(B, 1, H, W), (B, 8, H/2, W/2) -> content (B, 1, H, W)."""
        planes = F.pixel_unshuffle(halftone, 2)  # (B, 4, H/2, W/2)
        x = self.enter(torch.cat([planes, noise], 1))  # (B, widths[0], H/2, W/2)
        skips = []
        for blocks, reduce in zip(self.down, self.reduce, strict=True):
            x = blocks(x)
            skips.append(x)
            x = reduce(x)  # half the size, next width
        x = self.middle(x)
        for blocks, enlarge in zip(reversed(self.up), reversed(self.enlarge), strict=True):
            x = blocks(enlarge(x).add_(skips.pop()))  # twice the size, previous width
        return F.pixel_shuffle(planes + self.leave(x), 2)  # (B, 1, H, W)


class Detail(nn.Module):
    """Residual blocks on content and halftone that restore the detail which content aggregation smoothed away."""

    def __init__(self, config: InverseHalftoneConfig) -> None:
        super().__init__()
        self.enter = nn.Conv2d(8, config.detail_width, 3, padding=1)
        self.blocks = _stack(config.detail_width, config.detail_blocks)
        self.leave = nn.Conv2d(config.detail_width, 4, 3, padding=1)
        for weights in self.leave.parameters():
            nn.init.zeros_(weights)

    def forward(self, content: Tensor, halftone: Tensor) -> Tensor:
        """Content and halftone, both (B, 1, H, W) -> detail (B, 1, H, W), to be added to content."""
        x = F.pixel_unshuffle(torch.cat([content, halftone], 1), 2)  # (B, 8, H/2, W/2)
        return F.pixel_shuffle(self.leave(self.blocks(self.enter(x))), 2)  # (B, 1, H, W)


class InverseHalftoneNet(nn.Module):
    """The inverse halftone network; H and W must be multiples of `multiple`."""

    def __init__(self, config: InverseHalftoneConfig) -> None:
        super().__init__()
        self.config = config
        self.multiple = 2 ** len(config.widths)
        self.content = ContentAggregation(config)
        self.detail = Detail(config)

    def reach(self) -> int:
        """Return up to how many px from its border a window's result differs from the whole picture's."""
        return reach_of(self.config.blocks) + 2 * (2 + 2 * self.config.detail_blocks)

    def forward(self, halftone: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Map halftone (B, 1, H, W) in [0, 1] and smoothed noise (B, 8, H/2, W/2) to (content, output), (B, 1, H, W).

        Neither is clipped; output = content + detail.
        """
        content = self.content(halftone, noise)
        return content, content + self.detail(content, halftone)
