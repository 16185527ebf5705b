"""Figures of a colorizer on validation photographs while it trains: PSNR, strength and reach of each scheme."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.networks import colorizer
from halftone_color.training import color_losses
from halftone_color.training.batch_edges import edge_maps
from halftone_color.training.color_schemes import encoder_views, random_hints, resized
from halftone_color.training.device_photographs import DevicePhotographs, crops
from halftone_color.training.warps import warp

COUNT, SIDE, REFERENCE_PX = 64, 192, 160
SEED = 2021


@dataclass(frozen=True)
class Validation:
    """The same pictures every time, (B, 3, SIDE, SIDE), and a warped reference of each."""

    truth: Tensor
    reference: Tensor
    hints: Tensor


@torch.no_grad()
def validation_batch(photographs: DevicePhotographs) -> Validation:
    """Return the pictures that figures are measured on, the same for equal photographs."""
    with torch.random.fork_rng(devices=[photographs.device] if photographs.device.type == "cuda" else []):
        torch.manual_seed(SEED)
        count = min(COUNT, len(photographs))
        index = torch.linspace(0, len(photographs) - 1, count, device=photographs.device).round().long()
        truth = crops(photographs, index, SIDE, (0.95, 1.0))
        return Validation(truth, warp(resized(truth, REFERENCE_PX)), random_hints(rgb_to_ycc(truth)[1]))


@torch.no_grad()
def figures(g: colorizer.Network, e: nn.Module, batch: Validation) -> dict[str, float]:
    """Return PSNR (dB, RGB with true luma), shares of the true chroma, and how far references and samples reach.

    `strange_distance` is that of the mean chroma to an unlike reference's, over automatic's; `skin` the mean chroma
    error where the truth is like skin, over the same of gray.
    """
    luma, chroma = rgb_to_ycc(batch.truth)
    places = g.look(luma, edge_maps(luma))
    reference_luma, reference_chroma = rgb_to_ycc(batch.reference)
    reference = g.look(reference_luma, edge_maps(reference_luma))
    strange = torch.arange(len(luma), device=luma.device).roll(1)
    with torch.random.fork_rng(devices=[luma.device] if luma.device.type == "cuda" else []):
        torch.manual_seed(SEED)
        code = e(encoder_views(batch.truth))[0].float()
        draws = [torch.randn_like(code) for _ in range(2)]
    exemplar = colorizer.Exemplar.of(reference, reference_chroma)
    other = colorizer.Exemplar.of(reference.rows(strange), reference_chroma[strange])
    guide, wrong = (g.correspond(places, x).gated(g.config.gates) for x in (exemplar, other))
    none = torch.zeros_like(g.given(code))
    results = {
        "automatic": g.paint(places, none),
        "code": g.paint(places, g.given(code)),
        "warped": g.paint(places, none, guide),
        "both": g.paint(places, g.given(code), guide),
        "strange": g.paint(places, g.given(code[strange]), wrong),
        "random": g.paint(places, g.given(draws[0])),
        "hints": g.paint(places, none, None, batch.hints),
    }
    second = g.paint(places, g.given(draws[1]))
    found = {}
    true_strength = chroma.norm(dim=1).mean()
    for name, small in results.items():
        rgb = ycc_to_rgb(luma, F.interpolate(small, scale_factor=2, mode="bilinear")).clamp(0, 1)
        found[name] = float((-10 * (rgb - batch.truth).square().mean((1, 2, 3)).log10()).mean())
        found[f"{name}_strength"] = float(small.norm(dim=1).mean() / true_strength)
    means = {name: results[name].mean((2, 3)) for name in ("strange", "automatic")}
    wanted = reference_chroma[strange].mean((2, 3))
    away = {name: float((mean - wanted).norm(dim=1).mean()) for name, mean in means.items()}
    found["strange_distance"] = away["strange"] / away["automatic"]
    apart = results["random"] - second
    found["spread_of_means"] = float(apart.mean((2, 3)).norm(dim=1).mean() / true_strength)
    found["spread_within"] = float(apart.std((2, 3)).norm(dim=1).mean() / true_strength)
    half = F.avg_pool2d(chroma, 2)
    skin = color_losses.skin_like(half)
    error = ((results["automatic"] - half).norm(dim=1, keepdim=True) * skin).sum() / skin.sum().clamp_min(1)
    found["skin"] = float(error / ((half.norm(dim=1, keepdim=True) * skin).sum() / skin.sum().clamp_min(1)))
    found["code_deviation"] = float(code.std(0).mean())
    return found
