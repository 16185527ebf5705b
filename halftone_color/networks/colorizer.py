"""Colorization network G: chroma from luma, edge map and latent color code, optionally guided by references and hints.

Yen, Cheng, Chiu 2021, section 2.2: I = G(I_bw, I_bw^edge, z^c). Names here -> the paper's: gray -> I_bw, edge ->
I_bw^edge, code -> z^c. Beyond the paper: the encoder is EfficientNet-Lite1; color queries give a picture one palette
(color_queries.py); the output is chroma at half the size; references also guide by correspondence: attention at two
scales transfers the chroma of similar positions, weighted by their similarity. Hints give chroma at single positions.
Logits over classes of chroma (chroma_classes.py) are used in training only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from halftone_color.networks.chroma_classes import COUNT
from halftone_color.networks.code_palette import CodePalette
from halftone_color.networks.code_prior import CodeDistribution, CodePrior
from halftone_color.networks.color_queries import HEADS, ColorQueries
from halftone_color.networks.lite_trunk import Trunk
from halftone_color.networks.skin_map import SkinMap

MULTIPLE = 32
"""Height and width of every input picture must be multiples of this, in px."""
MOST_COMPARED = 2**25
"""Largest number of pairs of positions compared at once (128 MiB of cosines), which bounds the memory."""
CHROMA_SCALE = 8.0
"""Factor on chroma that enters as an input, which makes it about as large as the features it is added to."""


@dataclass(frozen=True)
class ColorizerConfig:
    """Sizes of the colorization network."""

    code: int = 32
    """Length of the latent code, without the flag that tells whether there is a code."""
    widths: tuple[int, int, int, int, int] = (256, 192, 160, 96, 48)
    """Channels of the decoder at 1/32, 1/16, 1/8, 1/4, 1/2 of the picture."""
    key: int = 48
    """Channels of the keys by which positions of target and reference are compared, at 1/8 and at 1/4 of the size."""
    queries: int = 64
    """Number of color queries, a multiple of 4."""
    query_width: int = 128
    """Length of each color query, a multiple of 4."""
    mixed: int = 64
    """Channels in which queries and features are multiplied, and of the decoded features that chroma is read from."""
    gates: tuple[tuple[float, float], tuple[float, float]] = ((0.75, 0.88), (0.88, 0.95))
    """For 1/8 and 1/4 of the size: similarity below which a reference is ignored, and above which it counts fully."""

    prior: int = 0
    """Width of the hidden layer that predicts codes from gray pictures (code_prior.py); 0 leaves the prior out."""
    skin: int = 0
    """Hidden channels of the skin map (skin_map.py); 0 leaves the skin map out."""

    def __post_init__(self) -> None:
        if self.queries % HEADS or self.query_width % HEADS:
            raise ValueError(f"queries and query_width must be multiples of {HEADS}")


class Modulation(nn.Module):
    """A residual block whose features are scaled and shifted by the code, channel by channel."""

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
class Encoding:
    """The encoder's features of gray pictures (B, 1, H, W)."""

    shallow: Tensor
    """(B, 16, H/2, W/2)."""
    middle: Tensor
    """(B, 24, H/4, W/4)."""
    coarse: Tensor
    """(B, widths[1], H/16, W/16): features for the first layer of the color queries."""
    deep: Tensor
    """(B, widths[2], H/8, W/8): features of each position, including context from the whole picture."""
    keys: Tensor
    """(B, key, H/8, W/8), unit length: for comparing positions of two pictures."""
    fine_keys: Tensor
    """(B, key, H/4, W/4), unit length: the same at a finer scale."""

    def select(self, index: slice | Tensor) -> Encoding:
        """Return the features of the selected pictures of the batch."""
        return Encoding(*(getattr(self, field.name)[index] for field in fields(self)))

    def detach(self) -> Encoding:
        """Return the same features, detached from the graph."""
        return Encoding(*(getattr(self, field.name).detach() for field in fields(self)))


@dataclass(frozen=True)
class Exemplar:
    """References for correspondence: the keys of all their positions and the chroma there, in any order."""

    keys: Tensor
    """(B, key, m)."""
    chroma: Tensor
    """(B, 2, m)."""
    fine_keys: Tensor
    """(B, key, n)."""
    fine_chroma: Tensor
    """(B, 2, n)."""

    @classmethod
    def of(cls, encoding: Encoding, chroma: Tensor) -> Exemplar:
        """Return the exemplar of encoded pictures (B, 1, H, W) and their chroma (B, 2, H, W)."""
        fine = F.avg_pool2d(chroma, 4)
        flat = (encoding.keys, F.avg_pool2d(fine, 2), encoding.fine_keys, fine)
        return cls(*(plane.flatten(2) for plane in flat))

    @classmethod
    def concatenate(cls, exemplars: Sequence[Exemplar]) -> Exemplar:
        """Return one exemplar with the positions of several; they compete in the attention."""
        parts = ((e.keys, e.chroma, e.fine_keys, e.fine_chroma) for e in exemplars)
        return cls(*(torch.cat(columns, 2) for columns in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Guide:
    """Chroma transferred from references, (B, 4, h, w) each: chroma times similarity (2 channels), similarity, 1."""

    coarse: Tensor
    """At 1/8 of the picture's size."""
    fine: Tensor
    """At 1/4 of the picture's size."""

    def gate(self, gates: Sequence[tuple[float, float]]) -> Guide:
        """Return the guide with each position weighted by its similarity to the references.

        Args:
            gates: for the coarse and the fine plane, the similarity below which a position is not guided, and above
                which it is guided fully; linear in between.
        """
        planes = []
        for plane, (closed, opened) in zip((self.coarse, self.fine), gates, strict=True):
            similarity = plane[:, 2:3].detach()  # otherwise the network would learn to find everything similar
            planes.append(plane * ((similarity - closed) / (opened - closed)).clamp(0, 1))
        return Guide(*planes)

    def scale(self, factor: float | Tensor) -> Guide:
        """Return the guide multiplied by a factor; 0 switches it off."""
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

    def encode(self, gray: Tensor, edge: Tensor) -> Encoding:
        """Encode luma (B, 1, H, W) in [0, 1] and its edge map (B, 1, H, W) of 0 and 1; H and W multiples of 32."""
        maps = self.trunk(torch.cat([gray * 2 - 1, edge], 1))
        shallow, middle, eighth, sixteenth, half = maps[0], maps[1], maps[2], maps[4], maps[6]
        x = F.silu(self.enter32(half / 4))  # (B, w32, H/32, W/32)
        coarse = F.silu(self.enter16(torch.cat([_upsample(x), sixteenth / 4], 1)))  # (B, w16, H/16, W/16)
        x = F.silu(self.enter8(torch.cat([_upsample(coarse), eighth / 4], 1)))  # (B, w8, H/8, W/8)
        deep = x + self.block8(x)  # (B, w8, H/8, W/8)
        keys = F.normalize(self.key(deep).float(), dim=1)  # (B, key, H/8, W/8)
        fine_keys = F.normalize(self.fine_key(torch.cat([_upsample(deep), middle / 4], 1)).float(), dim=1)
        return Encoding(shallow / 4, middle / 4, coarse, deep, keys, fine_keys)

    def correspond(self, target: Encoding, exemplar: Exemplar) -> Guide:
        """Transfer the chroma of the exemplar's positions to those of the target; the guide is not gated yet."""
        return Guide(
            transfer_chroma(target.keys, exemplar.keys, exemplar.chroma, self.sharpness.exp()),
            transfer_chroma(target.fine_keys, exemplar.fine_keys, exemplar.fine_chroma, self.fine_sharpness.exp()),
        )

    def predict_codes(self, encoding: Encoding) -> CodeDistribution:
        """Predict the distribution of the codes of the pictures' true colors; N(0, I) if the network has no prior."""
        if self.prior is None:
            return CodeDistribution.standard(
                encoding.deep.new_zeros(len(encoding.deep), self.config.code, dtype=torch.float32)
            )
        distribution: CodeDistribution = self.prior((encoding.coarse, encoding.deep))
        return distribution

    def automatic_code(self, distribution: CodeDistribution) -> Tensor:
        """Return the flagged code (B, code + 1) of automatic results: the mean; all zeros if there is no prior."""
        return self.with_flag(distribution.mean, 0.0 if self.prior is None else 1.0)

    def skin_logits(self, encoding: Encoding) -> Tensor | None:
        """Return the logits (B, 1, H/4, W/4) of skin, or None if the network has no skin map."""
        return None if self.skin is None else self.skin(encoding.shallow, encoding.middle, encoding.deep)

    def with_flag(self, code: Tensor, strength: float | Tensor = 1.0) -> Tensor:
        """Append the flag that there is a code: (B, code) -> (B, code + 1), times strength; 0 means no code."""
        return torch.cat([code, torch.ones_like(code[:, :1])], 1) * strength

    def decode(
        self, encoding: Encoding, code: Tensor, guide: Guide | None = None, hints: Tensor | None = None
    ) -> Tensor:
        """Return the decoded features (B, mixed, H/2, W/2), from which `chroma` and `votes` are computed.

        Args:
            encoding: of the gray pictures.
            code: (B, code + 1) from `with_flag`; all zeros ask for the most likely colors.
            guide: gated guide from references; None acts like a guide of zeros.
            hints: (B, 3, H/4, W/4): chroma (2 channels, 0 where none is given), and a mask of 1 where it is given.
        """
        x = encoding.deep
        x = x if guide is None else x + _project_guide(self.guide8, guide.coarse.to(x))
        x = x if hints is None else x + _project_hints(self.hint8, _downsample_hints(hints).to(x))
        x = self.color8(x, code)  # (B, w8, H/8, W/8)
        queries = self.queries(code, (encoding.coarse, x, x))  # (B, queries, mixed)
        x = self.enter4(torch.cat([_upsample(x), encoding.middle], 1))  # (B, w4, H/4, W/4)
        x = x if guide is None else x + _project_guide(self.guide4, guide.fine.to(x))
        x = x if hints is None else x + _project_hints(self.hint4, hints.to(x))
        x = self.color4(x, code)
        x = self.enter2(torch.cat([_upsample(x), encoding.shallow], 1))  # (B, w2, H/2, W/2)
        x = self.color2(x, code)
        maps = torch.einsum("bkd,bdhw->bkhw", queries, self.embed(F.silu(x)))  # (B, queries, H/2, W/2)
        return F.silu(self.mix(torch.cat([maps / CHROMA_SCALE, x], 1)))

    def chroma(self, features: Tensor) -> Tensor:
        """Return chroma (B, 2, h, w), Cb and Cr in [-0.5, 0.5], of decoded features (B, mixed, h, w)."""
        return 0.5 * torch.tanh(self.leave(features).float())

    def votes(self, features: Tensor) -> Tensor:
        """Return logits over the classes of chroma (B, COUNT, h, w) of decoded features; used in training only."""
        votes: Tensor = self.vote(features)
        return votes.float()

    def predict_chroma(
        self, encoding: Encoding, code: Tensor, guide: Guide | None = None, hints: Tensor | None = None
    ) -> Tensor:
        """Return chroma (B, 2, H/2, W/2); the arguments are those of `decode`."""
        return self.chroma(self.decode(encoding, code, guide, hints))

    def forward(self, gray: Tensor, edge: Tensor, code: Tensor) -> Tensor:
        """G without references: (B, 1, H, W), (B, 1, H, W), (B, code + 1) -> chroma (B, 2, H/2, W/2)."""
        return self.predict_chroma(self.encode(gray, edge), code)


def transfer_chroma(wanted: Tensor, keys: Tensor, chroma: Tensor, sharpness: Tensor) -> Tensor:
    """Attend from the target's positions to an exemplar's and return the chroma found there, in float32.

    Args:
        wanted: keys (B, C, h, w) of the target's positions, unit length.
        keys: keys (B, C, m) of the exemplar's positions, unit length.
        chroma: chroma (B, 2, m) at the exemplar's positions.
        sharpness: factor on the cosines before the softmax.

    Returns:
        (B, 4, h, w): chroma times similarity (2 channels), similarity (the largest cosine), and 1 (a reference exists).
    """
    queries, parts = wanted.flatten(2).transpose(1, 2).float(), []  # (B, n, C)
    rows = max(1, MOST_COMPARED // (len(keys) * keys.shape[2]))
    with torch.autocast(wanted.device.type, enabled=False):
        for some in torch.split(queries, rows, 1):
            cosines = some @ keys.float()  # (B, rows, m)
            transferred = (cosines * sharpness.float()).softmax(2) @ chroma.float().transpose(1, 2)  # (B, rows, 2)
            similarity = cosines.amax(2, keepdim=True).clamp_min(0)  # (B, rows, 1)
            parts.append(torch.cat([transferred * similarity, similarity, torch.ones_like(similarity)], 2))
    return torch.unflatten(torch.cat(parts, 1).transpose(1, 2), 2, wanted.shape[2:])


def _project_guide(entrance: nn.Conv2d, guide: Tensor) -> Tensor:
    """Return the features (B, C, h, w) that a guide (B, 4, h, w) adds: zero where it is zero, without even a bias."""
    assert entrance.bias is not None
    plain = F.conv2d(_scale_chroma(guide), entrance.weight, padding=entrance.padding)
    return plain + entrance.bias[:, None, None] * guide[:, 3:]


def _project_hints(entrance: nn.Conv2d, hints: Tensor) -> Tensor:
    """Return the features (B, C, h, w) that hints (B, 3, h, w) add: zero for a picture without hints."""
    added: Tensor = entrance(_scale_chroma(hints))
    return added * hints[:, 2:].amax((2, 3), keepdim=True)


def _scale_chroma(planes: Tensor) -> Tensor:
    """Return planes (B, 3 or 4, h, w) with the first two, chroma, multiplied by CHROMA_SCALE."""
    return torch.cat([planes[:, :2] * CHROMA_SCALE, planes[:, 2:]], 1)


def _downsample_hints(hints: Tensor) -> Tensor:
    """Return hints (B, 3, h, w) at half the size: the mean chroma of the hints in each square of 2 x 2 positions."""
    mean = F.avg_pool2d(hints, 2)
    given = mean[:, 2:]
    return torch.cat([mean[:, :2] / given.clamp_min(0.25), (given > 0).to(mean)], 1)


def _upsample(x: Tensor) -> Tensor:
    """Upsample (B, C, h, w) bilinearly to (B, C, 2h, 2w)."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
