"""The schemes of a batch: which rows are colored by what, and the batch itself, made on the device.

Yen, Cheng, Chiu 2021, section 2.2: recovery (the code of the true colors), reference and random scheme. The paper's
desired result of the reference scheme, I_example, comes from a network that cannot be had; in its place stands the
augmented self-reference (Lee et al. 2020), whose truth is exact, and references of other pictures without one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc, ycc_to_rgb
from halftone_color.training.batch_edges import edge_maps
from halftone_color.training.device_photographs import DevicePhotographs, crops, groups
from halftone_color.training.film import film, worn
from halftone_color.training.warps import warp

REFERENCE_PX = 160
"""Largest side of references in px."""
ENCODER_PX = 80
"""Side of the pictures given to the color encoder, in px."""
WIDE_PX = 192
"""Sides beyond this are taken from most of a photograph that has the pixels, or from four reduced ones."""
SIXTEENTHS = 16
"""Sum of the numbers of all schemes."""
HINT_CELL_PX = 4
"""Side in px of the cells whose mean chroma is a hint."""


@dataclass(frozen=True)
class Schemes:
    """Sixteenths of a batch for each scheme; they sum to 16."""

    code: int = 3
    """Recovery: the code of the true colors."""
    both: int = 2
    """The code of the true colors, and the warped picture itself as a reference."""
    jittered: int = 2
    """A warped self-reference alone, both turned in hue: only correspondence helps."""
    unlike: int = 2
    """Another picture as a reference, and its code."""
    hints: int = 1
    """Hints: true colors at a few positions."""
    automatic: int = 4
    """Automatic: no cue."""
    random: int = 2
    """Codes drawn from N(0, I), twice for each row."""

    def rows(self, batch: int) -> dict[str, slice]:
        """Return the rows of a batch, a multiple of 16, of each scheme, in the order above."""
        found, start = {}, 0
        for name in SCHEMES:
            sixteenths = getattr(self, name)
            found[name] = slice(start, start + sixteenths * batch // SIXTEENTHS)
            start = found[name].stop
        return found


SCHEMES = tuple(field.name for field in fields(Schemes))
"""Names of the schemes, in the order of the rows."""


@dataclass(frozen=True)
class ColorBatch:
    """One batch: pictures (B, 3, s, s), gray and edge maps (B, 1, s, s)."""

    rows: dict[str, slice]
    seen: Tensor
    """Unchanged true colors, for the encoder and the discriminator."""
    truth: Tensor
    """Target colors: as `seen`, but with hues rotated in the jittered rows."""
    gray: Tensor
    """Luma of the truth as film, print and descreening leave it."""
    edge: Tensor
    reference: Tensor
    """(G, 3, r, r): references of the rows both, jittered and unlike."""
    hints: Tensor
    """(B, 3, s/4, s/4): chroma where it is given, and 1 there; zeros but for the rows hints."""
    people: Tensor
    """(B, 1, 2, 2): 1 where photographs of people are, whose skin-like places are skin, -1 of nobody, else 0."""

    @property
    def guided(self) -> slice:
        """Rows that have a reference."""
        return slice(self.rows["both"].start, self.rows["unlike"].stop)

    @property
    def strangers(self) -> Tensor:
        """(U, 3, r, r): references of the rows unlike."""
        return self.reference[len(self.reference) - self.count("unlike") :]

    def count(self, *schemes: str) -> int:
        """Return how many rows some schemes have together."""
        return sum(self.rows[name].stop - self.rows[name].start for name in schemes)

    def index(self, *schemes: str) -> Tensor:
        """Return the numbers (n,) of the rows of some schemes, one scheme after the other."""
        numbers = [torch.arange(self.rows[name].start, self.rows[name].stop) for name in schemes]
        return torch.cat(numbers).to(self.gray.device)

    def by_row(self, values: Mapping[str, float]) -> Tensor:
        """Return (B, 1, 1, 1): the value of each row's scheme, 0 where none is named."""
        found = torch.zeros(len(self.gray), 1, 1, 1)
        for name, value in values.items():
            found[self.rows[name]] = value
        return found.to(self.gray.device)


@torch.no_grad()
def make_batch(
    photographs: DevicePhotographs, large: Tensor, schemes: Schemes, batch: int, side: int, grouped: float
) -> ColorBatch:
    """Draw photographs and make a batch of them.

    Args:
        photographs: all of them.
        large: (n,) indices of those with enough pixels for sides beyond WIDE_PX.
        schemes: shares of the rows.
        batch: rows, a multiple of 16.
        side: px, a multiple of 32.
        grouped: share of the automatic rows, and of those with a code or hints, that show four photographs reduced,
            where sides are beyond WIDE_PX.
    """
    rows = schemes.rows(batch)
    seen, people = _photographs(photographs, large, rows, batch, side, grouped)
    gray = worn(film(seen))
    guided = slice(rows["both"].start, rows["unlike"].stop)
    source = seen[guided].clone()
    strangers = rows["unlike"].stop - rows["unlike"].start
    if strangers:
        source[len(source) - strangers :] = seen.roll(batch // 2, 0)[rows["unlike"]]
    reference = warp(resized(source, min(side, REFERENCE_PX))) if len(source) else source
    truth = seen.clone()
    turned = rows["jittered"]
    first = turned.start - guided.start
    among = slice(first, first + turned.stop - turned.start)
    truth[turned], reference[among] = jitter(truth[turned], reference[among])
    hints = truth.new_zeros(batch, 3, side // HINT_CELL_PX, side // HINT_CELL_PX)
    if rows["hints"].stop > rows["hints"].start:
        hints[rows["hints"]] = random_hints(rgb_to_ycc(truth[rows["hints"]])[1])
    return ColorBatch(rows, seen, truth, gray, edge_maps(gray), reference, hints, people)


def _photographs(
    photographs: DevicePhotographs, large: Tensor, rows: dict[str, slice], batch: int, side: int, grouped: float
) -> tuple[Tensor, Tensor]:
    """Return (batch, 3, side, side), crops and in some rows groups of four, and where people are (batch, 1, 2, 2)."""
    device = photographs.device
    pool = large if side > WIDE_PX else torch.arange(len(photographs), device=device)
    share = (0.7, 1.0) if side > WIDE_PX else (0.5, 1.0)
    index = pool[torch.randint(len(pool), (batch,), device=device)]
    seen = crops(photographs, index, side, share, oversample=2 if side < 128 else 1)
    people = photographs.people[index, None, None, None].repeat(1, 1, 2, 2)
    for scheme in ("code", "hints", "automatic"):
        some = rows[scheme]
        count = round(grouped * (some.stop - some.start)) if side > WIDE_PX else 0
        if count:
            four = torch.randint(len(photographs), (4 * count,), device=device)
            seen[some.stop - count : some.stop] = groups(photographs, four, side)
            people[some.stop - count : some.stop] = photographs.people[four].view(count, 1, 2, 2)
    return seen, people


def resized(pictures: Tensor, side: int) -> Tensor:
    """Return (B, C, side, side), averaged where pictures become smaller."""
    if pictures.shape[-1] == side:
        return pictures
    return F.interpolate(pictures, (side, side), mode="bilinear", antialias=True)


def encoder_views(pictures: Tensor, palettes: float = 0.0) -> Tensor:
    """Return (B, 3, ENCODER_PX, ENCODER_PX) for the color encoder: a part of each, mirrored; some as palettes.

    Args:
        pictures: (B, 3, s, s).
        palettes: chance that the first quarter of the rows comes as patches in another order, as a palette does.
    """
    side = pictures.shape[-1]
    part = int(side * (0.8 + 0.2 * float(torch.rand(()))))
    top, left = (int(torch.randint(0, side - part + 1, ())) for _ in range(2))
    views = resized(pictures[:, :, top : top + part, left : left + part].flip(3), ENCODER_PX)
    some = len(views) // 4
    if some and float(torch.rand(())) < palettes:
        patches = F.adaptive_avg_pool2d(views[:some], int(torch.randint(3, 9, ())))
        order = torch.randperm(patches[0, 0].numel(), device=patches.device)
        shuffled = patches.flatten(2)[:, :, order].view_as(patches)
        views = torch.cat([F.interpolate(shuffled, (ENCODER_PX, ENCODER_PX)), views[some:]])
    return views


def jitter(*pictures: Tensor) -> list[Tensor]:
    """Return pictures (B, 3, s, s) with their hues turned by one random angle a row, and .6 to 1.4 of their chroma."""
    count, device = len(pictures[0]), pictures[0].device
    angle = 2 * math.pi * torch.rand(count, 1, 1, 1, device=device)
    size = 0.6 + 0.8 * torch.rand(count, 1, 1, 1, device=device)
    turned = []
    for picture in pictures:
        luma, chroma = rgb_to_ycc(picture)
        blue, red = chroma[:, :1], chroma[:, 1:]
        moved = [angle.cos() * blue - angle.sin() * red, angle.sin() * blue + angle.cos() * red]
        turned.append(ycc_to_rgb(luma, size * torch.cat(moved, 1)).clamp(0, 1))
    return turned


def random_hints(chroma: Tensor) -> Tensor:
    """Return hints (B, 3, s/4, s/4) of true chroma (B, 2, s, s): 1 to 32 places or so, in half the rows 2 x 2 cells."""
    cells = F.avg_pool2d(chroma, HINT_CELL_PX)
    batch, _, height, width = cells.shape
    wanted = torch.exp2(5 * torch.rand(batch, 1, 1, 1, device=cells.device))
    points = (torch.rand(batch, 1, height, width, device=cells.device) < wanted / (height * width)).to(cells)
    squares = F.max_pool2d(F.pad(points, (0, 1, 0, 1)), 2, 1)
    given = torch.where(torch.rand(batch, 1, 1, 1, device=cells.device) < 0.5, squares, points)
    return torch.cat([cells * given, given], 1)


def reference_parts(reference: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return luma, edge map and chroma of references (G, 3, r, r)."""
    luma, chroma = rgb_to_ycc(reference)
    return luma, edge_maps(rgb_to_luma(reference)), chroma
