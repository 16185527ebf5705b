"""What codes say about light and palette: their regression on the mean chroma and the spread of photographs.

Codes tell almost linearly how warm a photograph is and how far its colors lie apart. colorize/_light.py asks for the
code of a picture in more neutral light by these slopes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from halftone_color.color import rgb_to_ycc
from halftone_color.training.color_schemes import ENCODER_PX
from halftone_color.training.device_photographs import DevicePhotographs, crops

PHOTOGRAPHS, SEED = 512, 0
"""Photographs that the regression is made on, and the seed of their choice."""


@torch.no_grad()
def fit(encoder: nn.Module, photographs: DevicePhotographs) -> tuple[float, ...]:
    """Return the slopes of codes as networks/colorizer.Config has them, 4 x code numbers.

    Args:
        encoder: the color encoder, (B, 3, H, W) -> mean and log-variance of codes.
        photographs: for training.
    """
    device = photographs.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(SEED)
        index = torch.randint(len(photographs), (PHOTOGRAPHS,), device=device)
        views = crops(photographs, index, ENCODER_PX, (1.0, 1.0), oversample=2)
    codes = torch.cat([encoder(some)[0].float() for some in torch.split(views, 64)])
    slopes = regressed(codes, palettes_of(rgb_to_ycc(views)[1]))
    return tuple(round(number, 5) for number in slopes.flatten().tolist())


def palettes_of(chroma: Tensor) -> Tensor:
    """Return one, mean Cb, mean Cr and the mean distance from these of chroma (B, 2, h, w), (B, 4)."""
    mean = chroma.mean((2, 3), keepdim=True)
    spread = (chroma - mean).norm(dim=1).mean((1, 2))
    return torch.cat([torch.ones_like(spread)[:, None], mean[:, :, 0, 0], spread[:, None]], 1)


def regressed(codes: Tensor, palettes: Tensor) -> Tensor:
    """Return (4, n): the linear regression of codes (B, n) on palettes (B, 4)."""
    slopes: Tensor = torch.linalg.lstsq(palettes.double().cpu(), codes.double().cpu()).solution
    return slopes.float()
