"""Colorization network G: chroma from luminance, edge map, latent colour code and, where there is one, a reference.

Yen, Cheng, Chiu 2021, section 2.2: I = G(I_bw, I_bw^edge, z^c). Our name -> the paper's: gray -> I_bw, edge ->
I_bw^edge, code -> z^c. Beyond the paper: the encoder is MobileNetV2's, the output is chroma at half the size, and
references may also guide by correspondence: chroma of like places, found by attention at two sizes, with a confidence.
Beside one chroma for every place the network votes for classes of chroma (chroma_classes.py), where many are likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.chroma_classes import COUNT
from halftone_color.networks.mobilenet_v2 import Trunk

MULTIPLE = 32
"""Height and width of every picture must be multiples of this."""
MOST_COMPARED = 2**25
"""Pairs of places compared at once (128 MiB of cosines), so that many references fit in memory."""


@dataclass(frozen=True)
class Config:
    """Sizes of the colorization network."""

    code: int = 16
    """Numbers in the latent code."""
    widths: tuple[int, int, int, int, int] = (160, 128, 96, 64, 32)
    """Channels of the decoder at 1/32, 1/16, 1/8, 1/4, 1/2 of the picture."""
    key: int = 48
    """Channels in which places of target and reference are compared at 1/8 of the picture."""
    fine_key: int = 48
    """The same at 1/4."""
    voters: int = 0
    """Channels from which the network votes for classes of chroma; 0 where it does not, as before version 0.5."""


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
    fine_keys: Tensor
    """(B, fine_key, H/4, W/4), unit length: the same for smaller places."""


@dataclass(frozen=True)
class Exemplar:
    """What references offer: the keys of their places and the chroma there, in any order."""

    keys: Tensor
    """(B, key, m)."""
    chroma: Tensor
    """(B, 2, m)."""
    fine_keys: Tensor
    """(B, fine_key, n)."""
    fine_chroma: Tensor
    """(B, 2, n)."""

    @classmethod
    def of(cls, places: Places, chroma: Tensor) -> Exemplar:
        """Remember the places of (B, 1, H, W) pictures with their chroma (B, 2, H, W)."""
        fine = F.avg_pool2d(chroma, 4)
        flat = (places.keys, F.avg_pool2d(fine, 2), places.fine_keys, fine)
        return cls(*(plane.flatten(2) for plane in flat))

    @classmethod
    def joined(cls, exemplars: Sequence[Exemplar]) -> Exemplar:
        """Return all places of several exemplars, which then compete."""
        parts = ((e.keys, e.chroma, e.fine_keys, e.fine_chroma) for e in exemplars)
        return cls(*(torch.cat(columns, 2) for columns in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Guide:
    """Chroma carried from references: each (B, 4, h, w), chroma times confidence (2), confidence, 1."""

    coarse: Tensor
    """At 1/8 of the picture."""
    fine: Tensor
    """At 1/4."""


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
        self.fine_key = nn.Conv2d(w8 + 24, config.fine_key, 3, padding=1)
        self.fine_sharpness = nn.Parameter(torch.tensor(3.0))
        self.guide8 = nn.Conv2d(4, w8, 3, padding=1)
        self.guide4 = nn.Conv2d(4, w4, 3, padding=1)
        self.color8 = Modulation(w8, config.code)
        self.enter4 = nn.Conv2d(w8 + 24, w4, 3, padding=1)
        self.color4 = Modulation(w4, config.code)
        self.enter2 = nn.Conv2d(w4 + 16, w2, 3, padding=1)
        self.color2 = Modulation(w2, config.code)
        self.leave = nn.Conv2d(w2, 2, 3, padding=1)
        if config.voters:
            self.vote = nn.Sequential(
                nn.SiLU(), nn.Conv2d(w2, config.voters, 1), nn.SiLU(), nn.Conv2d(config.voters, COUNT, 1)
            )
        for weights in self.guide4.parameters():
            nn.init.zeros_(weights)
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
        fine = self.fine_key(torch.cat([_twice(deep), middle / 8], 1))  # (B, fine_key, H/4, W/4)
        return Places(shallow / 8, middle / 8, deep, F.normalize(self.key(deep), dim=1), F.normalize(fine, dim=1))

    def correspond(self, target: Places, exemplar: Exemplar) -> Guide:
        """Carry the chroma of the exemplar's places to the places of the target that are like them."""
        return Guide(
            carry(target.keys, exemplar.keys, exemplar.chroma, self.sharpness.exp()),
            carry(target.fine_keys, exemplar.fine_keys, exemplar.fine_chroma, self.fine_sharpness.exp()),
        )

    def decode(self, places: Places, code: Tensor, guide: Guide | None = None) -> Tensor:
        """Return the features (B, widths[4], H/2, W/2) of places under a code (B, code) and a guide.

        A zero code asks for the most likely colours; no guide is a guide of zeros.
        """
        x = places.deep
        if guide is None:
            guide = Guide(*(like.new_zeros(len(like), 4, *like.shape[2:]) for like in (x, places.middle)))
        scale = x.new_tensor([8.0, 8.0, 1.0, 1.0])[:, None, None]
        x = x + self.guide8(scale * guide.coarse)
        x = self.color8(x, code)  # (B, w8, H/8, W/8)
        x = self.enter4(torch.cat([_twice(x), places.middle], 1)) + self.guide4(scale * guide.fine)  # (B, w4, H/4, W/4)
        x = self.color4(x, code)
        x = self.enter2(torch.cat([_twice(x), places.shallow], 1))  # (B, w2, H/2, W/2)
        features: Tensor = self.color2(x, code)
        return features

    def chroma(self, features: Tensor) -> Tensor:
        """Return the expected chroma (B, 2, h, w), Cb and Cr in [-.5, .5], of decoded features (B, widths[4], h, w)."""
        return 0.5 * torch.tanh(self.leave(F.silu(features)))

    def votes(self, features: Tensor) -> Tensor:
        """Return the votes (B, COUNT, h, w) of decoded features, log-likelihoods up to a constant; needs voters."""
        votes: Tensor = self.vote(features)
        return votes

    def paint(self, places: Places, code: Tensor, guide: Guide | None = None) -> Tensor:
        """Return the expected chroma (B, 2, H/2, W/2) of places under a code (B, code) and a guide."""
        return self.chroma(self.decode(places, code, guide))

    def forward(self, gray: Tensor, edge: Tensor, code: Tensor) -> Tensor:
        """G without a reference: (B, 1, H, W), (B, 1, H, W), (B, code) -> chroma (B, 2, H/2, W/2)."""
        return self.paint(self.look(gray, edge), code)


def carry(wanted: Tensor, keys: Tensor, chroma: Tensor, sharpness: Tensor) -> Tensor:
    """Attend from places to an exemplar's and return what comes across.

    Args:
        wanted: keys (B, C, h, w) of the target's places, unit length.
        keys: keys (B, C, m) of the exemplar's places, unit length.
        chroma: (B, 2, m) at those places.
        sharpness: factor on the cosines before the softmax.

    Returns:
        (B, 4, h, w): carried chroma times confidence (2), confidence, 1 (there is a reference).
    """
    queries, parts = wanted.flatten(2).transpose(1, 2), []  # (B, n, C)
    rows = max(1, MOST_COMPARED // (len(keys) * keys.shape[2]))
    for some in torch.split(queries, rows, 1):
        likeness = some @ keys  # (B, rows, m) cosines
        carried = (likeness * sharpness).softmax(2) @ chroma.transpose(1, 2)  # (B, rows, 2)
        confidence = likeness.amax(2, keepdim=True).clamp_min(0)  # (B, rows, 1)
        parts.append(torch.cat([carried * confidence, confidence, torch.ones_like(confidence)], 2))
    return torch.unflatten(torch.cat(parts, 1).transpose(1, 2), 2, wanted.shape[2:])


def _twice(x: Tensor) -> Tensor:
    """Enlarge (B, C, h, w) to (B, C, 2h, 2w) bilinearly."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
