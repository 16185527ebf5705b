"""Screen a color picture as a print in four inks, and look at the print."""

from __future__ import annotations

import numpy as np

from halftone_color.arrays.inks import TURNS_DEG, overprint, separate
from halftone_color.arrays.light import linear_to_srgb, srgb_to_linear
from halftone_color.method import Halftoner, ScreensInks
from halftone_color.run import Run
from halftone_color.types import Picture, Task


def halftone_cmyk(rgb: Picture, halftoner: Halftoner, run: Run) -> Picture:
    """Return the print (3, H, W) of a picture (3, H, W), both sRGB in [0, 1].

    A halftoner that screens inks gives each of the four its own angle. The others have no angle to keep inks
    independent; they screen cyan, magenta and yellow, and black takes the place of all three where they coincide.
    """
    part = run.parts({"ink": 1.0})
    if not isinstance(halftoner, ScreensInks):
        return np.concatenate([halftoner(Task(channel[None]), part("ink", 1 / 3)) for channel in rgb])
    coverages = separate(srgb_to_linear(rgb) if halftoner.linear else rgb)
    papers = [
        halftoner.ink_screen(turn_deg)(Task(1 - coverage[None]), part("ink", 1 / 4))
        for coverage, turn_deg in zip(coverages, TURNS_DEG.values(), strict=True)
    ]
    seen = overprint(np.concatenate(papers))
    return linear_to_srgb(seen) if halftoner.linear else seen
