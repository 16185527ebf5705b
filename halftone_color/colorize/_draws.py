"""Draw one of the colourings that the network's votes allow, the same for like places.

The class with the largest sum of vote and Gumbel noise is a draw with the likelihoods that the votes say (Gumbel,
"Statistical theory of extreme values", 1954). Noise that is independent from place to place would give confetti; here
it is a random function of the network's keys, by which places of two pictures are compared: a coat's places are alike
and draw one colour, the wall behind draws its own.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.networks.chroma_classes import COUNT, anchors

ALIKE = 0.08
"""Distance in the plane of chroma within which classes draw alike."""
STREAM = 1
"""Sets this noise apart from the code that the same seed draws."""
NUDGE = 1e-6
"""Added to the diagonal of the likenesses, so that they can be decomposed."""
RAREST = 1e-6
"""Chance beyond which noise is cut off."""


def gumbel_noise(keys: Tensor, seed: int, height: int, width: int) -> Tensor:
    """Return noise (1, COUNT, height, width), Gumbel-distributed at every place, alike where keys are.

    Args:
        keys: (1, C, h, w), unit length.
        seed: of the draw.
        height, width: of the votes that it is added to.
    """
    rng = np.random.default_rng([seed, STREAM])
    directions = _alike() @ torch.from_numpy(rng.standard_normal((COUNT, keys.shape[1]), dtype=np.float32))
    normal = torch.einsum("qc,bchw->bqhw", directions, keys)  # variance one, as the keys' length is
    normal = F.interpolate(normal, (height, width), mode="bilinear", align_corners=False)
    chance = torch.special.ndtr(normal.double()).clamp(RAREST, 1 - RAREST)
    return -torch.log(-torch.log(chance)).float()


@cache
def _alike() -> Tensor:
    """Return (COUNT, COUNT), which makes independent numbers alike for neighbouring classes, of variance one."""
    likeness = torch.exp(-torch.cdist(anchors(), anchors()).square() / (2 * ALIKE**2))
    return torch.linalg.cholesky(likeness.double() + NUDGE * torch.eye(len(likeness))).float()
