"""Color a batch with the networks in training: every row according to its scheme.

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
"""Share of the rows with a reference that are colored without its code."""
PALETTES = 0.5
"""Probability that a quarter of the pictures is given to the encoder as palettes."""


@dataclass(frozen=True)
class Learners:
    """The networks that color the batch and are trained by it."""

    colorizer: colorizer.ColorizerNet
    encoder: color_encoder.ColorEncoderNet


@dataclass(frozen=True)
class Made:
    """Results for a batch of B rows, R of them random and U with mismatched references, at half the size."""

    chroma: Tensor
    """(B, 2, s/2, s/2)."""
    second: Tensor
    """(R, 2, s/2, s/2): chroma of the random rows with other codes."""
    features: Tensor
    """(B, mixed, s/2, s/2): decoded features, from which chroma and votes are computed."""
    guide: colorizer.Guide | None
    """Ungated guide of the guided rows; None if there are none."""
    likely: CodeDistribution
    """Predicted distributions of the codes of the gray pictures."""
    odds: Tensor | None
    """(B, 1, s/4, s/4): logits of skin; None without a skin map."""
    code: Tensor
    """(B, code): code of each row; zeros if it has none."""
    second_code: Tensor
    """(R, code)."""
    mean: Tensor
    """(B + U, code): E's mean for the true colors, then for the mismatched references."""
    log_variance: Tensor
    """(B + U, code): E's log-variance for the same."""
    drawn: Tensor
    """(B + U, code): a code drawn from each of these distributions."""


def autocast(device: torch.device) -> torch.autocast:
    """Return bfloat16 on a GPU; a processor gains nothing by it in a network of depthwise convolutions."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def color(batch: ColorBatch, learners: Learners, without_code: float = WITHOUT_CODE) -> Made:
    """Color every row according to its scheme; a share of those with a reference is colored without its code."""
    g, random, device = learners.colorizer, batch.rows["random"], batch.gray.device
    with autocast(device):
        views = [encoder_views(batch.seen, PALETTES)]
        views += [encoder_views(batch.strangers)] if len(batch.strangers) else []
        mean, log_variance = (part.float() for part in learners.encoder(torch.cat(views)))
    drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    with autocast(device):
        places = g.encode(batch.gray, batch.edge)
        seen = places.detach()  # the prior and the skin map must not influence the encoder
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
    """Return the code of each row (B, code), and 1 or 0 (B, 1) depending on whether it has one.

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
    """Return a random code for each row (B, code), detached: colors are trained to fit codes, not codes to colors."""
    return likely.sample(torch.randn_like(likely.mean)).detach()


def _guide(batch: ColorBatch, g: colorizer.ColorizerNet, places: colorizer.Encoding) -> colorizer.Guide | None:
    """Return the ungated guide of the guided rows by correspondence; None if there are no references."""
    if not len(batch.reference):
        return None
    luma, edge, chroma = reference_parts(batch.reference)
    return g.correspond(places.select(batch.guided), colorizer.Exemplar.of(g.encode(luma, edge), chroma))


def _among(guide: colorizer.Guide, batch: ColorBatch) -> colorizer.Guide:
    """Return the guide of all rows: that of the guided ones, and zeros elsewhere."""
    before, after = batch.guided.start, len(batch.gray) - batch.guided.stop
    return colorizer.Guide(*(F.pad(part, (0, 0, 0, 0, 0, 0, before, after)) for part in (guide.coarse, guide.fine)))
