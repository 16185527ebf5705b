"""Recipe of the colorization network G with its encoder E: recovery, reference and random schemes in every batch.

Yen, Cheng, Chiu 2021, section 2.2. All of the paper's losses are here, each with its weight; a weight of zero switches
a loss off. Facts that shaped it: the code learns from true colors only; jittered self-references train correspondence
without a code; the guide of a reference counts by how like each place is; references of other pictures have no truth,
so their palette, their code and the features of the true picture are asked for, and skin stays skin; an adversary comes
late and in a short dose, for more of it paints limbs yellow on old photographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from halftone_color.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.errors import UsageError, WeightsError
from halftone_color.networks import chroma_classes, color_encoder, colorizer, discriminator, lite_trunk
from halftone_color.training import color_figures, color_losses, losses
from halftone_color.training.color_schemes import (
    SCHEMES,
    SIXTEENTHS,
    ColorBatch,
    Schemes,
    encoder_views,
    make_batch,
    reference_parts,
)
from halftone_color.training.device_photographs import DevicePhotographs
from halftone_color.training.photographs import Photographs


@dataclass(frozen=True)
class Options(Schemes):
    """Shares of the schemes, weights of the losses, sizes."""

    sides: tuple[int, ...] = (160, 224, 320)
    """Sides of the pictures in px, multiples of 32; every step takes one of them."""
    megapixels: float = 0.41
    """Pixels of a step: so many rows of any side that they come near it, a multiple of 16."""
    grouped: float = 0.4
    """Share of the rows automatic, code and hints that show four photographs reduced, where sides are wide."""
    reconstruction: float = 10.0
    automatic_share: float = 0.35
    """Of the weight of reconstruction, where nothing says which of many colors is wanted."""
    classes: float = 0.35
    """Cross-entropy of the votes for classes of chroma, rare ones weighing more."""
    correspondence: float = 2.0
    """Reconstruction of what attention alone carries from a right reference."""
    structure: float = 1.0
    """Features of the result against the truth's."""
    style: float = 0.02
    """Gram matrices of features: recoveries against the truth, unlike references against the reference."""
    latent: float = 0.04
    kl: float = 0.00005
    moments: float = 0.04
    """Codes of a batch against N(0, I), from which random ones are drawn."""
    similarity: float = 0.5
    histogram: float = 2.0
    mode_seeking: float = 0.006
    excess: float = 6.0
    """Edges of chroma that are none of the truth nor of the luma."""
    palette: float = 8.0
    """Colors of unlike references, of which a part is wanted."""
    palette_share: float = 0.7
    skin: float = 0.4
    """Reconstruction of what looks like skin where codes are random and references unlike."""
    small_skin: float = 1.0
    """How much more skin counts where its region is small."""
    faded: float = 2.0
    vivid: float = 0.9
    """Share of the truth's mean chroma that results without a cue must have."""
    adversarial: float = 0.0
    """Weight of L_adv over that at which its gradient is as large as all others' together."""
    adversarial_from: float = 0.0
    """Share of the run after which it joins."""
    true_chroma: float = 1.15
    """Factor on the chroma of the pictures that D takes for true where results have no right cue."""
    discriminator: str = ""
    """File of a discriminator to go on from."""

    def __post_init__(self) -> None:
        if sum(getattr(self, name) for name in SCHEMES) != SIXTEENTHS:
            raise UsageError(f"The schemes {', '.join(SCHEMES)} must sum up to {SIXTEENTHS}.")
        if any(side < 64 or side % 32 for side in self.sides):
            raise UsageError("sides must be multiples of 32, and 64 at least, as in sides=160,224,320.")

    def batch(self, side: int) -> int:
        """Return the rows of a step whose pictures have a side."""
        return max(1, round(self.megapixels * 1e6 / side**2 / SIXTEENTHS)) * SIXTEENTHS


UNIFORM = 0.25
"""Share of the uniform distribution that the frequency of classes is mixed with, before rarity is its inverse."""
COUNTED, COUNTED_PX = 1024, 32
"""Photographs on which the rarity of classes is counted, and their side."""
LARGE_PX = 200
"""Photographs with this shorter side show sides beyond 192 px without being enlarged too much."""
WITHOUT_CODE = 0.25
"""Share of the rows with a reference that come without its code."""
PATCHES = 32
"""Patches along a side of the pictures compared for L_sim, 1,024 in all; the paper has 4,096."""
BALANCED_EVERY, RAMP = 16, 0.1
"""Steps between two looks at how large gradients are; share of the run over which L_adv rises."""
TRUNK_RATE = 0.35
"""Learning rate of the trunk, which was trained on ImageNet, over that of the rest."""


@dataclass(frozen=True)
class Made:
    """What the networks made of a batch, at half the size of its pictures."""

    chroma: Tensor
    """(B, 2, s/2, s/2)."""
    second: Tensor
    """The random rows once more, with other codes."""
    features: Tensor
    guide: colorizer.Guide
    """Of the guided rows, before the gate."""
    code: Tensor
    """(B, code): that of each row, zeros without."""
    second_code: Tensor
    mean: Tensor
    """(B + U, code): of the true colors, then of the unlike references."""
    log_variance: Tensor


class Colorizer:
    """Trains G and E together, and D against them."""

    def __init__(
        self,
        options: Options,
        train: Photographs,
        val: Photographs,
        backbone: Path,
        histogram: nn.Module | None = None,
        device: str = "cpu",
        config: colorizer.Config | None = None,
    ) -> None:
        self.options, self.histogram, self.device = options, histogram, torch.device(device)
        if self.device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        config = config or colorizer.Config()
        self.features = load_features(backbone).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.colorizer = colorizer.Network(config)
        lite_trunk.start_from(self.colorizer.trunk, self.features.trunk)
        self.colorizer.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.encoder = color_encoder.Network(color_encoder.Config(code=config.code)).to(device)
        self.networks = {"colorizer": self.colorizer, "color-encoder": self.encoder}
        self.opponents: dict[str, nn.Module] = {}
        if options.adversarial:
            opponent = discriminator.Network(discriminator.Config())
            if options.discriminator:
                opponent.load_state_dict(_floats(Path(options.discriminator)), strict=False)
            self.opponents["discriminator"] = opponent.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train = DevicePhotographs.of(train, self.device)
        self._large = _large(self.train)
        self._rarity = _rarity(self.train)
        self._validation = color_figures.validation_batch(DevicePhotographs.of(val, self.device))
        self._step = 0
        self._balance = torch.ones((), device=self.device)
        self._judged: tuple[list[Tensor], list[Tensor]] | None = None
        self.rates = {"colorizer.trunk.": TRUNK_RATE}

    def batches(self, seed: int) -> Iterator[ColorBatch]:
        """Yield batches, made on the device."""
        torch.manual_seed(seed)
        o = self.options
        while True:
            side = o.sides[int(torch.randint(len(o.sides), ()))]
            yield make_batch(self.train, self._large, o, o.batch(side), side, o.grouped)

    def losses(self, batch: ColorBatch, progress: float) -> dict[str, Tensor]:
        """Color the batch by every scheme and return the weighted losses."""
        self._step += 1
        made = self._colored(batch)
        luma, chroma = rgb_to_ycc(batch.truth)
        half_luma, half_chroma = F.avg_pool2d(luma, 2), F.avg_pool2d(chroma, 2)
        found = self._chroma_losses(batch, made, half_luma, half_chroma)
        found |= self._guide_losses(batch, made, chroma)
        found |= self._code_losses(batch, made, half_luma, half_chroma)
        seen, true, features_lost = self._feature_losses(batch, made)
        found |= features_lost
        if self.opponents and progress >= self.options.adversarial_from:
            found["adversarial"] = self._adversarial(found, seen, true, progress)
        else:
            self._judged = None
        return {name: value for name, value in found.items() if value.requires_grad}

    def opponent_losses(self) -> dict[str, Tensor]:
        """Return the discriminator's loss on the pictures that `losses` made last; none before it joins."""
        if self._judged is None:
            return {}
        opponent = self.opponents["discriminator"]
        assert isinstance(opponent, discriminator.Network)
        opponent.trained(True)
        made, true = self._judged
        with self._autocast():
            return {"discrimination": discriminator.hinge(opponent(true), opponent(made))}

    @torch.no_grad()
    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return figures on validation photographs, as color_figures names them."""
        g, e = networks["colorizer"], networks["color-encoder"]
        assert isinstance(g, colorizer.Network)
        with self._autocast():
            return color_figures.figures(g, e, self._validation)

    def _autocast(self) -> torch.autocast:
        """bfloat16 on a GPU; on these processors it brings a network of depthwise convolutions nothing."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    def _colored(self, batch: ColorBatch) -> Made:
        """Color every row as its scheme says."""
        rows, g = batch.rows, self.colorizer
        count, random, unlike, guided = len(batch.gray), batch.rows["random"], batch.rows["unlike"], batch.guided
        luma, edge, chroma = reference_parts(batch.reference)
        strangers = batch.reference[len(batch.reference) - (unlike.stop - unlike.start) :]
        with self._autocast():
            views = torch.cat([encoder_views(batch.seen, 0.5), encoder_views(strangers)])
            mean, log_variance = (x.float() for x in self.encoder(views))
        drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        code, given = torch.zeros_like(drawn[:count]), torch.zeros_like(drawn[:count, :1])
        for scheme in ("code", "both"):
            code[rows[scheme]], given[rows[scheme]] = drawn[rows[scheme]], 1
        code[unlike], given[unlike] = drawn[count:], 1
        code[random], given[random] = torch.randn_like(code[random]), 1
        kept = torch.ones_like(given)
        kept[guided] = (torch.rand_like(kept[guided]) >= WITHOUT_CODE).to(kept)
        code, given = code * kept, given * kept
        second_code = torch.randn_like(code[random])
        with self._autocast():
            places = g.look(batch.gray, batch.edge)
            exemplar = colorizer.Exemplar.of(g.look(luma, edge), chroma)
            guide = g.correspond(places.rows(guided), exemplar)
            gated = guide.gated(g.config.gates)
            everywhere = colorizer.Guide(*(_among(part, guided, count) for part in (gated.coarse, gated.fine)))
            features = g.decode(places, torch.cat([code, given], 1), everywhere, batch.hints)
            none = colorizer.Guide(everywhere.coarse[random], everywhere.fine[random])
            second = g.decode(places.rows(random), g.given(second_code), none, batch.hints[random])
            painted, painted_again = g.chroma(features), g.chroma(second)
        return Made(painted, painted_again, features, guide, code, second_code, mean, log_variance)

    def _chroma_losses(self, batch: ColorBatch, made: Made, luma: Tensor, chroma: Tensor) -> dict[str, Tensor]:
        """Return what results lack of the truth, place by place: reconstruction, classes, skin, excess, strength."""
        o, rows, count = self.options, batch.rows, len(chroma)
        skin = color_losses.skin_like(chroma)
        weight = color_losses.small_region_weight(skin, max(1, chroma.shape[-1] // 16), o.small_skin)
        lost = F.huber_loss(made.chroma, chroma, delta=0.05, reduction="none").mean(1, keepdim=True) / 0.05
        by_row = chroma.new_zeros(count, 1, 1, 1)
        for scheme, share in (
            ("code", 1),
            ("both", 1),
            ("jittered", 1),
            ("hints", 0.7),
            ("automatic", o.automatic_share),
        ):
            by_row[rows[scheme]] = share
        found = {"reconstruction": o.reconstruction * (by_row * weight * lost).sum() / (count * lost[0].numel())}
        free = torch.cat([torch.arange(rows[name].start, rows[name].stop) for name in ("unlike", "random")])
        free = free.to(chroma.device)
        if len(free):
            found["skin"] = o.reconstruction * o.skin * (skin * weight * lost)[free].mean() * (len(free) / count)
        kept = [rows[name] for name in ("code", "both", "hints", "automatic")]
        found["classes"] = o.classes * self._class_loss(made.features, chroma, weight, kept)
        loose = slice(rows["unlike"].start, count)
        found["excess"] = o.excess * color_losses.chroma_excess(made.chroma[loose], chroma[loose], luma[loose])
        random = rows["random"]
        if len(made.second):
            more = color_losses.chroma_excess(made.second, chroma[random], luma[random])
            found["excess"] = found["excess"] + o.excess / 3 * more
        without = slice(rows["hints"].start, count)
        found["faded"] = o.faded * color_losses.faded(made.chroma[without], chroma[without], o.vivid)
        return found

    def _class_loss(self, features: Tensor, chroma: Tensor, weight: Tensor, kept: list[slice]) -> Tensor:
        """Return the cross-entropy of the votes, a place in four, in rows whose colors are true."""
        down, right = (int(torch.randint(0, 2, ())) for _ in range(2))

        def thinned(planes: Tensor) -> Tensor:
            return torch.cat([planes[rows] for rows in kept])[:, :, down::2, right::2]

        with self._autocast():
            votes = self.colorizer.votes(thinned(features))
        wanted = chroma_classes.memberships(thinned(chroma).movedim(1, -1))  # (B, h/2, w/2, COUNT)
        entropy = -(wanted * votes.movedim(1, -1).log_softmax(-1)).sum(-1)
        return ((wanted @ self._rarity) * thinned(weight)[:, 0] * entropy).mean()

    def _guide_losses(self, batch: ColorBatch, made: Made, chroma: Tensor) -> dict[str, Tensor]:
        """Return what correspondence lacks of the truth, and how far unlike results are from their references."""
        o, rows, guided = self.options, batch.rows, batch.guided
        right, unlike = rows["jittered"].stop - guided.start, rows["unlike"]
        found: dict[str, Tensor] = {}
        if right:
            total = chroma.new_zeros(())
            for part in (made.guide.coarse[:right], made.guide.fine[:right]):
                wanted = F.avg_pool2d(chroma[guided][:right], chroma.shape[-1] // part.shape[-1])
                carried = part[:, :2].float() / part[:, 2:3].float().clamp_min(0.05)
                total = total + losses.reconstruction(carried, wanted)
            found["correspondence"] = o.correspondence * total * (right / len(chroma))
        if unlike.stop > unlike.start:
            true = F.avg_pool2d(chroma[unlike], 2)
            offered = F.avg_pool2d(rgb_to_ycc(batch.reference[right:])[1], 2)
            free = [1 - color_losses.skin_like(planes) for planes in (true, offered)]
            first = color_losses.drawn_cells(made.chroma[unlike], free[0])
            second = color_losses.drawn_cells(offered, free[1])
            distance = color_losses.partial_wasserstein(first, second, o.palette_share)
            found["palette"] = o.palette * distance * ((unlike.stop - unlike.start) / len(chroma))
        return found

    def _code_losses(self, batch: ColorBatch, made: Made, luma: Tensor, chroma: Tensor) -> dict[str, Tensor]:
        """Return the paper's losses on codes and whole pictures: KL, latent, similarity, histogram, mode seeking."""
        o, rows, count = self.options, batch.rows, len(chroma)
        random, unlike, coded = rows["random"], rows["unlike"], slice(0, rows["both"].stop)
        found = {"kl": o.kl * losses.kl(made.mean, made.log_variance)}
        spread = torch.randn_like(made.mean) * (0.5 * made.log_variance).exp()
        found["moments"] = o.moments * color_losses.moments(made.mean[:count], (made.mean + spread)[:count])
        result, truth = ycc_to_rgb(luma, made.chroma), ycc_to_rgb(luma, chroma)
        second = ycc_to_rgb(luma[random], made.second)
        some = torch.cat([torch.arange(count)[slice(0, count, 4)], torch.arange(count)[unlike]]).to(luma.device)
        if o.similarity:
            found["similarity"] = o.similarity * losses.similarity(result[some], truth[some], PATCHES)
        if o.latent and len(second) + unlike.stop - unlike.start:
            pictures = torch.cat([result[random], second, result[unlike]])
            wanted = torch.cat([made.code[random], made.second_code, made.mean[count:].detach()])
            frozen = {name: value.detach() for name, value in self.encoder.named_parameters()}
            with self._autocast():  # E is only read: were it trained by this it would learn to say nothing
                read = torch.func.functional_call(self.encoder, frozen, (pictures,))[0].float()
            found["latent"] = o.latent * losses.latent(wanted, read)
        if o.histogram and self.histogram is not None:
            made_bins, true_bins = (self.histogram(picture[coded]) for picture in (result, truth))
            found["histogram"] = o.histogram * losses.histogram(made_bins, true_bins)
            if unlike.stop > unlike.start:
                reference = self.histogram(batch.reference[len(batch.reference) - (unlike.stop - unlike.start) :])
                found["histogram"] = found["histogram"] + 0.1 * o.histogram * losses.histogram(
                    self.histogram(result[unlike]), reference
                )
        if o.mode_seeking and len(second):
            apart = F.avg_pool2d(made.chroma[random] - made.second, 4).abs().mean((1, 2, 3))
            codes = (made.code[random] - made.second_code).abs().mean(1)
            found["mode_seeking"] = o.mode_seeking * (0.02 / (apart / codes + 2e-3)).mean()
        return found

    def _feature_losses(self, batch: ColorBatch, made: Made) -> tuple[list[Tensor], list[Tensor], dict[str, Tensor]]:
        """Return what the frozen network sees in results and in true pictures, and the losses on that.

        Results are, in this order: random ones twice, unlike, automatic, and the first half of the rest.
        """
        o, rows = self.options, batch.rows
        order = torch.arange(len(batch.seen))
        parts = [order[rows[name]] for name in ("random", "unlike", "automatic", "hints")]
        parts += [order[rows[name]][::2] for name in ("code", "both")]
        sizes = [len(part) for part in parts]
        index = torch.cat(parts).to(batch.seen.device)
        luma, chroma = rgb_to_ycc(batch.seen[index])
        wide = F.interpolate(torch.cat([made.second, made.chroma[index]]), scale_factor=2, mode="bilinear")
        lumas = torch.cat([luma[: sizes[0]], luma])
        without_cue = torch.arange(len(index), device=index.device)[:, None, None, None] < sum(sizes[:3])
        true = ycc_to_rgb(luma, chroma * torch.where(without_cue, o.true_chroma, 1.0)).clamp(0, 1)
        made_pictures = ycc_to_rgb(lumas, wide).clamp(0, 1)
        with self._autocast():
            maps = discriminator.judged(self.features(torch.cat([made_pictures, true])))
        seen = [map_[: len(made_pictures)] for map_ in maps]
        wanted = [map_[len(made_pictures) :] for map_ in maps]
        weight = torch.ones(len(index), device=index.device)
        weight[: sizes[0] + sizes[1]] = 0.4  # samples and unlike references keep what things are, not their colors
        lost = luma.new_zeros(())
        for first, second in zip(seen, wanted, strict=True):
            gap = (first[sizes[0] :].float() - second.float()).abs().mean((1, 2, 3))
            lost = lost + (weight * gap).mean() / second.float().abs().mean()
        found = {"structure": o.structure * lost / len(seen)}
        recovered = slice(sizes[0] + sum(sizes[:4]), None)
        if o.style and len(seen[1][recovered]):
            found["style"] = o.style * losses.style(seen[1][recovered].float(), wanted[1][sum(sizes[:4]) :].float())
        return seen, wanted, found

    def _adversarial(
        self, found: Mapping[str, Tensor], seen: list[Tensor], true: list[Tensor], progress: float
    ) -> Tensor:
        """Return L_adv, weighed so that its gradient at the last layers is a share of the other losses'.

        Esser, Rombach, Ommer, "Taming transformers" (2021), equation 7.
        """
        o, opponent = self.options, self.opponents["discriminator"]
        assert isinstance(opponent, discriminator.Network)
        self._judged = ([map_.detach() for map_ in seen], [map_.detach() for map_ in true])
        opponent.trained(False)
        with self._autocast():
            lost = -discriminator.realness(opponent(seen))
        if self._step % BALANCED_EVERY == 1:
            last = [self.colorizer.leave.weight, self.colorizer.mix.weight]
            total = sum(found.values(), start=lost.new_zeros(()))
            sizes = [
                torch.stack([g.norm() for g in torch.autograd.grad(loss, last, retain_graph=True)]).norm()
                for loss in (total, lost)
            ]
            self._balance = (0.5 * self._balance + 0.5 * sizes[0] / sizes[1].clamp_min(1e-6)).clamp(0, 1e3).detach()
        ramp = min(1.0, (progress - o.adversarial_from) / (RAMP * (1 - o.adversarial_from)))
        return o.adversarial * ramp * self._balance * lost


def load_features(path: Path) -> lite_trunk.Features:
    """Return a frozen EfficientNet-Lite1 trunk from a safetensors file with tensors trunk.*.

    Raises:
        WeightsError: the file is missing or holds other tensors.
    """
    features = lite_trunk.Features()
    try:
        tensors = {name: value for name, value in _floats(path).items() if name.startswith("trunk.")}
        features.load_state_dict(tensors)
    except (OSError, RuntimeError, ValueError) as error:
        raise WeightsError(f"{path} is no EfficientNet-Lite1 trunk ({error}); name another with --backbone.") from error
    return features.eval().requires_grad_(False)


def _floats(path: Path) -> dict[str, Tensor]:
    return {name: value.float() for name, value in load_file(path).items()}


def _among(part: Tensor, rows: slice, count: int) -> Tensor:
    """Return (count, ...) with part at some rows and zeros elsewhere."""
    return F.pad(part, (0, 0, 0, 0, 0, 0, rows.start, count - rows.stop))


def _large(photographs: DevicePhotographs) -> Tensor:
    """Return the indices of photographs with LARGE_PX on the shorter side; all of them where there are none."""
    found = torch.nonzero(torch.minimum(photographs.height, photographs.width) >= LARGE_PX)[:, 0]
    return found if len(found) else torch.arange(len(photographs), device=photographs.device)


@torch.no_grad()
def _rarity(photographs: DevicePhotographs) -> Tensor:
    """Return the weight (COUNT,) of each class of chroma; the expected weight of a pixel is one."""
    from halftone_color.training.device_photographs import crops

    count = min(COUNTED, 4 * len(photographs))
    index = torch.randint(len(photographs), (count,), device=photographs.device)
    chroma = rgb_to_ycc(crops(photographs, index, COUNTED_PX, (0.7, 1.0), oversample=2))[1]
    share = chroma_classes.memberships(chroma.movedim(1, -1)).mean((0, 1, 2))
    rarity = 1 / ((1 - UNIFORM) * share + UNIFORM / len(share))
    return rarity / (share @ rarity)
