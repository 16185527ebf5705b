"""Figures of a colorizer on validation photographs while it trains: PSNR, strength and reach of each scheme."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
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
def figures(g: colorizer.ColorizerNet, e: nn.Module, batch: Validation) -> dict[str, float]:
    """Return PSNR (dB, RGB with true luma), shares of the true chroma, and how far references and samples reach.

    `strange_distance` is that of the mean chroma to an unlike reference's, over automatic's; `skin` the mean chroma
    error where the truth is like skin, over the same of gray.
    """
    luma, chroma = rgb_to_ycc(batch.truth)
    with torch.random.fork_rng(devices=[luma.device] if luma.device.type == "cuda" else []):
        torch.manual_seed(SEED)
        code = e(encoder_views(batch.truth))[0].float()
        draws = torch.randn_like(code), torch.randn_like(code)
    strange = torch.arange(len(luma), device=luma.device).roll(1)
    results = _results(g, batch, code, strange, draws)
    second = results.pop("second")
    found = {}
    true_strength = chroma.norm(dim=1).mean()
    for name, small in results.items():
        rgb = ycc_to_rgb(luma, F.interpolate(small, scale_factor=2, mode="bilinear")).clamp(0, 1)
        found[name] = float((-10 * (rgb - batch.truth).square().mean((1, 2, 3)).log10()).mean())
        found[f"{name}_strength"] = float(small.norm(dim=1).mean() / true_strength)
    wanted = rgb_to_ycc(batch.reference)[1][strange].mean((2, 3))
    away = {name: (results[name].mean((2, 3)) - wanted).norm(dim=1).mean() for name in ("strange", "automatic")}
    found["strange_distance"] = float(away["strange"] / away["automatic"])
    apart = results["random"] - second
    found["spread_of_means"] = float(apart.mean((2, 3)).norm(dim=1).mean() / true_strength)
    found["spread_within"] = float(apart.std((2, 3)).norm(dim=1).mean() / true_strength)
    half = F.avg_pool2d(chroma, 2)
    skin = color_losses.skin_like(half)[:, 0]
    error = ((results["automatic"] - half).norm(dim=1) * skin).sum()
    found["skin"] = float(error / (half.norm(dim=1) * skin).sum().clamp_min(1e-6))
    found["code_deviation"] = float(code.std(0).mean())
    return found


def _results(
    g: colorizer.ColorizerNet, batch: Validation, code: Tensor, strange: Tensor, draws: tuple[Tensor, Tensor]
) -> dict[str, Tensor]:
    """Return chroma (B, 2, SIDE / 2, SIDE / 2) by scheme; `second` is a second sample.

    Args:
        g: the network.
        batch: pictures, references and hints.
        code: (B, code) of the pictures.
        strange: (B,) int64, which picture is each one's unlike reference.
        draws: (B, code) twice, of samples.
    """
    luma, reference_luma = rgb_to_ycc(batch.truth)[0], rgb_to_ycc(batch.reference)[0]
    reference_chroma = rgb_to_ycc(batch.reference)[1]
    places, reference = (g.encode(gray, edge_maps(gray)) for gray in (luma, reference_luma))
    exemplar = colorizer.Exemplar.of(reference, reference_chroma)
    other = colorizer.Exemplar.of(reference.select(strange), reference_chroma[strange])
    guide, wrong = (g.correspond(places, x).gate(g.config.gates) for x in (exemplar, other))
    none = torch.zeros_like(g.with_flag(code))
    likely = g.predict_codes(places)
    usual, first, second = g.automatic_code(likely), *(g.with_flag(likely.sample(draw)) for draw in draws)
    return {
        "automatic": g.predict_chroma(places, usual),
        "code": g.predict_chroma(places, g.with_flag(code)),
        "warped": g.predict_chroma(places, none, guide),
        "both": g.predict_chroma(places, g.with_flag(code), guide),
        "strange": g.predict_chroma(places, g.with_flag(code[strange]), wrong),
        "random": g.predict_chroma(places, first),
        "second": g.predict_chroma(places, second),
        "hints": g.predict_chroma(places, usual, None, batch.hints),
    }
