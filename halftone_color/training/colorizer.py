"""Recipe of the colorization network G with its encoder E: recovery, reference and random schemes in every batch.

Yen, Cheng, Chiu 2021, section 2.2. All of the paper's losses are here, each with its weight; a weight of zero switches
a loss off. Facts that shaped it: the code learns from true colours only (hue-jittered pairs taught it to tint whole
pictures), jittered self-references train the correspondence with the code switched off, and some references are wrong
while the true colours are wanted. Beyond the paper, votes for classes of chroma are trained by cross-entropy wherever
colours are true, and what they make of pictures without a cue is what the discriminator judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color import precision
from halftone_color.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.colorize.network import TEMPERATURE
from halftone_color.errors import UsageError
from halftone_color.networks import chroma_classes, color_encoder, colorizer, discriminator, mobilenet_v2
from halftone_color.training import losses
from halftone_color.training.color_pairs import ColorBatch, color_batches, square_crop
from halftone_color.training.halftone_pairs import in_background
from halftone_color.training.photographs import Photographs

Features = Callable[[Tensor], dict[str, Tensor]]


@dataclass(frozen=True)
class Options:
    """Weights of the losses, shares of the schemes, sizes."""

    reconstruction: float = 10.0
    classes: float = 0.5
    """Cross-entropy of the votes for classes of chroma; not in the paper."""
    correspondence: float = 2.0
    """Reconstruction again, of what attention alone carries from a right reference."""
    structure: float = 0.1
    style: float = 0.05
    latent: float = 0.03
    kl: float = 0.0004
    adversarial: float = 0.015
    """Much more (.08) paints red and blue patches on the dark clothes of old photographs."""
    similarity: float = 0.5
    histogram: float = 10.0
    mode_seeking: float = 0.0005
    vivid: float = 0.5
    """How much more strong colours count in what is expected without a right cue (0: all the same)."""
    batch: int = 32
    """Photographs a step, a multiple of 16; SHARES says how many are coloured in which way."""
    side: int = 128
    """Pictures in px; a multiple of 32, 64 at least."""
    features_every: int = 3
    """The losses on backbone features (structure, style, mode seeking) join each so many steps."""
    seeking_from: float = 0.35
    """Share of the run after which adversarial and mode-seeking losses join."""

    def __post_init__(self) -> None:
        if self.batch < 16 or self.batch % 16:
            raise UsageError("batch must be a multiple of 16, so that every scheme has its share.")
        if self.side < 64 or self.side % 32:
            raise UsageError("side must be a multiple of 32, and 64 at least.")


SHARES = {"code": 3, "both": 2, "jittered": 3, "wrong": 2, "automatic": 5, "random": 1}
"""Sixteenths of a batch for each way of colouring."""
RARE, UNIFORM = 0.5, 0.5
"""Exponent of a class's rarity in its weight: 0 counts every pixel alike. Share of the uniform distribution that its
frequency is mixed with before."""
COUNTED, COUNTED_PX = 512, 32
"""Photographs on which the rarity of classes is counted, and their side."""


class Colorizer:
    """Trains G and E together, and D against them."""

    def __init__(
        self,
        config: colorizer.Config,
        options: Options,
        train: Photographs,
        val: Photographs,
        features: mobilenet_v2.Classifier | None = None,
        histogram: nn.Module | None = None,
        device: str = "cpu",
    ) -> None:
        self.options, self.train, self.features, self.histogram = options, train, features, histogram
        self.device = device
        self.colorizer = colorizer.Network(config)
        self.colorizer.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if features is not None:
            mobilenet_v2.start_from(self.colorizer.trunk, features)
        self.encoder = color_encoder.Network(color_encoder.Config(code=config.code)).to(device)
        self.discriminator = discriminator.Network(discriminator.Config(code=config.code)).to(device)
        self.networks = {"colorizer": self.colorizer, "color-encoder": self.encoder}
        self.opponents = {"discriminator": self.discriminator} if options.adversarial else {}
        self._class_weights = _class_weights(train).to(device) if config.voters else None
        self._step = 0
        self._judged: tuple[Tensor, Tensor, Tensor, Tensor] | None = None
        self._validation = _tensors(next(color_batches(val, 64, options.side, 2021)), device)

    def batches(self, seed: int) -> Iterator[dict[str, Tensor]]:
        """Yield truth, gray, edge, reference, reference_edge as tensors."""
        make = color_batches(self.train, self.options.batch, self.options.side, seed)
        for batch in in_background(lambda: make):
            yield _tensors(batch, self.device)

    def losses(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        """Colour the batch by every scheme and return the weighted losses."""
        o = self.options
        self._step += 1
        truth, gray, edge = batch["truth"], batch["gray"], batch["edge"]
        groups = _groups(len(truth))
        truth = truth.clone()
        reference = batch["reference"].clone()
        jittered = groups["jittered"]
        truth[jittered], reference[jittered] = _jitter(truth[jittered], reference[jittered])
        wrong = groups["wrong"]
        reference_edge = batch["reference_edge"].clone()
        for planes in (reference, reference_edge):
            planes[wrong] = planes[groups["code"]][: wrong.stop - wrong.start]

        mean, log_variance = self.encoder(_encoder_view(batch["truth"]))
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        code = code.clone()
        unguided = slice(wrong.start, groups["automatic"].stop)  # nothing says which colours are wanted
        code[jittered] = 0
        code[unguided] = 0
        random = groups["random"]
        code[random] = torch.randn_like(code[random])
        second_code = torch.randn_like(code[random])

        guided = slice(groups["both"].start, wrong.stop)
        luma, chroma = rgb_to_ycc(truth)
        reference_luma, reference_chroma = rgb_to_ycc(reference[guided])
        with precision.autocast():
            places = self.colorizer.look(gray, edge)
            reference_places = self.colorizer.look(reference_luma, reference_edge[guided])
            exemplar = colorizer.Exemplar.of(reference_places, reference_chroma)
            carried = self.colorizer.correspond(_pick(places, guided), exemplar)
            guide = colorizer.Guide(*(_among(part, guided, len(truth)) for part in (carried.coarse, carried.fine)))
            features = self.colorizer.decode(places, code, guide)
            painted = self.colorizer.chroma(features).float()  # (B, 2, s/2, s/2)
            second = self.colorizer.paint(_pick(places, random), second_code).float()

        half_luma, half_chroma = F.avg_pool2d(luma, 2), F.avg_pool2d(chroma, 2)
        result = ycc_to_rgb(half_luma, painted)  # (B, 3, s/2, s/2)
        second_result = ycc_to_rgb(half_luma[random], second)
        half_truth = ycc_to_rgb(half_luma, half_chroma)
        rows = torch.arange(random.start)  # these have a truth, and without the jittered ones colours as they were
        unturned = torch.nonzero((rows < jittered.start) | (rows >= jittered.stop))[:, 0]

        found = {"reconstruction": losses.reconstruction(painted[: wrong.start], half_chroma[: wrong.start])}
        weight = (1 + o.vivid * half_chroma.norm(dim=1, keepdim=True) / 0.1)[unguided]
        found["automatic"] = (
            F.huber_loss(painted[unguided], half_chroma[unguided], delta=0.05, reduction="none") * weight
        ).mean() / (0.05 * weight.mean())
        found = {name: o.reconstruction * value for name, value in found.items()}
        automatic_result = result[unguided]
        if self._class_weights is not None:
            with precision.autocast():
                votes = self.colorizer.votes(features[unturned]).float()
            found["classes"] = o.classes * self._class_loss(votes, half_chroma[unturned])
            likely = chroma_classes.annealed_mean(votes[unturned >= unguided.start], TEMPERATURE)
            automatic_result = ycc_to_rgb(half_luma[unguided], likely)
        right = wrong.start - guided.start  # before these, references show what is wanted
        for part in (carried.coarse[:right], carried.fine[:right]):
            wanted = F.avg_pool2d(chroma[guided][:right], chroma.shape[-1] // part.shape[-1])
            chroma_there = part[:, :2].float() / part[:, 2:3].float().clamp_min(0.05)
            found["correspondence"] = found.get("correspondence", 0) + o.correspondence * losses.reconstruction(
                chroma_there, wanted
            )
        found["kl"] = o.kl * losses.kl(mean, log_variance)
        if o.similarity:
            found["similarity"] = o.similarity * losses.similarity(result, half_truth, 12)
        if o.latent:
            both = torch.cat([result[random], second_result])
            # E is only read here: were it trained by this loss it would learn to say nothing.
            read = torch.func.functional_call(
                self.encoder, {k: v.detach() for k, v in self.encoder.named_parameters()}, both
            )
            found["latent"] = o.latent * losses.latent(torch.cat([code[random], second_code]), read[0])
        if o.histogram and self.histogram is not None:
            found["histogram"] = o.histogram * losses.histogram(
                self.histogram(result[: wrong.start]), self.histogram(half_truth[: wrong.start])
            )
        late = progress >= o.seeking_from
        if o.adversarial:
            made = torch.cat([result[random], second_result, automatic_result])
            made_code = torch.cat([code[random], second_code, code[unguided]]).detach()
            # Were real pictures shown with turned hues, or with other codes than made ones, D would judge by these.
            self._judged = (half_truth[unturned], code[unturned].detach(), made.detach(), made_code)
            if late:
                found["adversarial"] = o.adversarial * losses.adversarial(self.discriminator(made, made_code))
        if self.features is not None and self._step % o.features_every == 0:
            found |= self._feature_losses(luma, chroma, painted, second, groups, code, second_code, late)
        return found

    def _class_loss(self, votes: Tensor, chroma: Tensor) -> Tensor:
        """Return the cross-entropy of votes (B, COUNT, h, w) for the classes of chroma (B, 2, h, w).

        Rare classes weigh more; a place in four is asked.
        """
        assert self._class_weights is not None
        down, right = (int(torch.randint(0, 2, ())) for _ in range(2))
        asked, there = (planes[:, :, down::2, right::2].movedim(1, -1) for planes in (votes, chroma))
        wanted = chroma_classes.memberships(there)  # (B, h/2, w/2, COUNT)
        cross_entropy = -(wanted * asked.log_softmax(-1)).sum(-1)
        return ((wanted @ self._class_weights) * cross_entropy).mean()

    def _feature_losses(
        self,
        luma: Tensor,
        chroma: Tensor,
        painted: Tensor,
        second: Tensor,
        groups: dict[str, slice],
        code: Tensor,
        second_code: Tensor,
        late: bool,
    ) -> dict[str, Tensor]:
        """Return structure, style and mode-seeking losses on backbone features of the full-size results."""
        o = self.options
        assert self.features is not None
        random, coded = groups["random"], slice(0, 4)
        wide = [F.interpolate(x, scale_factor=2, mode="bilinear") for x in (painted[coded], painted[random], second)]
        lumas = (luma[coded], luma[random], luma[random])
        made = [ycc_to_rgb(y, c).clamp(0, 1) for y, c in zip(lumas, wide, strict=True)]
        true = [ycc_to_rgb(luma[g], chroma[g]) for g in (coded, random)]
        sizes = [len(x) for x in (*made, *true)]
        maps = self.features.trunk(torch.cat([*made, *true]) * 2 - 1)[3].split(sizes)
        recovered, first_made, second_made, coded_true, random_true = maps
        found = {
            "structure": o.structure * losses.structure(made[1], true[1], first_made, random_true),
            "style": o.style * losses.style(recovered, coded_true),
        }
        if late and o.mode_seeking:
            found["mode_seeking"] = o.mode_seeking * losses.mode_seeking(
                first_made / 4, second_made / 4, code[random], second_code
            )
        return found

    def opponent_losses(self) -> dict[str, Tensor]:
        """Return the discriminator's loss on the pictures that `losses` made last."""
        assert self._judged is not None
        real, real_code, made, made_code = self._judged
        return {
            "discrimination": losses.discrimination(
                self.discriminator(real, real_code), self.discriminator(made, made_code)
            )
        }

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return figures on 64 validation photographs.

        They are PSNR (dB, RGB with true luma) per scheme, `voted` that of what automatic colours are made of; shares of
        true chroma; how far two random codes part; and the cross-entropy of the votes (nats).
        """
        g, e, batch = networks["colorizer"], networks["color-encoder"], self._validation
        assert isinstance(g, colorizer.Network)
        luma, _ = rgb_to_ycc(batch["truth"])
        places = g.look(batch["gray"], batch["edge"])
        reference_luma, reference_chroma = rgb_to_ycc(batch["reference"])
        reference = g.look(reference_luma, batch["reference_edge"])
        guide = g.correspond(places, colorizer.Exemplar.of(reference, reference_chroma))
        strange = colorizer.Exemplar.of(_pick(reference, slice(None), 1), reference_chroma.roll(1, 0))
        wrong = g.correspond(places, strange)
        code = e(_encoder_view(batch["truth"]))[0]
        zero = torch.zeros_like(code)
        features = g.decode(places, zero)
        generator = torch.Generator().manual_seed(0)
        draws = [torch.randn(code.shape, generator=generator).to(code) for _ in range(2)]
        results = {
            "automatic": g.chroma(features),
            "code": g.paint(places, code),
            "warped": g.paint(places, zero, guide),
            "both": g.paint(places, code, guide),
            "wrong": g.paint(places, zero, wrong),
            "random": g.paint(places, draws[0]),
        }
        figures = {}
        if g.config.voters:
            votes = g.votes(features)
            results["voted"] = chroma_classes.annealed_mean(votes, TEMPERATURE)
            wanted = chroma_classes.memberships(F.avg_pool2d(rgb_to_ycc(batch["truth"])[1], 2).movedim(1, -1))
            figures["cross_entropy"] = float(-(wanted * votes.movedim(1, -1).log_softmax(-1)).sum(-1).mean())
        for name, chroma in results.items():
            rgb = ycc_to_rgb(luma, F.interpolate(chroma, scale_factor=2, mode="bilinear")).clamp(0, 1)
            figures[name] = float((-10 * (rgb - batch["truth"]).square().mean((1, 2, 3)).log10()).mean())
        size = float(rgb_to_ycc(batch["truth"])[1].norm(dim=1).mean())
        figures["automatic_chroma"] = float(results["automatic"].norm(dim=1).mean()) / size
        if "voted" in results:
            figures["voted_chroma"] = float(results["voted"].norm(dim=1).mean()) / size
        figures["random_chroma"] = float(results["random"].norm(dim=1).mean()) / size
        spread = results["random"] - g.paint(places, draws[1])
        figures["spread_mean"] = float(spread.mean((2, 3)).norm(dim=1).mean()) / size
        figures["spread_local"] = float(spread.std((2, 3)).norm(dim=1).mean()) / size
        return figures


def _class_weights(photographs: Photographs) -> Tensor:
    """Return the weight (COUNT) of each class of chroma, larger the rarer it is; its mean over all pixels is one.

    Zhang, Isola, Efros 2016, equation 4, with an exponent.
    """
    rng = np.random.default_rng(0)
    some = torch.from_numpy(np.stack([square_crop(photographs, COUNTED_PX, rng) for _ in range(COUNTED)]))
    share = chroma_classes.memberships(rgb_to_ycc(some)[1].movedim(1, -1)).mean((0, 1, 2))
    weight = ((1 - UNIFORM) * share + UNIFORM / len(share)) ** -RARE
    return weight / (share @ weight)


def _groups(batch: int) -> dict[str, slice]:
    """Split a batch into the ways of colouring, in the order of SHARES; batch is a multiple of 16."""
    groups, start = {}, 0
    for name, share in SHARES.items():
        stop = start + share * batch // 16
        groups[name] = slice(start, stop)
        start = stop
    return groups


def _among(part: Tensor, rows: slice, count: int) -> Tensor:
    """Return (count, ...) that is zero but for `part` in its rows."""
    whole = part.new_zeros(count, *part.shape[1:])
    whole[rows] = part
    return whole


def _pick(places: colorizer.Places, rows: slice, roll: int = 0) -> colorizer.Places:
    """Return the places of some pictures of a batch, rolled along the batch."""
    planes = (places.shallow, places.middle, places.deep, places.keys, places.fine_keys)
    return colorizer.Places(*(plane[rows].roll(roll, 0) for plane in planes))


def _encoder_view(truth: Tensor) -> Tensor:
    """Return what E sees of a picture: half the size, mirrored and cropped at random, so that no position is told."""
    side = truth.shape[-1]
    crop = int(torch.randint(int(0.8 * side), side + 1, ()))
    top, left = (int(torch.randint(0, side - crop + 1, ())) for _ in range(2))
    view = truth[:, :, top : top + crop, left : left + crop].flip(3)
    return F.interpolate(view, size=(side // 2, side // 2), mode="bilinear", antialias=False)


def _jitter(truth: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Turn the hue by any angle and scale chroma by .6-1.4, the same for a picture and its reference; luma stays."""
    count = len(truth)
    angle = 2 * np.pi * torch.rand(count, 1, 1, 1)
    scale = 0.6 + 0.8 * torch.rand(count, 1, 1, 1)
    cos, sin = (scale * angle.cos()).to(truth), (scale * angle.sin()).to(truth)
    turned = []
    for picture in (truth, reference):
        luma, chroma = rgb_to_ycc(picture)
        cb, cr = chroma[:, :1], chroma[:, 1:]
        turned.append(ycc_to_rgb(luma, torch.cat([cos * cb - sin * cr, sin * cb + cos * cr], 1)).clamp(0, 1))
    return turned[0], turned[1]


def _tensors(batch: ColorBatch, device: str) -> dict[str, Tensor]:
    return {name: torch.from_numpy(value).to(device) for name, value in vars(batch).items()}
