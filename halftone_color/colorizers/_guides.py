"""What references and palettes say: a code for the whole picture, and a guide where things are alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers._matching import ReferencePlaces, correspond
from halftone_color.colorizers._views import LEAST_SIDE, mirrored, places_of, reduced_view, shape_of, working_size
from halftone_color.networks import colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.types import Picture

if TYPE_CHECKING:
    from halftone_color.run import Run

ENCODED_SIDE = 80
"""Shorter side of the pictures that the color encoder sees, px: half of what it was trained beside."""
ENCODED_MULTIPLE = 8
"""Their sides are multiples of this."""
REFERENCE_SCALES = (0.6, 0.8, 1.0)
"""Sizes at which references are looked at, over the picture's: things may be nearer or farther than in it."""
CODE_STRENGTH = 0.75
"""Strength of the code of palettes: at 1 it tints the whole."""


@dataclass(frozen=True)
class Guidance:
    """What a cue says about the colors of a picture, or of its B views."""

    code: Tensor
    """(1, code + 1), as the network takes it."""
    confidence: Tensor
    """In [0, 1], (B, 1, H/4, W/4) or one number (1, 1, 1, 1): how far it is said how strong the colors are."""
    strength: float = 1.0
    """Of the code: 0 leaves the automatic result's, 1 puts this one in its place."""
    palette: Tensor | None = None
    """(1, 3): mean Cb, mean Cr and the mean distance from these that the picture should come near, if any."""
    skin_trust: float = 0.0
    """In the code, for skin, in [0, 1]: 0 leaves skin the color that is likely, 1 gives it what the code says."""
    change: Tensor | float = 0.0
    """What is added to the code in the end, (1, code + 1)."""
    guide: colorizer.Guide | None = None
    """B rows, gated by the likeness of each place."""

    @classmethod
    def automatic(cls, code: Tensor, change: Tensor | float = 0.0) -> Guidance:
        """Return what is said where the cue says no colors: the code (1, code + 1) but for a change."""
        return cls(code, torch.zeros(1, 1, 1, 1, device=code.device), strength=0.0, change=change)

    @property
    def guided(self) -> Tensor:
        """(B or 1, 1, H/4 or 1, W/4 or 1) in [0, 1]: how far places are guided."""
        if self.guide is None:
            return torch.zeros(1, 1, 1, 1, device=self.code.device)
        return self.guide.fine[:, 3:].clamp(0, 1)

    def scaled(self, strength: float) -> Guidance:
        """Return the same, said so strongly: 0 is nothing."""
        guide = None if self.guide is None else self.guide.scaled(strength)
        own, confidence = min(1.0, self.strength * strength), self.confidence * min(1.0, strength)
        return replace(self, strength=own, guide=guide, confidence=confidence)


def encoded(pictures: Sequence[Picture], run: Run) -> Tensor:
    """Return the mean of the codes (1, code) of color pictures (3, H, W), each of its own size."""
    return torch.stack([_code(picture, run) for picture in pictures]).mean(0)


def of_code(code: Tensor, network: colorizer.ColorizerNet) -> Guidance:
    """Return what a code (1, code) says alone, which is all that there is to say."""
    return Guidance(network.given(code), torch.ones(1, 1, 1, 1, device=code.device))


def of_likeness(references: Sequence[Picture], places: colorizer.Places, run: Run) -> Guidance:
    """Return what references (3, H, W) together say about a picture, by the places of its views.

    For each place the places of all references compete; where nothing is like it, only the code is left.
    """
    network: colorizer.ColorizerNet = run.network("colorizer")
    side = 8 * min(places.keys.shape[2:])
    features = [_features_of(reference, side, run) for reference in references]
    offered = ReferencePlaces.joined([each.places for each in features])
    guide = correspond(places, offered, network).gated(network.config.gates)
    coarse, fine = guide.coarse[:, 3:], guide.fine[:, 3:]  # the gates, by what they leave of ones
    confidence = torch.maximum(F.interpolate(coarse, fine.shape[2:], mode="bilinear"), fine)
    return Guidance(
        code=network.given(torch.stack([each.code for each in features]).mean(0)),
        palette=torch.stack([each.palette for each in features]).mean(0),
        skin_trust=float(confidence.mean()) ** 2,  # any pictures are alike in places
        guide=guide,
        confidence=confidence,
    )


@dataclass(frozen=True)
class _Features:
    """What a reference says about any picture of a size."""

    places: ReferencePlaces
    code: Tensor
    """(1, code)."""
    palette: Tensor
    """(1, 3)."""


def _features_of(reference: Picture, side: int, run: Run) -> _Features:
    """Return the features of a reference (3, H, W) for pictures seen with a shorter side of so many px.

    They are kept for further scans and for the other order of the cascade.
    """
    content = hashlib.sha256(repr((reference.shape, reference.dtype)).encode())
    content.update(np.ascontiguousarray(reference).data.cast("B"))
    networks = run.network("colorizer"), run.network("color-encoder")
    key = ("features of a reference", content.digest(), side, *networks)
    return run.cached(key, lambda: _computed_features(reference, side, run))


def _computed_features(reference: Picture, side: int, run: Run) -> _Features:
    chroma = torch.from_numpy(rgb_to_ycc(reference)[1])[None].to(run.conditions.device)
    return _Features(_places_in(reference, side, run), _code(reference, run), palettes_of(chroma))


def _code(picture: Picture, run: Run) -> Tensor:
    """Return the mean code (1, code) that the color encoder gives a picture (3, H, W)."""
    view = reduced_view(picture, shape_of(picture, ENCODED_SIDE, ENCODED_MULTIPLE))
    code: Tensor = run.network("color-encoder")(torch.from_numpy(view)[None].to(run.conditions.device))[0]
    return code.float()


def _places_in(reference: Picture, side: int, run: Run) -> ReferencePlaces:
    """Return the places of a reference (3, H, W), looked at in several sizes and mirrored as well."""
    multiple, found = colorizer.MULTIPLE, []
    sides = [max(LEAST_SIDE, round(scale * side / multiple) * multiple) for scale in REFERENCE_SCALES]
    for size in dict.fromkeys(working_size(reference, some) for some in sides):  # small ones have but one
        view = reduced_view(reference, size)
        for seen in (view, mirrored(view)):
            chroma = torch.from_numpy(rgb_to_ycc(seen)[1])[None].to(run.conditions.device)
            found.append(ReferencePlaces.of(places_of([rgb_to_luma(seen)], run), chroma))
    return ReferencePlaces.joined(found)
