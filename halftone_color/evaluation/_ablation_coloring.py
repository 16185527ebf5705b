"""How the ablation colors a halftone: both cascade orders, the colorizer seeing 64 px, by codes and references alike.

Yen, Cheng, Chiu 2021, sections 2.2 and 2.3. No factor on chroma, no mirror image and one size of the reference: the
rows of the ablation differ in their training alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from halftone_color import registry
from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc, tint_halftone
from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.arrays.resampling import reduce_picture, upsample_chroma
from halftone_color.evaluation.halftones import dots
from halftone_color.networks import colorizer
from halftone_color.request import Choice
from halftone_color.run import Run
from halftone_color.types import Picture, Screen, Task

WORKING_PX = 64
"""Side of what the colorizer sees and is trained on; references are seen at it as well."""
PERIOD_PX, ANGLE_DEG = 3.5, 30.0
"""Screen of the halftones, as in the section recovery."""
SCREEN = Screen("none", PERIOD_PX, ANGLE_DEG)
"""What the inverse halftone network is told of it."""
ENCODED_PX = 80
"""Side of what the color encoder sees."""


@dataclass(frozen=True)
class Said:
    """What one coloring is made by."""

    code: Tensor
    """(code,)."""
    reference: Picture | None = None
    """(3, WORKING_PX, WORKING_PX) that guides by like places as well."""


@dataclass(frozen=True)
class Print:
    """A square photograph (3, s, s), its halftone (1, s, s), and what the inverse halftone network makes of that."""

    truth: Picture
    halftone: Picture
    contone: Picture


def printed(truth: Picture, run: Run, angle_deg: float = ANGLE_DEG) -> Print:
    """Halftone a square photograph with round dots and descreen it."""
    halftone = dots(np.asarray(rgb_to_luma(truth), np.float32), PERIOD_PX, angle_deg, antialias=True)
    return Print(truth, halftone, _descreened(halftone, run))


def small(rgb: Picture) -> Picture:
    """Return a square picture (C, s, s) as the colorizer sees it, (C, WORKING_PX, WORKING_PX)."""
    return reduce_picture(rgb, WORKING_PX, WORKING_PX).clip(0, 1)


def code_of(rgb: Picture, run: Run) -> Tensor:
    """Return the code (code,) of a color picture (3, s, s)."""
    seen = reduce_picture(small(rgb), ENCODED_PX, ENCODED_PX).clip(0, 1)
    with torch.inference_mode():
        code: Tensor = run.network("color-encoder")(torch.from_numpy(seen)[None])[0]
    return code[0].float()


def drawn_code(seed: int, run: Run) -> Tensor:
    """Return a random code (code,) from N(0, I)."""
    network: colorizer.ColorizerNet = run.network("colorizer")
    draw = np.random.default_rng(seed).standard_normal(network.config.code, dtype=np.float32)
    return torch.from_numpy(draw)


def ihn_first(page: Print, cues: Sequence[Said], run: Run) -> list[Picture]:
    """Return (3, s, s) by IHN -> C for each cue."""
    chromas = _chroma(page.contone, cues, run)
    return [add_chroma(page.contone, upsample_chroma(chroma, page.contone)) for chroma in chromas]


def color_first(page: Print, cues: Sequence[Said], run: Run) -> list[Picture]:
    """Return (3, s, s) by C -> IHN for each cue: the halftone is tinted, then each channel descreened."""
    tone = gaussian_filter(page.halftone[0], 0.5 * PERIOD_PX)[None]
    made = []
    for chroma in _chroma(page.halftone, cues, run):
        tinted = tint_halftone(page.halftone, tone, upsample_chroma(chroma, tone))
        made.append(np.concatenate([_descreened(plane[None], run) for plane in tinted]))
    return made


def _chroma(gray: Picture, cues: Sequence[Said], run: Run) -> list[Tensor]:
    """Return chroma (2, WORKING_PX / 2, WORKING_PX / 2) for each cue."""
    network: colorizer.ColorizerNet = run.network("colorizer")
    with torch.inference_mode():
        places = _places(small(gray), network)
        found = []
        for cue in cues:
            guide = None
            if cue.reference is not None:
                seen = _places(np.asarray(rgb_to_luma(cue.reference), np.float32), network)
                offered = torch.from_numpy(np.asarray(rgb_to_ycc(cue.reference)[1], np.float32))[None]
                guide = network.correspond(places, colorizer.Exemplar.of(seen, offered)).gate(network.config.gates)
            found.append(network.predict_chroma(places, network.with_flag(cue.code[None]), guide)[0])
    return found


def _places(gray: Picture, network: colorizer.ColorizerNet) -> colorizer.Encoding:
    """Return what the colorizer finds in a picture (1, WORKING_PX, WORKING_PX)."""
    edge = canny(gray[0], *EDGE_THRESHOLDS)
    return network.encode(torch.from_numpy(gray[None]), torch.from_numpy(edge[None, None]))


def _descreened(halftone: Picture, run: Run) -> Picture:
    """Return the contone (1, s, s) of a halftone (1, s, s), of which the network sees no copy turned round."""
    descreener = registry.build("descreeners", Choice.of("network", {"known": False, "patient": False}))
    contone: Picture = descreener(Task(halftone, SCREEN), run)
    return contone
