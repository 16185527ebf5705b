"""Color a page: each photograph as a picture of its own; text and blank paper stay as they were descreened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from halftone_color.arrays.banded import made_when_read
from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.cue import NONE, Cue, Hints
from halftone_color.images.sources import rgb_of
from halftone_color.plan import Plan
from halftone_color.run import Run
from halftone_color.screen.page import FADE
from halftone_color.types import Box, Picture

BAND_ROWS = 512
"""Number of rows of a large page that are put together at a time."""
WITHOUT_HINTS = "A photograph of the page has no hint, so it was left gray."
"""Note for the user, where the method cannot color without hints."""


def color_page(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """Color the photographs of a page: (1, H, W) -> (3, H, W); text and paper keep their tones.

    References, a palette and seeds apply to every photograph, hints to what lies below them, text as well. A large
    page is put together when it is read (arrays/banded.py).
    """
    assert plan.photographs is not None
    assert plan.cascade is not None
    parts = run.parts({str(each.box): float(each.box.width * each.box.height) for each in plan.photographs})
    colored: list[tuple[Box, Picture, Picture | None]] = []
    for each in plan.photographs:
        hints, part = part_of_hints(cue.hints, each.box), parts(str(each.box))
        if cue.hints is not None and hints is None and not _colors_without_hints(cue, plan):
            run.note(WITHOUT_HINTS)
            continue
        gray = np.ascontiguousarray(contone[:, *each.box.slices])
        picture = np.asarray(plan.cascade(gray, replace(cue, hints=hints), plan.part(each), part))
        colored.append((each.box, picture, None if each.mask is None else _weight(each.mask, hints)))
    run.report(1.0)
    height, width = contone.shape[1:]

    def rows(top: int, bottom: int) -> Picture:
        band = _uncolored(contone, cue.hints, Box(0, top, width, bottom - top))
        for box, picture, weight in colored:
            first, last = max(top, box.y), max(top, box.y, min(bottom, box.bottom))
            place, part = band[:, first - top : last - top, box.x : box.right], np.s_[:, first - box.y : last - box.y]
            place[:] = picture[part] if weight is None else place + (picture[part] - place) * weight[part]
        return band

    return made_when_read((3, height, width), BAND_ROWS, rows)


def _uncolored(contone: Picture, hints: Hints | None, box: Box) -> Picture:
    """Return a part of the page (3, h, w) without photographs: gray but for hints."""
    gray = contone[:, *box.slices]
    if hints is None or not hints.given[box.slices].any():
        return rgb_of(gray)
    chroma = rgb_to_ycc(hints.colors[:, *box.slices])[1] * hints.given[box.slices]
    return add_chroma(gray, np.asarray(chroma, np.float32))


def part_of_hints(hints: Hints | None, box: Box) -> Hints | None:
    """Return the hints that lie in a part of the picture, or None if none does."""
    if hints is None or not hints.given[box.slices].any():
        return None
    return Hints(np.ascontiguousarray(hints.colors[:, *box.slices]), np.ascontiguousarray(hints.given[box.slices]))


def _colors_without_hints(cue: Cue, plan: Plan) -> bool:
    """Tell whether the colorizer can do without hints, or has another cue."""
    assert plan.colorizer is not None
    others = cue.references or cue.palette is not None or cue.gallery is not None or cue.seed is not None
    return bool(others) or NONE in plan.colorizer.cues


def _weight(mask: Picture, hints: Hints | None) -> Picture:
    """Return the weight (1, h, w) of what is colored: 0 where the mask is 0 and there is no hint."""
    wanted = mask if hints is None else np.maximum(mask, hints.given)
    return np.asarray(np.minimum(1, wanted / FADE), np.float32)
