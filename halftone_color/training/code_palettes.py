"""What codes say about palettes: the regressions of codes on the palettes of photographs, and of these on codes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.networks.code_palette import CodePalette, palettes_of
from halftone_color.training.color_schemes import ENCODER_PX
from halftone_color.training.device_photographs import DevicePhotographs, crops

PHOTOGRAPHS, SEED = 1024, 0
"""Photographs that the regressions are made on, and the seed of their choice."""


@torch.no_grad()
def fit(palette: CodePalette, encoder: nn.Module, photographs: DevicePhotographs, count: int = PHOTOGRAPHS) -> None:
    """Fit both maps to the codes of photographs for training.

    Args:
        palette: is changed.
        encoder: the color encoder, (B, 3, H, W) -> mean and log-variance of codes.
        photographs: for training.
        count: how many crops of them the regressions are made on.
    """
    device = photographs.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(SEED)
        index = torch.randint(len(photographs), (count,), device=device)
        views = crops(photographs, index, ENCODER_PX, (1.0, 1.0), oversample=2)
    codes = torch.cat([encoder(some)[0].float() for some in torch.split(views, 64)])
    palettes = palettes_of(rgb_to_ycc(views)[1])
    for layer, given, wanted in ((palette.read, codes, palettes), (palette.ask, palettes, codes)):
        solution = regressed(given, wanted).to(device)
        layer.weight.copy_(solution[1:].T)
        layer.bias.copy_(solution[0])


def regressed(given: Tensor, wanted: Tensor) -> Tensor:
    """Return (m + 1, n): constants and slopes of the linear regression of (B, n) on (B, m)."""
    design = torch.cat([torch.ones_like(given[:, :1]), given], 1).double().cpu()
    solution: Tensor = torch.linalg.lstsq(design, wanted.double().cpu()).solution
    return solution.float()
