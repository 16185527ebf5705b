"""Assemble the result: the paper's tint, notes, resolution."""

from __future__ import annotations

from collections.abc import Sequence

from halftone_color.plan import Plan
from halftone_color.run import Run
from halftone_color.types import Picture, Result, Scan


def finish(pictures: Sequence[Picture], scan: Scan, plan: Plan, run: Run) -> Result:
    """Return the result: the pictures, tinted like the print if its paper is kept, with all notes."""
    if plan.keep_paper:
        pictures = [plan.tones.on_paper(picture) for picture in pictures]
    same_size = pictures[0].shape[1:] == scan.pixels.shape[1:]
    dpi = scan.dpi if same_size else None
    return Result(tuple(pictures), plan.screen, (*plan.notes, *run.notes), dpi, scan.damage)
