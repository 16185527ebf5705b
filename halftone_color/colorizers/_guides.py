"""Guidance from references and palettes: a latent code for the whole picture, and chroma for similar positions."""

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
from halftone_color.colorizers._matching import ReferenceKeys, correspond
from halftone_color.colorizers._views import LEAST_SIDE, encode_views, fit_size, mirror, resize_view, working_size
from halftone_color.networks import colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.types import Picture

if TYPE_CHECKING:
    from halftone_color.run import Run

ENCODED_SIDE = 80
"""Shorter side of pictures given to the color encoder, in px: half of the side of the colorizer's training pictures."""
ENCODED_MULTIPLE = 8
"""Sides of pictures given to the color encoder are multiples of this, in px."""
REFERENCE_SCALES = (0.6, 0.8, 1.0)
"""Scales at which references are encoded, relative to the picture's: objects may be nearer or farther in them."""
CODE_STRENGTH = 0.75
"""Strength of a palette's code; at 1 it would tint the whole picture."""


@dataclass(frozen=True)
class Guidance:
    """What a cue determines about the colors of a picture, given as B views."""

    code: Tensor
    """Flagged code (1, code + 1), as `ColorizerNet.decode` takes it."""
    confidence: Tensor
    """How far the cue determines the strength of colors, in [0, 1]: (B, 1, H/4, W/4), or (1, 1, 1, 1) for all."""
    strength: float = 1.0
    """Weight of the code in [0, 1]: 0 keeps the automatic code, 1 replaces it."""
    palette: Tensor | None = None
    """Wanted palette (1, 3), if any: mean Cb, mean Cr, and the mean distance of chroma from that mean."""
    skin_trust: float = 0.0
    """Weight of the code for skin, in [0, 1]: 0 gives skin its most likely color, 1 the color by the code."""
    change: Tensor | float = 0.0
    """Added to the resulting code, (1, code + 1)."""
    guide: colorizer.Guide | None = None
    """Gated guide for the B views."""

    @classmethod
    def automatic(cls, code: Tensor, change: Tensor | float = 0.0) -> Guidance:
        """Return the guidance for a cue without colors: the automatic code (1, code + 1), plus a change."""
        return cls(code, torch.zeros(1, 1, 1, 1, device=code.device), strength=0.0, change=change)

    @property
    def guided(self) -> Tensor:
        """How far each position is guided, in [0, 1]: (B or 1, 1, H/4 or 1, W/4 or 1)."""
        if self.guide is None:
            return torch.zeros(1, 1, 1, 1, device=self.code.device)
        return self.guide.fine[:, 3:].clamp(0, 1)

    def scale(self, strength: float) -> Guidance:
        """Return the guidance with its influence multiplied by `strength`; 0 switches it off."""
        guide = None if self.guide is None else self.guide.scale(strength)
        code_strength, confidence = min(1.0, self.strength * strength), self.confidence * min(1.0, strength)
        return replace(self, strength=code_strength, guide=guide, confidence=confidence)


def mean_code(pictures: Sequence[Picture], run: Run) -> Tensor:
    """Return the mean code (1, code) of color pictures (3, H, W) of any sizes."""
    return torch.stack([_code(picture, run) for picture in pictures]).mean(0)


def guide_by_code(code: Tensor, network: colorizer.ColorizerNet) -> Guidance:
    """Return guidance by a code (1, code) alone, with full confidence."""
    return Guidance(network.with_flag(code), torch.ones(1, 1, 1, 1, device=code.device))


def guide_by_correspondence(references: Sequence[Picture], places: colorizer.Encoding, run: Run) -> Guidance:
    """Return the guidance of references (3, H, W) for the encoded views of a picture.

    Each position attends to the positions of all references; where none is similar, only the code counts.
    """
    network: colorizer.ColorizerNet = run.network("colorizer")
    side = 8 * min(places.keys.shape[2:])
    features = [_features_of(reference, side, run) for reference in references]
    offered = ReferenceKeys.concatenate([each.places for each in features])
    guide = correspond(places, offered, network).gate(network.config.gates)
    coarse, fine = guide.coarse[:, 3:], guide.fine[:, 3:]  # the fourth plane is 1 times the gate
    confidence = torch.maximum(F.interpolate(coarse, fine.shape[2:], mode="bilinear"), fine)
    return Guidance(
        code=network.with_flag(torch.stack([each.code for each in features]).mean(0)),
        palette=torch.stack([each.palette for each in features]).mean(0),
        skin_trust=float(confidence.mean()) ** 2,  # squared, because any two pictures are similar somewhere
        guide=guide,
        confidence=confidence,
    )


@dataclass(frozen=True)
class _ReferenceFeatures:
    """Features of a reference that serve all pictures of one working size."""

    places: ReferenceKeys
    code: Tensor
    """Latent code (1, code)."""
    palette: Tensor
    """Palette (1, 3), see `palettes_of`."""


def _features_of(reference: Picture, side: int, run: Run) -> _ReferenceFeatures:
    """Return the features of a reference (3, H, W) for pictures whose shorter working side is `side` px.

    They are cached for further scans and for the other order of the cascade.
    """
    content = hashlib.sha256(repr((reference.shape, reference.dtype)).encode())
    content.update(np.ascontiguousarray(reference).data.cast("B"))
    networks = run.network("colorizer"), run.network("color-encoder")
    key = ("features of a reference", content.digest(), side, *networks)
    return run.cached(key, lambda: _compute_features(reference, side, run))


def _compute_features(reference: Picture, side: int, run: Run) -> _ReferenceFeatures:
    chroma = torch.from_numpy(rgb_to_ycc(reference)[1])[None].to(run.conditions.device)
    return _ReferenceFeatures(_encode_reference(reference, side, run), _code(reference, run), palettes_of(chroma))


def _code(picture: Picture, run: Run) -> Tensor:
    """Return the color encoder's mean code (1, code) of a picture (3, H, W)."""
    view = resize_view(picture, fit_size(picture, ENCODED_SIDE, ENCODED_MULTIPLE))
    code: Tensor = run.network("color-encoder")(torch.from_numpy(view)[None].to(run.conditions.device))[0]
    return code.float()


def _encode_reference(reference: Picture, side: int, run: Run) -> ReferenceKeys:
    """Return the keys of a reference (3, H, W) at several scales, each also mirrored."""
    multiple, found = colorizer.MULTIPLE, []
    sides = [max(LEAST_SIDE, round(scale * side / multiple) * multiple) for scale in REFERENCE_SCALES]
    for size in dict.fromkeys(working_size(reference, some) for some in sides):  # small references have only one size
        view = resize_view(reference, size)
        for seen in (view, mirror(view)):
            chroma = torch.from_numpy(rgb_to_ycc(seen)[1])[None].to(run.conditions.device)
            found.append(ReferenceKeys.of(encode_views([rgb_to_luma(seen)], run), chroma))
    return ReferenceKeys.concatenate(found)
