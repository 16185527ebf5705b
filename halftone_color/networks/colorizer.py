"""Colorization network G: chroma from luma, edge map, latent color code and, where there are any, references and hints.

Yen, Cheng, Chiu 2021, section 2.2: I = G(I_bw, I_bw^edge, z^c). Our name -> the paper's: gray -> I_bw, edge ->
I_bw^edge, code -> z^c. Beyond the paper: the encoder is EfficientNet-Lite1's, color queries give a picture one palette
(color_queries.py), the output is chroma at half the size, and references also guide by correspondence: chroma of like
places, found by attention at two sizes, each place as far as it is like anything in the references. Hints are chroma at
single places. Votes for classes of chroma (chroma_classes.py) are there for training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.chroma_classes import COUNT
from halftone_color.networks.code_palette import CodePalette
from halftone_color.networks.code_prior import CodePrior, Likely
from halftone_color.networks.color_queries import HEADS, ColorQueries
from halftone_color.networks.lite_trunk import Trunk
from halftone_color.networks.skin_map import SkinMap

MULTIPLE = 32
"""Height and width of every picture must be multiples of this."""
MOST_COMPARED = 2**25
"""Pairs of places compared at once (128 MiB of cosines), so that many references fit in memory."""
CHROMA_SCALE = 8.0
"""Factor on chroma where it enters as an input, so that it is about as large as what it is added to."""


@dataclass(frozen=True)
class ColorizerConfig:
    """Sizes of the colorization network."""

    code: int = 32
    """Numbers in the latent code; one more says whether there is a code."""
    widths: tuple[int, int, int, int, int] = (256, 192, 160, 96, 48)
    """Channels of the decoder at 1/32, 1/16, 1/8, 1/4, 1/2 of the picture."""
    key: int = 48
    """Channels in which places of target and reference are compared, at 1/8 and at 1/4 of the picture."""
    queries: int = 64
    """Color queries, a multiple of 4."""
    query_width: int = 128
    """Numbers in each of them, a multiple of 4."""
    mixed: int = 64
    """Channels of the queries' product with places, and of what chroma is read from."""
    gates: tuple[tuple[float, float], tuple[float, float]] = ((0.75, 0.88), (0.88, 0.95))
    """Likeness, at 1/8 and at 1/4, up to which a reference does not guide a place, and from which it does in full."""

    prior: int = 0
    """Hidden numbers of what predicts codes from gray pictures (code_prior.py); 0 is none."""
    skin: int = 0
    """Channels of what sees skin in gray pictures (skin_map.py); 0 is none."""

    def __post_init__(self) -> None:
        if self.queries % HEADS or self.query_width % HEADS:
            raise ValueError(f"queries and query_width must be multiples of {HEADS}")


class Modulation(nn.Module):
    """A residual block whose features the code scales and shifts, channel by channel."""

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.style = nn.Linear(code, 2 * width)
        nn.init.normal_(self.style.weight, std=0.05)
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """(B, C, h, w), (B, code) -> (B, C, h, w)."""
        scale, shift = self.style(code)[:, :, None, None].chunk(2, 1)
        y = self.first(F.silu(x)) * (1 + scale) + shift
        change: Tensor = self.second(F.silu(y))
        return x + change


@dataclass(frozen=True)
class Places:
    """What the encoder found in a gray picture."""

    shallow: Tensor
    """(B, 16, H/2, W/2)."""
    middle: Tensor
    """(B, 24, H/4, W/4)."""
    coarse: Tensor
    """(B, widths[1], H/16, W/16): what the color queries look at first."""
    deep: Tensor
    """(B, widths[2], H/8, W/8): features of each place, with what the whole picture says about it."""
    keys: Tensor
    """(B, key, H/8, W/8), unit length: for comparing places of two pictures."""
    fine_keys: Tensor
    """(B, key, H/4, W/4), unit length: the same for smaller places."""

    def rows(self, index: slice | Tensor) -> Places:
        """Return some of the pictures."""
        return Places(*(getattr(self, field.name)[index] for field in fields(self)))

    def detached(self) -> Places:
        """Return the same, through which nothing is learned."""
        return Places(*(getattr(self, field.name).detach() for field in fields(self)))


@dataclass(frozen=True)
class Exemplar:
    """What references offer: the keys of their places and the chroma there, in any order."""

    keys: Tensor
    """(B, key, m)."""
    chroma: Tensor
    """(B, 2, m)."""
    fine_keys: Tensor
    """(B, key, n)."""
    fine_chroma: Tensor
    """(B, 2, n)."""

    @classmethod
    def of(cls, places: Places, chroma: Tensor) -> Exemplar:
        """Remember the places of (B, 1, H, W) pictures with their chroma (B, 2, H, W)."""
        fine = F.avg_pool2d(chroma, 4)
        flat = (places.keys, F.avg_pool2d(fine, 2), places.fine_keys, fine)
        return cls(*(plane.flatten(2) for plane in flat))

    @classmethod
    def joined(cls, exemplars: Sequence[Exemplar]) -> Exemplar:
        """Return all places of several exemplars, which then compete."""
        parts = ((e.keys, e.chroma, e.fine_keys, e.fine_chroma) for e in exemplars)
        return cls(*(torch.cat(columns, 2) for columns in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Guide:
    """Chroma carried from references: each (B, 4, h, w), chroma times likeness (2), likeness, 1."""

    coarse: Tensor
    """At 1/8 of the picture."""
    fine: Tensor
    """At 1/4."""

    def gated(self, gates: Sequence[tuple[float, float]]) -> Guide:
        """Return the guide, each place by how like it is to anything in the references.

        Args:
            gates: at 1/8 and at 1/4, the likeness up to which a place is left alone, and that from which it is guided
                in full.
        """
        planes = []
        for plane, (closed, opened) in zip((self.coarse, self.fine), gates, strict=True):
            likeness = plane[:, 2:3].detach()  # else a network would learn to find everything alike
            planes.append(plane * ((likeness - closed) / (opened - closed)).clamp(0, 1))
        return Guide(*planes)

    def scaled(self, factor: float | Tensor) -> Guide:
        """Return the guide times a factor: 0 is none."""
        return Guide(self.coarse * factor, self.fine * factor)


class ColorizerNet(nn.Module):
    """The colorization network."""

    def __init__(self, config: ColorizerConfig) -> None:
        super().__init__()
        self.config = config
        w32, w16, w8, w4, w2 = config.widths
        code = config.code + 1
        self.trunk = Trunk(inputs=2)
        self.enter32 = nn.Conv2d(320, w32, 1)
        self.enter16 = nn.Conv2d(w32 + 112, w16, 3, padding=1)
        self.enter8 = nn.Conv2d(w16 + 40, w8, 3, padding=1)
        self.block8 = nn.Conv2d(w8, w8, 3, padding=1)
        self.key = nn.Conv2d(w8, config.key, 1)
        self.fine_key = nn.Conv2d(w8 + 24, config.key, 3, padding=1)
        self.sharpness = nn.Parameter(torch.tensor(2.3))
        self.fine_sharpness = nn.Parameter(torch.tensor(3.0))
        self.guide8, self.guide4 = (nn.Conv2d(4, width, 3, padding=1) for width in (w8, w4))
        self.hint8, self.hint4 = (nn.Conv2d(3, width, 3, padding=1) for width in (w8, w4))
        self.color8 = Modulation(w8, code)
        self.enter4 = nn.Conv2d(w8 + 24, w4, 3, padding=1)
        self.color4 = Modulation(w4, code)
        self.enter2 = nn.Conv2d(w4 + 16, w2, 3, padding=1)
        self.color2 = Modulation(w2, code)
        self.queries = ColorQueries(config.queries, config.query_width, code, (w16, w8, w8), config.mixed)
        self.embed = nn.Conv2d(w2, config.mixed, 1)
        self.mix = nn.Conv2d(config.queries + w2, config.mixed, 1)
        self.leave = nn.Conv2d(config.mixed, 2, 1)
        self.vote = nn.Sequential(
            nn.Conv2d(config.mixed, config.mixed, 1), nn.SiLU(), nn.Conv2d(config.mixed, COUNT, 1)
        )
        self.prior = CodePrior(w16 + w8, config.code, config.prior) if config.prior else None
        self.palette = CodePalette(config.code) if config.prior else None
        self.skin = SkinMap((16, 24, w8), config.skin) if config.skin else None
        for entrance in (self.guide4, self.hint4, self.hint8):
            nn.init.zeros_(entrance.weight)
            nn.init.zeros_(entrance.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.leave.weight, std=1e-2)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def look(self, gray: Tensor, edge: Tensor) -> Places:
        """Encode (B, 1, H, W) luma in [0, 1] and its edge map in {0, 1}; H and W multiples of 32."""
        maps = self.trunk(torch.cat([gray * 2 - 1, edge], 1))
        shallow, middle, eighth, sixteenth, half = maps[0], maps[1], maps[2], maps[4], maps[6]
        x = F.silu(self.enter32(half / 4))  # (B, w32, H/32, W/32)
        coarse = F.silu(self.enter16(torch.cat([_twice(x), sixteenth / 4], 1)))  # (B, w16, H/16, W/16)
        x = F.silu(self.enter8(torch.cat([_twice(coarse), eighth / 4], 1)))  # (B, w8, H/8, W/8)
        deep = x + self.block8(x)  # (B, w8, H/8, W/8)
        keys = F.normalize(self.key(deep).float(), dim=1)  # (B, key, H/8, W/8)
        fine_keys = F.normalize(self.fine_key(torch.cat([_twice(deep), middle / 4], 1)).float(), dim=1)
        return Places(shallow / 4, middle / 4, coarse, deep, keys, fine_keys)

    def correspond(self, target: Places, exemplar: Exemplar) -> Guide:
        """Carry the chroma of the exemplar's places to the places of the target; not gated yet."""
        return Guide(
            carry(target.keys, exemplar.keys, exemplar.chroma, self.sharpness.exp()),
            carry(target.fine_keys, exemplar.fine_keys, exemplar.fine_chroma, self.fine_sharpness.exp()),
        )

    def likely(self, places: Places) -> Likely:
        """Return the distribution of the codes that the true colors of pictures may have; without a prior N(0, I)."""
        if self.prior is None:
            return Likely.standard(places.deep.new_zeros(len(places.deep), self.config.code, dtype=torch.float32))
        likely: Likely = self.prior((places.coarse, places.deep))
        return likely

    def usual(self, likely: Likely) -> Tensor:
        """Return the code (B, code + 1), as `decode` takes it, of automatic results; without a prior there is none."""
        return self.given(likely.mean, 0.0 if self.prior is None else 1.0)

    def skin_odds(self, places: Places) -> Tensor | None:
        """Return (B, 1, H/4, W/4), the logarithm of the odds that a place is skin; None without a skin map."""
        return None if self.skin is None else self.skin(places.shallow, places.middle, places.deep)

    def given(self, code: Tensor, strength: float | Tensor = 1.0) -> Tensor:
        """Return a code (B, code) as `decode` takes it, (B, code + 1); strength 0 is no code."""
        return torch.cat([code, torch.ones_like(code[:, :1])], 1) * strength

    def decode(self, places: Places, code: Tensor, guide: Guide | None = None, hints: Tensor | None = None) -> Tensor:
        """Return the features (B, mixed, H/2, W/2) that chroma and votes are read from.

        Args:
            places: of the gray picture.
            code: (B, code + 1) from `given`; zeros ask for the most likely colors.
            guide: from references, gated; none is one of zeros.
            hints: (B, 3, H/4, W/4): chroma (2) where it is given, else 0, and 1 where it is given.
        """
        x = places.deep
        x = x if guide is None else x + _entered(self.guide8, guide.coarse.to(x))
        x = x if hints is None else x + _hinted(self.hint8, _coarser_hints(hints).to(x))
        x = self.color8(x, code)  # (B, w8, H/8, W/8)
        queries = self.queries(code, (places.coarse, x, x))  # (B, queries, mixed)
        x = self.enter4(torch.cat([_twice(x), places.middle], 1))  # (B, w4, H/4, W/4)
        x = x if guide is None else x + _entered(self.guide4, guide.fine.to(x))
        x = x if hints is None else x + _hinted(self.hint4, hints.to(x))
        x = self.color4(x, code)
        x = self.enter2(torch.cat([_twice(x), places.shallow], 1))  # (B, w2, H/2, W/2)
        x = self.color2(x, code)
        maps = torch.einsum("bkd,bdhw->bkhw", queries, self.embed(F.silu(x)))  # (B, queries, H/2, W/2)
        return F.silu(self.mix(torch.cat([maps / CHROMA_SCALE, x], 1)))

    def chroma(self, features: Tensor) -> Tensor:
        """Return chroma (B, 2, h, w), Cb and Cr in [-.5, .5], of decoded features (B, mixed, h, w)."""
        return 0.5 * torch.tanh(self.leave(features).float())

    def votes(self, features: Tensor) -> Tensor:
        """Return votes (B, COUNT, h, w), log-likelihoods up to a constant; for training."""
        votes: Tensor = self.vote(features)
        return votes.float()

    def paint(self, places: Places, code: Tensor, guide: Guide | None = None, hints: Tensor | None = None) -> Tensor:
        """Return chroma (B, 2, H/2, W/2); arguments as of `decode`."""
        return self.chroma(self.decode(places, code, guide, hints))

    def forward(self, gray: Tensor, edge: Tensor, code: Tensor) -> Tensor:
        """G without references: (B, 1, H, W), (B, 1, H, W), (B, code + 1) -> chroma (B, 2, H/2, W/2)."""
        return self.paint(self.look(gray, edge), code)


def carry(wanted: Tensor, keys: Tensor, chroma: Tensor, sharpness: Tensor) -> Tensor:
    """Attend from places to an exemplar's and return what comes across, in float32.

    Args:
        wanted: keys (B, C, h, w) of the target's places, unit length.
        keys: keys (B, C, m) of the exemplar's places, unit length.
        chroma: (B, 2, m) at those places.
        sharpness: factor on the cosines before the softmax.

    Returns:
        (B, 4, h, w): carried chroma times likeness (2), likeness (the largest cosine), 1 (there is a reference).
    """
    queries, parts = wanted.flatten(2).transpose(1, 2).float(), []  # (B, n, C)
    rows = max(1, MOST_COMPARED // (len(keys) * keys.shape[2]))
    with torch.autocast(wanted.device.type, enabled=False):
        for some in torch.split(queries, rows, 1):
            cosines = some @ keys.float()  # (B, rows, m)
            carried = (cosines * sharpness.float()).softmax(2) @ chroma.float().transpose(1, 2)  # (B, rows, 2)
            likeness = cosines.amax(2, keepdim=True).clamp_min(0)  # (B, rows, 1)
            parts.append(torch.cat([carried * likeness, likeness, torch.ones_like(likeness)], 2))
    return torch.unflatten(torch.cat(parts, 1).transpose(1, 2), 2, wanted.shape[2:])


def _entered(entrance: nn.Conv2d, guide: Tensor) -> Tensor:
    """Return what a guide (B, 4, h, w) adds to features (B, C, h, w): nothing where it is zero, not even a bias."""
    assert entrance.bias is not None
    plain = F.conv2d(_entering(guide), entrance.weight, padding=entrance.padding)
    return plain + entrance.bias[:, None, None] * guide[:, 3:]


def _hinted(entrance: nn.Conv2d, hints: Tensor) -> Tensor:
    """Return what hints (B, 3, h, w) add to features (B, C, h, w): nothing to a picture without any."""
    added: Tensor = entrance(_entering(hints))
    return added * hints[:, 2:].amax((2, 3), keepdim=True)


def _entering(planes: Tensor) -> Tensor:
    """Return planes (B, 3 or 4, h, w) that begin with chroma, the chroma scaled up."""
    return torch.cat([planes[:, :2] * CHROMA_SCALE, planes[:, 2:]], 1)


def _coarser_hints(hints: Tensor) -> Tensor:
    """Return hints (B, 3, h, w) at half the size: the mean of what is given in each 2 x 2 places."""
    mean = F.avg_pool2d(hints, 2)
    given = mean[:, 2:]
    return torch.cat([mean[:, :2] / given.clamp_min(0.25), (given > 0).to(mean)], 1)


def _twice(x: Tensor) -> Tensor:
    """Enlarge (B, C, h, w) to (B, C, 2h, 2w) bilinearly."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
