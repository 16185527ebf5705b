"""Colorization network with color encoder: by reference, palette, hints, at random or automatic (Yen et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.colorizers._guides import CODE_STRENGTH, Said, encoded, of_code, of_likeness
from halftone_color.colorizers._hints import reduced
from halftone_color.colorizers._light import neutral
from halftone_color.colorizers._skin import natural_skin
from halftone_color.colorizers._upsample import upsample_chroma
from halftone_color.colorizers._views import folded, look, mirrored, reduced_view, working_size
from halftone_color.errors import UsageError
from halftone_color.networks import colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.networks.code_prior import Likely
from halftone_color.system import precision
from halftone_color.types import Cue, Hints, Picture, Progress

NEEDS = ("colorizer", "color-encoder")
CUES = ("automatic", "references", "samples", "palette", "hints")

NATURAL = 1.12
"""Factor on chroma where nothing says how strong colors are: the network is careful, and its colors too faint."""
NATURAL_SKIN = 1.1
"""The same of skin, which training weighs more."""
PALETTE_STEPS = 2
"""Times that a picture's palette is brought nearer to that of its references."""
PALETTE_GAIN = 0.7
"""Of what a picture's palette lacks to that of its references, how much is asked for."""
HINT_CELL = 4
"""Side in px, of the picture as the network sees it, of the cells in which hints are given."""
HINT_REACH = 3
"""Cells around a hint whose skin is left as the network colors it."""


@dataclass(frozen=True)
class Options:
    """Options of the network method."""

    saturation: float = 1.0
    """Factor on chroma: 0 gives gray, 1 natural colors."""
    ref_strength: float = 1.0
    """How far references and palettes count: 0 gives the automatic result, 1 suits most, 2 gives palettes in full."""
    variety: float = 1.2
    """How far samples go from the automatic result: 0 gives that, 1 the spread of likely colors."""
    side: int = 416
    """Shorter side of the picture that the network sees, px, a multiple of 32; chroma comes at half of it."""
    mirror: bool = False
    """Take the mean of what the network makes of the picture and of its mirror image."""
    correspondence: bool = True
    """Let references guide by like places; no takes their latent code alone, at full strength."""
    skin: bool = True
    """Give skin that the network sees but leaves gray the color of the picture's other skin."""
    chroma_mask: Picture | None = None
    """(1, H, W) in [0, 1]: 0 where nothing is to be colored, such as text and blank paper."""

    def __post_init__(self) -> None:
        if self.saturation < 0:
            raise UsageError("saturation must not be negative; 0 is gray, 1 is natural.")
        if self.ref_strength < 0:
            raise UsageError("ref_strength must not be negative; 0 is the automatic result, 1 suits most.")
        if self.variety < 0:
            raise UsageError("variety must not be negative; 0 is the automatic result, 1 the whole spread.")
        if self.side < 32 or self.side % 32:
            raise UsageError("side must be a multiple of 32; 192 to 448 suits the shipped network.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB whose luma is gray's (1, H, W), colored as the cue says."""
    small = predict_chroma(gray, cue, options, networks)
    return add_chroma(gray, settled(upsample_chroma(small, gray, progress), cue, options))


def settled(chroma: Picture, cue: Cue, options: Options) -> Picture:
    """Return chroma (2, H, W) as strong as asked for, and none where nothing is to be colored or hinted."""
    chroma = chroma * np.float32(options.saturation)
    if options.chroma_mask is None:
        return chroma
    return chroma * (options.chroma_mask if cue.hints is None else np.maximum(options.chroma_mask, cue.hints.given))


def predict_chroma(gray: Picture, cue: Cue, options: Options, networks: Mapping[str, nn.Module]) -> Tensor:
    """Return small chroma (2, h, w) that G predicts for (1, H, W) under a cue."""
    network, encoder = networks["colorizer"], networks["color-encoder"]
    assert isinstance(network, colorizer.Network)
    with torch.inference_mode(), precision.autocast():
        view = reduced_view(gray, working_size(gray, options.side))
        views = [view, mirrored(view)] if options.mirror else [view]
        places = look(views, network)
        likely = network.likely(places).rows_mean()
        said = _said(cue, places, options, network, encoder, likely)
        factor, factor_of_skin = (natural + (1 - natural) * said.vouched for natural in (NATURAL, NATURAL_SKIN))
        hints = None if cue.hints is None else _hint_planes(cue.hints, views, factor)

        def painted(code: Tensor, factor: Tensor) -> Tensor:
            chroma = network.paint(places, code.expand(len(views), -1), said.guide, hints).float()
            return folded(chroma * F.interpolate(factor, chroma.shape[2:], mode="bilinear"))

        lively = 0.0 if cue.seed is None else min(1.0, options.variety)
        usual = network.usual(neutral(network, likely, lively))
        code = torch.lerp(usual, said.code, said.strength) + said.change
        chroma = painted(code, factor)
        if said.palette is not None and network.palette is not None:
            for _ in range(PALETTE_STEPS):
                made, gain = palettes_of(chroma), PALETTE_GAIN * said.strength
                code = network.given(network.palette.nearer(code[:, :-1], made, said.palette, gain))
                chroma = painted(code, factor)
        odds = network.skin_odds(places)
        if odds is not None and options.skin:
            luma = F.avg_pool2d(torch.from_numpy(view)[None], 2)
            own = torch.lerp(network.usual(likely), said.code, said.strength * said.trust)
            of_skin = painted(own, factor_of_skin)
            chroma = natural_skin(chroma, of_skin, luma, folded(odds), _unsaid(said, hints, chroma))
        return chroma[0]


def _unsaid(said: Said, hints: Tensor | None, chroma: Tensor) -> Tensor:
    """Return (1, 1, h, w) in [0, 1] for chroma (1, 2, h, w): 0 where a guide or a hint says what colors are."""
    free = 1 - folded(said.guided)
    if hints is not None:
        near = F.max_pool2d(folded(hints[:, 2:]), 2 * HINT_REACH + 1, 1, HINT_REACH)
        free = free * (1 - near)
    return F.interpolate(free, chroma.shape[2:], mode="bilinear")


def _said(
    cue: Cue,
    places: colorizer.Places,
    options: Options,
    network: colorizer.Network,
    encoder: nn.Module,
    likely: Likely,
) -> Said:
    """Return what the cue, but for its hints, says about a picture by the places of its views and its likely codes."""
    if cue.seed is not None and options.variety:
        draw = np.random.Generator(np.random.PCG64(cue.seed)).standard_normal(network.config.code, dtype=np.float32)
        change = network.given(likely.drawn(torch.from_numpy(draw)[None])) - network.usual(likely)
        return Said(network.usual(likely), strength=0.0, change=options.variety * change)
    strength = options.ref_strength
    if strength and cue.palette is not None:
        return of_code(encoded([cue.palette], encoder), network).scaled(CODE_STRENGTH * strength)
    if strength and cue.references and options.correspondence:
        return of_likeness(cue.references, places, network, encoder).scaled(strength)
    if strength and cue.references:
        return replace(of_code(encoded(cue.references, encoder), network), trust=1.0).scaled(strength)
    return Said(network.usual(likely), strength=0.0)


def _hint_planes(hints: Hints, views: Sequence[Picture], factor: Tensor) -> Tensor:
    """Return hints as the network takes them, (B, 3, h/4, w/4) for B views (1, h, w).

    Their chroma is divided by the factor (B or 1, 1, h/4 or 1, w/4 or 1) that what the network says is multiplied by.
    """
    height, width = (side // HINT_CELL for side in views[0].shape[1:])
    chroma, given = reduced(rgb_to_ycc(hints.colors)[1], hints.given, height, width)
    planes = np.concatenate([chroma, given[None].astype(np.float32)])
    rows = torch.from_numpy(np.stack([planes, mirrored(planes)][: len(views)]))
    return torch.cat([rows[:, :2] / factor, rows[:, 2:]], 1)
