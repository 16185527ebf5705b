"""Noise on the network's votes, by which they become one of the colourings that they allow: alike for like places.

Votes plus Gumbel noise, then a softmax, are a relaxed draw from what the votes say is likely (Jang, Gu, Poole,
"Categorical reparameterization with Gumbel-softmax", 2017; Maddison, Mnih, Teh, "The concrete distribution", 2017).
Noise that is independent from place to place would give confetti. Here it is a random function of the network's keys,
by which places of two pictures are compared: a coat's places are alike and draw one colour, the wall behind draws its
own. Neighbouring classes share their noise as well, so that they are drawn as one colour and not torn apart.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.networks.chroma_classes import COUNT, anchors

ALIKE = 0.08
"""Length, in the plane of chroma, over which classes share their noise: the scale of a Gaussian covariance."""
NUDGE = 1e-6
"""Added to the diagonal of the covariance, so that it can be decomposed."""
STREAM = 1
"""Sets this noise apart from the code that the same seed draws."""
RAREST = 1e-6
"""Chance beyond which noise is cut off."""


def gumbel_noise(keys: Tensor, seed: int, height: int, width: int) -> Tensor:
    """Return noise (1, COUNT, height, width), Gumbel-distributed at every place, alike where keys are.

    Args:
        keys: (1, C, h, w), unit length.
        seed: of the draw.
        height, width: of the votes that it is added to.
    """
    keys = F.normalize(F.interpolate(keys, (height, width), mode="bilinear", align_corners=False), dim=1)
    independent = np.random.default_rng([seed, STREAM]).standard_normal((COUNT, keys.shape[1]), dtype=np.float32)
    normal = torch.einsum("qc,bchw->bqhw", _sharing() @ torch.from_numpy(independent), keys)  # variance one
    chance = torch.special.ndtr(normal.double()).clamp(RAREST, 1 - RAREST)
    return -torch.log(-torch.log(chance)).float()


def _sharing() -> Tensor:
    """Return (COUNT, COUNT), which makes independent numbers alike for neighbouring classes, of variance one."""
    places = anchors()
    covariance = torch.exp(-torch.cdist(places, places).square() / (2 * ALIKE**2)).double()
    sharing: Tensor = torch.linalg.cholesky(covariance + NUDGE * torch.eye(len(covariance)))
    return sharing.float()
