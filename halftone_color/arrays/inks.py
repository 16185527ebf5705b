"""Separate a picture into four inks and print them over each other: coverages, and what is seen of them.

Inks are ideal: cyan takes all red light, magenta green, yellow blue, and black all. The mean of a channel after
independent screens is then the product of what its ink and black leave (Demichel 1924), and the separation makes that
product the picture's value, whatever the share of black (gray component replacement).
"""

from __future__ import annotations

import numpy as np

from halftone_color.types import Picture

TURNS_DEG = {"cyan": -30.0, "magenta": 30.0, "yellow": -45.0, "black": 0.0}
"""The inks, in their order here, and their screens' angles against black's: with black at 45 degrees, the standard
15, 75, 0 and 45."""
BLACK_POWER = 2.0
"""Black is the gray component to this power: little of it in light tones, all of it in the shadows."""


def separate(rgb: Picture) -> Picture:
    """Return the coverages (4, H, W) in [0, 1] of cyan, magenta, yellow and black.

    Printed over each other by independent screens they have the mean of `rgb` (3, H, W) in [0, 1].
    """
    black = (1 - rgb.max(0)) ** BLACK_POWER
    left = 1 - black
    chromatic = 1 - rgb / np.maximum(left, np.float32(1e-6))
    return np.concatenate([np.where(left > 0, np.clip(chromatic, 0, 1), 0), black[None]]).astype(np.float32)


def overprint(papers: Picture) -> Picture:
    """Return what is seen (3, H, W) of inks over each other.

    Args:
        papers: (4, H, W) in [0, 1]: what cyan, magenta, yellow and black leave of the paper, 0 where there is ink.
    """
    return papers[:3] * papers[3:]
