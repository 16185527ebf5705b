"""Classes of chroma: the colours among which the colorization network votes, and what is read from its votes.

After Zhang, Isola, Efros, "Colorful image colorization" (2016), section 2: where several colours are likely their mean
is brown, so the network says how likely each is, and the result leans to the likeliest (the annealed mean, their
equation 5). Here the classes lie on rings around gray in the plane of Cb and Cr, finer near gray.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

RINGS = ((0.0, 1), (0.02, 6), (0.045, 10), (0.075, 12), (0.11, 16), (0.15, 18), (0.2, 20), (0.26, 20), (0.33, 18))
"""Chroma of each ring and its number of classes."""
COUNT = sum(number for _, number in RINGS)
"""Number of classes, 121."""
NEARNESS = 0.6
"""Standard deviation of a class's neighbourhood over the distance of its ring to the next."""

TEMPERATURE = 0.4
"""Of the annealed mean where colours are wanted: 1 gives brown, towards 0 patches."""

STRONG = 0.08
"""Chroma from which a colour begins to be a strong one."""


@cache
def anchors() -> Tensor:
    """Return the chroma (COUNT, 2), Cb and Cr, of each class; gray is the first."""
    places = []
    for index, (radius, number) in enumerate(RINGS):
        angle = 2 * np.pi * (np.arange(number) + 0.5 * (index % 2)) / number
        places.append(radius * np.stack([np.cos(angle), np.sin(angle)], 1))
    return torch.from_numpy(np.concatenate(places)).float()


@cache
def _widths() -> Tensor:
    """Return the standard deviation (COUNT) of each class's neighbourhood."""
    radii = np.array([radius for radius, _ in RINGS])
    gaps = np.gradient(radii)
    return torch.from_numpy(np.repeat(NEARNESS * gaps, [number for _, number in RINGS])).float()


def memberships(chroma: Tensor) -> Tensor:
    """Return how far each chroma (..., 2) belongs to each class, (..., COUNT); the sum is one."""
    places, widths = anchors().to(chroma), _widths().to(chroma)
    squares = (chroma[..., None, :] - places).square().sum(-1)
    return (-squares / (2 * widths.square())).softmax(-1)


def annealed_mean(votes: Tensor, temperature: float, vivid: float = 0.0) -> Tensor:
    """Return the chroma (B, 2, h, w) of votes (B, COUNT, h, w), logarithms of likelihoods up to a constant.

    Args:
        votes: of the network.
        temperature: 1 gives the mean of what is likely, towards 0 the likeliest class.
        vivid: added to the votes for strong colours, and the less the nearer a class is to gray, which gets none.
    """
    places = anchors().to(votes)
    strong = 1 - torch.exp(-places.norm(dim=1) / STRONG)
    likely = ((votes + vivid * strong[:, None, None]) / temperature).softmax(1)
    return torch.einsum("bqhw,qc->bchw", likely, places)
