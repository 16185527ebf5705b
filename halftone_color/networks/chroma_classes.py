"""Classes of chroma: the colors among which the colorization network votes while it is trained.

After Zhang, Isola, Efros, "Colorful image colorization" (2016), section 2: where several colors are likely their mean
is brown, so the network also says how likely each is. Here the classes lie on rings around gray in the plane of Cb and
Cr, finer near gray. Chroma beyond the outermost ring, .33, belongs to its classes; only a few pure colors of sRGB lie
there.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

RINGS = ((0.0, 1), (0.02, 6), (0.045, 10), (0.075, 12), (0.11, 16), (0.15, 18), (0.2, 20), (0.26, 20), (0.33, 18))
"""Chroma of each ring and its number of classes."""
COUNT = sum(number for _, number in RINGS)
"""Number of classes, 121."""
NEARNESS = 0.6
"""Standard deviation of a class's neighborhood over the mean distance of its ring to those beside it."""


def _rings() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return chroma (COUNT, 2) and the standard deviation of its neighborhood (COUNT) of each class."""
    places = []
    for index, (radius, number) in enumerate(RINGS):
        angle = 2 * np.pi * (np.arange(number) + 0.5 * (index % 2)) / number
        places.append(radius * np.stack([np.cos(angle), np.sin(angle)], 1))
    gaps = np.gradient([radius for radius, _ in RINGS])
    widths = np.repeat(NEARNESS * gaps, [number for _, number in RINGS])
    return np.concatenate(places).astype(np.float32), widths.astype(np.float32)


_PLACES, _WIDTHS = _rings()


def anchors() -> Tensor:
    """Return the chroma (COUNT, 2), Cb and Cr, of each class; gray is the first."""
    return torch.from_numpy(_PLACES.copy())


def memberships(chroma: Tensor) -> Tensor:
    """Return how far each chroma (..., 2) belongs to each class, (..., COUNT) in [0, 1]; the sum is one."""
    places, widths = anchors().to(chroma), torch.from_numpy(_WIDTHS.copy()).to(chroma)
    squares = chroma.square().sum(-1, keepdim=True) - 2 * chroma @ places.T + places.square().sum(1)
    return (-squares / (2 * widths.square())).softmax(-1)
