"""Tell a page from a picture, and its photographs, which are colored, from text and blank paper, which are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.screen.large import thinned, thinning
from halftone_color.types import Picture, Screen

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
SHORTEST_PAGE_PX = 500
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


@dataclass(frozen=True)
class Page:
    """A page, in square cells; the last ones of a row and of a column may reach beyond its border."""

    cell_px: int
    """Side of the cells in px."""
    bare: float
    """Least tone, in [0, 1], that counts as paper."""
    middle: float
    """Tone half way between ink and paper."""
    patches: Cells
    """Large patches with little bare paper and tones between ink and paper: photographs, or neighboring ones."""
    text: Cells
    """Where there are paper, ink and few tones in between."""
    blank: Cells
    """Where there is paper alone, without the dots of a highlight."""


def read_page(contone: Picture, halftone: Picture | None, screen: Screen) -> Page | None:
    """Return the page that a picture (1, H, W) shows, or None for any other picture, such as an ordinary photograph.

    A picture counts as a page only if there is text: many cells with ink and paper and few tones in between, whose
    marks are letters.

    Args:
        contone: the descreened picture (1, H, W).
        halftone: the scan (1, H, W) from which it was restored, to tell highlights from blank paper; or None.
        screen: of the scan, from `detect`.
    """
    cell_px = max(SMALLEST_CELL_PX, round(max(contone.shape) / CELLS_ON_LONG_SIDE))
    levels = _ink_and_paper(contone[0])
    if levels is None:
        return None
    ink, paper = levels
    near = NEAR * (paper - ink)
    paper_share = _share(contone[0], lambda tones: tones > paper - near, cell_px)
    ink_share = _share(contone[0], lambda tones: tones < ink + 1.5 * near, cell_px)
    between = 1.0 - paper_share - ink_share
    blank = paper_share > 0.97
    text = (paper_share > 0.3) & (ink_share > 0.02) & (between < 0.45) & ~blank
    if max(contone.shape) < SHORTEST_PAGE_PX or text.mean() < LEAST_TEXT or (text | blank).mean() < LEAST_PAPER:
        return None
    if not _has_letters(thinned(contone[0]) < (ink + paper) / 2, text, cell_px, thinning(contone[0].size)):
        return None
    if halftone is not None and screen.present:
        dotted = _deviation(halftone[0], contone[0], cell_px) > DOTS_IN_PAPER
        paper_share = np.where(blank & dotted, np.float32(0.0), paper_share)
        blank &= ~dotted
    solid = ndimage.median_filter(paper_share, 5) < LEAST_PAPER_IN_TEXT
    return Page(cell_px, paper - near, (ink + paper) / 2, _patches(solid, between), text, blank)


def _ink_and_paper(gray: NDArray[np.float32]) -> tuple[float, float] | None:
    """Return the levels of ink (first percentile) and paper (most frequent bright level), or None without contrast."""
    sample = gray[:: max(gray.shape[0] // 1000, 1), :: max(gray.shape[1] // 1000, 1)]
    counts, edges = np.histogram(sample, bins=64, range=(0.0, 1.0))
    ink = float(np.percentile(sample, 1))
    bright = edges[:-1] > (ink + float(sample.max())) / 2
    smooth = np.where(bright, np.convolve(counts, np.ones(3), mode="same"), -1)
    paper = float(edges[int(np.argmax(smooth))] + edges[1] / 2)
    return (ink, paper) if paper - ink >= LEAST_CONTRAST else None


def _has_letters(inked: Cells, text: Cells, cell_px: int, step: int) -> bool:
    """Tell whether the marks of ink in text cells are mostly letters: compact, many, and of similar height.

    Args:
        inked: (h, w), every `step`-th row and column of the page.
        text: the cells of text.
        cell_px: their side.
        step: distance of the rows and columns of `inked`, in px.
    """
    labels, _ = ndimage.label(inked)
    marks = step * np.array([(y.start, y.stop, x.start, x.stop) for y, x in ndimage.find_objects(labels)]).reshape(
        -1, 4
    )
    height, width = marks[:, 1] - marks[:, 0], marks[:, 3] - marks[:, 2]
    inside = text[(marks[:, 0] + marks[:, 1]) // 2 // cell_px, (marks[:, 2] + marks[:, 3]) // 2 // cell_px]
    inside &= height * width >= 4 * step * step
    letter = inside & (height >= SMALLEST_LETTER_PX) & (height <= 4 * cell_px) & (width <= 4 * height)
    if letter.sum() < max(FEWEST_LETTERS, LEAST_ALIKE * inside.sum()):
        return False
    heights = np.sort(height[letter])
    alike = np.searchsorted(heights, 1.6 * heights, side="right") - np.arange(len(heights))
    return bool(alike.max() >= LEAST_ALIKE * len(heights))


def _patches(solid: Cells, between: Shares) -> Cells:
    """Return the large patches of cells without paper that have tones between ink and paper."""
    closed = ndimage.binary_closing(np.pad(solid, 2), iterations=2)[2:-2, 2:-2]
    patches, _ = ndimage.label(ndimage.binary_opening(closed))
    photo = np.zeros_like(solid)
    for number, box in enumerate(ndimage.find_objects(patches), start=1):
        patch = patches[box] == number
        if patch.sum() >= max(SMALLEST_PHOTO * solid.size, 9) and np.mean(between[box][patch] > 0.5) >= LEAST_TONES:
            photo[box] |= patch
    return photo


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
