"""Open what a request says about colors: one cue for each picture to be made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Cue, CueRequest, Gallery, Hints, InputPicture
from halftone_color.errors import InputError
from halftone_color.images import palettes
from halftone_color.images import scribbles as drawing
from halftone_color.images.gallery import Without, open_gallery
from halftone_color.images.sources import open_layer, open_picture, rgb_of
from halftone_color.run import Run
from halftone_color.types import Picture, Scan

GRAY_SPREAD = 0.01
"""What the channels of a gray picture differ by at most."""
GRAY_REFERENCE = "A reference is gray, so there are no colors to take from it."


def open_cues(asked: CueRequest, scan: Scan, max_pixels: int, run: Run) -> list[Cue]:
    """Return a cue for each picture to be made: one for all references or other colors, one a sample, or one.

    Args:
        asked: where colors are to come from, checked.
        scan: the print, on which hints are given.
        max_pixels: larger pictures are refused.
        run: keeps what serves many scans.

    Raises:
        InputError: a reference or the gallery cannot be read, or hints do not fit the print.
    """
    hints = _open_hints(asked, scan, max_pixels) if "hints" in asked.kinds else None
    if asked.references:
        references = tuple(_open_reference(named, max_pixels, run) for named in asked.references)
        if any(np.ptp(reference, axis=0).max() < GRAY_SPREAD for reference in references):
            run.note(GRAY_REFERENCE)
        return [Cue(references, hints=hints)]
    if asked.palette:
        patches = run.cached(("palette", asked.palette), lambda: _open_palette(asked.palette, max_pixels))
        return [Cue(palette=patches, hints=hints)]
    if asked.gallery is not None:
        return [Cue(hints=hints, gallery=_open_gallery(asked.gallery, scan, max_pixels, run))]
    return [Cue(seed=asked.seed + k, hints=hints) for k in range(asked.samples)] or [Cue(hints=hints)]


def open_shared(asked: CueRequest, max_pixels: int, run: Run) -> None:
    """Open what serves every scan, so that what cannot be read is refused before the first.

    Raises:
        InputError: a reference, a palette's picture or the gallery cannot be read.
    """
    nowhere = Scan(np.ones((1, 1, 1), np.float32))
    open_cues(replace(asked, hints=(), scribbles=None, mask=None), nowhere, max_pixels, run)


def _open_reference(named: InputPicture, max_pixels: int, run: Run) -> Picture:
    """Return a reference (3, H, W)."""
    return run.cached(("picture", named.sha256), lambda: rgb_of(open_picture(named, max_pixels).pixels))


def _open_palette(palette: tuple[object, ...], max_pixels: int) -> Picture:
    """Return the patches (3, h, w) of a palette."""
    patches: list[palettes.Patch] = []
    for swatch in palette:
        if isinstance(swatch, InputPicture):
            main = palettes.main_colors(rgb_of(open_picture(swatch, max_pixels).pixels))
            patches += [(color, area / len(palette)) for color, area in main]
        else:
            patches.append((np.asarray(swatch, np.float32), 1 / len(palette)))
    return palettes.laid_out(patches)


def _open_gallery(folder: str, scan: Scan, max_pixels: int, run: Run) -> Gallery:
    """Return a gallery without the scan itself: a tinted scan would be nearest to itself."""
    gallery = run.cached(("gallery", folder), lambda: open_gallery(folder, max_pixels))
    own = None if scan.path is None else gallery.name_of(scan.path)
    return gallery if own is None else Without(gallery, own)


def _open_hints(asked: CueRequest, scan: Scan, max_pixels: int) -> Hints:
    """Return the colors that are given in places: by a mask, by scribbles, at points."""
    hints = None
    if asked.mask is not None:
        hints = _masked(asked, asked.mask, scan, max_pixels)
    elif asked.scribbles is not None:
        colors, opacity = open_layer(asked.scribbles, max_pixels)
        colors = rgb_of(_fitting(colors, "scribbles", scan))
        if opacity is None or opacity.min() >= drawing.OPAQUE:
            hints = drawing.drawn_copy(colors, scan.pixels)
        else:
            hints = drawing.drawn_layer(colors, opacity)
    if asked.hints:
        hints = drawing.joined(hints, drawing.points(asked.hints, *scan.pixels.shape[1:]))
    assert hints is not None
    return hints


def _masked(asked: CueRequest, mask: InputPicture, scan: Scan, max_pixels: int) -> Hints:
    """Return the colors of the scribbles, or of the print itself, where the mask is white."""
    pixels = _fitting(open_picture(mask, max_pixels, color=False).pixels, "mask", scan)
    if asked.scribbles is not None:
        colors = _fitting(open_layer(asked.scribbles, max_pixels)[0], "scribbles", scan)
    elif scan.pixels.shape[0] == 3:
        colors = scan.pixels
    else:
        raise InputError("The mask shows colors, but the print has none; give a colored copy with --scribbles.")
    return drawing.masked(rgb_of(colors), np.asarray(rgb_to_luma(rgb_of(pixels))))


def _fitting(pixels: Picture, name: str, scan: Scan) -> Picture:
    """Refuse what is drawn on a picture of another size."""
    height, width = scan.pixels.shape[1:]
    if pixels.shape[1:] != (height, width):
        drawn = f"{pixels.shape[2]} x {pixels.shape[1]} px"
        raise InputError(
            f"The size of the {name}, {drawn}, is not the print's, {width} x {height} px; draw on a copy of the print."
        )
    return pixels
