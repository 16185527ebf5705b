"""Recipe of the denoiser: inverse halftoning by diffusion from noise, conditioned on the halftone.

Jiang and Mu (2022), section 3.3, equations (19) to (21), with the objective (10); T = 800, AdamW. Data in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from halftone_color.diffusion.processes import DESCREENING_STEPS, SAMPLED
from halftone_color.diffusion.sampling import ddim
from halftone_color.diffusion.schedule import Schedule
from halftone_color.networks import denoiser, denoiser_2022
from halftone_color.training.degradations import KernelMaker
from halftone_color.training.halftone_pairs import (
    CropOptions,
    HalftoneShares,
    Maker,
    gray_crop,
    halftone_batches,
    in_background,
)
from halftone_color.training.recipe import Material, Recipe


@dataclass(frozen=True)
class DenoiserOptions(CropOptions, HalftoneShares):
    """Halftones, sizes of the batches, and which network."""

    published: bool = False
    """The paper's network of 34 million parameters in place of the small one; for a GPU."""


class DenoiserRecipe(Recipe):
    """Trains the noise in noisy photographs, given their halftones."""

    options_type = DenoiserOptions
    rate = 7e-4
    weights: Mapping[str, float] = {"noise": 1.0}
    config = denoiser.DenoiserConfig(planes=2)
    """Sizes of the small network: it sees the state and the halftone; a subclass may have others."""
    published_config = denoiser_2022.Denoiser2022Config(planes=2)
    """Sizes of the published one."""
    validation_crops = 16
    """Crops that it is measured on."""

    def __init__(self, options: DenoiserOptions, material: Material) -> None:
        """Make a fresh network."""
        self.options, self.train, self.device = options, material.train, material.device
        self.schedule = Schedule.linear(DESCREENING_STEPS)
        self.network: nn.Module = (
            denoiser_2022.Denoiser2022Net(self.published_config)
            if options.published
            else denoiser.DenoiserNet(self.config)
        )
        self.network.to(material.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"denoiser": self.network}
        self._forward = torch.compile(self.network) if options.compile else self.network
        rng = np.random.default_rng(2021)
        pairs = [self._maker(gray_crop(material.val, 128, rng), rng) for _ in range(self.validation_crops)]
        self._validation = [torch.from_numpy(np.stack(planes)[:, None]) for planes in zip(*pairs, strict=True)]

    @property
    def _maker(self) -> Maker:
        return KernelMaker(self.options.names) if self.options.names else self.options.maker

    def batches(self, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (halftone, target) tensors (B, 1, side, side) in [0, 1]."""
        o = self.options
        make = halftone_batches(self.train, self._maker, o.batch, o.side, seed)
        for halftone, target in in_background(lambda: make):
            yield torch.from_numpy(halftone).to(self.device), torch.from_numpy(target).to(self.device)

    def losses(self, batch: tuple[Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """Return the mean squared difference of the noise at random steps (equation (10))."""
        halftone, clean = (2 * plane - 1 for plane in batch)
        noise = torch.randn_like(clean)
        steps = torch.randint(1, DESCREENING_STEPS + 1, (len(clean),), device=clean.device)
        planes = torch.cat([self.schedule.noisy_batch(clean, noise, steps), halftone], 1)
        with torch.autocast(planes.device.type, torch.bfloat16):
            found = self._forward(planes.to(memory_format=torch.channels_last), steps)
        return {"noise": (found.float() - noise).square().mean()}

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return mean PSNR (dB) of one sample by SAMPLED DDIM steps, on the validation crops."""
        halftone, target = (plane.to(self.device) for plane in self._validation)
        network = networks["denoiser"]
        start = torch.randn(target.shape, generator=torch.Generator().manual_seed(0)).to(self.device)

        def denoise(state: Tensor, step: int) -> Tensor:
            planes = torch.cat([state, 2 * halftone - 1], 1)
            found: Tensor = network(planes, torch.full((len(state),), step, device=state.device))
            return found

        sample = (ddim(denoise, start, self.schedule, SAMPLED) + 1) / 2
        error = (sample.clamp(0, 1) - target).square().mean((1, 2, 3))
        return {"sample": float((-10 * error.clamp_min(1e-10).log10()).mean())}
