"""Recipe of halftoning by diffusion: from noise to halftones, conditioned on gray level and Laplacian, in two stages.

Jiang and Mu (2022), sections 3.1 and 3.2: T = 200, objective (10). The first stage trains the denoiser alone. The
second makes the meta-halftones (14) of its steps with that network, frozen, and trains the guided network (15) to (18),
whose U-Net goes on from the first stage's. What the network says is added to what is known of a pixel by itself
(diffusion/preconditioning.py), which the paper does not do. Data in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.checkpoints.loading import networks_for
from halftone_color.diffusion.preconditioning import bilevel_noise
from halftone_color.diffusion.processes import HALFTONING_STEPS, SAMPLED
from halftone_color.diffusion.sampling import ddim
from halftone_color.diffusion.schedule import Schedule
from halftone_color.errors import UsageError
from halftone_color.halftoners.error_diffusion import diffuse
from halftone_color.networks.guided_denoiser import CONDITIONS, GuidedDenoiserConfig, GuidedDenoiserNet, laplacian
from halftone_color.training.degradations import KernelMaker
from halftone_color.training.halftone_pairs import CropOptions, gray_crop, halftone_batches, in_background
from halftone_color.training.recipe import Material, Recipe

CONVENTIONAL = "floyd-steinberg,jarvis,stucki,atkinson,sierra"
"""Five kernels to learn from; the paper does not name its own."""
SEED = 2022
"""Seed of the noise in the meta-halftones."""
MARGIN_PX = 64
"""A tile of constant gray is halftoned this far beyond its sides, where error diffusion has not yet settled."""


@dataclass(frozen=True)
class HalftoneDenoiserOptions(CropOptions):
    """Stage, kernels and sizes of the batches."""

    stage: int = 1
    """1: the denoiser alone; 2: with meta-halftone guidance."""
    first: str = ""
    """Folder of the first stage's weights, from which the second starts."""
    kernels: str = CONVENTIONAL
    """Kernels of error diffusion with commas between."""

    def __post_init__(self) -> None:
        if self.stage not in (1, 2):
            raise UsageError("The stages of halftoning by diffusion are 1 and 2.")
        if (self.stage == 2) != bool(self.first):
            raise UsageError("The second stage, and it alone, starts from a first: name its folder with --set first=.")
        if not self.names:
            raise UsageError("Halftoning is learned from kernels; name at least one.")
        super().__post_init__()


class HalftoneDenoiserRecipe(Recipe):
    """Trains the noise in noisy halftones, given the contone."""

    options_type = HalftoneDenoiserOptions
    rate = 7e-4
    weights: Mapping[str, float] = {"noise": 1.0}
    config = GuidedDenoiserConfig(widths=(32, 48, 64), blocks=(1, 2, 2))
    """Sizes of the network, less than half the descreener's work, since dots see near ones alone; a subclass may have
    others."""
    validation_crops = 8
    """Crops that it is measured on."""

    def __init__(self, options: HalftoneDenoiserOptions, material: Material) -> None:
        """Make a fresh network of the first or the second stage.

        Raises:
            WeightsError: the second stage needs the colorizer's trunk, and there is none.
        """
        self.options, self.train, self.device = options, material.train, material.device
        self.schedule = Schedule.linear(HALFTONING_STEPS)
        self.network = self._second_stage(material) if options.stage == 2 else self._first_stage()
        self.network.to(material.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"halftone-denoiser": self.network}
        self._forward = torch.compile(self.network) if options.compile else self.network
        rng = np.random.default_rng(2021)
        crops = [gray_crop(material.val, 128, rng) for _ in range(self.validation_crops)]
        self._validation = torch.from_numpy(np.stack(crops)[:, None])

    def _first_stage(self) -> GuidedDenoiserNet:
        return GuidedDenoiserNet(replace(self.config, guides=0))

    def _second_stage(self, material: Material) -> GuidedDenoiserNet:
        """Return the guided network with the colorizer's trunk, meta-halftones, and the first stage's U-Net.

        The trunk's copy stays in this network's file, so the colorizer is no partner: another one changes nothing.
        """
        first: Any = networks_for(self.options.first, ("halftone-denoiser",), material.device)["halftone-denoiser"]
        network = GuidedDenoiserNet(replace(self.config, steps=self.schedule.spaced(SAMPLED)))
        trunk = material.run.network("colorizer").trunk.state_dict()
        network.trunk.load_state_dict({name: trunk[name] for name in network.trunk.state_dict()})
        network.meta_halftones.copy_(make_meta_halftones(first, self.schedule, network.config))
        state = first.denoiser.state_dict()
        entering = network.denoiser.enter.weight.detach().clone()
        entering[:, : 4 * CONDITIONS] = state["enter.weight"]
        entering[:, 4 * CONDITIONS :] = 0  # guidance has no say at first
        network.denoiser.load_state_dict(state | {"enter.weight": entering})
        return network

    def batches(self, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (halftone, contone) tensors (B, 1, side, side) in [0, 1]."""
        o = self.options
        make = halftone_batches(self.train, KernelMaker(o.names), o.batch, o.side, seed)
        for halftone, contone in in_background(lambda: make):
            yield torch.from_numpy(halftone).to(self.device), torch.from_numpy(contone).to(self.device)

    def losses(self, batch: tuple[Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """Return the mean squared difference of the noise at random steps (equation (10))."""
        clean, gray = (2 * plane - 1 for plane in batch)
        noise = torch.randn_like(clean)
        steps = torch.randint(1, HALFTONING_STEPS + 1, (len(clean),), device=clean.device)
        state = self.schedule.noisy_batch(clean, noise, steps)
        with torch.autocast(clean.device.type, torch.bfloat16):
            found = self._forward(state, gray, laplacian(gray), steps)
        left = steps.new_tensor(self.schedule.alpha_bars.tolist(), dtype=torch.float32)[steps][:, None, None, None]
        predicted = bilevel_noise(found.float(), state, gray, left)
        return {"noise": (predicted - noise).square().mean()}

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return how far the local tone of generated halftones is from the contone's, in levels of 255.

        Mean absolute difference after a Gaussian of 4 px, the validation crops, SAMPLED DDIM steps; and the same of
        Floyd-Steinberg error diffusion.
        """
        contone, network = self._validation.to(self.device), networks["halftone-denoiser"]
        gray = 2 * contone - 1
        start = torch.randn(gray.shape, generator=torch.Generator().manual_seed(SEED)).to(self.device)

        def denoise(state: Tensor, step: int) -> Tensor:
            steps = torch.full((len(state),), step, device=state.device)
            found: Tensor = network(state, gray, laplacian(gray), steps)
            return bilevel_noise(found, state, gray, torch.tensor(self.schedule.alpha_bars[step]).float())

        made = (ddim(denoise, start, self.schedule, SAMPLED) > 0).float()
        usual = torch.from_numpy(
            np.stack([diffuse(plane[0].cpu().numpy(), "floyd-steinberg", False) for plane in contone])
        )
        return {
            "tone": _tone_error(made, contone),
            "tone_floyd_steinberg": _tone_error(usual[:, None].to(self.device), contone),
        }


@torch.no_grad()
def make_meta_halftones(first: GuidedDenoiserNet, schedule: Schedule, config: GuidedDenoiserConfig) -> Tensor:
    """Return the meta-halftones (steps, grays, tile, tile) of a trained first stage (equations (13) and (14)).

    Halftones are Floyd-Steinberg's of `grays` constant grays, evenly spaced, without black and white.
    """
    side = config.tile + 2 * MARGIN_PX
    inner = slice(MARGIN_PX, MARGIN_PX + config.tile)
    device = next(first.parameters()).device
    levels = (np.arange(config.grays, dtype=np.float32) + 0.5) / config.grays
    planes = np.stack([diffuse(np.full((side, side), level, np.float32), "floyd-steinberg", False) for level in levels])
    clean = torch.from_numpy(2 * planes[:, None] - 1).to(device)
    gray = torch.from_numpy(2 * levels - 1).to(device)[:, None, None, None].expand_as(clean)
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.randn((1, 1, side, side), generator=generator).to(device).expand_as(clean)
    made = []
    for step in config.steps:
        state = schedule.noisy(clean, noise, step)
        found = first(state, gray, torch.zeros_like(gray), torch.full((len(clean),), step, device=device))
        predicted = bilevel_noise(found.float(), state, gray, torch.tensor(schedule.alpha_bars[step]).float())
        made.append(schedule.mean(state, predicted, step)[:, 0, inner, inner])
    return torch.stack(made)


def _tone_error(halftone: Tensor, contone: Tensor) -> float:
    """Return the mean absolute difference after a Gaussian of 4 px, in levels of 255."""
    offsets = torch.arange(-12, 13, device=halftone.device).float()
    row = torch.exp(-0.5 * (offsets / 4) ** 2)
    row = row / row.sum()
    apart = halftone - contone
    smooth = F.conv2d(
        F.conv2d(apart, row[None, None, None], padding="valid"), row[None, None, :, None], padding="valid"
    )
    return float(255 * smooth.abs().mean())
