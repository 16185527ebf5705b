"""The published networks with their own preprocessing: 256 x 256 in, 256 x 256 out.

Yen, Cheng, Chiu 2021 and its public checkpoints: the shorter side is resized to 256 px (bilinear), the center is
cropped, noise is smoothed by an unnormalized kernel that is shared by all pairs of channels, and edges are Canny's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.cue import Cue
from halftone_color.errors import UsageError
from halftone_color.plan import Cascade, Plan
from halftone_color.request import Request
from halftone_color.run import Run
from halftone_color.screen.tone import ToneReading
from halftone_color.types import Picture

NOTE = "The networks of 2021 work on the center of the picture at 256 x 256 px, which is also the size of the result."
"""Note for the user."""
SIDE = 256
"""Side of input and result in px."""
NOISE_SEED = 2021
"""Seed of the noise map."""


def plan_2021(gray: Picture, request: Request) -> Plan:
    """Return the plan for a picture (1, H, W) with the published networks.

    Raises:
        UsageError: the request has options that these networks do not support.
    """
    if refused := _find_unsupported(request):
        raise UsageError(f"The networks of 2021 do not support {', '.join(refused)}; leave it out.")
    cascade, networks = CASCADES[request.cascade or "fused" if request.job == "restore" else request.job]
    return Plan(gray, None, ToneReading(gray), cascade=cascade, networks=networks, notes=(NOTE,))


def _find_unsupported(request: Request) -> list[str]:
    """Return the keywords and kinds of cue in the request that these networks do not support."""
    asked = request.describe()
    words = {
        "screen": "screened",
        "tone": "tone",
        "keep_paper": "keep_paper",
        "recolor": "recolor",
        "refiner": "refine",
    }
    refused = [word for name, word in words.items() if name in asked]
    for choice in (request.colorizer, request.descreener, request.fuser):
        refused += [name for name, _ in choice.options] + ["method"] * (choice.name != "network")
    refused += ["crop"] * request.output.crop
    return sorted({*refused, *(request.cues.kinds & {"hints", "palette", "gallery"})})


def descreen(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """IHN: (1, H, W) -> (1, 256, 256)."""
    return _compute(lambda: run.network("inverse-halftone")(_center(contone, run), _noise(run))[2])


def colorize(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """G, with E for references: (1, H, W) -> (3, 256, 256)."""
    return _compute(lambda: _colorize(_center(contone, run), _code(cue, run), run))


def ihn_first(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """IHN -> C: (1, H, W) -> (3, 256, 256)."""
    return _compute(lambda: _ihn_first(_center(contone, run), _code(cue, run), run))


def color_first(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """C -> IHN: (1, H, W) -> (3, 256, 256)."""
    return _compute(lambda: _color_first(_center(contone, run), _code(cue, run), run))


def fused(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """F on both orders: (1, H, W) -> (3, 256, 256)."""

    def both() -> Any:
        halftone, code = _center(contone, run), _code(cue, run)
        return run.network("fusion")(_ihn_first(halftone, code, run), _color_first(halftone, code, run))

    return _compute(both)


_COLORING = ("colorizer", "color-encoder")
CASCADES: dict[str, tuple[Cascade, tuple[str, ...]]] = {
    "descreen": (descreen, ("inverse-halftone",)),
    "colorize": (colorize, _COLORING),
    "ihn-first": (ihn_first, ("inverse-halftone", *_COLORING)),
    "color-first": (color_first, ("inverse-halftone", *_COLORING)),
    "fused": (fused, ("inverse-halftone", *_COLORING, "fusion")),
}
"""For each job or cascade order: its function, and the roles of the networks that it needs."""


def _compute(network: Callable[[], Any]) -> Picture:
    """Return the picture computed by networks, in float32: the published networks were not tried with bfloat16."""
    with torch.inference_mode():
        return np.asarray(network()[0].clamp(0, 1).cpu(), dtype=np.float32)


def _ihn_first(halftone: Tensor, code: Tensor, run: Run) -> Tensor:
    return _colorize(run.network("inverse-halftone")(halftone, _noise(run))[2], code, run)


def _color_first(halftone: Tensor, code: Tensor, run: Run) -> Tensor:
    """Apply IHN to each channel of the colored halftone, with the same noise."""
    noise, colored = _noise(run), _colorize(halftone, code, run)
    return torch.cat([run.network("inverse-halftone")(channel, noise)[2] for channel in torch.split(colored, 1, 1)], 1)


def _colorize(gray: Tensor, code: Tensor, run: Run) -> Tensor:
    edge = canny(np.asarray(gray[0, 0].clamp(0, 1).cpu()), *EDGE_THRESHOLDS)
    return torch.as_tensor(run.network("colorizer")(gray, torch.from_numpy(edge)[None, None].to(gray.device), code))


def _code(cue: Cue, run: Run) -> Tensor:
    """Return the code z (1, 8): the mean of draws for the references, a random draw, or zeros for automatic results."""
    generator = torch.Generator().manual_seed(cue.seed or 0)
    if cue.references:
        means, log_variances = zip(
            *(run.network("color-encoder")(_center(r, run)) for r in cue.references), strict=True
        )
        draws = [
            m + (v / 2).exp() * torch.randn(m.shape, generator=generator).to(m.device)
            for m, v in zip(means, log_variances, strict=True)
        ]
        return torch.stack(draws).mean(0)
    code = torch.zeros(1, 8) if cue.seed is None else torch.randn(1, 8, generator=generator)
    return code.to(run.conditions.device)


def _noise(run: Run) -> Tensor:
    """Return the smoothed noise (1, 8, 256, 256) as published: its eight channels are equal."""
    noise = torch.randn(1, 8, SIDE, SIDE, generator=torch.Generator().manual_seed(NOISE_SEED))
    kernel = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]).expand(8, 8, 3, 3)
    return F.conv2d(noise, kernel, padding=1).to(run.conditions.device)


def _center(picture: Picture, run: Run) -> Tensor:
    """Resize the shorter side to 256 px and crop the center: (1, C, 256, 256)."""
    height, width = picture.shape[1:]
    scale = SIDE / min(height, width)
    size = (max(SIDE, round(height * scale)), max(SIDE, round(width * scale)))
    resized = F.interpolate(torch.from_numpy(picture)[None], size, mode="bilinear", antialias=True)
    top, left = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
    return resized.to(run.conditions.device)[:, :, top : top + SIDE, left : left + SIDE]
