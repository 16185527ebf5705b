"""Colorization network with colour encoder: by reference, at random or automatic (Yen, Cheng, Chiu 2021, 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from halftone_color.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.colorize._draws import gumbel_noise
from halftone_color.colorize._upsample import reduce_picture, upsample_chroma
from halftone_color.edges import canny
from halftone_color.errors import UsageError
from halftone_color.networks import colorizer
from halftone_color.networks.chroma_classes import annealed_mean
from halftone_color.types import Cue, Picture, Progress

NEEDS = ("colorizer", "color-encoder")

EDGE_THRESHOLDS = (80.0, 250.0)
"""Canny thresholds of the edge map on the 8-bit picture, as published."""
FADED = 1.15
"""Factor on the expected chroma of networks that do not vote, where no reference vouches for it: it is too faint."""
TEMPERATURE = 0.6
"""Of the votes: 1 gives their mean, which is brown, towards 0 the likeliest classes in patches."""
STRANGE, LIKE = 0.55, 0.7
"""Mean likeness (cosine of keys) of the picture's places to the references' nearest ones, up to which references say
nothing about the picture as a whole, and from which they say all."""
REFERENCE_SCALES = (0.75, 1.0, 1.25)
"""Sizes in which references are looked at, over that of the picture."""
LONGEST = 4
"""The working picture's longer side is at most so many times the shorter one."""


@dataclass(frozen=True)
class Options:
    """Options of the network method."""

    saturation: float = 1.0
    """Factor on chroma: 0 gives gray, 1 what the network predicts."""
    variety: float = 0.4
    """Factor on the random code and on the noise on the votes: 0 gives the automatic result, 1 the whole spread."""
    side: int = 128
    """Shorter side of the picture that the network sees, px, a multiple of 32; chroma comes at half of it."""
    correspondence: bool = True
    """Let references guide by like places as well as by their latent code, which then counts by how like they are."""
    chroma_mask: Picture | None = None
    """(1, H, W) in [0, 1]: 0 where nothing is to be coloured, such as text and blank paper."""

    def __post_init__(self) -> None:
        if self.saturation < 0:
            raise UsageError("saturation must not be negative; 0 is gray, 1 is natural.")
        if self.variety < 0:
            raise UsageError("variety must not be negative; 0 is the automatic result, 1 the whole spread.")
        if self.side < 32 or self.side % 32:
            raise UsageError("side must be a multiple of 32; 96 to 192 suits the shipped network.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB whose luma is gray's (1, H, W), coloured as the cue says."""
    small = predict_chroma(gray, cue, options, networks)
    chroma = upsample_chroma(small, gray, progress) * np.float32(options.saturation)
    if options.chroma_mask is not None:
        chroma *= options.chroma_mask
    return add_chroma(gray, chroma)


def predict_chroma(gray: Picture, cue: Cue, options: Options, networks: Mapping[str, nn.Module]) -> Tensor:
    """Return small chroma (2, h, w) that G predicts for (1, H, W) under a cue."""
    network, encoder = networks["colorizer"], networks["color-encoder"]
    assert isinstance(network, colorizer.Network)
    with torch.inference_mode():
        code = _code(cue, encoder, network.config.code, options.variety)
        places = _look(gray, network, options.side)
        if not cue.references:
            return _unguided(network, places, code, cue.seed, options.variety)[0]
        guide, trust = None, 1.0
        if options.correspondence:
            guide = _guide(places, cue.references, network, options.side)
            trust = _trust(guide)
        features = network.decode(places, trust * code, guide)
        expected = network.chroma(features)
        if trust == 1:
            return expected[0]
        return (trust * expected + (1 - trust) * _likely(network, features))[0]


def _unguided(
    network: colorizer.Network, places: colorizer.Places, code: Tensor, seed: int | None, variety: float
) -> Tensor:
    """Return the chroma (1, 2, h, w) of a picture without references: what is likely or, with a seed, a draw."""
    features = network.decode(places, code)
    noise = None
    if seed is not None and network.config.voters:
        noise = variety * gumbel_noise(places.keys, seed, *features.shape[2:])
    return _likely(network, features, noise)


def _likely(network: colorizer.Network, features: Tensor, noise: Tensor | None = None) -> Tensor:
    """Return the chroma (1, 2, h, w) that most votes, with noise (1, COUNT, h, w) on them, stand for."""
    if not network.config.voters:
        return FADED * network.chroma(features)
    votes = network.votes(features)
    return annealed_mean(votes if noise is None else votes + noise, TEMPERATURE)


def _trust(guide: colorizer.Guide) -> float:
    """Return in [0, 1] how far references that carried a guide are of things like the picture's."""
    likeness = float(guide.coarse[:, 2].mean())
    return min(1.0, max(0.0, (likeness - STRANGE) / (LIKE - STRANGE)))


def _code(cue: Cue, encoder: nn.Module, length: int, variety: float) -> Tensor:
    """Return the latent code (1, length): the references' mean, a random draw, or zero for automatic."""
    if cue.references:
        views = [reduce_picture(r, *_shape(r, 48, 8)) for r in cue.references]
        means = [encoder(torch.from_numpy(view)[None].clamp(0, 1))[0] for view in views]
        return torch.stack(means).mean(0)
    if cue.seed is not None:
        draw = np.random.Generator(np.random.PCG64(cue.seed)).standard_normal(length, dtype=np.float32)
        return variety * torch.from_numpy(draw)[None]
    return torch.zeros(1, length)


def _look(gray: Picture, network: colorizer.Network, side: int) -> colorizer.Places:
    small = reduce_picture(gray, *_shape(gray, side, colorizer.MULTIPLE)).clip(0, 1)
    edge = canny(small[0], *EDGE_THRESHOLDS)
    return network.look(torch.from_numpy(small)[None], torch.from_numpy(edge)[None, None])


def _guide(
    places: colorizer.Places, references: Sequence[Picture], network: colorizer.Network, side: int
) -> colorizer.Guide:
    """Return the guide from all references together: their places compete for each place of the target.

    A reference is looked at in several sizes and mirrored as well, since things may be nearer or face the other way.
    """
    exemplars = []
    for reference, scale in product(references, REFERENCE_SCALES):
        size = max(colorizer.MULTIPLE, round(scale * side / colorizer.MULTIPLE) * colorizer.MULTIPLE)
        small = reduce_picture(reference, *_shape(reference, size, colorizer.MULTIPLE)).clip(0, 1)
        for view in (small, np.ascontiguousarray(small[:, :, ::-1])):
            chroma = torch.from_numpy(rgb_to_ycc(view)[1])[None]
            exemplars.append(colorizer.Exemplar.of(_look(rgb_to_luma(view), network, size), chroma))
    return network.correspond(places, colorizer.Exemplar.joined(exemplars))


def _shape(picture: Picture, side: int, multiple: int) -> tuple[int, int]:
    """Return the working height and width: shorter side `side`, longer side in proportion, multiples of `multiple`."""
    height, width = picture.shape[1:]
    longer = min(LONGEST, max(height, width) / min(height, width)) * side
    longer = max(multiple, round(longer / multiple) * multiple)
    return (side, longer) if height <= width else (longer, side)
