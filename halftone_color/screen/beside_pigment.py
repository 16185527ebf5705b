"""Look for a screen beside what has colors of its own: patches of a color target in a gray print have no dots.

In gray such patches are smooth places without dots, as a texture has them where the textured thing ends, so that the
screen of the print is in doubt.
"""

from __future__ import annotations

from halftone_color.screen.detect import detect
from halftone_color.screen.own_colors import find_own_colors
from halftone_color.types import Picture, Screen

LEAST_SHARE = 0.4
"""Least share of the picture that the part beside the pigment must have."""
ALIKE = 0.02
"""Largest difference of the period that is found there from the doubted one, as a share of it."""


def settle_doubt(pixels: Picture, gray: Picture, found: Screen, threads: int = 1) -> Screen:
    """Return the doubted screen of a picture if the part beside its own colors has it beyond doubt, else `found`.

    Args:
        pixels: the scan (1 or 3, H, W).
        gray: its luma (1, H, W).
        found: what `detect` found in the whole of it.
        threads: for `detect`.
    """
    if found.present or found.doubt is None or found.doubt.period_px is None:
        return found
    pigment = find_own_colors(pixels, found).pigment
    if pigment is None:
        return found
    _, rows, columns = pigment.box
    parts = (
        gray[:, : rows.start],
        gray[:, rows.stop :],
        gray[:, :, : columns.start],
        gray[:, :, columns.stop :],
    )
    largest = max(parts, key=lambda part: part.size)
    if largest.size < LEAST_SHARE * gray.size:
        return found
    beside = detect(largest, threads)
    if beside.period_px is None or abs(beside.period_px / found.doubt.period_px - 1) > ALIKE:
        return found
    return beside
