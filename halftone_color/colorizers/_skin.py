"""Skin that the network sees but leaves gray, or gives another color, gets the color of the picture's other skin.

Hands and limbs of old photographs are small and light, so that their color is guessed between skin and cloth. Where the
skin map (networks/skin_map.py) is sure, what does not look like skin is drawn to the mean chroma of what does.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.arrays.color import SKIN_HUES_DEG

LIT = (0.1, 0.4)
"""Chance of skin up to which colors are left in their light, and from which they are in the most likely one."""
SURE = (0.45, 0.75)
"""Chance of skin up to which other colors than those of skin stay, and from which none stays."""
USUAL = (-0.032, 0.058)
"""Cb and Cr of skin in pictures that show none which looks like it."""
USUAL_WEIGHT = 0.0005
"""What the usual color counts, as a share of the picture, beside the picture's own skin."""
NEAR = (0.35, 1.0)
"""Distance from the color of skin, over that of gray from it, up to which colors stay, and from which none is left."""
LEAST_CHROMA = 0.03
"""Distance from gray of what looks like skin."""
DARK, LIGHT = 0.25, 0.85
"""Luma below and above which skin has less chroma."""


def natural_skin(chroma: Tensor, likely: Tensor, luma: Tensor, odds: Tensor, free: Tensor) -> Tensor:
    """Return chroma (1, 2, h, w) whose skin looks like skin.

    Args:
        chroma: Cb and Cr.
        likely: the same in the most likely light, which suits skin.
        luma: (1, 1, h, w) in [0, 1].
        odds: (1, 1, h', w'), logarithms of the odds of skin.
        free: (1, 1, h, w) in [0, 1]: 0 where colors were asked for and stay.
    """
    chance = torch.sigmoid(F.interpolate(odds, chroma.shape[2:], mode="bilinear"))
    lit, sure = (((chance - low) / (high - low)).clamp(0, 1) for low, high in (LIT, SURE))
    chroma = torch.lerp(chroma, likely, lit * free)
    tone = _tone(chroma, luma, sure)
    strength = (luma / DARK).clamp_max(1) * ((1 - luma) / (1 - LIGHT)).clamp_max(1)
    wanted = tone * strength
    away = (chroma - wanted).norm(dim=1, keepdim=True) / tone.norm()
    lacking = ((away - NEAR[0]) / (NEAR[1] - NEAR[0])).clamp(0, 1)
    return torch.lerp(chroma, wanted, sure * lacking * free)


def _tone(chroma: Tensor, luma: Tensor, sure: Tensor) -> Tensor:
    """Return the mean chroma (1, 2, 1, 1) of what surely is skin and looks like it."""
    low, high = (math.radians(angle) for angle in SKIN_HUES_DEG)
    angle, distance = torch.atan2(chroma[:, 1:], chroma[:, :1]), chroma.norm(dim=1, keepdim=True)
    alike = (angle > low) & (angle < high) & (distance > LEAST_CHROMA) & (luma > DARK) & (luma < LIGHT)
    weight = alike * sure
    usual = torch.tensor(USUAL, device=chroma.device).view(1, 2, 1, 1)
    total = (weight * chroma).mean((2, 3), keepdim=True) + USUAL_WEIGHT * usual
    tone: Tensor = total / (weight.mean((2, 3), keepdim=True) + USUAL_WEIGHT)
    return tone
