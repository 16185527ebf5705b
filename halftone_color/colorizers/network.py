"""Colorization network with color encoder: by reference, palette, hints, at random or automatic (Yen et al. 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import add_chroma, rgb_to_ycc, tint_halftone
from halftone_color.arrays.resampling import upsample_chroma
from halftone_color.colorizers._guides import CODE_STRENGTH, Guidance, encoded, of_code, of_likeness
from halftone_color.colorizers._hints import reduced
from halftone_color.colorizers._light import neutral
from halftone_color.colorizers._skin import natural_skin
from halftone_color.colorizers._views import ensemble_mean, mirrored, places_of, reduced_view, working_size
from halftone_color.cue import Cue, Hints
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer, ColorsHalftones
from halftone_color.networks import colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.networks.code_prior import Likely
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

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
TONE_PX = 3.0
"""Distance over which a halftone without a period, such as error diffusion, is averaged to its tone."""


@dataclass(frozen=True)
class NetworkColorizer(Colorizer, ColorsHalftones):
    """Chroma that the colorization network predicts at a working size, brought to full size along the luma."""

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

    networks = ("colorizer", "color-encoder")
    cues = ("none", "references", "samples", "palette", "hints")
    draws = True
    uses_mask = True

    def __post_init__(self) -> None:
        if self.saturation < 0:
            raise UsageError("saturation must not be negative; 0 is gray, 1 is natural.")
        if self.ref_strength < 0:
            raise UsageError("ref_strength must not be negative; 0 is the automatic result, 1 suits most.")
        if self.variety < 0:
            raise UsageError("variety must not be negative; 0 is the automatic result, 1 the whole spread.")
        if self.side < 32 or self.side % 32:
            raise UsageError("side must be a multiple of 32; 192 to 448 suits the shipped network.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """(1, H, W) -> (3, H, W) of the same luma, colored as the cue says; gray where the mask says so."""
        chroma = upsample_chroma(self.predict_chroma(task, run), task.picture, run.progress)
        return add_chroma(task.picture, self._settled(chroma, task))

    def color_halftone(self, task: Task, run: Run) -> Picture:
        """(1, H, W) -> (3, H, W): ink and paper tinted so that their local mean has the chroma that G predicts."""
        from scipy.ndimage import gaussian_filter

        tone = gaussian_filter(task.picture[0], 0.5 * (task.screen.period_px or TONE_PX))[None]
        chroma = upsample_chroma(self.predict_chroma(task, run), tone, run.progress)
        return tint_halftone(task.picture, tone, self._settled(chroma, task))

    def predict_chroma(self, task: Task, run: Run) -> Tensor:
        """Return small chroma (2, h, w), Cb and Cr in [-.5, .5], that G predicts for (1, H, W) under the task's cue.

        It lies on the run's device and is half as large as the picture that the network sees; neither saturation nor
        mask counts yet.
        """
        network: colorizer.ColorizerNet = run.network("colorizer")
        with run.inference():
            view = reduced_view(task.picture, working_size(task.picture, self.side))
            views = [view, mirrored(view)] if self.mirror else [view]
            places = places_of(views, run)
            likely = network.likely(places).rows_mean()
            guidance = self._guidance(task.cue, places, likely, run)
            factor, skin_factor = (natural + (1 - natural) * guidance.confidence for natural in (NATURAL, NATURAL_SKIN))
            hints = None if task.cue.hints is None else _hint_planes(task.cue.hints, views, factor)
            decoder = _Decoder(network, places, guidance.guide, hints)
            lively = 0.0 if task.cue.seed is None else min(1.0, self.variety)
            usual = network.usual(neutral(network, likely, lively))
            code = torch.lerp(usual, guidance.code, guidance.strength) + guidance.change
            chroma = _in_palette(decoder.chroma(code, factor), code, factor, guidance, decoder)
            odds = network.skin_odds(places) if self.skin else None
            if odds is not None:
                luma = F.avg_pool2d(torch.from_numpy(view)[None].to(chroma.device), 2)
                own = torch.lerp(network.usual(likely), guidance.code, guidance.strength * guidance.skin_trust)
                of_skin = decoder.chroma(own, skin_factor)
                free = _free(guidance, hints, chroma)
                chroma = natural_skin(chroma, of_skin, luma, ensemble_mean(odds), free)
            return chroma[0]

    def _guidance(self, cue: Cue, places: colorizer.Places, likely: Likely, run: Run) -> Guidance:
        """Return what the cue, but for its hints, says about a picture by the places of its views and likely codes."""
        network: colorizer.ColorizerNet = run.network("colorizer")
        if cue.seed is not None and self.variety:
            draw = np.random.Generator(np.random.PCG64(cue.seed)).standard_normal(network.config.code, dtype=np.float32)
            drawn = likely.drawn(torch.from_numpy(draw)[None].to(run.conditions.device))
            change = network.given(drawn) - network.usual(likely)
            return Guidance.automatic(network.usual(likely), change=self.variety * change)
        strength = self.ref_strength
        if strength and cue.palette is not None:
            return of_code(encoded([cue.palette], run), network).scaled(CODE_STRENGTH * strength)
        if strength and cue.references and self.correspondence:
            return of_likeness(cue.references, places, run).scaled(strength)
        if strength and cue.references:
            return replace(of_code(encoded(cue.references, run), network), skin_trust=1.0).scaled(strength)
        return Guidance.automatic(network.usual(likely))

    def _settled(self, chroma: Picture, task: Task) -> Picture:
        """Return chroma (2, H, W) as strong as asked for, and none where nothing is to be colored or hinted."""
        chroma = chroma * np.float32(self.saturation)
        if task.mask is None:
            return chroma
        return chroma * (task.mask if task.cue.hints is None else np.maximum(task.mask, task.cue.hints.given))


@dataclass(frozen=True)
class _Decoder:
    """What the network makes of a picture's views under one guide and its hints; only the code is left to say."""

    network: colorizer.ColorizerNet
    places: colorizer.Places
    guide: colorizer.Guide | None
    hints: Tensor | None
    """(B, 3, h/4, w/4)."""

    def chroma(self, code: Tensor, factor: Tensor) -> Tensor:
        """Return chroma (1, 2, h, w) by a code (1, code + 1), times a factor (B or 1, 1, h' or 1, w' or 1)."""
        codes = code.expand(len(self.places.keys), -1)
        chroma = self.network.paint(self.places, codes, self.guide, self.hints).float()
        return ensemble_mean(chroma * F.interpolate(factor, chroma.shape[2:], mode="bilinear"))


def _in_palette(chroma: Tensor, code: Tensor, factor: Tensor, guidance: Guidance, decoder: _Decoder) -> Tensor:
    """Return chroma (1, 2, h, w) made by a code, or by another whose palette is nearer to the one asked for."""
    network = decoder.network
    if guidance.palette is None or network.palette is None:
        return chroma
    for _ in range(PALETTE_STEPS):
        made, gain = palettes_of(chroma), PALETTE_GAIN * guidance.strength
        code = network.given(network.palette.nearer(code[:, :-1], made, guidance.palette, gain))
        chroma = decoder.chroma(code, factor)
    return chroma


def _free(guidance: Guidance, hints: Tensor | None, chroma: Tensor) -> Tensor:
    """Return (1, 1, h, w) in [0, 1] for chroma (1, 2, h, w): 0 where a guide or a hint says what colors are."""
    free = 1 - ensemble_mean(guidance.guided)
    if hints is not None:
        near = F.max_pool2d(ensemble_mean(hints[:, 2:]), 2 * HINT_REACH + 1, 1, HINT_REACH)
        free = free * (1 - near)
    return F.interpolate(free, chroma.shape[2:], mode="bilinear")


def _hint_planes(hints: Hints, views: Sequence[Picture], factor: Tensor) -> Tensor:
    """Return hints as the network takes them, (B, 3, h/4, w/4) for B views (1, h, w).

    Their chroma is divided by the factor (B or 1, 1, h/4 or 1, w/4 or 1) that what the network says is multiplied by.
    """
    height, width = (side // HINT_CELL for side in views[0].shape[1:])
    chroma, given = reduced(rgb_to_ycc(hints.colors)[1], hints.given, height, width)
    planes = np.concatenate([chroma, given[None].astype(np.float32)])
    rows = torch.from_numpy(np.stack([planes, mirrored(planes)][: len(views)])).to(factor.device)
    return torch.cat([rows[:, :2] / factor, rows[:, 2:]], 1)
