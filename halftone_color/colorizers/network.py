"""Colorization network with color encoder: by reference, palette, hints, at random or automatic (Yen et al. 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays import tiling
from halftone_color.arrays.banded import LARGE_PIXELS, apply_when_read, compact
from halftone_color.arrays.color import add_chroma, holds_no_chroma, rgb_to_ycc, tint_halftone
from halftone_color.arrays.resampling import TILES, chroma_enlarger, upsample_chroma
from halftone_color.colorizers._guides import CODE_STRENGTH, Guidance, guide_by_code, guide_by_correspondence, mean_code
from halftone_color.colorizers._hints import downsample_hints
from halftone_color.colorizers._light import neutralize_light
from halftone_color.colorizers._skin import correct_skin
from halftone_color.colorizers._views import encode_views, mean_over_mirror, mirror, resize_view, working_size
from halftone_color.cue import Cue, Hints
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer, ColorsHalftones
from halftone_color.networks import colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.networks.code_prior import CodeDistribution
from halftone_color.system import allocator
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

NATURAL_FACTOR = 1.12
"""Factor on chroma where no reference tells how strong colors are: by itself the network predicts too faint colors."""
SKIN_FACTOR = 1.1
"""The same for skin, which has a higher weight in training."""
PALETTE_STEPS = 2
"""Number of corrections of the result's palette towards that of the references."""
PALETTE_GAIN = 0.7
"""Share of the difference between the two palettes that one correction asks for."""
HINT_CELL = 4
"""Side of the cells on which hints are sampled, in px of the picture at the network's working size."""
HINT_REACH = 3
"""Distance from a hint, in cells, within which skin is not corrected."""
TONE_PX = 3.0
"""Period in px that is assumed when a halftone without a period, such as error diffusion, is averaged to its tone."""


@dataclass(frozen=True)
class NetworkColorizer(Colorizer, ColorsHalftones):
    """Chroma predicted by the colorization network at a working size and upsampled along the edges of the luma."""

    saturation: float = 1.0
    """Factor on chroma: 0 gives gray, 1 natural colors."""
    ref_strength: float = 1.0
    """Influence of references and palettes: 0 gives the automatic result, 1 suits most, 2 applies palettes fully."""
    variety: float = 1.2
    """How far samples differ from the automatic result: 0 not at all, 1 by the predicted spread of likely colors."""
    side: int = 416
    """Shorter side of the network input in px, a multiple of 32; chroma is predicted at half that size."""
    mirror: bool = False
    """Average the predictions for the picture and for its mirror image."""
    correspondence: bool = True
    """Let references guide similar parts of the picture; no uses their latent code alone, at full strength."""
    skin: bool = True
    """Give recognized skin that the network leaves gray the color of the picture's other skin."""

    networks = ("colorizer", "color-encoder")
    cues = ("none", "references", "samples", "palette", "hints")
    draws = True
    uses_mask = True

    def __post_init__(self) -> None:
        if self.saturation < 0:
            raise UsageError("saturation must not be negative; 0 gives gray, 1 natural colors.")
        if self.ref_strength < 0:
            raise UsageError("ref_strength must not be negative; 0 gives the automatic result, 1 suits most pictures.")
        if self.variety < 0:
            raise UsageError("variety must not be negative; 0 gives the automatic result, 1 the full spread of colors.")
        if self.side < 32 or self.side % 32:
            raise UsageError("side must be a positive multiple of 32; 192 to 448 suits the shipped network.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Color the picture as the cue asks: (1, H, W) -> (3, H, W) of the same luma; gray where the mask is 0.

        A large picture's result is computed when it is read (arrays/banded.py).
        """
        enlarge = chroma_enlarger(self.predict_chroma(task, run), task.picture)
        large = task.picture.size >= LARGE_PIXELS
        shape = (3, *task.picture.shape[1:])
        if large:
            allocator.return_freed_memory()  # of the networks
            task = replace(task, picture=compact(task.picture))  # the only one that is kept until the result is read

        def color_window(window: tiling.Window) -> Picture:
            luma = np.ascontiguousarray(task.picture[:, *window.place])
            if holds_no_chroma(luma):
                return luma.repeat(3, 0)
            return add_chroma(luma, self._apply_saturation_and_mask(enlarge(window, luma), task, window.place))

        if large:
            return apply_when_read(color_window, shape, TILES)
        return tiling.apply(color_window, shape, TILES, progress=run.progress)

    def color_halftone(self, task: Task, run: Run) -> Picture:
        """Tint ink and paper so that their local mean has the predicted chroma: (1, H, W) -> (3, H, W)."""
        from scipy.ndimage import gaussian_filter

        tone = gaussian_filter(task.picture[0], 0.5 * (task.screen.period_px or TONE_PX))[None]
        chroma = upsample_chroma(self.predict_chroma(task, run), tone, run.progress)
        return tint_halftone(task.picture, tone, self._apply_saturation_and_mask(chroma, task, tiling.EVERYWHERE))

    def predict_chroma(self, task: Task, run: Run) -> Tensor:
        """Return the small chroma (2, h, w), Cb and Cr in [-0.5, 0.5], that G predicts for the task's picture and cue.

        It is on the run's device, at half the working size of the network; saturation and mask are not yet applied.
        """
        network: colorizer.ColorizerNet = run.network("colorizer")
        with run.inference():
            view = resize_view(task.picture, working_size(task.picture, self.side))
            views = [view, mirror(view)] if self.mirror else [view]
            encoding = encode_views(views, run)
            distribution = network.predict_codes(encoding).mean_over_views()
            guidance = self._guidance(task.cue, encoding, distribution, run)
            factor, skin_factor = (gain + (1 - gain) * guidance.confidence for gain in (NATURAL_FACTOR, SKIN_FACTOR))
            hints = None if task.cue.hints is None else _hint_planes(task.cue.hints, views, factor)
            decoder = _Decoder(network, encoding, guidance.guide, hints)
            vividness = 0.0 if task.cue.seed is None else min(1.0, self.variety)
            automatic = network.automatic_code(neutralize_light(network, distribution, vividness))
            code = torch.lerp(automatic, guidance.code, guidance.strength) + guidance.change
            chroma = _match_palette(decoder.chroma(code, factor), code, factor, guidance, decoder)
            logits = network.skin_logits(encoding) if self.skin else None
            if logits is not None:
                luma = F.avg_pool2d(torch.from_numpy(view)[None].to(chroma.device), 2)
                trust = guidance.strength * guidance.skin_trust
                skin_code = torch.lerp(network.automatic_code(distribution), guidance.code, trust)
                skin_chroma = decoder.chroma(skin_code, skin_factor)
                free = _unguided_share(guidance, hints, chroma)
                chroma = correct_skin(chroma, skin_chroma, luma, mean_over_mirror(logits), free)
            return chroma[0]

    def _guidance(self, cue: Cue, encoding: colorizer.Encoding, distribution: CodeDistribution, run: Run) -> Guidance:
        """Return the guidance by the cue's seed, palette or references; hints are handled separately."""
        network: colorizer.ColorizerNet = run.network("colorizer")
        if cue.seed is not None and self.variety:
            draw = np.random.Generator(np.random.PCG64(cue.seed)).standard_normal(network.config.code, dtype=np.float32)
            drawn = distribution.sample(torch.from_numpy(draw)[None].to(run.conditions.device))
            change = network.with_flag(drawn) - network.automatic_code(distribution)
            return Guidance.automatic(network.automatic_code(distribution), change=self.variety * change)
        strength = self.ref_strength
        if strength and cue.palette is not None:
            return guide_by_code(mean_code([cue.palette], run), network).scale(CODE_STRENGTH * strength)
        if strength and cue.references and self.correspondence:
            return guide_by_correspondence(cue.references, encoding, run).scale(strength)
        if strength and cue.references:
            return replace(guide_by_code(mean_code(cue.references, run), network), skin_trust=1.0).scale(strength)
        return Guidance.automatic(network.automatic_code(distribution))

    def _apply_saturation_and_mask(
        self, chroma: Picture, task: Task, place: tiling.Place = tiling.EVERYWHERE
    ) -> Picture:
        """Scale chroma (2, h, w) at a place by the saturation, and set it to 0 outside the mask except at hints."""
        chroma = chroma * np.float32(self.saturation)
        if task.mask is None:
            return chroma
        mask, hints = task.mask[:, *place], task.cue.hints
        return chroma * (mask if hints is None else np.maximum(mask, hints.given[*place]))


@dataclass(frozen=True)
class _Decoder:
    """The network with everything but the code fixed: the encoded views of a picture, a guide and hints."""

    network: colorizer.ColorizerNet
    encoding: colorizer.Encoding
    guide: colorizer.Guide | None
    hints: Tensor | None
    """(B, 3, h/4, w/4)."""

    def chroma(self, code: Tensor, factor: Tensor) -> Tensor:
        """Return chroma (1, 2, h, w) for a code (1, code + 1), multiplied by a factor (B or 1, 1, h' or 1, w' or 1)."""
        codes = code.expand(len(self.encoding.keys), -1)
        chroma = self.network.predict_chroma(self.encoding, codes, self.guide, self.hints).float()
        return mean_over_mirror(chroma * F.interpolate(factor, chroma.shape[2:], mode="bilinear"))


def _match_palette(chroma: Tensor, code: Tensor, factor: Tensor, guidance: Guidance, decoder: _Decoder) -> Tensor:
    """Return chroma (1, 2, h, w) decoded again from codes corrected towards the wanted palette, if there is one."""
    network = decoder.network
    if guidance.palette is None or network.palette is None:
        return chroma
    for _ in range(PALETTE_STEPS):
        made, gain = palettes_of(chroma), PALETTE_GAIN * guidance.strength
        code = network.with_flag(network.palette.move_towards(code[:, :-1], made, guidance.palette, gain))
        chroma = decoder.chroma(code, factor)
    return chroma


def _unguided_share(guidance: Guidance, hints: Tensor | None, chroma: Tensor) -> Tensor:
    """Return weights (1, 1, h, w) in [0, 1] for chroma (1, 2, h, w): 0 where a guide or a hint determines the color."""
    free = 1 - mean_over_mirror(guidance.guided)
    if hints is not None:
        near = F.max_pool2d(mean_over_mirror(hints[:, 2:]), 2 * HINT_REACH + 1, 1, HINT_REACH)
        free = free * (1 - near)
    return F.interpolate(free, chroma.shape[2:], mode="bilinear")


def _hint_planes(hints: Hints, views: Sequence[Picture], factor: Tensor) -> Tensor:
    """Return hints in the form the network takes, (B, 3, h/4, w/4) for B views (1, h, w).

    Their chroma is divided by the factor (B or 1, 1, h/4 or 1, w/4 or 1) by which the network's output is multiplied.
    """
    height, width = (side // HINT_CELL for side in views[0].shape[1:])
    chroma, given = downsample_hints(rgb_to_ycc(hints.colors)[1], hints.given, height, width)
    planes = np.concatenate([chroma, given[None].astype(np.float32)])
    rows = torch.from_numpy(np.stack([planes, mirror(planes)][: len(views)])).to(factor.device)
    return torch.cat([rows[:, :2] / factor, rows[:, 2:]], 1)
