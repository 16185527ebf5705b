"""Separate a picture into the coverages of four inks, and simulate their overprint.

Inks are ideal: cyan absorbs all red light, magenta green, yellow blue, and black all three. After independent screening
the mean of a channel is the product of the shares that its ink and black leave uncovered (Demichel 1924). The
separation makes that product equal to the picture, whatever the share of black (gray component replacement).
"""

from __future__ import annotations

import numpy as np

from halftone_color.types import Picture

TURNS_DEG = {"cyan": -30.0, "magenta": 30.0, "yellow": -45.0, "black": 0.0}
"""Inks in the order of the coverages, and the angle of each screen relative to that of black, in degrees: with black at
45 degrees they have the standard angles 15, 75, 0 and 45."""
BLACK_POWER = 2.0
"""Exponent of the gray component that gives black: little black in light tones, full black in the shadows."""


def separate(rgb: Picture) -> Picture:
    """Return the coverages (4, H, W) in [0, 1] of cyan, magenta, yellow and black.

    Printed over each other with independent screens, their mean is `rgb` (3, H, W) in [0, 1].
    """
    black = (1 - rgb.max(0)) ** BLACK_POWER
    left = 1 - black
    chromatic = 1 - rgb / np.maximum(left, np.float32(1e-6))
    return np.concatenate([np.where(left > 0, np.clip(chromatic, 0, 1), 0), black[None]]).astype(np.float32)


def overprint(papers: Picture) -> Picture:
    """Return the overprint (3, H, W) of four inks.

    Args:
        papers: (4, H, W) in [0, 1]: the paper left by cyan, magenta, yellow and black, 0 where there is ink.
    """
    return papers[:3] * papers[3:]
