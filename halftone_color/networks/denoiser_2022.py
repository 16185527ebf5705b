"""The denoiser of Jiang and Mu (2022): the U-Net of Dhariwal and Nichol (2021) at 256 px, 34 million parameters.

Section 4.1 of the former: 64 channels, multiples 1, 1, 2, 2, 4, 4, two residual blocks a level, attention with four
heads at 16 and 8 px (for descreening; none for halftoning, 3.1). Blocks that change the size and a step that scales and
shifts, as the latter has them, give the 34.3 million parameters. It is here so that the paper can be repeated on a GPU;
what ships is `networks/denoiser.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.denoiser import embed_steps

GROUPS = 32
"""Groups of the group normalizations."""

EVERYWHERE = 2**17
"""More px than a picture's side has: attention and normalization see all of it, so that it cannot be cut into tiles."""


@dataclass(frozen=True)
class Denoiser2022Config:
    """Sizes of the published network."""

    planes: int = 2
    """Planes of the input: the state and what it is conditioned on."""
    width: int = 64
    """Channels of the first level."""
    multiples: tuple[int, ...] = (1, 1, 2, 2, 4, 4)
    """Channels of each level in multiples of `width`; each level has half the size of the one before."""
    blocks: int = 2
    """Residual blocks of a level in the encoder; the decoder has one more."""
    attended: tuple[int, ...] = (4, 5)
    """Levels with attention: 16 and 8 px of a picture of 256 px."""
    heads: int = 4
    """Heads of the attention."""


def _keep(x: Tensor) -> Tensor:
    return x


def _halve(x: Tensor) -> Tensor:
    """Return the means of 2 x 2 px."""
    return F.avg_pool2d(x, 2)


def _double(x: Tensor) -> Tensor:
    """Return each pixel as 2 x 2 px."""
    return F.interpolate(x, scale_factor=2.0)


class ResidualBlock(nn.Module):
    """Two normalized convolutions, the second modulated by the step, and a shortcut; it may change the size."""

    def __init__(self, inputs: int, outputs: int, embedding: int, resize: Callable[[Tensor], Tensor] = _keep) -> None:
        super().__init__()
        self.resize = resize
        self.normalize_first, self.normalize_second = nn.GroupNorm(GROUPS, inputs), nn.GroupNorm(GROUPS, outputs)
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.modulate = nn.Linear(embedding, 2 * outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        for weights in self.second.parameters():
            nn.init.zeros_(weights)

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """(B, inputs, h, w) and the embedding (B, E) -> (B, outputs, h, w), or half or twice the size."""
        y = self.first(self.resize(F.silu(self.normalize_first(x))))
        scale, shift = self.modulate(F.silu(step))[:, :, None, None].chunk(2, 1)
        change: Tensor = self.second(F.silu(self.normalize_second(y) * (1 + scale) + shift))
        result: Tensor = change + self.shortcut(self.resize(x))
        return result


class Attention(nn.Module):
    """Self-attention over all places."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.normalize = nn.GroupNorm(GROUPS, width)
        self.ask = nn.Conv2d(width, 3 * width, 1)
        self.leave = nn.Conv2d(width, width, 1)
        for weights in self.leave.parameters():
            nn.init.zeros_(weights)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, h, w)."""
        batch, width, height, length = x.shape
        parts = self.ask(self.normalize(x)).reshape(batch, 3, self.heads, width // self.heads, height * length)
        query, key, value = parts.transpose(-1, -2).unbind(1)  # (B, heads, places, C / heads) each
        seen = F.scaled_dot_product_attention(query, key, value).transpose(-1, -2)
        result: Tensor = x + self.leave(seen.reshape(batch, width, height, length))
        return result


class Level(nn.Module):
    """A residual block, followed by attention on some levels."""

    def __init__(self, inputs: int, outputs: int, embedding: int, heads: int) -> None:
        super().__init__()
        self.block = ResidualBlock(inputs, outputs, embedding)
        self.attention = Attention(outputs, heads) if heads else nn.Identity()

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """(B, inputs, h, w) and the embedding (B, E) -> (B, outputs, h, w)."""
        result: Tensor = self.attention(self.block(x, step))
        return result


class Denoiser2022Net(nn.Module):
    """The published denoiser; H and W must be multiples of `multiple`."""

    def __init__(self, config: Denoiser2022Config) -> None:
        super().__init__()
        self.config = config
        self.multiple = 2 ** (len(config.multiples) - 1)
        size = 4 * config.width
        widths = [config.width * multiple for multiple in config.multiples]
        heads = [config.heads if level in config.attended else 0 for level in range(len(widths))]
        self.embed = nn.Sequential(nn.Linear(config.width, size), nn.SiLU(), nn.Linear(size, size))
        self.enter = nn.Conv2d(config.planes, config.width, 3, padding=1)
        self.down, self.reduce = nn.ModuleList(), nn.ModuleList()
        skips, width = [config.width], config.width
        for level, wide in enumerate(widths):
            row = nn.ModuleList()
            for _ in range(config.blocks):
                row.append(Level(width, wide, size, heads[level]))
                width = wide
                skips.append(width)
            self.down.append(row)
            if level < len(widths) - 1:
                self.reduce.append(ResidualBlock(width, width, size, _halve))
                skips.append(width)
        self.middle = nn.ModuleList([Level(width, width, size, config.heads), Level(width, width, size, 0)])
        self.up, self.enlarge = nn.ModuleList(), nn.ModuleList()
        for level, wide in reversed(list(enumerate(widths))):
            row = nn.ModuleList()
            for _ in range(config.blocks + 1):
                row.append(Level(width + skips.pop(), wide, size, heads[level]))
                width = wide
            self.up.append(row)
            if level:
                self.enlarge.append(ResidualBlock(width, width, size, _double))
        self.leave = nn.Sequential(nn.GroupNorm(GROUPS, width), nn.SiLU(), nn.Conv2d(width, 1, 3, padding=1))
        for weights in self.leave[2].parameters():
            nn.init.zeros_(weights)

    def reach(self) -> int:
        """Return up to how many px from its border a window's result differs from the whole picture's: EVERYWHERE."""
        return EVERYWHERE

    def forward(self, planes: Tensor, steps: Tensor) -> Tensor:
        """Predict the noise in a state: (B, planes, H, W) in about [-1, 1] and t (B,) -> (B, 1, H, W), not clipped."""
        step = self.embed(embed_steps(steps, self.config.width))
        x = self.enter(planes)
        skips = [x]
        for level, row in enumerate(self.down):
            for part in row:  # type: ignore[attr-defined]
                x = part(x, step)
                skips.append(x)
            if level < len(self.reduce):
                x = self.reduce[level](x, step)  # half the size
                skips.append(x)
        for part in self.middle:
            x = part(x, step)
        for level, row in enumerate(self.up):
            for part in row:  # type: ignore[attr-defined]
                x = part(torch.cat([x, skips.pop()], 1), step)
            if level < len(self.enlarge):
                x = self.enlarge[level](x, step)  # twice the size
        result: Tensor = self.leave(x)
        return result
