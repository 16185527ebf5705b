"""What references and palettes say: a code for the whole picture, and a guide where things are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers._matching import Offer, correspond
from halftone_color.colorizers._views import LEAST_SIDE, look, mirrored, reduced_view, shape_of, working_size
from halftone_color.networks import colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.types import Picture

ENCODED_SIDE = 80
"""Shorter side of the pictures that the color encoder sees, px: half of what it was trained beside."""
ENCODED_MULTIPLE = 8
"""Their sides are multiples of this."""
REFERENCE_SCALES = (0.6, 0.8, 1.0)
"""Sizes at which references are looked at, over the picture's: things may be nearer or farther than in it."""
CODE_STRENGTH = 0.75
"""Strength of the code of palettes: at 1 it tints the whole."""


@dataclass(frozen=True)
class Said:
    """What is said about the colors of a picture, or of its B views."""

    code: Tensor
    """(1, code + 1), as the network takes it."""
    strength: float = 1.0
    """Of the code: 0 leaves the automatic result's, 1 puts this one in its place."""
    palette: Tensor | None = None
    """(1, 3): mean Cb, mean Cr and the mean distance from these that the picture should come near, if any."""
    trust: float = 0.0
    """In the code, for skin, in [0, 1]: 0 leaves skin the color that is likely, 1 gives it what the code says."""
    change: Tensor | float = 0.0
    """What is added to the code in the end, (1, code + 1)."""
    guide: colorizer.Guide | None = None
    """B rows, gated by the likeness of each place."""
    vouched: Tensor = field(default_factory=lambda: torch.zeros(1, 1, 1, 1))
    """In [0, 1], (B, 1, H/4, W/4) or one number (1, 1, 1, 1): how far it is said how strong the colors are."""

    @property
    def guided(self) -> Tensor:
        """(B or 1, 1, H/4 or 1, W/4 or 1) in [0, 1]: how far places are guided."""
        return torch.zeros(1, 1, 1, 1) if self.guide is None else self.guide.fine[:, 3:].clamp(0, 1)

    def scaled(self, strength: float) -> Said:
        """Return the same, said so strongly: 0 is nothing."""
        guide = None if self.guide is None else self.guide.scaled(strength)
        said, vouched = min(1.0, self.strength * strength), self.vouched * min(1.0, strength)
        return replace(self, strength=said, guide=guide, vouched=vouched)


def encoded(pictures: Sequence[Picture], encoder: nn.Module) -> Tensor:
    """Return the mean of the codes (1, code) of color pictures (3, H, W)."""
    views = [reduced_view(p, shape_of(p, ENCODED_SIDE, ENCODED_MULTIPLE)) for p in pictures]
    return torch.stack([encoder(torch.from_numpy(view)[None])[0].float() for view in views]).mean(0)


def of_code(code: Tensor, network: colorizer.Network) -> Said:
    """Return what a code (1, code) says alone, which is all that there is to say."""
    return Said(network.given(code), vouched=torch.ones(1, 1, 1, 1))


def of_likeness(
    references: Sequence[Picture], places: colorizer.Places, network: colorizer.Network, encoder: nn.Module
) -> Said:
    """Return what references (3, H, W) together say about a picture, by the places of its views.

    For each place the places of all references compete; where nothing is like it, only the code is left.
    """
    guide = correspond(places, _offer(references, places, network), network).gated(network.config.gates)
    coarse, fine = guide.coarse[:, 3:], guide.fine[:, 3:]  # the gates, by what they leave of ones
    vouched = torch.maximum(F.interpolate(coarse, fine.shape[2:], mode="bilinear"), fine)
    trust = float(vouched.mean()) ** 2  # any pictures are alike in places
    code, palette = network.given(encoded(references, encoder)), _palette(references)
    return Said(code, 1.0, palette, trust, guide=guide, vouched=vouched)


def _palette(references: Sequence[Picture]) -> Tensor:
    """Return the mean palette (1, 3) of color pictures (3, H, W)."""
    found = [palettes_of(torch.from_numpy(rgb_to_ycc(reference)[1])[None]) for reference in references]
    return torch.stack(found).mean(0)


def _offer(references: Sequence[Picture], places: colorizer.Places, network: colorizer.Network) -> Offer:
    """Return what the references offer to a picture, each looked at in several sizes and mirrored as well."""
    side = 8 * min(places.keys.shape[2:])
    multiple, found = colorizer.MULTIPLE, []
    sides = [max(LEAST_SIDE, round(scale * side / multiple) * multiple) for scale in REFERENCE_SCALES]
    for reference in references:
        for size in dict.fromkeys(working_size(reference, some) for some in sides):  # small ones have but one
            view = reduced_view(reference, size)
            for seen in (view, mirrored(view)):
                chroma = torch.from_numpy(rgb_to_ycc(seen)[1])[None]
                found.append(Offer.of(look([rgb_to_luma(seen)], network), chroma))
    return Offer.joined(found)
