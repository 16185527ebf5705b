"""The published networks with their own pre-processing: 256 x 256 in, 256 x 256 out.

Yen, Cheng, Chiu 2021 and its public checkpoints: the shorter side is brought to 256 px (bilinear), the centre is
cropped, noise is smoothed by an unnormalised kernel that is shared by all pairs of channels, and edges are Canny's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.errors import UsageError
from halftone_color.types import AUTHORS, Cue, Picture, Result, Scan

NOTE = "The networks of 2021 work on the centre of the picture at 256 x 256 px, which is the size of the result."
SIDE = 256
NOISE_SEED = 2021

Networks = Mapping[str, nn.Module]


def descreen(gray: Picture, cue: Cue, networks: Networks) -> Picture:
    """IHN: (1, H, W) -> (1, 256, 256)."""
    with torch.inference_mode():
        return _picture(networks["inverse-halftone"](_centre(gray), _noise())[2])


def colorize(gray: Picture, cue: Cue, networks: Networks) -> Picture:
    """G, with E for references: (1, H, W) -> (3, 256, 256)."""
    with torch.inference_mode():
        return _picture(_paint(_centre(gray), _code(cue, networks), networks))


def ihn_first(gray: Picture, cue: Cue, networks: Networks) -> Picture:
    """IHN -> C: (1, H, W) -> (3, 256, 256)."""
    with torch.inference_mode():
        return _picture(_ihn_first(_centre(gray), _code(cue, networks), networks))


def color_first(gray: Picture, cue: Cue, networks: Networks) -> Picture:
    """C -> IHN: (1, H, W) -> (3, 256, 256)."""
    with torch.inference_mode():
        return _picture(_color_first(_centre(gray), _code(cue, networks), networks))


def fused(gray: Picture, cue: Cue, networks: Networks) -> Picture:
    """F on both orders: (1, H, W) -> (3, 256, 256)."""
    with torch.inference_mode():
        halftone, code = _centre(gray), _code(cue, networks)
        both = _ihn_first(halftone, code, networks), _color_first(halftone, code, networks)
        return _picture(networks["fusion"](*both))


@dataclass(frozen=True)
class Job:
    """A job and the roles of the networks that it needs."""

    function: Callable[[Picture, Cue, Networks], Picture]
    needs: tuple[str, ...]


_COLORING = ("colorizer", "color-encoder")
JOBS = {
    "descreen": Job(descreen, ("inverse-halftone",)),
    "colorize": Job(colorize, _COLORING),
    "ihn-first": Job(ihn_first, ("inverse-halftone", *_COLORING)),
    "color-first": Job(color_first, ("inverse-halftone", *_COLORING)),
    "fused": Job(fused, ("inverse-halftone", *_COLORING, "fusion")),
}


def _ihn_first(halftone: Tensor, code: Tensor, networks: Networks) -> Tensor:
    return _paint(networks["inverse-halftone"](halftone, _noise())[2], code, networks)


def _color_first(halftone: Tensor, code: Tensor, networks: Networks) -> Tensor:
    """Apply IHN to each channel of the coloured halftone, with the same noise."""
    noise, coloured = _noise(), _paint(halftone, code, networks)
    return torch.cat([networks["inverse-halftone"](channel, noise)[2] for channel in torch.split(coloured, 1, 1)], 1)


def _paint(gray: Tensor, code: Tensor, networks: Networks) -> Tensor:
    edge = canny(np.asarray(gray[0, 0].clamp(0, 1)), *EDGE_THRESHOLDS)
    return torch.as_tensor(networks["colorizer"](gray, torch.from_numpy(edge)[None, None], code))


def _code(cue: Cue, networks: Networks) -> Tensor:
    """Return z (1, 8): the mean of the references' draws, a random draw, or zero for automatic."""
    generator = torch.Generator().manual_seed(cue.seed or 0)
    if cue.references:
        means, log_variances = zip(*(networks["color-encoder"](_centre(r)) for r in cue.references), strict=True)
        draws = [
            m + (v / 2).exp() * torch.randn(m.shape, generator=generator)
            for m, v in zip(means, log_variances, strict=True)
        ]
        return torch.stack(draws).mean(0)
    return torch.zeros(1, 8) if cue.seed is None else torch.randn(1, 8, generator=generator)


def _noise() -> Tensor:
    """Return the smoothed noise (1, 8, 256, 256) as published: its eight channels are equal."""
    noise = torch.randn(1, 8, SIDE, SIDE, generator=torch.Generator().manual_seed(NOISE_SEED))
    kernel = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]).expand(8, 8, 3, 3)
    return F.conv2d(noise, kernel, padding=1)


def _centre(picture: Picture) -> Tensor:
    """Return (1, C, 256, 256): shorter side to 256 px, centre cropped."""
    height, width = picture.shape[1:]
    scale = SIDE / min(height, width)
    size = (max(SIDE, round(height * scale)), max(SIDE, round(width * scale)))
    resized = F.interpolate(torch.from_numpy(picture)[None], size, mode="bilinear", antialias=True)
    top, left = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
    return resized[:, :, top : top + SIDE, left : left + SIDE]


def _picture(batch: Tensor) -> Picture:
    return np.asarray(batch[0].clamp(0, 1), dtype=np.float32)


def asked(options: Mapping[str, Any], **chosen: Any) -> dict[str, Any]:
    """Return the options and those choices that are not what they are by default."""
    return dict(options) | {name: value for name, value in chosen.items() if value not in ("auto", "network")}


def as_published(job: str, gray: Picture, scan: Scan, cues: Sequence[Cue], refused: Mapping[str, Any]) -> Result:
    """Run one of JOBS with the published networks.

    Args:
        job: name of the job.
        gray: the picture (1, H, W).
        scan: where it came from, for its notes.
        cues: one for each picture to be made.
        refused: options that were asked for and that these networks do not have.

    Raises:
        UsageError: there are such options.
        WeightsError: the published weights have not been imported.
    """
    from halftone_color.checkpoints.loading import networks_for

    if refused:
        raise UsageError(f"The networks of 2021 take no {', '.join(sorted(refused))}; leave it out.")
    run = JOBS[job]
    networks = networks_for(AUTHORS, run.needs)
    pictures = tuple(run.function(gray, cue, networks) for cue in cues)
    return Result(pictures, None, (*scan.notes, NOTE), None)
