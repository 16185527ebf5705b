"""What references and palettes say: a code for the whole picture, and a guide where things are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorize._views import look, mirrored, reduced_view, shape_of
from halftone_color.networks import colorizer
from halftone_color.types import Picture

ENCODED_SIDE = 80
"""Shorter side of the pictures that the color encoder sees, px: half of what it was trained beside."""
ENCODED_MULTIPLE = 8
"""Their sides are multiples of this."""
REFERENCE_SIDES = (160, 224, 288)
"""Shorter sides at which references are looked at, px: things may be nearer or farther than in the picture."""
CODE_STRENGTH = 0.5
"""Strength of the references' code in a picture where nothing is like anything in them: at 1 it tints the whole."""


@dataclass(frozen=True)
class Said:
    """What references say about a picture."""

    code: Tensor
    """(1, code + 1), as the network takes it."""
    guide: colorizer.Guide | None
    """One row, gated by the likeness of each place."""
    vouched: Tensor | float
    """In [0, 1], (1, 1, H/4, W/4) or the same everywhere: how far the references say how strong the colors are."""


def encoded(pictures: Sequence[Picture], encoder: nn.Module) -> Tensor:
    """Return the mean of the codes (1, code) of color pictures (3, H, W)."""
    views = [reduced_view(p, shape_of(p, ENCODED_SIDE, ENCODED_MULTIPLE)) for p in pictures]
    return torch.stack([encoder(torch.from_numpy(view)[None])[0].float() for view in views]).mean(0)


def said_by(
    references: Sequence[Picture], places: colorizer.Places, network: colorizer.Network, encoder: nn.Module
) -> Said:
    """Return what references (3, H, W) together say about a picture, by its places (1 row).

    For each place the places of all references compete; where nothing is like it, only the code is left.
    """
    guide = network.correspond(places, colorizer.Exemplar.joined([*_exemplars(references, network)]))
    guide = guide.gated(network.config.gates)
    coarse, fine = guide.coarse[:, 3:], guide.fine[:, 3:]  # the gates, by what they leave of ones
    vouched = torch.maximum(F.interpolate(coarse, fine.shape[2:], mode="bilinear"), fine)
    strength = CODE_STRENGTH + (1 - CODE_STRENGTH) * float(vouched.mean())
    return Said(network.given(encoded(references, encoder), strength), guide, vouched)


def _exemplars(references: Sequence[Picture], network: colorizer.Network) -> Sequence[colorizer.Exemplar]:
    """Return what the references offer, each looked at in several sizes and mirrored as well."""
    found = []
    for reference, side in product(references, REFERENCE_SIDES):
        view = reduced_view(reference, shape_of(reference, side, colorizer.MULTIPLE))
        for seen in (view, mirrored(view)):
            chroma = torch.from_numpy(rgb_to_ycc(seen)[1])[None]
            found.append(colorizer.Exemplar.of(look([rgb_to_luma(seen)], network), chroma))
    return found
