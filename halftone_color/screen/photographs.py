"""Where each photograph of a page lies, to the px: between the bare paper around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, radians, tan

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.screen.even import is_even
from halftone_color.screen.large import thinned, thinning
from halftone_color.screen.page import Page, read_page
from halftone_color.screen.skew import box_as_it_lies, mask_as_it_lies, skew_of, turn
from halftone_color.types import Box, Picture, Screen

BARE = 0.97
"""Least share of paper in a row or column of px that counts as bare; a rule may cross it."""
LEAST_GAP_PX = 3
"""Least number of bare rows or columns between two photographs, or between a photograph and its caption."""
DOTS_IN_GAP = 0.07
"""Standard deviation of halftone minus contone above which an apparently bare row is a highlight with dots."""
WITHOUT_PERIOD_PX = 8
"""Largest distance of dots in a highlight that is assumed for a screen without a period, in px."""
MARGIN_CELLS = 1.5
"""Width of the margin around a patch in which its photographs' edges are looked for, in cells."""
TEXT_CELLS, MOST_TEXT = 3, 0.5
"""Width in cells of a strip beside a patch, and least share of text in it, at which the patch's photograph ends."""
LEAST_SOLID = 0.3
"""Least share of a photograph's box that is part of a patch; boxes of text beside a photograph have less."""
FILLED = 0.6
"""Least share of its box that is neither blank paper nor text where a photograph fills it; others have an outline."""
LEAST_DRIFT_PX = 3
"""Least drift of a line over the width of the page, in px, for which skew is taken out; gaps may be as narrow."""
THINNEST_CELLS = 2
"""Least side of a photograph in cells; thinner parts are rules and scraps of text."""
SCANNER_BED = 3
"""Number of the picture's borders that the dark bed of a scanner touches; photographs on a page touch fewer."""
MOST_OVERLAP = 0.5
"""Share of the smaller of two boxes above which they are the same photograph."""

ROWS, COLUMNS = 0, 1
"""Axes of a picture (H, W)."""
Plane = NDArray[np.bool_]
"""One truth value for each row or column, (n,)."""


@dataclass(frozen=True)
class Photograph:
    """A photograph of a page."""

    box: Box
    """Where it lies."""
    mask: Picture | None = None
    """(1, height, width) in [0, 1], about 1 inside its outline and 0 outside; None if it fills its box."""


def find_photographs(contone: Picture, halftone: Picture | None, screen: Screen) -> tuple[Photograph, ...] | None:
    """Return the photographs of a page (1, H, W) in reading order, or None if the picture is no page.

    Patches of cells without bare paper (`read_page`) are cut along bare rows and columns into boxes, and each box ends
    where paper is bare: to the px, although cells are as large as a line of text.

    Args:
        contone: the descreened picture (1, H, W).
        halftone: the scan (1, H, W) from which it was restored, to tell highlights from blank paper; or None.
        screen: of the scan, from `detect`.
    """
    page = read_page(contone, halftone, screen)
    if page is None:
        return None
    dots = halftone[0] if halftone is not None and screen.present else None
    finder = _Finder(page, contone[0], dots, ceil(screen.period_px or WITHOUT_PERIOD_PX))
    skew_deg = finder.skew_deg() if page.patches.any() else 0.0
    if abs(tan(radians(skew_deg))) * contone.shape[2] >= LEAST_DRIFT_PX:
        return _find_askew(finder, skew_deg, screen)
    return tuple(Photograph(box, finder.outline(box)) for box in in_reading_order(finder.boxes()))


def _find_askew(finder: _Finder, skew_deg: float, screen: Screen) -> tuple[Photograph, ...]:
    """Return the photographs of a page that lies askew: their boxes and masks are those of the level page, turned."""
    contone = turn(finder.contone, skew_deg)
    halftone = None if finder.halftone is None else turn(finder.halftone, skew_deg)
    page = read_page(contone[None], None if halftone is None else halftone[None], screen)
    level = replace(finder, page=page or finder.page, contone=contone, halftone=halftone)
    found = []
    for box in in_reading_order(level.boxes()):
        place = box_as_it_lies(box, contone.shape, skew_deg)
        mask = mask_as_it_lies(box, level.outline(box), place, contone.shape, skew_deg)
        found.append(Photograph(place, mask))
    return tuple(found)


def in_reading_order(boxes: Sequence[Box]) -> list[Box]:
    """Return boxes row by row from the top, and each row from the left; a row is all that begins above its middle."""
    left, ordered = sorted(boxes, key=lambda box: (box.y, box.x)), []
    while left:
        middle = left[0].y + left[0].height / 2
        ordered += sorted((box for box in left if box.y < middle), key=lambda box: (box.x, box.y))
        left = [box for box in left if box.y >= middle]
    return ordered


@dataclass(frozen=True)
class _Finder:
    """Finds the boxes of the photographs in the patches of a page."""

    page: Page
    contone: NDArray[np.float32]
    """(H, W)."""
    halftone: NDArray[np.float32] | None
    """(H, W), where there are dots to tell highlights from paper."""
    period_px: int
    """Distance of neighboring dots."""

    def skew_deg(self) -> float:
        """Return by how much the lines of text fall from left to right, in degrees."""
        height, width = self.contone.shape
        step, size = thinning(self.contone.size), self.page.cell_px
        rows, columns = (np.arange(0, side, step) // size for side in (height, width))
        return skew_of(self.page.text[rows][:, columns] & (thinned(self.contone) < self.page.middle))

    def boxes(self) -> list[Box]:
        """Return the boxes of all photographs."""
        labels, _ = ndimage.label(self.page.patches)
        found: list[Box] = []
        for rows, columns in ndimage.find_objects(labels):
            patch = self._in_px(rows, columns)
            for part in self._cut(self._grown(patch)):
                box = self._closed(part, patch)
                if self._is_photograph(box) and all(_overlap(box, other) <= MOST_OVERLAP for other in found):
                    found.append(box)
        return found

    def outline(self, box: Box) -> Picture | None:
        """Return the mask (1, height, width) of a photograph in its box, or None if it fills its box."""
        outside = (self.page.blank | self.page.text) & ~self.page.patches
        if outside[self._cells(box)].mean() <= 1 - FILLED:
            return None
        filled, cells = np.zeros_like(outside), self._cells(box)
        filled[cells] = ndimage.binary_fill_holes(~outside[cells])
        grown = ndimage.gaussian_filter(ndimage.binary_dilation(filled, np.ones((3, 3))).astype(np.float32), 0.7)
        y, x = ((np.arange(start, stop) + 0.5) / self.page.cell_px - 0.5 for start, stop in _ends(box))
        places = np.stack(np.meshgrid(y, x, indexing="ij"))
        soft = np.maximum(grown, filled.astype(np.float32))
        return np.asarray(ndimage.map_coordinates(soft, places, order=1, mode="nearest"), np.float32)[None]

    # ---- cutting a patch along bare paper ----------------------------------------------------------------------

    def _cut(self, box: Box) -> Iterator[Box]:
        """Yield the parts of a box that bare paper separates from each other, without bare margins."""
        if min(box.width, box.height) < THINNEST_CELLS * self.page.cell_px or self._solid(box) == 0:
            return
        gaps = [(axis, *gap) for axis in (ROWS, COLUMNS) for gap in self._gaps(box, axis)]
        if not gaps:
            yield box
            return
        axis, start, stop = max(gaps, key=lambda gap: gap[2] - gap[1])
        first, last = _ends(box)[axis]
        for part in (_with_ends(box, axis, first, start), _with_ends(box, axis, stop, last)):
            yield from self._cut(part)

    def _gaps(self, box: Box, axis: int) -> Iterator[tuple[int, int]]:
        """Yield the first and last end of each run of bare rows or columns of a box; at its border any width counts."""
        first, last = _ends(box)[axis]
        if last <= first:
            return
        seen_as_paper = (self.contone[box.slices] > self.page.bare).mean(axis=1 - axis) >= BARE
        highlight = seen_as_paper & self._dotted(box, axis)
        bare = np.concatenate([[False], seen_as_paper & ~highlight, [False]])
        beside = np.concatenate([[False], highlight, [False]])
        for start, stop in np.flatnonzero(np.diff(bare.astype(np.int8))).reshape(-1, 2).tolist():
            least = self.period_px if beside[start] or beside[stop + 1] else LEAST_GAP_PX
            if stop - start >= least or start == 0 or stop == last - first:
                yield first + start, first + stop

    def _dotted(self, box: Box, axis: int) -> Plane:
        """Return which rows or columns of a box (n,) have dots, or lie between such within a period of the screen."""
        if self.halftone is None:
            return np.zeros(self.contone[box.slices].shape[axis], np.bool_)
        dots = (self.halftone[box.slices] - self.contone[box.slices]).std(axis=1 - axis) > DOTS_IN_GAP
        closed: Plane = ndimage.binary_closing(np.pad(dots, self.period_px), np.ones(self.period_px, np.bool_))
        return closed[self.period_px : -self.period_px]

    # ---- beyond a patch ----------------------------------------------------------------------------------------

    def _closed(self, box: Box, patch: Box) -> Box:
        """Return a box with those sides moved that reach the border of the patch's margin: no bare paper bounds them.

        They are looked for from the patch's side outwards, as bright parts of a photograph are not in its patch.
        """
        outer, page = self._grown(patch), Box(0, 0, self.contone.shape[1], self.contone.shape[0])
        for axis in (ROWS, COLUMNS):
            (start, stop), (inner_start, inner_stop) = _ends(box)[axis], _ends(patch)[axis]
            if start == _ends(outer)[axis][0]:
                start = self._edge(_with_ends(box, axis, _ends(page)[axis][0], inner_start), axis, outwards=-1)
            if stop == _ends(outer)[axis][1]:
                stop = self._edge(_with_ends(box, axis, inner_stop, _ends(page)[axis][1]), axis, outwards=1)
            box = _with_ends(box, axis, start, max(start + 1, stop))
        return box

    def _edge(self, beyond: Box, axis: int, outwards: int) -> int:
        """Return where a photograph ends between its patch's side and the page's border: at bare paper or at text."""
        (first, last), size = _ends(beyond)[axis], self.page.cell_px
        at, stop = (first, last) if outwards > 0 else (last, first)
        while at != stop:
            strip, deep = (
                _with_ends(beyond, axis, max(first, min(at, reach)), min(last, max(at, reach)))
                for reach in (at + outwards * (size + LEAST_GAP_PX), at + outwards * TEXT_CELLS * size)
            )
            gaps = [gap for gap in self._gaps(strip, axis) if gap[1] - gap[0] >= LEAST_GAP_PX]
            if gaps:
                return gaps[0][0] if outwards > 0 else gaps[-1][1]
            if self.page.text[self._cells(deep)].mean() >= MOST_TEXT:
                return at
            at = max(first, min(last, at + outwards * size))
        return at

    # ---- cells and px ------------------------------------------------------------------------------------------

    def _is_photograph(self, box: Box) -> bool:
        """Tell whether a box is a photograph: neither a scrap, nor text, nor the scanner's bed, nor an even tint."""
        height, width = self.contone.shape
        borders = (box.x == 0) + (box.y == 0) + (box.right == width) + (box.bottom == height)
        large = min(box.width, box.height) >= THINNEST_CELLS * self.page.cell_px
        found = large and borders < SCANNER_BED and self._solid(box) >= LEAST_SOLID
        return found and not is_even(self.contone[box.slices], self.period_px)

    def _solid(self, box: Box) -> float:
        """Return the share of the cells in a box that are part of a patch."""
        return float(self.page.patches[self._cells(box)].mean())

    def _cells(self, box: Box) -> tuple[slice, ...]:
        """Return the cells whose centers lie in a box, or the nearest ones."""
        half, size = self.page.cell_px // 2, self.page.cell_px
        cells = []
        for (start, stop), count in zip(_ends(box), self.page.patches.shape, strict=True):
            first = min(count - 1, (start + half) // size)
            cells.append(slice(first, max(first + 1, min(count, (stop + half) // size))))
        return tuple(cells)

    def _in_px(self, rows: slice, columns: slice) -> Box:
        """Return the box in px of a range of cells."""
        size, (height, width) = self.page.cell_px, self.contone.shape
        x, y = columns.start * size, rows.start * size
        return Box(x, y, min(width, columns.stop * size) - x, min(height, rows.stop * size) - y)

    def _grown(self, box: Box) -> Box:
        """Return a box with a margin of MARGIN_CELLS, as far as the page goes."""
        by, (height, width) = round(MARGIN_CELLS * self.page.cell_px), self.contone.shape
        x, y = max(0, box.x - by), max(0, box.y - by)
        return Box(x, y, min(width, box.right + by) - x, min(height, box.bottom + by) - y)


def _ends(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the first and the last end of a box's rows and of its columns."""
    return (box.y, box.bottom), (box.x, box.right)


def _with_ends(box: Box, axis: int, start: int, stop: int) -> Box:
    """Return a box that has other ends along an axis."""
    if axis == ROWS:
        return replace(box, y=start, height=stop - start)
    return replace(box, x=start, width=stop - start)


def _overlap(first: Box, second: Box) -> float:
    """Return the area that two boxes share, as a share of the smaller one."""
    width = min(first.right, second.right) - max(first.x, second.x)
    height = min(first.bottom, second.bottom) - max(first.y, second.y)
    return max(0, width) * max(0, height) / min(first.width * first.height, second.width * second.height)
