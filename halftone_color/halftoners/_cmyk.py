"""Screen a colour picture as a four-colour print and look at the print: sRGB to sRGB of overprinted inks.

Inks are ideal: cyan takes all red light, magenta green, yellow blue, and black all. The mean of a channel after
independent screens is then the product of what its ink and black leave (Demichel 1924), and the separation makes that
product the picture's value, whatever the share of black (gray component replacement).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from halftone_color.halftoners import clustered_dot
from halftone_color.halftoners._tone import linear_to_srgb, srgb_to_linear
from halftone_color.registry import Method
from halftone_color.types import Picture

TURNS_DEG = {"cyan": -30.0, "magenta": 30.0, "yellow": -45.0, "black": 0.0}
"""Angles against black's: with black at 45 degrees, the standard 15, 75, 0 and 45."""
BLACK_POWER = 2.0
"""Black is the gray component to this power: little of it in light tones, all of it in the shadows."""


def halftone_cmyk(rgb: Picture, method: Method, values: Mapping[str, Any]) -> Picture:
    """Return the print (3, H, W) of a picture (3, H, W), both sRGB in [0, 1].

    Clustered dots screen each of the four inks at its own angle. The dispersed methods have no angle to keep inks
    independent; they screen cyan, magenta and yellow, and black takes the place of all three where they coincide.

    Args:
        rgb: the picture.
        method: of registry.methods("halftoners").
        values: options of the method; an angle is that of black, and the other inks turn with it.

    Raises:
        UsageError: an option that the method does not have, or a value out of range.
    """
    options = method.options(**values)
    if method.module is not clustered_dot:
        return np.concatenate([method.function(channel[None], options) for channel in rgb])
    light = srgb_to_linear(rgb) if options.linear else rgb
    coded = replace(options, linear=False)
    chromatic, black = _separate(light)
    angles = [(options.angle_deg + turn) % 180 for turn in TURNS_DEG.values()]
    layers = [
        clustered_dot.halftone(1 - ink[None], replace(coded, angle_deg=angle))
        for ink, angle in zip([*chromatic, black], angles, strict=True)
    ]
    seen = np.concatenate(layers[:3]) * layers[3]
    return linear_to_srgb(seen) if options.linear else seen


def _separate(light: Picture) -> tuple[Picture, Picture]:
    """Return the coverages of cyan, magenta and yellow (3, H, W) and of black (H, W) that leave `light` (3, H, W)."""
    black = (1 - light.max(0)) ** BLACK_POWER
    left = 1 - black
    chromatic = 1 - light / np.maximum(left, np.float32(1e-6))
    return np.where(left > 0, np.clip(chromatic, 0, 1), 0).astype(np.float32), black.astype(np.float32)
