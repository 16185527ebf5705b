"""The code that automatic results take: that of photographs in neutral light with strong colors.

Where nothing says which of many colors is wanted, a network takes their mean, and the mean of all lights and cloths is
brown. Codes say what light and palette a photograph has, almost linearly. So they are regressed on the mean chroma and
the spread of chroma of training photographs, and the code at one chosen mean and spread is asked for in place of none:
suits become blue, walls neutral, water blue, while skin stays skin.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from halftone_color.color import rgb_to_ycc
from halftone_color.training.color_schemes import ENCODER_PX
from halftone_color.training.device_photographs import DevicePhotographs, crops

MEAN_CHROMA = (-0.012, 0.012)
"""Cb and Cr of the light asked for: about half as warm as the mean of photographs."""
SPREAD = 0.08
"""Mean distance of chroma from its mean: that of the most colorful sixth of photographs."""
STRENGTH = 0.9
"""Of the code: at 1 shirts turn a little blue."""
PHOTOGRAPHS, SEED = 512, 0
"""Photographs that the regression is made on, and the seed of their choice."""


@torch.no_grad()
def fit(encoder: nn.Module, photographs: DevicePhotographs) -> tuple[float, ...]:
    """Return the code (code + 1 numbers, as `Network.decode` takes it) of neutral light and strong colors.

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
    wanted = torch.tensor([[*MEAN_CHROMA, SPREAD]], device=device)
    code = predicted(codes, palettes_of(rgb_to_ycc(views)[1]), wanted)
    return tuple(float(number) for number in STRENGTH * torch.cat([code[0], code.new_ones(1)]))


def palettes_of(chroma: Tensor) -> Tensor:
    """Return mean Cb, mean Cr and the mean distance from these of chroma (B, 2, h, w), (B, 3)."""
    mean = chroma.mean((2, 3), keepdim=True)
    spread = (chroma - mean).norm(dim=1).mean((1, 2))
    return torch.cat([mean[:, :, 0, 0], spread[:, None]], 1)


def predicted(codes: Tensor, palettes: Tensor, wanted: Tensor) -> Tensor:
    """Return the codes (K, n) that a linear regression of codes (B, n) on palettes (B, 3) gives for palettes (K, 3)."""
    ones = palettes.new_ones
    known = torch.cat([ones(len(palettes), 1), palettes], 1)
    slopes: Tensor = torch.linalg.lstsq(known.double().cpu(), codes.double().cpu()).solution
    asked = torch.cat([ones(len(wanted), 1), wanted], 1).double().cpu()
    found: Tensor = (asked @ slopes).to(codes)
    return found
