"""Assemble the result: the paper's tint, pigment in its own colors, photographs cut out, notes, resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from halftone_color.plan import Plan
from halftone_color.run import Run
from halftone_color.screen.pigment import keep_pigment
from halftone_color.types import Picture, Result, Scan


def finish(pictures: Sequence[Picture], scan: Scan, plan: Plan, run: Run) -> Result:
    """Return the result: the pictures, tinted if the paper is kept, with pigment in its own colors, and all notes.

    Where each photograph of a page is to be a picture of its own, all pictures of the first come first.
    """
    if plan.keep_paper:
        pictures = [plan.tones.on_paper(picture) for picture in pictures]
    if plan.pigment is not None:
        pictures = [keep_pigment(picture, plan.pigment) for picture in pictures]
    same_size = pictures[0].shape[1:] == scan.pixels.shape[1:]
    boxes = tuple(each.box for each in plan.photographs or ())
    if plan.crop and boxes:
        pictures = [picture[:, *box.slices].copy() for box in boxes for picture in pictures]
    x, y = (0, 0) if scan.region is None else (scan.region.x, scan.region.y)
    return Result(
        tuple(pictures),
        plan.screen,
        (*plan.notes, *run.notes),
        scan.dpi if same_size else None,
        scan.damage,
        tuple(replace(box, x=box.x + x, y=box.y + y) for box in boxes),
        scan.bits,
    )
