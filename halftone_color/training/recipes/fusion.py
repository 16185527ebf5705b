"""Recipe of the fusion network: the results of both cascade orders in, the true photograph out.

Yen, Cheng, Chiu 2021, section 2.3. The orders are run with the trained networks, colored by the photograph itself
(recovery scheme), so that the truth is exact; half of the references are mirrored and cropped. Making a pair costs
four runs of the IHN, so each pair is used for many crops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from halftone_color import registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers.network import NetworkColorizer
from halftone_color.cue import Cue
from halftone_color.networks import fusion
from halftone_color.request import Choice
from halftone_color.run import Run
from halftone_color.training import losses
from halftone_color.training.color_pairs import square_crop
from halftone_color.training.degradations import HalftoneMaker
from halftone_color.training.halftone_pairs import in_background
from halftone_color.training.recipe import Material, Recipe
from halftone_color.types import Picture, Screen, Task


@dataclass(frozen=True)
class FusionOptions:
    """Sizes of the batches and of the pool of made pairs."""

    batch: int = 16
    crop: int = 96
    """Crops in px."""
    side: int = 224
    """Pictures that both orders are run on, px."""
    pool: int = 160
    """Pairs kept; a new one takes the place of the oldest."""
    crops_per_pair: int = 48
    """Crops taken for each new pair made."""


Made = tuple[Picture, Picture, Picture]
"""Results of IHN -> C and of C -> IHN, and the truth, (3, side, side) each."""


class FusionRecipe(Recipe):
    """Trains F on what the trained networks make of halftones."""

    options_type = FusionOptions
    rate = 1e-3
    partners = ("inverse-halftone", "colorizer", "color-encoder")
    weights: Mapping[str, float] = {"pixel": 1.0, "squared": 5.0}
    config = fusion.FusionConfig()
    """Sizes of the network; a subclass may have others."""
    validation_pairs = 16
    """Photographs that it is measured on."""

    def __init__(self, options: FusionOptions, material: Material) -> None:
        """Make a fresh network, and the pairs that it is measured on.

        Raises:
            WeightsError: a partner is missing.
        """
        self.options, self.train, self.run = options, material.train, material.run
        self.run.require(self.partners)
        for role in self.partners:  # before a fresh network is drawn
            self.run.network(role)
        self.network = fusion.FusionNet(self.config)
        self.network.to(material.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"fusion": self.network}
        rng = np.random.default_rng(2021)
        count = self.validation_pairs
        made = [both_orders(square_crop(material.val, options.side, rng), rng, self.run) for _ in range(count)]
        self._validation = [torch.from_numpy(np.stack(column)) for column in zip(*made, strict=True)]

    def batches(self, seed: int) -> Iterator[list[Tensor]]:
        """Yield crops (B, 3, crop, crop) of both results and the truth."""
        for made in in_background(lambda: self._make(seed)):
            yield [torch.from_numpy(column).to(self.run.conditions.device) for column in made]

    def _make(self, seed: int) -> Iterator[list[NDArray[np.float32]]]:
        o, rng, pool = self.options, np.random.default_rng(seed), list[Made]()
        while True:
            pool.append(both_orders(square_crop(self.train, o.side, rng), rng, self.run))
            del pool[: -o.pool]
            if len(pool) < 8:
                continue
            for _ in range(o.crops_per_pair // o.batch):
                rows = [crop_of(pool[int(rng.integers(len(pool)))], o.crop, rng) for _ in range(o.batch)]
                yield [np.stack(column) for column in zip(*rows, strict=True)]

    def losses(self, batch: list[Tensor], progress: float) -> dict[str, Tensor]:
        """Return the mean absolute and the mean squared difference to the truth."""
        ihn_first, color_first, truth = batch
        fused = self.network(ihn_first, color_first)
        found = {"pixel": losses.pixel(fused, truth), "squared": (fused - truth).square().mean()}
        return {name: self.weights[name] * loss for name, loss in found.items()}

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return PSNR (dB) of each order, of their mean and of the fusion on the validation photographs."""
        ihn_first, color_first, truth = (x.to(self.run.conditions.device) for x in self._validation)
        results = {
            "ihn_first": ihn_first,
            "color_first": color_first,
            "mean": (ihn_first + color_first) / 2,
            "fused": networks["fusion"](ihn_first, color_first).clamp(0, 1),
        }
        return {name: float((-10 * (x - truth).square().mean((1, 2, 3)).log10()).mean()) for name, x in results.items()}


def both_orders(truth: Picture, rng: np.random.Generator, run: Run) -> Made:
    """Halftone a photograph (3, H, W) with random dots and restore it by both orders with its own colors."""
    gray = np.asarray(rgb_to_luma(truth), dtype=np.float32)
    maker = HalftoneMaker(overprinted=0)
    period_px = float(rng.uniform(2.5, 6.0))
    halftone = maker.dots(gray[0], rng, period_px, 3 if rng.random() < 0.7 else 1)[None]
    reference = truth
    if rng.random() < 0.5:
        edge = truth.shape[1] // 10
        reference = np.ascontiguousarray(truth[:, edge:-edge, edge:-edge][:, :, ::-1])
    task = Task(halftone, screen=Screen("none", period_px), cue=Cue(references=(reference,)))
    colorizer, descreener = NetworkColorizer(), registry.build("descreeners", Choice.of("network", {"patient": False}))
    ihn_first = colorizer(replace(task, picture=descreener(task, run)), run)
    colored = colorizer.color_halftone(task, run)
    planes = [descreener(replace(task, picture=channel[None]), run) for channel in colored]
    return ihn_first, np.concatenate(planes), truth


def crop_of(made: Made, side: int, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Return the same random (3, side, side) crop of each, mirrored in half of the cases."""
    top, left = (int(rng.integers(made[0].shape[1] - side + 1)) for _ in range(2))
    step = -1 if rng.random() < 0.5 else 1
    return [np.ascontiguousarray(picture[:, top : top + side, left : left + side][:, :, ::step]) for picture in made]
