"""Separate photographs, which are colored, from the text and blank paper of a page, which are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.arrays.banded import made_when_read
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.types import Picture, Screen

Mask = NDArray[np.float32]
"""Coarse mask (rows, columns) in [0, 1], one value per square cell; 1 is photograph."""
Cells = NDArray[np.bool_]
"""(rows, columns), one truth value per cell."""
Shares = NDArray[np.float32]
"""(rows, columns), one value in [0, 1] per cell."""

CELLS_ON_LONG_SIDE = 160
"""Number of cells along the longer side of a picture."""
SMALLEST_CELL_PX = 16
"""Least side of a cell in px; cells are between a letter and a line of text high."""
LEAST_CONTRAST = 0.3
"""Least difference between paper and ink of a page, in [0, 1]."""
NEAR = 0.2
"""Distance from paper or ink, as a share of the contrast, within which a pixel counts as one of them."""
FADE = 0.25
"""Value of the mask below which remaining chroma is faded out."""
SHORTEST_PAGE_PX = 700
"""Least longer side of a page in px; text on smaller ones is illegible anyway."""
LEAST_TEXT, LEAST_PAPER = 0.06, 0.3
"""Least share of a page's cells that are text, and that are text or blank paper."""
LEAST_PAPER_IN_TEXT = 0.3
"""Least share of paper in text, over neighborhoods of 5 x 5 cells; photographs have less."""
FEWEST_LETTERS = 100
"""Least number of letters on a page."""
SMALLEST_LETTER_PX = 6
"""Least height of a letter in px."""
LEAST_ALIKE = 0.5
"""Least share of letters among the marks on paper, and of letters of about the same height; texture has fewer."""
LEAST_TONES = 0.08
"""Least share of a photograph's cells with mostly tones between ink and paper; headlines and rules have none."""
SMALLEST_PHOTO = 0.004
"""Least area of a photograph as a share of the page; smaller patches are ornaments, rules and headlines."""
DOTS_IN_PAPER = 0.1
"""Standard deviation of halftone minus contone above which apparently blank paper is a highlight with dots."""
BAND_CELLS = 16
"""Number of rows of cells that are measured at a time."""
MASK_ROWS = 512
"""Number of rows of a large picture's mask that are computed at a time."""


def picture_mask(contone: Picture, halftone: Picture | None, screen: Screen) -> Mask:
    """Return the coarse mask of photographs in a picture (1, H, W): about 1 there, 0 on a page's text and blank paper.

    A picture counts as a page only if there is text: many cells with ink and paper and few tones in between, whose
    marks are letters. Any other picture, such as an ordinary photograph, gives 1 everywhere. On a page, photographs are
    the large patches with little bare paper; holes in them are filled, and their edges are soft.

    Args:
        contone: the descreened picture (1, H, W).
        halftone: the scan (1, H, W) from which it was restored, to tell highlights from blank paper; or None.
        screen: of the scan, from `detect`.
    """
    cell_px = cell_size(*contone.shape[1:])
    levels = _ink_and_paper(contone[0])
    rows, columns = (-(-side // cell_px) for side in contone.shape[1:])
    everything = np.ones((rows, columns), np.float32)
    if levels is None:
        return everything
    ink, paper = levels
    near = NEAR * (paper - ink)
    paper_share = _share(contone[0], lambda tones: tones > paper - near, cell_px)
    ink_share = _share(contone[0], lambda tones: tones < ink + 1.5 * near, cell_px)
    between = 1.0 - paper_share - ink_share
    blank = paper_share > 0.97
    text = (paper_share > 0.3) & (ink_share > 0.02) & (between < 0.45) & ~blank
    if max(contone.shape) < SHORTEST_PAGE_PX or text.mean() < LEAST_TEXT or (text | blank).mean() < LEAST_PAPER:
        return everything
    if not _has_letters(contone[0] < (ink + paper) / 2, text, cell_px):
        return everything
    if halftone is not None and screen.present:
        dotted = _deviation(halftone[0], contone[0], cell_px) > DOTS_IN_PAPER
        paper_share = np.where(blank & dotted, np.float32(0.0), paper_share)
    return _soften(_photographs(ndimage.median_filter(paper_share, 5) < LEAST_PAPER_IN_TEXT, between))


def cell_size(height: int, width: int) -> int:
    """Return the side in px of the mask's cells for a picture of this size."""
    return max(SMALLEST_CELL_PX, round(max(height, width) / CELLS_ON_LONG_SIDE))


def upsample_mask(mask: Mask, height: int, width: int) -> Picture:
    """Interpolate a mask linearly, between the centers of its cells, to the size of its picture (1, height, width).

    That of a large picture is computed when it is read (arrays/banded.py).
    """
    cell_px = cell_size(height, width)
    y, x = ((np.arange(side) + 0.5) / cell_px - 0.5 for side in (height, width))
    columns = np.stack([np.interp(x, np.arange(mask.shape[1]), row) for row in mask]).astype(np.float32)
    upper = np.clip(np.floor(y).astype(np.int64), 0, len(columns) - 1)
    lower = np.minimum(upper + 1, len(columns) - 1)
    weight = np.clip(y - upper, 0.0, 1.0).astype(np.float32)[:, None]

    def rows(top: int, bottom: int) -> Picture:
        part = slice(top, bottom)
        full: Picture = (columns[upper[part]] * (1 - weight[part]) + columns[lower[part]] * weight[part])[None]
        return full

    return made_when_read((1, height, width), MASK_ROWS, rows)


def _ink_and_paper(gray: NDArray[np.float32]) -> tuple[float, float] | None:
    """Return the levels of ink (first percentile) and paper (most frequent bright level), or None without contrast."""
    sample = gray[:: max(gray.shape[0] // 1000, 1), :: max(gray.shape[1] // 1000, 1)]
    counts, edges = np.histogram(sample, bins=64, range=(0.0, 1.0))
    ink = float(np.percentile(sample, 1))
    bright = edges[:-1] > (ink + float(sample.max())) / 2
    smooth = np.where(bright, np.convolve(counts, np.ones(3), mode="same"), -1)
    paper = float(edges[int(np.argmax(smooth))] + edges[1] / 2)
    return (ink, paper) if paper - ink >= LEAST_CONTRAST else None


def _has_letters(inked: Cells, text: Cells, cell_px: int) -> bool:
    """Tell whether the marks of ink (H, W) in text cells are mostly letters: compact, many, and of similar height."""
    labels, _ = ndimage.label(inked)
    marks = np.array([(y.start, y.stop, x.start, x.stop) for y, x in ndimage.find_objects(labels)]).reshape(-1, 4)
    height, width = marks[:, 1] - marks[:, 0], marks[:, 3] - marks[:, 2]
    inside = text[(marks[:, 0] + marks[:, 1]) // 2 // cell_px, (marks[:, 2] + marks[:, 3]) // 2 // cell_px]
    inside &= height * width >= 4
    letter = inside & (height >= SMALLEST_LETTER_PX) & (height <= 4 * cell_px) & (width <= 4 * height)
    if letter.sum() < max(FEWEST_LETTERS, LEAST_ALIKE * inside.sum()):
        return False
    heights = np.sort(height[letter])
    alike = np.searchsorted(heights, 1.6 * heights, side="right") - np.arange(len(heights))
    return bool(alike.max() >= LEAST_ALIKE * len(heights))


def _photographs(solid: Cells, between: Shares) -> Cells:
    """Return the large patches of cells without paper, with their holes filled.

    A patch counts if it has tones between ink and paper; if it fills most of its bounding box, the whole box counts.
    """
    closed = ndimage.binary_closing(np.pad(solid, 2), iterations=2)[2:-2, 2:-2]
    patches, _ = ndimage.label(ndimage.binary_opening(closed))
    photo = np.zeros_like(solid)
    for number, box in enumerate(ndimage.find_objects(patches), start=1):
        patch = patches[box] == number
        if patch.sum() < max(SMALLEST_PHOTO * solid.size, 9) or np.mean(between[box][patch] > 0.5) < LEAST_TONES:
            continue
        photo[box] |= True if patch.mean() > 0.6 else ndimage.binary_fill_holes(patch)
    return photo


def _soften(photo: Cells) -> Mask:
    """Return the mask with soft edges about two cells wide; it is 1 inside the photographs."""
    grown = ndimage.binary_dilation(photo, np.ones((3, 3)))
    soft: Mask = np.maximum(ndimage.gaussian_filter(grown.astype(np.float32), 0.7), photo.astype(np.float32))
    return soft


def _cells(plane: NDArray[np.float32], cell_px: int) -> NDArray[np.float32]:
    """Split (H, W) into cells (rows, cell_px, columns, cell_px); the last ones are padded with the nearest pixels."""
    height, width = plane.shape
    full = np.pad(plane, ((0, -height % cell_px), (0, -width % cell_px)), mode="edge")
    return full.reshape(full.shape[0] // cell_px, cell_px, full.shape[1] // cell_px, cell_px)


def _share(plane: NDArray[np.float32], which: Callable[[NDArray[np.float32]], Cells], cell_px: int) -> Shares:
    """Return the share of the pixels of a plane (H, W) in every cell for which `which` is true."""
    bands = (which(plane[rows]).astype(np.float32) for rows in _bands(len(plane), cell_px))
    share: Shares = np.concatenate([_cells(band, cell_px).mean(axis=(1, 3)) for band in bands])
    return share


def _deviation(first: NDArray[np.float32], second: NDArray[np.float32], cell_px: int) -> Shares:
    """Return the standard deviation of the difference of two planes (H, W) in every cell."""
    bands = (first[rows] - second[rows] for rows in _bands(len(first), cell_px))
    deviation: Shares = np.concatenate([_cells(band, cell_px).std(axis=(1, 3)) for band in bands])
    return deviation


def _bands(height: int, cell_px: int) -> list[slice]:
    """Return bands of whole cells, which bound the memory."""
    rows = BAND_CELLS * cell_px
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def desaturate_outside(rgb: Picture, mask: Picture) -> Picture:
    """Fade sRGB (3, H, W) to gray where the mask (1, H, W) is below FADE.

    Channels that were descreened separately are only nearly equal even where the scan is gray.
    """
    if mask.min() >= FADE:
        return rgb
    luma = np.asarray(rgb_to_luma(rgb), dtype=np.float32)
    return np.asarray(luma + (rgb - luma) * np.minimum(1, mask / FADE), dtype=np.float32)
