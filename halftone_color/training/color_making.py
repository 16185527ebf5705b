"""What the networks make of a batch: every row colored by what its scheme gives.

Yen, Cheng, Chiu 2021, section 2.2: I = G(I_bw, I_bw^edge, z^c) with z^c from E or from N(0, I).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.networks import color_encoder, colorizer
from halftone_color.networks.code_prior import CodeDistribution
from halftone_color.training.color_schemes import ColorBatch, encoder_views, reference_parts

WITHOUT_CODE = 0.25
"""Share of the rows with a reference that come without its code."""
PALETTES = 0.5
"""Chance that a quarter of the pictures comes to the encoder as palettes."""


@dataclass(frozen=True)
class Learners:
    """The networks that color, and learn from it."""

    colorizer: colorizer.ColorizerNet
    encoder: color_encoder.ColorEncoderNet


@dataclass(frozen=True)
class Made:
    """What they made of a batch of B rows, R of them random and U with unlike references, at half its size."""

    chroma: Tensor
    """(B, 2, s/2, s/2)."""
    second: Tensor
    """(R, 2, s/2, s/2): the random rows once more, with other codes."""
    features: Tensor
    """(B, mixed, s/2, s/2): what chroma and votes are read from."""
    guide: colorizer.Guide | None
    """Of the guided rows, before the gate; None where there are none."""
    likely: CodeDistribution
    """What codes the gray pictures may have."""
    odds: Tensor | None
    """(B, 1, s/4, s/4): the logarithm of the odds of skin; None without a skin map."""
    code: Tensor
    """(B, code): that of each row, zeros without."""
    second_code: Tensor
    """(R, code)."""
    mean: Tensor
    """(B + U, code): what E says of the true colors, then of the unlike references."""
    log_variance: Tensor
    """The same of its uncertainty."""
    drawn: Tensor
    """A code drawn from each of these."""


def autocast(device: torch.device) -> torch.autocast:
    """Return bfloat16 on a GPU; a processor gains nothing by it in a network of depthwise convolutions."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def color(batch: ColorBatch, learners: Learners, without_code: float = WITHOUT_CODE) -> Made:
    """Color every row as its scheme says; a share of those with a reference come without its code."""
    g, random, device = learners.colorizer, batch.rows["random"], batch.gray.device
    with autocast(device):
        views = [encoder_views(batch.seen, PALETTES)]
        views += [encoder_views(batch.strangers)] if len(batch.strangers) else []
        mean, log_variance = (part.float() for part in learners.encoder(torch.cat(views)))
    drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    with autocast(device):
        places = g.encode(batch.gray, batch.edge)
        seen = places.detach()  # what is predicted of them is no reason to see pictures in another way
        likely, odds = g.predict_codes(seen), g.skin_logits(seen)
    code, given = _codes(batch, g, drawn, likely, without_code)
    second_code = _random_codes(likely)[random]
    with autocast(device):
        guide = _guide(batch, g, places)
        everywhere = None if guide is None else _among(guide.gate(g.config.gates), batch)
        features = g.decode(places, torch.cat([code, given], 1), everywhere, batch.hints)
        second = g.decode(places.select(random), g.with_flag(second_code), None, batch.hints[random])
        painted, painted_again = g.chroma(features), g.chroma(second)
    return Made(painted, painted_again, features, guide, likely, odds, code, second_code, mean, log_variance, drawn)


def _codes(
    batch: ColorBatch, g: colorizer.ColorizerNet, drawn: Tensor, likely: CodeDistribution, without_code: float
) -> tuple[Tensor, Tensor]:
    """Return the code of each row (B, code), and 1 or 0 as it has one or not (B, 1).

    Args:
        batch: with its schemes.
        g: which knows the usual code.
        drawn: (B + U, code): codes of the true colors, then of the unlike references.
        likely: of all rows.
        without_code: share of the rows with a reference that have none.
    """
    rows, own = batch.rows, drawn[: len(batch.gray)]
    code, given = torch.zeros_like(own), torch.zeros_like(own[:, :1])
    for scheme in ("code", "both"):
        code[rows[scheme]], given[rows[scheme]] = own[rows[scheme]], 1
    code[rows["unlike"]], given[rows["unlike"]] = drawn[len(own) :], 1
    code[rows["random"]], given[rows["random"]] = _random_codes(likely)[rows["random"]], 1
    usual = g.automatic_code(likely).detach()
    for scheme in ("hints", "automatic"):
        code[rows[scheme]], given[rows[scheme]] = usual[rows[scheme], :-1], usual[rows[scheme], -1:]
    kept = torch.ones_like(given)
    kept[batch.guided] = (torch.rand_like(kept[batch.guided]) >= without_code).to(kept)
    return code * kept, given * kept


def _random_codes(likely: CodeDistribution) -> Tensor:
    """Return a likely code of each row, (B, code); colors are made for codes, not codes for colors."""
    return likely.sample(torch.randn_like(likely.mean)).detach()


def _guide(batch: ColorBatch, g: colorizer.ColorizerNet, places: colorizer.Encoding) -> colorizer.Guide | None:
    """Return what correspondence carries to the guided rows, not gated; None where there are no references."""
    if not len(batch.reference):
        return None
    luma, edge, chroma = reference_parts(batch.reference)
    return g.correspond(places.select(batch.guided), colorizer.Exemplar.of(g.encode(luma, edge), chroma))


def _among(guide: colorizer.Guide, batch: ColorBatch) -> colorizer.Guide:
    """Return the guide of all rows: that of the guided ones, and zeros elsewhere."""
    before, after = batch.guided.start, len(batch.gray) - batch.guided.stop
    return colorizer.Guide(*(F.pad(part, (0, 0, 0, 0, 0, 0, before, after)) for part in (guide.coarse, guide.fine)))
