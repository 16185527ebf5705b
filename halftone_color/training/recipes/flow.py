"""Recipe of the flow: from the inverse halftone network's mean, plus a little noise, to photographs with their texture.

Ohayon, Michaeli and Elad, "Posterior-mean rectified flow" (2025), section 4: x_0 is the posterior mean plus sigma times
noise, x_1 the photograph, x_t the straight line between them, and the network learns the velocity x_1 - x_0, as far as
it is not known (diffusion/preconditioning.py). This goes beyond Jiang and Mu (2022), who begin with noise alone. Data
in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from halftone_color.diffusion.preconditioning import flow_velocity
from halftone_color.diffusion.processes import FLOW_SAMPLED, FLOW_SIGMA, FLOW_TIMES
from halftone_color.diffusion.sampling import euler
from halftone_color.networks import denoiser
from halftone_color.training.degradations import HalftoneMaker
from halftone_color.training.halftone_pairs import HalftoneShares, gray_crop, halftone_batches, in_background
from halftone_color.training.recipe import Material, Recipe
from halftone_color.training.recipes.inverse_halftone import smoothed_noise


@dataclass(frozen=True)
class FlowOptions(HalftoneShares):
    """Halftones, sizes of the batches, and the noise at the flow's start."""

    sigma: float = FLOW_SIGMA
    """Standard deviation of the noise that is added to the mean, data in [-1, 1]."""
    batch: int = 16
    side: int = 128
    """Crops in px."""
    compile: bool = True
    """Compile the network (needs a C++ compiler; falls back to eager without one)."""


class FlowRecipe(Recipe):
    """Trains the velocity between the inverse halftone network's results and photographs."""

    options_type = FlowOptions
    rate = 7e-4
    partners = ("inverse-halftone",)
    weights: Mapping[str, float] = {"velocity": 1.0}
    config = denoiser.DenoiserConfig(planes=3)
    """Sizes of the network: it sees the state, the mean and the halftone; a subclass may have others."""
    validation_crops = 24
    """Crops that it is measured on."""

    def __init__(self, options: FlowOptions, material: Material) -> None:
        """Make a network that begins as the inverse halftone network where the sizes are the same.

        Raises:
            WeightsError: the inverse halftone network is missing.
        """
        self.options, self.train, self.run = options, material.train, material.run
        self.run.require(self.partners)
        self.mean_network = self.run.network("inverse-halftone")
        self.network = denoiser.DenoiserNet(self.config)
        if (self.config.widths, self.config.blocks) == (
            self.mean_network.config.widths,
            self.mean_network.config.blocks,
        ):
            denoiser.start_from_inverse_halftone(self.network, self.mean_network.content)
        self.network.to(material.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"flow": self.network}
        self._forward = torch.compile(self.network) if options.compile else self.network
        rng = np.random.default_rng(2021)
        maker = HalftoneMaker(unscreened=0, text=0)
        pairs = [maker(gray_crop(material.val, 128, rng), rng) for _ in range(self.validation_crops)]
        self._validation = [torch.from_numpy(np.stack(planes)[:, None]) for planes in zip(*pairs, strict=True)]

    def batches(self, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (halftone, target) tensors (B, 1, side, side) in [0, 1]."""
        o, device = self.options, self.run.conditions.device
        make = halftone_batches(self.train, o.maker, o.batch, o.side, seed)
        for halftone, target in in_background(lambda: make):
            yield torch.from_numpy(halftone).to(device), torch.from_numpy(target).to(device)

    def losses(self, batch: tuple[Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """Return the mean squared difference of the velocity at random times."""
        halftone, target = (2 * plane - 1 for plane in batch)
        mean = self._mean(batch[0])
        start = mean + self.options.sigma * torch.randn_like(mean)
        time = torch.rand(len(mean), device=mean.device)
        at = time[:, None, None, None]
        planes = torch.cat([(1 - at) * start + at * target, mean, halftone], 1)
        with torch.autocast(planes.device.type, torch.bfloat16):
            found = self._forward(planes.to(memory_format=torch.channels_last), FLOW_TIMES * time)
        velocity: Tensor = flow_velocity(found.float(), planes[:, :1], mean, at)
        return {"velocity": (velocity - (target - start)).square().mean()}

    @torch.no_grad()
    def _mean(self, halftone: Tensor) -> Tensor:
        """Return the inverse halftone network's result (B, 1, H, W), brought from [0, 1] to [-1, 1]."""
        with torch.autocast(halftone.device.type, torch.bfloat16):
            output = self.mean_network(halftone.to(memory_format=torch.channels_last), smoothed_noise(halftone))[1]
        mean: Tensor = output.float().clamp(0, 1) * 2 - 1
        return mean

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return PSNR (dB) of the mean and of a sample, and the gradient energy of both over the truth's.

        On the validation crops, with a screen, by FLOW_SAMPLED Euler steps.
        """
        halftone, target = (plane.to(self.run.conditions.device) for plane in self._validation)
        torch.manual_seed(0)
        mean = self._mean(halftone)
        network = networks["flow"]

        def velocity(state: Tensor, time: float) -> Tensor:
            planes = torch.cat([state, mean, 2 * halftone - 1], 1)
            found = network(planes, torch.full((len(state),), FLOW_TIMES * time, device=state.device))
            moving: Tensor = flow_velocity(found, state, mean, time)
            return moving

        sample = euler(velocity, mean + self.options.sigma * torch.randn_like(mean), FLOW_SAMPLED)
        figures = {}
        for name, made in (("mean", mean), ("sample", sample)):
            made = ((made + 1) / 2).clamp(0, 1)
            error = (made - target).square().mean((1, 2, 3))
            figures[name] = float((-10 * error.clamp_min(1e-10).log10()).mean())
            figures[f"{name}_gradients"] = float(_gradient_energy(made) / _gradient_energy(target))
        return figures


def _gradient_energy(planes: Tensor) -> Tensor:
    """Return the mean squared difference of neighboring pixels of (B, 1, H, W)."""
    return planes.diff(dim=-1).square().mean() + planes.diff(dim=-2).square().mean()
