"""Classes of chroma: the quantized colors whose probabilities the colorization network predicts during training.

After Zhang, Isola, Efros, "Colorful image colorization" (2016), section 2: where several colors are likely, their mean
is brown, so the network also predicts the probability of each. Here the classes lie on rings around gray in the plane
of Cb and Cr, more densely near gray. Chroma beyond the outermost ring, 0.33, is assigned to the classes of that ring;
only a few saturated sRGB colors lie there.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

RINGS = ((0.0, 1), (0.02, 6), (0.045, 10), (0.075, 12), (0.11, 16), (0.15, 18), (0.2, 20), (0.26, 20), (0.33, 18))
"""Radius of each ring, in units of chroma, and the number of classes on it."""
COUNT = sum(number for _, number in RINGS)
"""Number of classes, 121."""
NEARNESS = 0.6
"""Standard deviation of the Gaussian around a class, relative to the mean distance between neighboring rings."""


def _rings() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the chroma (COUNT, 2) of each class and the standard deviation (COUNT,) of the Gaussian around it."""
    places = []
    for index, (radius, number) in enumerate(RINGS):
        angle = 2 * np.pi * (np.arange(number) + 0.5 * (index % 2)) / number
        places.append(radius * np.stack([np.cos(angle), np.sin(angle)], 1))
    gaps = np.gradient([radius for radius, _ in RINGS])
    widths = np.repeat(NEARNESS * gaps, [number for _, number in RINGS])
    return np.concatenate(places).astype(np.float32), widths.astype(np.float32)


_PLACES, _WIDTHS = _rings()


def anchors() -> Tensor:
    """Return the chroma of each class, Cb and Cr (COUNT, 2); the first class is gray."""
    return torch.from_numpy(_PLACES.copy())


def memberships(chroma: Tensor) -> Tensor:
    """Return soft class memberships (..., COUNT) in [0, 1] of chroma (..., 2); each sums to one over the classes."""
    places, widths = anchors().to(chroma), torch.from_numpy(_WIDTHS.copy()).to(chroma)
    squares = chroma.square().sum(-1, keepdim=True) - 2 * chroma @ places.T + places.square().sum(1)
    return (-squares / (2 * widths.square())).softmax(-1)
