"""Recipe of Cycle CNN: a pair is colored twice, there and back, and no true colors are needed.

Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN", III-D to III-H: the
gray picture is colored from the color picture, then the color picture's luma from that result, both flipped; nothing is
detached. Losses (9) to (12); the refinement learns on the second colorization. RMSProp (AdamW without momentum) at
1e-3, batches of one. Pairs are a user's own (`--pairs`) and synthetic ones made of photographs, whose truth is a
further loss (ours). With its weight at 0, or with pairs alone, the training is the paper's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from halftone_color.arrays.pair_matching import Matching, match_pair
from halftone_color.errors import UsageError
from halftone_color.metrics.fidelity import psnr
from halftone_color.networks import cycle_cnn
from halftone_color.networks.global_curve import apply_curve, nodes_of
from halftone_color.training import losses
from halftone_color.training.halftone_pairs import in_background
from halftone_color.training.recipe import Material, Recipe
from halftone_color.training.stereo_pairs import StereoPair, crop_of, open_pairs, synthetic_pair

CHECKED = 12
"""Synthetic pairs that the networks are measured on."""
CURVES = ("gca", "transfer", "none")
"""What brings the colored luma to the gray's: GCA, mean and deviation (Reinhard 2001), nothing."""
SYNTHETIC_SHARE = 0.5
"""Share of synthetic pairs where there are both kinds."""


@dataclass(frozen=True)
class CycleOptions:
    """Weights of the losses, sizes of crops, and the paper's ablations."""

    structure: float = 1.0
    """lambda_1 of (12)."""
    cycle: float = 1.0
    """lambda_2 of (12)."""
    smooth: float = 0.1
    """lambda_3 of (12)."""
    refine: float = 1.0
    """Weight of the refinement's 1 - SSIM; 0 trains none."""
    truth: float = 20.0
    """Weight of the difference to the truth of synthetic pairs, and of the refinement's to the true R_C; the paper has
    none."""
    height: int = 64
    width: int = 192
    """Crops in px; the paper has 256 x 512."""
    d: int = 48
    """Candidates, a multiple of 16."""
    curve: str = "gca"
    """One of CURVES."""
    confidence: bool = True
    """Whether GCA weights pixels by a learned confidence."""
    position: bool = True
    """Whether that confidence knows the distance to the border."""
    luma: bool = True
    """Whether WAC colors the luma as well; without it there is no structure loss."""
    paper: bool = False
    """Whether the networks have the paper's full size, without the prior."""

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise UsageError(f"There is no curve {self.curve!r}; choose one of {', '.join(CURVES)}.")
        if self.d % 16 or self.d < 16:
            raise UsageError(f"d must be a positive multiple of 16, not {self.d}; 64 suits most pairs.")


@dataclass(frozen=True)
class Views:
    """One pair as tensors: as it is colored first, and what the way back needs."""

    gray: Tensor
    """(1, 1, H, W)."""
    color: Tensor
    """(1, 3, H, W), Y, Cb, Cr."""
    there: cycle_cnn.Prior | None
    back: cycle_cnn.Prior | None
    """Of both colorizations; the second one of the flipped pictures."""
    truth: Tensor | None = None
    """(1, 2, H, W), where it is known."""


class CycleCnnRecipe(Recipe):
    """Trains Cycle CNN on pairs without truth, and on synthetic ones."""

    options_type = CycleOptions
    rate = 1e-3
    momentum = 0.0
    needs_photographs = False
    config = cycle_cnn.CycleCnnConfig()
    """Sizes of the network; a subclass may have others."""

    def __init__(self, options: CycleOptions, material: Material) -> None:
        """Make a fresh network, and the pairs that it is measured on.

        Raises:
            UsageError: there are neither photographs nor pairs.
            InputError: a folder holds no pair.
        """
        self.options, self.device, self.photographs = options, material.device, material.train
        self.pairs = [] if material.pairs is None else open_pairs(material.pairs)
        if not self.pairs and not len(self.photographs):
            raise UsageError("Cycle CNN learns from pairs or from photographs; name a folder with --pairs or --photos.")
        config = cycle_cnn.PAPER if options.paper else self.config
        self.network = cycle_cnn.CycleCnnNet(replace(config, positioned=options.position))
        self.network.to(material.device)
        self.networks = {"cycle-cnn": self.network}
        self._held_out = material.val

    @property
    def weights(self) -> Mapping[str, float]:
        """The weight of each loss."""
        names = ("structure", "cycle", "smooth", "refine", "truth")
        return {name: weight for name in names if (weight := getattr(self.options, name))}

    def batches(self, seed: int) -> Iterator[Views]:
        """Yield one pair after another."""
        yield from in_background(lambda: self._make(seed), 3)

    def _make(self, seed: int) -> Iterator[Views]:
        o, rng = self.options, np.random.default_rng(seed)
        while True:
            real = self.pairs and (not len(self.photographs) or rng.random() >= SYNTHETIC_SHARE)
            if real:
                pair = crop_of(self.pairs[int(rng.integers(len(self.pairs)))], o.height, o.width, o.d, rng)
            else:
                pair = synthetic_pair(self.photographs, o.height, o.width, o.d * 0.9, rng)
            yield self.views_of(pair)

    def views_of(self, pair: StereoPair) -> Views:
        """Return a pair as tensors, matched where the network has a prior."""
        there = back = None
        if self.network.config.prior:
            there = prior_of(match_pair(pair.gray, pair.color[0], self.options.d, by_look=True), self.device)
            flipped = match_pair(pair.color[0][:, ::-1], pair.gray[:, ::-1], self.options.d, by_look=True)
            back = prior_of(flipped, self.device)
        truth = None if pair.truth is None else torch.from_numpy(pair.truth)[None].to(self.device)
        gray, color = (torch.from_numpy(x).to(self.device) for x in (pair.gray[None, None], pair.color[None]))
        return Views(gray, color, there, back, truth)

    def losses(self, batch: Views, progress: float) -> dict[str, Tensor]:
        """Return the weighted losses of one pair."""
        o, network = self.options, self.network
        gray, color = batch.gray, batch.color
        weights = network.weigh(gray, color[:, :1], o.d, batch.there)
        first = network.color(weights, color, batch.there)
        toned = self.toned(first[:, :1], gray)
        reference = torch.cat([gray, first[:, 1:]], 1).flip(3)
        weights_back = network.weigh(color[:, :1].flip(3), gray.flip(3), o.d, batch.back)
        second = network.color(weights_back, reference, batch.back).flip(3)
        found = {
            "structure": losses.unlikeness(toned, gray) if o.luma else gray.sum() * 0,
            "cycle": chroma_unlikeness(second[:, 1:], color[:, 1:]),
            "smooth": (roughness(weights) + roughness(weights_back)) / 2,
        }
        if o.refine or o.truth:
            toned_back = self.toned(second[:, :1], color[:, :1])
            back = None if batch.back is None else batch.back._replace(known=batch.back.known.flip(3))
            refined = network.refine(color[:, :1], second[:, 1:].detach(), toned_back.detach(), back)
            found["refine"] = chroma_unlikeness(refined, color[:, 1:])
            found["truth"] = losses.reconstruction(refined, color[:, 1:])
        if o.truth and batch.truth is not None:
            result = network.refine(gray, first[:, 1:], toned, batch.there)
            found["truth"] = found["truth"] + losses.reconstruction(result, batch.truth)
        return {name: getattr(o, name) * loss for name, loss in found.items() if getattr(o, name)}

    def toned(self, colored: Tensor, gray: Tensor) -> Tensor:
        """Return the luma of a colorization in the tones of the gray (1, 1, H, W), as the options say."""
        o, network = self.options, self.network
        if o.curve == "none":
            return colored
        if o.curve == "transfer":
            gain = gray.std() / colored.std().clamp_min(1e-3)
            return (colored - colored.mean()) * gain + gray.mean()
        small, wanted = network.reduce(colored), network.reduce(gray)
        trust = network.trust(colored, gray) if o.confidence else torch.ones_like(small)
        return apply_curve(colored, nodes_of(small, wanted, trust))

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return mean PSNR (dB) of the chroma on synthetic held-out pairs: matched, by WAC, and refined."""
        if not len(self._held_out):
            return {}
        network = networks["cycle-cnn"]
        assert isinstance(network, cycle_cnn.CycleCnnNet)
        rng, scores = np.random.default_rng(2023), []
        for _ in range(CHECKED):
            pair = synthetic_pair(self._held_out, self.options.height, self.options.width, self.options.d * 0.9, rng)
            batch = self.views_of(pair)
            weights = network.weigh(batch.gray, batch.color[:, :1], self.options.d, batch.there)
            first = network.color(weights, batch.color, batch.there)
            refined = network.refine(batch.gray, first[:, 1:], self.toned(first[:, :1], batch.gray), batch.there)
            assert pair.truth is not None
            scores.append([psnr(np.asarray(x[0].cpu()), pair.truth) for x in (first[:, 1:], refined)])
        wac, refinement = np.mean(scores, 0)
        return {"wac": float(wac), "refined": float(refinement)}


def prior_of(matching: Matching, device: str) -> cycle_cnn.Prior:
    """Return a matching as tensors on a device."""
    filling = matching.filling
    planes = (
        matching.sums.transpose(2, 0, 1)[None].astype(np.float32),
        matching.second_in_tones[None, None],
        matching.known[None, None].astype(np.float32),
        filling.pixels,
        filling.places,
        filling.weights,
    )
    return cycle_cnn.Prior(*(torch.from_numpy(np.ascontiguousarray(plane)).to(device) for plane in planes))


def chroma_unlikeness(result: Tensor, truth: Tensor) -> Tensor:
    """Return 1 - SSIM, the mean of both chroma planes (1, 2, H, W) in [-.5, .5]: equation (10)."""
    return losses.unlikeness(result.transpose(0, 1) + 0.5, truth.transpose(0, 1) + 0.5)


def roughness(weights: Tensor) -> Tensor:
    """Return equation (11): mean absolute difference of weights (1, d, H, W) between neighbors, up, down and aside."""
    down = (weights[:, :, 1:] - weights[:, :, :-1]).abs()
    across = (weights[..., 1:] - weights[..., :-1]).abs()
    return (down.sum() + across.sum()) / (down.numel() + across.numel())
