"""Recognized skin that the network leaves gray, or colors wrongly, gets the color of the picture's other skin.

Hands and limbs in old photographs are small and light, so that the network predicts a color between skin and cloth.
Where the skin map (networks/skin_map.py) is certain, chroma that is not skin-colored is moved to the mean chroma of
the skin that is.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import SKIN_HUES_DEG

RELIT = (0.1, 0.4)
"""Probability of skin between which chroma changes from the automatic color cast to the most likely one."""
SURE = (0.45, 0.75)
"""Probability of skin between which the correction of wrong colors goes from none to full."""
TYPICAL_SKIN = (-0.032, 0.058)
"""Cb and Cr of skin in pictures without any skin-colored skin."""
TYPICAL_WEIGHT = 0.0005
"""Weight of TYPICAL_SKIN beside the picture's own skin, as a share of the picture's area."""
NEAR = (0.35, 1.0)
"""Distance from the color of skin, relative to that of gray, between which the correction goes from none to full."""
LEAST_CHROMA = 0.03
"""Least distance from gray, in units of chroma, of a skin color."""
DARK, LIGHT = 0.25, 0.85
"""Luma below and above which the chroma of skin decreases."""


def correct_skin(chroma: Tensor, likely: Tensor, luma: Tensor, logits: Tensor, free: Tensor) -> Tensor:
    """Return chroma (1, 2, h, w) with the color of skin corrected.

    Args:
        chroma: Cb and Cr, (1, 2, h, w).
        likely: chroma with the most likely color cast, which suits skin, (1, 2, h, w).
        luma: (1, 1, h, w) in [0, 1].
        logits: of skin, (1, 1, h', w').
        free: (1, 1, h, w) in [0, 1]: 0 where the user determines the color, which then stays.
    """
    probability = torch.sigmoid(F.interpolate(logits, chroma.shape[2:], mode="bilinear"))
    relit, sure = (((probability - low) / (high - low)).clamp(0, 1) for low, high in (RELIT, SURE))
    chroma = torch.lerp(chroma, likely, relit * free)
    tone = _tone(chroma, luma, sure)
    strength = (luma / DARK).clamp_max(1) * ((1 - luma) / (1 - LIGHT)).clamp_max(1)
    wanted = tone * strength
    distance = (chroma - wanted).norm(dim=1, keepdim=True) / tone.norm()
    wrong = ((distance - NEAR[0]) / (NEAR[1] - NEAR[0])).clamp(0, 1)
    return torch.lerp(chroma, wanted, sure * wrong * free)


def _tone(chroma: Tensor, luma: Tensor, sure: Tensor) -> Tensor:
    """Return the mean chroma (1, 2, 1, 1) of certain skin that is skin-colored."""
    low, high = (math.radians(angle) for angle in SKIN_HUES_DEG)
    angle, distance = torch.atan2(chroma[:, 1:], chroma[:, :1]), chroma.norm(dim=1, keepdim=True)
    alike = (angle > low) & (angle < high) & (distance > LEAST_CHROMA) & (luma > DARK) & (luma < LIGHT)
    weight = alike * sure
    typical = torch.tensor(TYPICAL_SKIN, device=chroma.device).view(1, 2, 1, 1)
    total = (weight * chroma).mean((2, 3), keepdim=True) + TYPICAL_WEIGHT * typical
    tone: Tensor = total / (weight.mean((2, 3), keepdim=True) + TYPICAL_WEIGHT)
    return tone
