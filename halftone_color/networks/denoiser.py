"""Denoiser: the U-Net of diffusion and of flows that ships, small enough for a processor and for any size of picture.

It takes the place of the 34 M U-Net of Jiang and Mu (2022), which `networks/denoiser_2022.py` has: convolutions alone,
at half resolution (pixel-unshuffle 2) as in our inverse halftone network, whose weights it can start from; the step
modulates every block (FiLM; Perez et al. 2018). There is no attention and no global context, which harm halftones (the
paper's 3.1) and would tie the result to the size of the tiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.reach import reach_of

LONGEST_PERIOD = 10_000.0
"""Longest period of the step's sinusoids, in steps (Vaswani et al. 2017)."""


@dataclass(frozen=True)
class DenoiserConfig:
    """Sizes of the denoiser."""

    planes: int = 2
    """Planes of the input: the state and what it is conditioned on, concatenated (equation (6))."""
    widths: tuple[int, ...] = (32, 64, 128, 192)
    """Channels of the U-Net's levels, at 1/2, 1/4, 1/8, ... of the picture."""
    blocks: tuple[int, ...] = (1, 2, 2, 2)
    """Residual blocks of each level, the same number in the encoder and in the decoder."""
    embedding: int = 64
    """Channels of the step's embedding."""


def embed_steps(steps: Tensor, channels: int) -> Tensor:
    """Return sinusoids of steps (B,) at frequencies falling from 1 to 1 / LONGEST_PERIOD: (B, channels) float32."""
    half = channels // 2
    frequencies = torch.exp(-math.log(LONGEST_PERIOD) * torch.arange(half, device=steps.device) / half)
    angles = steps.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], 1)


class ModulatedBlock(nn.Module):
    """x + conv(relu(scale * conv(x) + shift)), scale and shift from the step's embedding; at first the IHN's block."""

    def __init__(self, width: int, embedding: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.modulate = nn.Linear(embedding, 2 * width)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.kaiming_normal_(self.second.weight, a=10.0)  # gain .14: nearly the identity
        for weights in (self.first.bias, self.second.bias, *self.modulate.parameters()):
            nn.init.zeros_(weights)  # type: ignore[arg-type]

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """(B, C, h, w) and the embedding (B, E) -> (B, C, h, w)."""
        scale, shift = self.modulate(step)[:, :, None, None].chunk(2, 1)
        change: Tensor = self.second(F.relu(self.first(x) * (1 + scale) + shift))
        return x + change


class ModulatedStack(nn.Module):
    """Blocks in a row, all modulated by the same step."""

    def __init__(self, width: int, count: int, embedding: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(ModulatedBlock(width, embedding) for _ in range(count))

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """(B, C, h, w) and the embedding (B, E) -> (B, C, h, w)."""
        for block in self.blocks:
            x = block(x, step)
        return x


class DenoiserNet(nn.Module):
    """The denoiser; H and W must be multiples of `multiple`."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.multiple = 2 ** len(config.widths)
        widths, blocks, size = config.widths, config.blocks, config.embedding
        self.embed = nn.Sequential(nn.Linear(size, size), nn.SiLU(), nn.Linear(size, size), nn.SiLU())
        self.enter = nn.Conv2d(4 * config.planes, widths[0], 3, padding=1)
        levels = list(zip(widths[:-1], blocks[:-1], strict=True))
        self.down = nn.ModuleList(ModulatedStack(w, n, size) for w, n in levels)
        self.reduce = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.middle = ModulatedStack(widths[-1], blocks[-1], size)
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(ModulatedStack(w, n, size) for w, n in levels)
        self.leave = nn.Conv2d(widths[0], 4, 3, padding=1)
        for weights in self.leave.parameters():
            nn.init.zeros_(weights)

    def reach(self, wrong_px: int = 0) -> int:
        """Return up to how many px from its border a window's result differs from the whole picture's.

        Args:
            wrong_px: how far from the border the input does.
        """
        return reach_of(self.config.blocks, wrong_px)

    def forward(self, planes: Tensor, steps: Tensor) -> Tensor:
        """Predict the noise, or the velocity, in a state.

        Args:
            planes: (B, planes, H, W), the state first, all in about [-1, 1].
            steps: (B,), the step t of each row (a flow's time in thousandths).

        Returns:
            (B, 1, H, W), not clipped.
        """
        step = self.embed(embed_steps(steps, self.config.embedding))
        x = self.enter(F.pixel_unshuffle(planes, 2))  # (B, widths[0], H/2, W/2)
        skips = []
        for stack, reduce in zip(self.down, self.reduce, strict=True):
            x = stack(x, step)
            skips.append(x)
            x = reduce(x)  # half the size, next width
        x = self.middle(x, step)
        for stack, enlarge in zip(reversed(self.up), reversed(self.enlarge), strict=True):
            x = stack(enlarge(x) + skips.pop(), step)  # twice the size, previous width
        return F.pixel_shuffle(self.leave(x), 2)  # (B, 1, H, W)


def start_from_inverse_halftone(network: DenoiserNet, content: nn.Module) -> None:
    """Copy the blocks of an inverse halftone network's content part, which has the same widths and numbers of blocks.

    The first layer saw the halftone's four sub-planes before those of the noise: each plane of the denoiser's input
    gets an equal part of their weights. The last layer stays at zero.

    Raises:
        RuntimeError: the sizes differ.
    """
    state = network.state_dict()
    for name, value in content.state_dict().items():
        room, _, rest = name.partition(".")
        if room in ("down", "up"):
            number, _, rest = rest.partition(".")
            state[f"{room}.{number}.blocks.{rest}"] = value
        elif room == "middle":
            state[f"middle.blocks.{rest}"] = value
        elif room in ("reduce", "enlarge"):
            state[name] = value
    planes = network.config.planes
    weight, bias = content.state_dict()["enter.weight"], content.state_dict()["enter.bias"]
    state |= {"enter.weight": weight[:, :4].repeat(1, planes, 1, 1) / planes, "enter.bias": bias}
    network.load_state_dict(state)
