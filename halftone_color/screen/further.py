"""Screens that windows of a picture do not show: of dithers that were reduced, and of prints scanned too coarsely."""

from __future__ import annotations

from dataclasses import replace

from halftone_color.screen.moire import find_moire
from halftone_color.screen.reduced import is_reduced_matrix
from halftone_color.screen.soft import measure_grain
from halftone_color.screen.tone import is_digital
from halftone_color.types import Picture, Screen

FINE_PX = 3.1
"""Longest period of ordered dither with the usual matrices, reduced to .6 or more, that is taken for dots or lines."""
COARSEST_DOUBT_PX = 4.0
"""Longest period of a pattern in doubt that may be a reduced matrix, whose waves have 2.1 to 3.7 px; the harmonics of
coarser textures have these frequencies too."""


def find_further(gray: Picture, found: Screen, threads: int = 1) -> Screen:
    """Return the screen of a picture (1, H, W) in which the windows show none, or what was found before.

    Args:
        gray: the picture.
        found: what the windows show; of a pattern in doubt only ordered dither can be told with certainty.
        threads: used by the Fourier transforms.
    """
    if found.doubt is not None and (found.doubt.period_px or 0) > COARSEST_DOUBT_PX:
        return found
    if is_reduced_matrix(gray, threads):
        return Screen("ordered")
    if found.doubt is not None:
        return found
    moire = find_moire(gray, threads)
    if moire is not None:
        return moire
    grain = measure_grain(gray)
    if grain is not None and grain.is_dither:
        return Screen("stochastic", strength=1 / grain.middle)
    return found


def note_form(gray: Picture, screen: Screen) -> Screen:
    """Return a screen with its form: `soft` if it is a dither that was reduced or blurred."""
    if not screen.present or screen.enlarged is not None or screen.form is not None:
        return screen
    if screen.period_px is not None and (screen.period_px > FINE_PX or not is_digital(gray)):
        return screen
    grain = measure_grain(gray)
    return replace(screen, form="soft") if grain is not None and grain.is_soft else screen
