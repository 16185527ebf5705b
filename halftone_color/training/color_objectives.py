"""The losses on a colored batch, each a method that is named like its weight.

Yen, Cheng, Chiu 2021, section 2.2, and what color_losses.py adds. A scheme decides which losses see its rows; pictures
are compared at half their size, at which chroma is made, but for what the feature network sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.networks import chroma_classes, discriminator, lite_trunk
from halftone_color.training import color_losses, losses
from halftone_color.training.color_making import Learners, Made, autocast
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.color_schemes import SCHEMES, ColorBatch

ROWS = {
    "reconstruction": ("code", "both", "jittered", "hints", "automatic"),
    "skin": ("unlike", "random", "automatic"),
    "classes": ("code", "both", "hints", "automatic"),
    "excess": ("unlike", "hints", "automatic", "random"),
    "faded": ("hints", "automatic", "random"),
    "correspondence": ("both", "jittered"),
    "palette": ("unlike",),
    "kl": SCHEMES,
    "moments": SCHEMES,
    "prior": SCHEMES,
    "skin_map": SCHEMES,
    "similarity": SCHEMES,
    "latent": ("random", "unlike"),
    "histogram": ("code", "both"),
    "mode_seeking": ("random",),
    "structure": ("random", "unlike", "automatic", "hints", "code", "both"),
    "style": ("code", "both"),
}
"""The losses, and the schemes to which each applies; a loss is left out if a batch has none of its schemes."""
BY_FEATURES, BY_HISTOGRAM = ("structure", "style"), ("histogram",)
BY_PRIOR, BY_SKIN_MAP = ("prior",), ("skin_map",)
"""Losses that need a frozen network, or one that not every colorizer has."""
HINTED = 0.7
"""Weight of reconstruction with hints, relative to that with a code or a reference of the true colors."""
AGAIN = 1 / 3
"""Weight of the excess of chroma in the second results for random codes, relative to the first."""
STRANGE = 0.1
"""Weight of the histogram of mismatched references, relative to that of the truth."""
RESEMBLING = 0.4
"""Weight of the features of samples and mismatched references, whose objects are right but whose colors differ."""
EVERY = 4
"""One row in EVERY is compared for L_sim, and all rows with mismatched references."""
PATCHES = 32
"""Patches along a side of the pictures compared for L_sim, 1,024 in all; the paper has 4,096."""
SURROUNDINGS = 16
"""Divisor of a picture's side that gives the size of small regions of skin."""
LEAST_LIKENESS = 0.05
"""Lower bound of the similarity by which transferred chroma is divided."""
STYLE = 1
"""Index, among the discriminator's feature maps, of the one for L_style: that at 1/8 of the size."""


@dataclass(frozen=True)
class Frozen:
    """Frozen networks used by losses; without one of them its losses are left out."""

    features: lite_trunk.Features | None = None
    histogram: nn.Module | None = None


@dataclass(frozen=True)
class Seen:
    """Feature maps (n, C, h, w), one for each tap of the discriminator."""

    made: list[Tensor]
    """Features of the random rows' second results, then of the results of the selected rows."""
    true: list[Tensor]
    """Features of the true colors of the selected rows, with stronger chroma where results have no matching cue."""


class Objectives:
    """The losses on one batch; planes that several losses use are computed once."""

    def __init__(
        self,
        batch: ColorBatch,
        made: Made,
        options: ColorizerOptions,
        learners: Learners,
        frozen: Frozen,
        rarity: Tensor,
    ) -> None:
        self._batch, self._made, self._options = batch, made, options
        self._learners, self._frozen, self._rarity = learners, frozen, rarity
        luma, chroma = rgb_to_ycc(batch.truth)
        self._luma, self._chroma = F.avg_pool2d(luma, 2), F.avg_pool2d(chroma, 2)

    def weighed(self) -> dict[str, Tensor]:
        """Return every requested loss times its weight, except those without rows in the batch."""
        weights = weights_of(self._options, self._learners, self._frozen)
        return {
            name: weight * getattr(self, name)() for name, weight in weights.items() if self._batch.count(*ROWS[name])
        }

    # ---- place by place ----

    def reconstruction(self) -> Tensor:
        """L_rec where the true colors are wanted, with less weight where the cue does not determine them."""
        shares = {name: 1.0 for name in ("code", "both", "jittered")}
        shares |= {"hints": HINTED, "automatic": self._options.automatic_share}
        return (self._batch.by_row(shares) * self._error).mean()

    def skin(self) -> Tensor:
        """L_rec of skin only, in rows whose other colors may differ or are not determined by the cue."""
        rows = dict.fromkeys(ROWS["skin"], 1.0) | {"automatic": self._options.automatic_skin}
        return (self._batch.by_row(rows) * self._skin * self._error).mean()

    def classes(self) -> Tensor:
        """Cross-entropy of the votes in rows with true colors, at one position in four; rare classes weigh more.

        Zhang, Isola, Efros 2016, section 2.2.
        """
        rows = self._batch.index(*ROWS["classes"])
        down, right = (int(torch.randint(0, 2, ())) for _ in range(2))
        features, chroma, weight = (
            planes[rows, :, down::2, right::2] for planes in (self._made.features, self._chroma, self._weight)
        )
        with autocast(chroma.device):
            votes = self._learners.colorizer.votes(features)
        wanted = chroma_classes.memberships(chroma.movedim(1, -1))  # (n, h, w, COUNT)
        entropy = -(wanted * votes.movedim(1, -1).log_softmax(-1)).sum(-1)
        return ((wanted @ self._rarity) * weight[:, 0] * entropy).mean()

    def excess(self) -> Tensor:
        """Chroma edges that neither the truth nor the luma has, where the cue does not determine the true colors."""
        made, rows, random = self._made, self._batch.index(*ROWS["excess"]), self._batch.rows["random"]
        found = color_losses.chroma_excess(made.chroma[rows], self._chroma[rows], self._luma[rows])
        if len(made.second):
            again = color_losses.chroma_excess(made.second, self._chroma[random], self._luma[random])
            found = found + AGAIN * again
        return found

    def faded(self) -> Tensor:
        """Amount by which the chroma of results is below a share of the truth's."""
        rows = self._batch.index(*ROWS["faded"])
        return color_losses.faded(self._made.chroma[rows], self._chroma[rows], self._options.vivid)

    # ---- references ----

    def correspondence(self) -> Tensor:
        """L_rec of the chroma transferred by attention, at both scales, where the reference has the wanted colors."""
        assert self._made.guide is not None
        rows = self._batch.index(*ROWS["correspondence"])  # the first of the guided ones
        found = self._chroma.new_zeros(())
        for carried in (self._made.guide.coarse[: len(rows)], self._made.guide.fine[: len(rows)]):
            chroma = carried[:, :2].float() / carried[:, 2:3].float().clamp_min(LEAST_LIKENESS)
            wanted = F.avg_pool2d(self._chroma[rows], self._chroma.shape[-1] // chroma.shape[-1])
            found = found + losses.reconstruction(chroma, wanted)
        return found * (len(rows) / len(self._chroma))

    def palette(self) -> Tensor:
        """Partial distance of the colors of results from those of their mismatched references, without skin."""
        unlike = self._batch.rows["unlike"]
        offered = F.avg_pool2d(rgb_to_ycc(self._batch.strangers)[1], 2)
        made = color_losses.drawn_cells(self._made.chroma[unlike], 1 - self._skin[unlike])
        wanted = color_losses.drawn_cells(offered, 1 - color_losses.skin_like(offered))
        distance = color_losses.partial_wasserstein(made, wanted, self._options.palette_share)
        return distance * (len(offered) / len(self._chroma))

    # ---- codes and whole pictures ----

    def kl(self) -> Tensor:
        """L_KL of E's distributions for true colors and mismatched references."""
        return losses.kl(self._made.mean, self._made.log_variance)

    def moments(self) -> Tensor:
        """Distance of the codes of a batch's true colors, taken together, from N(0, I)."""
        count = len(self._chroma)
        return color_losses.moments(self._made.mean[:count], self._made.drawn[:count])

    def prior(self) -> Tensor:
        """Negative log-likelihood of the codes of the true colors under the prior."""
        return self._made.likely.negative_log_likelihood(self._made.drawn[: len(self._chroma)].detach()).mean()

    def skin_map(self) -> Tensor:
        """Cross-entropy of the skin map."""
        assert self._made.odds is not None
        return skin_map_loss(self._batch, self._made.odds)

    def similarity(self) -> Tensor:
        """L_sim of some rows, including all with mismatched references."""
        numbers = torch.arange(len(self._chroma))
        rows = torch.cat([numbers[::EVERY], numbers[self._batch.rows["unlike"]]]).to(self._chroma.device)
        return losses.similarity(self._result[rows], self._true_colors[rows], PATCHES)

    def latent(self) -> Tensor:
        """L_latent: error of the codes that E recovers from results of random codes and of mismatched references."""
        made, random, unlike = self._made, self._batch.rows["random"], self._batch.rows["unlike"]
        second = ycc_to_rgb(self._luma[random], made.second)
        pictures = torch.cat([self._result[random], second, self._result[unlike]])
        wanted = torch.cat([made.code[random], made.second_code, made.mean[len(self._chroma) :].detach()])
        encoder = self._learners.encoder
        fixed = {name: weight.detach() for name, weight in encoder.named_parameters()}
        with autocast(pictures.device):  # E is only read: were it trained by this it would learn to say nothing
            mean, _ = torch.func.functional_call(encoder, fixed, (pictures,))
        return losses.latent(wanted, mean.float())

    def histogram(self) -> Tensor:
        """L_hist of recoveries against the truth and, with a small weight, of mismatched references."""
        estimate = self._frozen.histogram
        assert estimate is not None
        rows, unlike = self._batch.index(*ROWS["histogram"]), self._batch.rows["unlike"]
        found = losses.histogram(estimate(self._result[rows]), estimate(self._true_colors[rows]))
        if len(self._batch.strangers):
            strange = losses.histogram(estimate(self._result[unlike]), estimate(self._batch.strangers))
            found = found + STRANGE * strange
        return found

    def mode_seeking(self) -> Tensor:
        """L_ms: results of two codes must differ as these do."""
        made, random = self._made, self._batch.rows["random"]
        return losses.mode_seeking(made.chroma[random], made.second, made.code[random], made.second_code)

    # ---- what the feature network sees ----

    def structure(self) -> Tensor:
        """L_struct: mean difference of the feature maps of each size, relative to their mean magnitude."""
        full = dict.fromkeys(ROWS["structure"], 1.0)
        weight = self._batch.by_row(full | {"random": RESEMBLING, "unlike": RESEMBLING})[self._looked_at]
        found = self._chroma.new_zeros(())
        for made, true in zip(self.seen.made, self.seen.true, strict=True):
            gap = (made[len(self._made.second) :].float() - true.float()).abs()
            found = found + (weight * gap).mean() / true.float().abs().mean()
        return found / len(self.seen.true)

    def style(self) -> Tensor:
        """L_style of recoveries against the truth."""
        others = self._batch.count("random", "unlike", "automatic", "hints")  # recoveries come last
        made = self.seen.made[STYLE][len(self._made.second) + others :]
        return losses.style(made.float(), self.seen.true[STYLE][others:].float())

    @cached_property
    def seen(self) -> Seen:
        """Features of results, at full size, and of true colors."""
        assert self._frozen.features is not None
        rows, random = self._looked_at, self._batch.rows["random"]
        luma, chroma = rgb_to_ycc(self._batch.seen)
        made = F.interpolate(torch.cat([self._made.second, self._made.chroma[rows]]), scale_factor=2, mode="bilinear")
        results = ycc_to_rgb(torch.cat([luma[random], luma[rows]]), made).clamp(0, 1)
        strength = dict.fromkeys(ROWS["structure"], 1.0)
        strength |= dict.fromkeys(("random", "unlike", "automatic"), self._options.true_chroma)
        true = ycc_to_rgb(luma[rows], (chroma * self._batch.by_row(strength))[rows]).clamp(0, 1)
        with autocast(luma.device):
            maps = discriminator.select_taps(self._frozen.features(torch.cat([results, true])))
        return Seen([map_[: len(results)] for map_ in maps], [map_[len(results) :] for map_ in maps])

    @cached_property
    def _looked_at(self) -> Tensor:
        """The rows given to the feature network: those with true hues except recoveries, then every other recovery."""
        batch = self._batch
        recovered = [batch.index(name)[::2] for name in ("code", "both")]
        return torch.cat([batch.index("random", "unlike", "automatic", "hints"), *recovered])

    # ---- planes that several losses compare ----

    @cached_property
    def _skin(self) -> Tensor:
        """Mask (B, 1, s/2, s/2) in {0, 1} of skin-colored pixels in pictures of people."""
        people = F.interpolate(self._batch.people, self._chroma.shape[2:])
        return people.clamp_min(0) * color_losses.skin_like(self._chroma)

    @cached_property
    def _weight(self) -> Tensor:
        """Weights (B, 1, s/2, s/2) of positions; larger in small regions of skin."""
        reach = max(1, self._chroma.shape[-1] // SURROUNDINGS)
        return color_losses.small_region_weight(self._skin, reach, self._options.small_skin)

    @cached_property
    def _error(self) -> Tensor:
        """Weighted L_rec of each position, (B, 1, s/2, s/2)."""
        lost = losses.reconstruction(self._made.chroma, self._chroma, "none")
        return self._weight * lost.mean(1, keepdim=True)

    @cached_property
    def _result(self) -> Tensor:
        """The results as RGB (B, 3, s/2, s/2), not clipped."""
        rgb: Tensor = ycc_to_rgb(self._luma, self._made.chroma)
        return rgb

    @cached_property
    def _true_colors(self) -> Tensor:
        """The truth at the same size."""
        rgb: Tensor = ycc_to_rgb(self._luma, self._chroma)
        return rgb


def weights_of(options: ColorizerOptions, learners: Learners, frozen: Frozen) -> dict[str, float]:
    """Return the weight of every loss, except those of weight 0 and those whose network is missing."""
    blind: tuple[str, ...] = () if frozen.features else BY_FEATURES
    blind += () if frozen.histogram else BY_HISTOGRAM
    blind += () if learners.colorizer.prior else BY_PRIOR
    blind += () if learners.colorizer.skin else BY_SKIN_MAP
    weights = {name: options.weight(name) for name in ROWS if name not in blind}
    return {name: weight for name, weight in weights.items() if weight}


def skin_map_loss(batch: ColorBatch, odds: Tensor) -> Tensor:
    """Return the loss of a skin map (B, 1, s/4, s/4) on the true colors of a batch."""
    luma, chroma = (F.avg_pool2d(plane, 4) for plane in rgb_to_ycc(batch.seen))
    return color_losses.skin_map(odds, chroma, luma, F.interpolate(batch.people, odds.shape[2:]))
