"""Losses on chroma beyond the paper: stains, small regions of skin, palettes of mismatched references, faded results.

Each is a function of tensors. Chroma (B, 2, h, w) is Cb and Cr in [-.5, .5].
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import SKIN_HUES_DEG

SKIN_CHROMA = (0.035, 0.22)
"""Range of the distance from gray of nine tenths of the skin in photographed faces."""
HAIR_LUMA = 0.22
"""Luma below which skin-colored pixels may be hair and are left out of the training of skin maps."""
SKIN_WEIGHT = 3.0
"""Weight of skin relative to other pixels, because missed skin is worse than false skin."""
SIZES = 3
"""Number of scales, each half the size of the one before, at which gradients of chroma are compared."""
ALLOWED_TRUE, ALLOWED_LUMA = 1.5, 0.3
"""Factors on the gradients of the true chroma and of the luma that bound the gradients without loss."""
DIRECTIONS = 24
"""Number of random directions in which sets of chroma are compared."""
CELLS = 512
"""Number of positions drawn from each picture."""


def skin_like(chroma: Tensor) -> Tensor:
    """Return the mask (B, 1, h, w) in {0, 1} of skin-colored chroma, which includes wood, sand and brick."""
    blue, red = chroma[:, :1], chroma[:, 1:]
    low, high = (math.radians(angle) for angle in SKIN_HUES_DEG)
    angle, distance = torch.atan2(red, blue), torch.hypot(red, blue)
    inside = (angle > low) & (angle < high) & (distance > SKIN_CHROMA[0]) & (distance < SKIN_CHROMA[1])
    return inside.to(chroma)


def skin_map(odds: Tensor, chroma: Tensor, luma: Tensor, people: Tensor) -> Tensor:
    """Return the cross-entropy of a skin map, with weight SKIN_WEIGHT for skin.

    Skin is what is like skin, and not dark as hair, in photographs of people; what is like skin in a photograph of
    which nobody knows whether it shows people counts nothing.

    Args:
        odds: (B, 1, h, w), logarithms.
        chroma: the true one, (B, 2, h, w).
        luma: (B, 1, h, w) in [0, 1].
        people: (B, 1, h, w): 1 of people, -1 of nobody, 0 not known.
    """
    alike = skin_like(chroma)
    skin = alike * (people > 0)
    known = 1 - alike * (people == 0)
    known = known * torch.where((skin > 0) & (luma < HAIR_LUMA), 0.0, 1.0)
    lost = F.binary_cross_entropy_with_logits(odds, skin, reduction="none")
    weight = known * (1 + (SKIN_WEIGHT - 1) * skin)
    return (weight * lost).sum() / weight.sum().clamp_min(1)


def small_region_weight(mask: Tensor, reach: int, extra: float = 1.0) -> Tensor:
    """Return weights: 1 outside a mask (B, 1, h, w), and up to 1 + extra inside small regions of it.

    Args:
        mask: in {0, 1}.
        reach: half the side of the surroundings, px; regions that fill them have weight 1.
        extra: additional weight of an isolated pixel.
    """
    share = F.avg_pool2d(mask, 2 * reach + 1, 1, reach, count_include_pad=False)
    return 1 + extra * mask * (1 - share)


def chroma_excess(chroma: Tensor, truth: Tensor, luma: Tensor) -> Tensor:
    """Return the mean of chroma gradients beyond what the true chroma and the luma (B, 1, h, w) have an edge for.

    In place of the edge term of L_struct, which is zero where luma is copied. It takes away stains and cloth that
    changes color halfway. The means along both axes, at SIZES sizes, are summed up.
    """
    total = chroma.new_zeros(())
    for _ in range(SIZES):
        for axis in (2, 3):
            made, true, light = (x.diff(dim=axis).abs() for x in (chroma, truth, luma))
            total = total + F.relu(made - ALLOWED_TRUE * true - ALLOWED_LUMA * light).mean()
        chroma, truth, luma = (F.avg_pool2d(x, 2) for x in (chroma, truth, luma))
    return total


def drawn_cells(chroma: Tensor, weight: Tensor) -> Tensor:
    """Return chroma (B, 2, CELLS) at random positions, drawn with probability proportional to weight (B, 1, h, w)."""
    chance = weight.flatten(1) + 1e-4
    places = torch.multinomial(chance, CELLS, replacement=True)
    return chroma.flatten(2).gather(2, places[:, None].expand(-1, 2, -1))


def partial_wasserstein(first: Tensor, second: Tensor, share: float, directions: int = DIRECTIONS) -> Tensor:
    """Return the sliced Wasserstein distance of two sets of chroma (B, 2, n), without the worst matches.

    Pele and Werman's thought of a partial distance, in slices: in each direction both sets are sorted and paired, and
    the pairs that are nearest count. So a picture need not hold all colors of a reference, nor be flooded by one.

    Args:
        first, second: the sets.
        share: of the pairs that counts, in (0, 1].
        directions: in which they are compared, drawn at random.
    """
    angle = torch.rand(len(first), directions, 1, device=first.device) * math.pi
    across = torch.cat([angle.cos(), angle.sin()], 2)  # (B, directions, 2)
    gaps = ((across @ first).sort(2).values - (across @ second).sort(2).values).abs()
    count = max(1, round(share * gaps.shape[2]))
    return gaps.topk(count, dim=2, largest=False, sorted=False).values.mean()


def faded(chroma: Tensor, truth: Tensor, share: float) -> Tensor:
    """Return the amount by which the mean distance from gray is below a share of the truth's."""
    return F.relu(share * truth.norm(dim=1).mean() - chroma.norm(dim=1).mean())


def moments(mean: Tensor, drawn: Tensor) -> Tensor:
    """Return the distance of a batch's codes from N(0, I), by their means (B, n) and the covariance of draws (B, n)."""
    centered = drawn - drawn.mean(0)
    covariance = centered.T @ centered / (len(centered) - 1)
    identity = torch.eye(len(covariance), device=covariance.device)
    return mean.mean(0).square().sum() + (covariance - identity).square().sum() / 4
