"""The published networks with their own pre-processing: 256 x 256 in, 256 x 256 out.

Yen, Cheng, Chiu 2021 and its public checkpoints: the shorter side is brought to 256 px (bilinear), the centre is
cropped, noise is smoothed by an unnormalised kernel that is shared by all pairs of channels, and edges are Canny's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.edges import canny
from halftone_color.types import Cue, Picture

NOTE = "The networks of 2021 work on the centre of the picture at 256 x 256 px, which is the size of the result."
SIDE = 256
NOISE_SEED = 2021
EDGE_THRESHOLDS = (80.0, 250.0)

Networks = Mapping[str, nn.Module]


def descreen(gray: Picture, networks: Networks) -> Picture:
    """IHN: (1, H, W) -> (1, 256, 256)."""
    with torch.inference_mode():
        return _picture(networks["inverse-halftone"](_centre(gray), _noise())[2])


def colorize(gray: Picture, cue: Cue, networks: Networks) -> Picture:
    """G, with E for references: (1, H, W) -> (3, 256, 256)."""
    with torch.inference_mode():
        return _picture(_paint(_centre(gray), _code(cue, networks), networks))


def restore(gray: Picture, cue: Cue, networks: Networks, path: str) -> Picture:
    """Both orders and F: (1, H, W) -> (3, 256, 256); `path` is fused, ihn-first or color-first."""
    with torch.inference_mode():
        halftone, noise, code = _centre(gray), _noise(), _code(cue, networks)
        ihn = networks["inverse-halftone"]
        first = _paint(ihn(halftone, noise)[2], code, networks)
        if path == "ihn-first":
            return _picture(first)
        coloured = _paint(halftone, code, networks)
        second = torch.cat([ihn(channel, noise)[2] for channel in torch.split(coloured, 1, 1)], 1)
        return _picture(second if path == "color-first" else networks["fusion"](first, second))


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
