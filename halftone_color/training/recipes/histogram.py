"""Recipe of the histogram estimator H: regress the share of each chroma bin from the picture.

Yen, Cheng, Chiu 2021, section 2.2: H is pretrained and then frozen for L_hist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.networks import histogram
from halftone_color.training import losses
from halftone_color.training.color_pairs import square_crop
from halftone_color.training.halftone_pairs import in_background
from halftone_color.training.recipe import Material, Recipe


@dataclass(frozen=True)
class HistogramOptions:
    """Sizes of the batches."""

    batch: int = 16
    side: int = 32
    """Pictures in px."""


class HistogramRecipe(Recipe):
    """Trains H on photographs whose histogram is counted."""

    options_type = HistogramOptions
    rate = 3e-3
    weights: Mapping[str, float] = {"histogram": 100.0}
    config = histogram.HistogramConfig()
    """Sizes of the network; a subclass may have others."""

    def __init__(self, options: HistogramOptions, material: Material) -> None:
        """Make a fresh network."""
        self.options, self.train, self.device = options, material.train, material.device
        self.network = histogram.HistogramNet(self.config).to(material.device)
        self.networks = {"histogram": self.network}
        rng = np.random.default_rng(2021)
        self._validation = torch.from_numpy(np.stack([square_crop(material.val, options.side, rng) for _ in range(64)]))

    def batches(self, seed: int) -> Iterator[Tensor]:
        """Yield photographs (B, 3, side, side)."""
        rng = np.random.default_rng(seed)

        def make() -> Iterator[np.ndarray]:
            while True:
                yield np.stack([square_crop(self.train, self.options.side, rng) for _ in range(self.options.batch)])

        for batch in in_background(make):
            yield torch.from_numpy(batch).to(self.device)

    def losses(self, batch: Tensor, progress: float) -> dict[str, Tensor]:
        """Return how far the estimated histogram is from the counted one."""
        config = self.network.config
        truth = histogram.chroma_histogram(rgb_to_ycc(batch)[1], config)
        return {"histogram": self.weights["histogram"] * losses.histogram(self.network(batch), truth)}

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return the histogram intersection with the counted truth (1 is perfect) on 64 validation photographs."""
        photographs = self._validation.to(self.device)
        truth = histogram.chroma_histogram(rgb_to_ycc(photographs)[1], self.network.config)
        found = networks["histogram"](photographs)
        blurred = F.normalize(truth.mean(0, keepdim=True), p=1, dim=1)
        return {
            "intersection": float(torch.minimum(found, truth).sum(1).mean()),
            "intersection_of_the_mean": float(torch.minimum(blurred, truth).sum(1).mean()),
        }
