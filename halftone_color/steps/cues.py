"""Open the cues of a request: one cue for each result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Cue, CueRequest, Gallery, Hints, InputPicture
from halftone_color.errors import InputError
from halftone_color.images import palettes
from halftone_color.images import scribbles as drawing
from halftone_color.images.gallery import GalleryWithout, open_gallery
from halftone_color.images.sources import is_gray, open_layer, open_picture, rgb_of
from halftone_color.run import Run
from halftone_color.types import Box, Picture, Scan

GRAY_REFERENCE = "A reference is gray, so there are no colors to take from it."
"""Note for the user."""


def open_cues(asked: CueRequest, scan: Scan, max_pixels: int, run: Run) -> list[Cue]:
    """Return one cue per result: one for each sample, otherwise a single one.

    Args:
        asked: the cues of the request, already checked.
        scan: the print to which hints apply.
        max_pixels: larger pictures are refused.
        run: caches what serves several scans.

    Raises:
        InputError: a reference or the gallery cannot be read, or hints do not fit the print.
    """
    hints = _open_hints(asked, scan, max_pixels) if "hints" in asked.kinds else None
    if asked.references:
        references = tuple(_open_reference(named, max_pixels, run) for named in asked.references)
        if any(map(is_gray, references)):
            run.note(GRAY_REFERENCE)
        return [Cue(references, hints=hints)]
    if asked.palette:
        patches = run.cached(("palette", asked.palette), lambda: _open_palette(asked.palette, max_pixels))
        return [Cue(palette=patches, hints=hints)]
    if asked.gallery is not None:
        return [Cue(hints=hints, gallery=_open_gallery(asked.gallery, scan, max_pixels, run))]
    if asked.view is not None:
        view = _require_size(_open_reference(asked.view, max_pixels, run), "color view", scan)
        return [Cue(hints=hints, view=view)]
    return [Cue(seed=asked.seed + k, hints=hints) for k in range(asked.samples)] or [Cue(hints=hints)]


def open_shared(asked: CueRequest, max_pixels: int, run: Run) -> None:
    """Open the cues that serve every scan, so that unreadable ones are refused before the first scan.

    Raises:
        InputError: a reference, a palette's picture or the gallery cannot be read.
    """
    nowhere = Scan(np.ones((1, 1, 1), np.float32))
    open_cues(replace(asked, hints=(), scribbles=None, mask=None, view=None), nowhere, max_pixels, run)


def _open_reference(named: InputPicture, max_pixels: int, run: Run) -> Picture:
    """Return a reference (3, H, W)."""
    return run.cached(("picture", named.sha256), lambda: rgb_of(open_picture(named, max_pixels).pixels))


def _open_palette(palette: tuple[object, ...], max_pixels: int) -> Picture:
    """Return a palette as a picture of patches (3, h, w)."""
    patches: list[palettes.Patch] = []
    for swatch in palette:
        if isinstance(swatch, InputPicture):
            main = palettes.main_colors(rgb_of(open_picture(swatch, max_pixels).pixels))
            patches += [(color, area / len(palette)) for color, area in main]
        else:
            patches.append((np.asarray(swatch, np.float32), 1 / len(palette)))
    return palettes.draw_patches(patches)


def _open_gallery(folder: str, scan: Scan, max_pixels: int, run: Run) -> Gallery:
    """Return a gallery without the scan itself, because a tinted scan would be most similar to itself."""
    gallery = run.cached(("gallery", folder), lambda: open_gallery(folder, max_pixels))
    name = None if scan.path is None else gallery.name_of(scan.path)
    return gallery if name is None else GalleryWithout(gallery, name)


def _open_hints(asked: CueRequest, scan: Scan, max_pixels: int) -> Hints:
    """Return the hints given by a mask, by scribbles, and at single points."""
    hints = None
    if asked.mask is not None:
        hints = _open_mask(asked, asked.mask, scan, max_pixels)
    elif asked.scribbles is not None:
        colors, opacity = open_layer(asked.scribbles, max_pixels)
        colors = rgb_of(_require_size(colors, "scribbles", scan))
        opacity = None if opacity is None else _require_size(opacity, "scribbles", scan)
        if opacity is None or opacity.min() >= drawing.OPAQUE:
            hints = drawing.hints_of_copy(colors, scan.pixels)
        else:
            hints = drawing.hints_of_layer(colors, opacity)
    if asked.hints:
        hints = drawing.merge_hints(hints, _hints_of_points(asked, scan))
    assert hints is not None
    return hints


def _open_mask(asked: CueRequest, mask: InputPicture, scan: Scan, max_pixels: int) -> Hints:
    """Return as hints the colors of the scribbles, or of the print itself, where the mask is white."""
    pixels = _require_size(open_picture(mask, max_pixels, color=False).pixels, "mask", scan)
    if asked.scribbles is not None:
        colors = _require_size(open_layer(asked.scribbles, max_pixels)[0], "scribbles", scan)
    elif scan.pixels.shape[0] == 3:
        colors = scan.pixels
    else:
        raise InputError("The mask selects colors, but the print has none; give a colored copy with --scribbles.")
    return drawing.hints_of_mask(rgb_of(colors), np.asarray(rgb_to_luma(rgb_of(pixels))))


def _require_size(pixels: Picture, name: str, scan: Scan) -> Picture:
    """Return the pixels if they have the size of the scan, or the part that is read if they have that of the whole.

    Raises:
        InputError: they have another size.
    """
    if pixels.shape[1:] == scan.pixels.shape[1:]:
        return pixels
    height, width = scan.whole or scan.pixels.shape[1:]
    if scan.region is not None and pixels.shape[1:] == (height, width):
        return pixels[:, *scan.region.slices]
    drawn = f"{pixels.shape[2]} x {pixels.shape[1]} px"
    raise InputError(
        f"The size of the {name}, {drawn}, differs from the print's, {width} x {height} px; "
        "draw on a copy of the print."
    )


def _hints_of_points(asked: CueRequest, scan: Scan) -> Hints:
    """Return the hints at single points, of those that lie in the part of the picture that is read.

    Raises:
        InputError: a point lies outside the picture, or none in its part.
    """
    height, width = scan.whole or scan.pixels.shape[1:]
    for x, y, _ in asked.hints:
        drawing.require_inside(x, y, height, width)
    region = scan.region or Box(0, 0, width, height)
    inside = [
        (x - region.x, y - region.y, color)
        for x, y, color in asked.hints
        if region.x <= x < region.right and region.y <= y < region.bottom
    ]
    if not inside:
        raise InputError("No hint lies in the region that is restored; move one, or leave them out.")
    return drawing.hints_of_points(inside, *scan.pixels.shape[1:])
