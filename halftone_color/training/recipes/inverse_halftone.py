"""Recipe of the inverse halftone network: pixel loss on content and output, and a perceptual loss.

Yen, Cheng, Chiu 2021, section 2.1: L_pixel with weights 5 (content) and 1 (output), L_percep on features. Here the
pixel losses are absolute differences (they give sharper edges than squares at equal time) and the features come from
MobileNetV2 where a backbone is given; its share of the batch keeps the cost down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from halftone_color.networks import inverse_halftone
from halftone_color.training import losses
from halftone_color.training.backbone import load_backbone
from halftone_color.training.degradations import HalftoneMaker, KernelMaker
from halftone_color.training.halftone_pairs import (
    CropOptions,
    HalftoneShares,
    gray_crop,
    halftone_batches,
    in_background,
)
from halftone_color.training.photographs import Photographs
from halftone_color.training.recipe import Material, Recipe

Features = Callable[[Tensor], dict[str, Tensor]]


@dataclass(frozen=True)
class InverseHalftoneOptions(CropOptions, HalftoneShares):
    """Weights of the losses and sizes of the batches."""

    content_pixel: float = 5.0
    """lambda_1, weight of the pixel loss on content."""
    output_pixel: float = 1.0
    """lambda_2, weight of the pixel loss on the output."""
    square: float = 0.0
    """Weight of the mean squared difference of the output."""
    ssim: float = 0.0
    """Weight of 1 - SSIM of the output."""
    perceptual: float = 0.02
    """Weight of the perceptual loss; used only where a backbone is given."""
    perceptual_share: float = 0.125
    """Share of the batch that the perceptual loss sees."""


class InverseHalftoneRecipe(Recipe):
    """Trains the IHN on halftones made on the fly."""

    options_type = InverseHalftoneOptions
    rate = 1e-3
    through_backbone = frozenset({"perceptual"})
    config = inverse_halftone.InverseHalftoneConfig()
    """Sizes of the network; a subclass may have others."""
    validation_crops = 24
    """Crops of each kind of halftone that it is measured on."""

    def __init__(self, options: InverseHalftoneOptions, material: Material) -> None:
        """Make a fresh network; the backbone is MobileNetV2.

        Raises:
            WeightsError: the backbone's file cannot be read.
        """
        self.options, self.train, self.device = options, material.train, material.device
        self.features: Features | None = None
        if material.backbone:
            self.features = load_backbone(material.backbone, material.device)
        self.network = inverse_halftone.InverseHalftoneNet(self.config)
        self.network.to(material.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"inverse-halftone": self.network}
        self._forward = torch.compile(self.network) if options.compile else self.network
        self._unlikeness = torch.compile(losses.unlikeness) if options.compile else losses.unlikeness
        self._validation = _validation_set(material.val, self.validation_crops)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each loss that is asked for."""
        o = self.options
        weights = {"content": o.content_pixel, "output": o.output_pixel, "square": o.square, "ssim": o.ssim}
        weights["perceptual"] = o.perceptual if self.features else 0.0
        return {name: weight for name, weight in weights.items() if weight}

    def batches(self, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (halftone, target) tensors (B, 1, side, side)."""
        o = self.options
        maker = KernelMaker(o.names) if o.names else o.maker
        make = halftone_batches(self.train, maker, o.batch, o.side, seed)
        for halftone, target in in_background(lambda: make):
            yield torch.from_numpy(halftone).to(self.device), torch.from_numpy(target).to(self.device)

    def losses(self, batch: tuple[Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """Return content and output pixel losses, and the perceptual loss where there is a backbone."""
        o = self.options
        halftone, target = batch
        noise = smoothed_noise(halftone)
        with torch.autocast(halftone.device.type, torch.bfloat16):
            content, output = self._forward(halftone.to(memory_format=torch.channels_last), noise)
        content, output = content.float(), output.float()
        result = {
            "content": o.content_pixel * losses.pixel(content, target),
            "output": o.output_pixel * losses.pixel(output, target),
        }
        if o.square:
            result["square"] = o.square * (output - target).square().mean()
        if o.ssim:
            result["ssim"] = o.ssim * self._unlikeness(output, target)
        if self.features and o.perceptual:
            few = max(1, round(o.perceptual_share * len(output)))
            pair = [self.features(x[:few].expand(-1, 3, -1, -1))["stage2"] for x in (output, target)]
            result["perceptual"] = o.perceptual * losses.perceptual(*pair)
        return result

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return mean PSNR (dB) per kind of halftone on the validation crops."""
        figures = {}
        for kind, (halftone, target) in self._validation.items():
            halftone, target = halftone.to(self.device), target.to(self.device)
            generator = torch.Generator(self.device).manual_seed(0)
            output = networks["inverse-halftone"](halftone, smoothed_noise(halftone, generator))[1].clamp(0, 1)
            error = (output - target).square().mean((1, 2, 3))
            figures[kind] = float((-10 * error.clamp_min(1e-10).log10()).mean())
        return figures


def smoothed_noise(halftone: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw z^h for a batch (B, 1, H, W): (B, 8, H/2, W/2), N(0, 1) smoothed by a 3 x 3 binomial kernel of unit gain."""
    batch, _, height, width = halftone.shape
    shape = (batch * inverse_halftone.NOISE_CHANNELS, 1, height // 2, width // 2)
    noise = torch.randn(shape, generator=generator, device=halftone.device)
    row = torch.tensor([1.0, 2.0, 1.0], device=halftone.device) / 6**0.5  # keeps the variance at one
    kernel = torch.outer(row, row)[None, None]
    smooth = torch.nn.functional.conv2d(noise, kernel, padding=1)
    return smooth.reshape(batch, inverse_halftone.NOISE_CHANNELS, height // 2, width // 2)


def _validation_set(photographs: Photographs, count: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Return seeded (halftone, target) batches of `count` validation crops: one for each kind."""
    makers = {
        "digital": HalftoneMaker(unscreened=0, printed=0, text=0),
        "print": HalftoneMaker(unscreened=0, printed=1, text=0),
        "unscreened": HalftoneMaker(unscreened=1, text=0),
        "regridded": HalftoneMaker(unscreened=0, regridded=1, text=0),
        "palette": HalftoneMaker(unscreened=0, palettes=1, text=0),
        "text": HalftoneMaker(unscreened=0, printed=0, text=1),
    }
    batches = {}
    for kind, maker in makers.items():
        rng = np.random.default_rng(2021)
        pairs = [maker(gray_crop(photographs, 128, rng), rng) for _ in range(count)]
        halftone, target = (torch.from_numpy(np.stack(planes)[:, None]) for planes in zip(*pairs, strict=True))
        batches[kind] = halftone, target
    return batches
