"""Fusion network: residual blocks on the results of both cascade orders (Yen, Cheng, Chiu 2021, 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from halftone_color.arrays import tiling
from halftone_color.system import precision
from halftone_color.types import Picture, Progress

NEEDS = ("fusion",)


@dataclass(frozen=True)
class Options:
    """Options of the network method."""

    tile: int = 1024
    """Side of the tiles in px."""


def fuse(
    ihn_first: Picture,
    color_first: Picture,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return one picture (3, H, W) from those of the paths IHN -> C and C -> IHN, all in [0, 1]."""
    network = networks["fusion"]

    def run(window: tiling.Window) -> Picture:
        both = [torch.from_numpy(window.read(picture))[None] for picture in (ihn_first, color_first)]
        with torch.inference_mode(), precision.autocast():
            fused = network(*(x.to(memory_format=torch.channels_last) for x in both))
        return np.asarray(fused[0].float().clamp(0, 1))

    height, width = ihn_first.shape[1:]
    return tiling.apply(run, 3, height, width, tile=options.tile, multiple=2, progress=progress)
