"""Colorization network G: chroma from luminance, edge map, latent colour code and, where there is one, a reference.

Yen, Cheng, Chiu 2021, section 2.2: I = G(I_bw, I_bw^edge, z^c). Our name -> the paper's: gray -> I_bw, edge ->
I_bw^edge, code -> z^c. Beyond the paper: the encoder is MobileNetV2's, the output is chroma at half the size, and
references may also guide by correspondence: chroma of like places, found by attention, with a confidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.mobilenet_v2 import Trunk

MULTIPLE = 32
"""Height and width of every picture must be multiples of this."""


@dataclass(frozen=True)
class Config:
    """Sizes of the colorization network."""

    code: int = 16
    """Numbers in the latent code."""
    widths: tuple[int, int, int, int, int] = (160, 128, 96, 64, 32)
    """Channels of the decoder at 1/32, 1/16, 1/8, 1/4, 1/2 of the picture."""
    key: int = 48
    """Channels in which places of target and reference are compared."""


class Modulation(nn.Module):
    """A residual block whose features the code scales and shifts, channel by channel."""

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.style = nn.Linear(code, 2 * width)
        nn.init.normal_(self.style.weight, std=0.1)
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """(B, C, h, w), (B, code) -> (B, C, h, w)."""
        scale, shift = self.style(code)[:, :, None, None].chunk(2, 1)
        y = self.first(F.silu(x)) * (1 + scale) + shift
        change: Tensor = self.second(F.silu(y))
        return x + change


@dataclass(frozen=True)
class Places:
    """What the encoder found in a gray picture."""

    shallow: Tensor
    """(B, 16, H/2, W/2)."""
    middle: Tensor
    """(B, 24, H/4, W/4)."""
    deep: Tensor
    """(B, widths[2], H/8, W/8): features of each place, with what the whole picture says about it."""
    keys: Tensor
    """(B, key, H/8, W/8), unit length: for comparing places of two pictures."""


class Network(nn.Module):
    """The colorization network."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        w32, w16, w8, w4, w2 = config.widths
        self.trunk = Trunk(inputs=2)
        self.enter32 = nn.Conv2d(320, w32, 1)
        self.enter16 = nn.Conv2d(w32 + 96, w16, 3, padding=1)
        self.enter8 = nn.Conv2d(w16 + 32, w8, 3, padding=1)
        self.block8 = nn.Conv2d(w8, w8, 3, padding=1)
        self.key = nn.Conv2d(w8, config.key, 1)
        self.sharpness = nn.Parameter(torch.tensor(2.3))
        self.guide8 = nn.Conv2d(4, w8, 3, padding=1)
        self.color8 = Modulation(w8, config.code)
        self.enter4 = nn.Conv2d(w8 + 24, w4, 3, padding=1)
        self.color4 = Modulation(w4, config.code)
        self.enter2 = nn.Conv2d(w4 + 16, w2, 3, padding=1)
        self.color2 = Modulation(w2, config.code)
        self.leave = nn.Conv2d(w2, 2, 3, padding=1)
        nn.init.normal_(self.leave.weight, std=1e-3)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def look(self, gray: Tensor, edge: Tensor) -> Places:
        """Encode (B, 1, H, W) luminance in [0, 1] and its edge map in {0, 1}; H and W multiples of 32."""
        maps = self.trunk(torch.cat([gray * 2 - 1, edge], 1))
        shallow, middle, eighth, sixteenth, half = maps[0], maps[1], maps[2], maps[4], maps[6]
        x = F.silu(self.enter32(half / 4))  # (B, w32, H/32, W/32)
        x = F.silu(self.enter16(torch.cat([_twice(x), sixteenth / 8], 1)))  # (B, w16, H/16, W/16)
        x = F.silu(self.enter8(torch.cat([_twice(x), eighth / 8], 1)))  # (B, w8, H/8, W/8)
        deep = x + self.block8(x)  # (B, w8, H/8, W/8)
        return Places(shallow / 8, middle / 8, deep, F.normalize(self.key(deep), dim=1))

    def correspond(self, target: Places, reference: Places, chroma: Tensor) -> Tensor:
        """Carry a reference's chroma to the places of the target that are like it.

        Args:
            target: places of (B, 1, H, W) pictures.
            reference: places of (B, 1, h, w) pictures; several references: keys side by side.
            chroma: (B, 2, h/8, w/8) of the reference.

        Returns:
            Guide (B, 4, H/8, W/8): carried chroma times confidence (2), confidence, 1 (there is a reference).
        """
        query, keys = target.keys.flatten(2), reference.keys.flatten(2)  # (B, key, n), (B, key, m)
        likeness = query.transpose(1, 2) @ keys  # (B, n, m) cosines
        attention = (likeness * self.sharpness.exp()).softmax(2)
        carried = (attention @ chroma.flatten(2).transpose(1, 2)).transpose(1, 2)  # (B, 2, n)
        confidence = likeness.amax(2)[:, None].clamp_min(0)  # (B, 1, n)
        guide = torch.cat([carried * confidence, confidence, torch.ones_like(confidence)], 1)
        return torch.unflatten(guide, 2, target.keys.shape[2:])

    def paint(self, places: Places, code: Tensor, guide: Tensor | None = None) -> Tensor:
        """Predict chroma (B, 2, H/2, W/2), Cb and Cr in about [-.5, .5], from places, code (B, code) and guide.

        A zero code asks for the most likely colours; no guide is a guide of zeros.
        """
        x = places.deep
        if guide is None:
            guide = x.new_zeros(len(x), 4, *x.shape[2:])
        scaled = guide * guide.new_tensor([8.0, 8.0, 1.0, 1.0])[:, None, None]
        x = x + self.guide8(scaled)
        x = self.color8(x, code)  # (B, w8, H/8, W/8)
        x = self.enter4(torch.cat([_twice(x), places.middle], 1))  # (B, w4, H/4, W/4)
        x = self.color4(x, code)
        x = self.enter2(torch.cat([_twice(x), places.shallow], 1))  # (B, w2, H/2, W/2)
        x = self.color2(x, code)
        return 0.5 * torch.tanh(self.leave(F.silu(x)))  # (B, 2, H/2, W/2)

    def forward(self, gray: Tensor, edge: Tensor, code: Tensor) -> Tensor:
        """G without a reference: (B, 1, H, W), (B, 1, H, W), (B, code) -> chroma (B, 2, H/2, W/2)."""
        return self.paint(self.look(gray, edge), code)


def _twice(x: Tensor) -> Tensor:
    """Enlarge (B, C, h, w) to (B, C, 2h, 2w) bilinearly."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
