"""Recipe of the colorization network G with its encoder E: recovery, reference and random schemes in every batch.

Yen, Cheng, Chiu 2021, section 2.2. All of the paper's losses are here, each with its weight; a weight of zero switches
a loss off. Facts that shaped it: the code learns from true colors only; jittered self-references train correspondence
without a code; the guide of a reference counts by how like each place is; references of other pictures have no truth,
so their palette, their code and the features of the true picture are asked for, and skin stays skin; an adversary comes
late and in a short dose, for more of it paints limbs yellow on old photographs.

A step reads thus: color_schemes.py makes a batch, color_making.py colors it, color_objectives.py has its losses,
adversary.py the discriminator's word.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.errors import UsageError, WeightsError
from halftone_color.networks import chroma_classes, color_encoder, colorizer, discriminator, lite_trunk
from halftone_color.run import Run
from halftone_color.training import code_palettes, color_figures
from halftone_color.training.adversary import Adversary
from halftone_color.training.backbone import load_features, read_tensors
from halftone_color.training.color_making import Learners, autocast, color
from halftone_color.training.color_objectives import Frozen, Objectives, skin_map_loss, weights_of
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.color_schemes import ColorBatch, make_batch
from halftone_color.training.device_photographs import DevicePhotographs, crops
from halftone_color.training.recipe import Material, Recipe

logger = logging.getLogger(__name__)

UNIFORM = 0.25
"""Share of the uniform distribution that the frequency of classes is mixed with, before rarity is its inverse."""
COUNTED, COUNTED_PX = 1024, 32
"""Photographs on which the rarity of classes is counted, and their side."""
LARGE_PX = 200
"""Photographs with this shorter side show sides beyond 192 px without being enlarged too much."""
TRUNK_RATE = 0.35
"""Learning rate of the trunk, which was trained on ImageNet, over that of the rest."""


class ColorizerRecipe(Recipe):
    """Trains G and E together, and D against them."""

    options_type = ColorizerOptions
    rate = 5e-4
    partners = ("histogram",)
    goes_on = True
    from_backbone = ("colorizer",)
    through_backbone = frozenset({"structure", "style", "adversarial"})
    config = colorizer.ColorizerConfig(prior=256, skin=64)
    """Sizes of G; a subclass may have others."""
    fitted_on = code_palettes.PHOTOGRAPHS
    """Crops that what codes say about palettes is fitted to."""
    rates: Mapping[str, float] = {"colorizer.trunk.": TRUNK_RATE}

    def __init__(self, options: ColorizerOptions, material: Material) -> None:
        """Make fresh networks, and copy the photographs to the device.

        The backbone is EfficientNet-Lite1's, with which G begins and through which some losses look; without it these
        are left out. Without a histogram estimator L_hist is, with a logged warning.

        Raises:
            UsageError: a discriminator is wanted without the features that it judges by.
            WeightsError: the backbone's file, or that of a discriminator to go on from, cannot be read.
        """
        device = material.device
        if device.startswith("cuda"):
            torch.set_float32_matmul_precision("high")
        features = load_features(material.backbone, device) if material.backbone else None
        self.options, self._frozen = options, Frozen(features, _estimator(material.run))
        painter = colorizer.ColorizerNet(self.config)
        if features is not None:
            lite_trunk.start_from(painter.trunk, features.trunk)
        painter.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        encoder = color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(code=self.config.code)).to(device)
        self._learners = Learners(painter, encoder)
        self.networks = {"colorizer": painter, "color-encoder": encoder}
        if options.only_skin_map:
            painter.requires_grad_(False)
            encoder.requires_grad_(False)
            assert painter.skin is not None
            painter.skin.requires_grad_(True)
        self._adversary: Adversary | None = None
        if options.adversarial:
            if features is None:
                raise UsageError("A discriminator judges by EfficientNet-Lite1's features; name a --backbone.")
            self._adversary = _adversary(painter, options, device)
        self.opponents = {"discriminator": self._adversary.network} if self._adversary else {}
        self._train = DevicePhotographs.of(material.train, device)
        self._large = _large(self._train)
        self._rarity = _rarity(self._train)
        self._validation = color_figures.validation_batch(DevicePhotographs.of(material.val, device))

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each loss that is asked for; that of `adversarial` is a share of all others' gradient."""
        if self.options.only_skin_map:
            return {"skin_map": 1.0}
        weights = weights_of(self.options, self._learners, self._frozen)
        return weights | ({"adversarial": self.options.adversarial} if self._adversary else {})

    def batches(self, seed: int) -> Iterator[ColorBatch]:
        """Yield batches, made on the device."""
        torch.manual_seed(seed)
        o = self.options
        while True:
            side = o.sides[int(torch.randint(len(o.sides), ()))]
            yield make_batch(self._train, self._large, o, o.batch(side), side, o.grouped)

    def losses(self, batch: ColorBatch, progress: float) -> dict[str, Tensor]:
        """Color the batch by every scheme and return the weighted losses."""
        if self.options.only_skin_map:
            return {"skin_map": self._skin_map_loss(batch)}
        made = color(batch, self._learners)
        objectives = Objectives(batch, made, self.options, self._learners, self._frozen, self._rarity)
        found = objectives.weighed()
        if self._adversary and self._adversary.joins(progress):
            lost = self._adversary.loss(objectives.seen, found, progress)
            found["adversarial"] = self.options.adversarial * lost
        return found

    def _skin_map_loss(self, batch: ColorBatch) -> Tensor:
        g = self._learners.colorizer
        with autocast(batch.gray.device):
            with torch.no_grad():
                places = g.encode(batch.gray, batch.edge)
            odds = g.skin_logits(places)
        assert odds is not None
        return skin_map_loss(batch, odds)

    def opponent_losses(self) -> dict[str, Tensor]:
        """Return the discriminator's loss on the pictures that `losses` made last; none before it joins."""
        return self._adversary.opponent_losses() if self._adversary else {}

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return figures on validation photographs, as color_figures names them."""
        g, e = networks["colorizer"], networks["color-encoder"]
        assert isinstance(g, colorizer.ColorizerNet)
        with autocast(self._rarity.device):
            return color_figures.figures(g, e, self._validation)

    def finish(self, networks: Mapping[str, nn.Module]) -> None:
        """Fit what codes say about palettes, by which automatic results take a more neutral light."""
        g = networks["colorizer"]
        assert isinstance(g, colorizer.ColorizerNet)
        if g.palette is not None:
            code_palettes.fit(g.palette, networks["color-encoder"], self._train, self.fitted_on)


def _estimator(run: Run) -> nn.Module | None:
    """Return the trained histogram estimator; None, with a logged warning, where there is none."""
    try:
        estimator: nn.Module = run.network("histogram")
    except WeightsError as error:
        logger.warning("the histogram loss is left out: %s", error)
        return None
    return estimator


def _adversary(painter: colorizer.ColorizerNet, options: ColorizerOptions, device: str) -> Adversary:
    """Return the adversary, whose discriminator is fresh or goes on from a file."""
    network = discriminator.DiscriminatorNet(discriminator.DiscriminatorConfig())
    if options.discriminator:
        option = "--set discriminator=FILE"
        tensors = read_tensors(Path(options.discriminator), option)
        try:
            network.load_state_dict(tensors)
        except RuntimeError as error:
            raise WeightsError(
                f"{options.discriminator} is not a discriminator; name another with {option}."
            ) from error
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Adversary(network, [painter.leave.weight, painter.mix.weight], options.adversarial_from)


def _large(photographs: DevicePhotographs) -> Tensor:
    """Return the indices of photographs with LARGE_PX on the shorter side; all of them where there are none."""
    found = torch.nonzero(torch.minimum(photographs.height, photographs.width) >= LARGE_PX)[:, 0]
    return found if len(found) else torch.arange(len(photographs), device=photographs.device)


@torch.no_grad()
def _rarity(photographs: DevicePhotographs) -> Tensor:
    """Return the weight (COUNT,) of each class of chroma; the expected weight of a pixel is one."""
    count = min(COUNTED, 4 * len(photographs))
    index = torch.randint(len(photographs), (count,), device=photographs.device)
    chroma = rgb_to_ycc(crops(photographs, index, COUNTED_PX, (0.7, 1.0), oversample=2))[1]
    share = chroma_classes.memberships(chroma.movedim(1, -1)).mean((0, 1, 2))
    rarity = 1 / ((1 - UNIFORM) * share + UNIFORM / len(share))
    return rarity / (share @ rarity)
