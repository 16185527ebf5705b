"""What a print is made of: the color of its paper under the light of the scanner, its ink, and whether it has one ink.

Paper is the most frequent tone near the bright end of a picture and ink that near its dark end. Uneven light is smooth:
a polynomial of the third degree over the picture carries the paper from where it is bare to where it is covered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(rows, columns)."""
Samples = NDArray[np.float32]
"""Pixels (channels, n)."""
Places = NDArray[np.float64]
"""Position (n, 2) of pixels, y and x in [-1, 1]."""

GRID = 16
"""Rows and columns of the fields of paper and ink."""
MOST_SAMPLES = 300_000
"""Pixels, evenly spread, from which paper and ink are read."""
CELLS = 12
"""Cells along a side, in each of which the paper is looked for."""
FEWEST = 12
"""Samples of paper that make a cell's paper."""
ROUNDS = 3
"""How often the paper is found anew after its light has been evened out."""
BRIGHT, DARK = 0.99, 0.004
"""Quantiles at which a cell's paper, and the picture's ink, are first supposed."""
REACH = 0.05
"""Distance from these, over the paper, within which the most frequent tone is looked for."""
NEAR = 0.035
"""Distance from that tone within which a pixel is paper, or ink."""
SMOOTH = 1e-3
"""Weight against slopes and bends of the light where there is no paper to show them."""
BLOCK_PX = 8
"""Side of the blocks whose mean colors tell one ink from several; dots even out in it."""
MOST_BLOCKS = 150
"""Blocks along a side that are looked at."""
SPREAD = 0.035
"""Chroma of one block in ten beyond what its tone explains, over the paper, from which there are several inks."""


EVERY = slice(None)


@dataclass(frozen=True)
class InkAndPaper:
    """The colors between which a print's tones lie; channels as in the picture, sRGB-coded, in [0, 1]."""

    paper: NDArray[np.float32]
    """Paper (C, GRID, GRID) at evenly spread points from corner to corner, as lit where it lies."""
    ink: NDArray[np.float32]
    """Solid ink (C, GRID, GRID) at the same points."""
    single_ink: bool
    """Whether every color lies on the way from paper to ink: one ink, or none but black; always so for gray."""

    @property
    def paper_color(self) -> tuple[float, ...]:
        """The paper (C,) where the light is in the middle."""
        return tuple(float(v) for v in np.median(self.paper, axis=(1, 2)))

    @property
    def ink_color(self) -> tuple[float, ...]:
        """The ink (C,) where the light is in the middle."""
        return tuple(float(v) for v in np.median(self.ink, axis=(1, 2)))

    def paper_at(self, height: int, width: int, rows: slice = EVERY) -> Picture:
        """Return the paper (C, height, width) under every pixel of a picture of this size, or of some of its rows."""
        return _upsampled(self.paper, height, width, rows)

    def ink_at(self, height: int, width: int, rows: slice = EVERY) -> Picture:
        """Return the ink (C, height, width) as it would look at every pixel of a picture of this size, or of rows."""
        return _upsampled(self.ink, height, width, rows)


def ink_and_paper(pixels: Picture) -> InkAndPaper:
    """Return ink and paper of a scan of a print, (1, H, W) gray or (3, H, W) sRGB.

    A picture without bare paper, such as a photograph, gives its brightest and darkest tones.
    """
    samples, places = _samples(pixels)
    light, middle = _terms(places), samples.mean(axis=0)
    level = np.maximum(light @ _first_paper(middle, places), 1 / 255)
    for _ in range(ROUNDS):
        is_paper = _most_frequent(middle / level, BRIGHT, -1)
        level = np.maximum(light @ _fitted(middle, places, is_paper), 1 / 255)
    is_paper = _most_frequent(middle / level, BRIGHT, -1)
    is_ink = _most_frequent(middle / level, DARK, +1)
    grid = np.linspace(-1, 1, GRID)
    points = _terms(np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2))
    papers, inks = [], []
    for channel in samples:
        fit = _fitted(channel, places, is_paper)
        papers.append((points @ fit).reshape(GRID, GRID))
        inks.append(_ink(channel[is_ink], (light @ fit)[is_ink], papers[-1]))
    paper, ink = (np.clip(np.stack(planes), 0, 1).astype(np.float32) for planes in (papers, inks))
    return InkAndPaper(paper, np.minimum(ink, paper), len(pixels) == 1 or _is_single(pixels, paper))


def _samples(pixels: Picture) -> tuple[Samples, Places]:
    """Return pixels (C, n) evenly spread over a picture, and where they lie."""
    step = max(1, int(np.ceil(np.sqrt(pixels[0].size / MOST_SAMPLES))))
    part = pixels[:, step // 2 :: step, step // 2 :: step]
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in part.shape[1:])
    places = np.stack(np.meshgrid(y, x, indexing="ij"), -1).reshape(-1, 2)
    return part.reshape(len(part), -1), places


def _terms(places: Places) -> NDArray[np.float64]:
    """Return the terms (n, 10) of a polynomial of the third degree in y and x."""
    y, x = places.T
    return np.stack([y**i * x**j for i in range(4) for j in range(4 - i)], axis=1)


def _first_paper(middle: NDArray[np.float32], places: Places) -> NDArray[np.float64]:
    """Return the polynomial (10,) that lies on the brightest tones: cells far below it count little."""
    rows, levels, _ = _by_cell(middle, places, np.ones(len(middle), bool), BRIGHT)
    weight = np.ones(len(levels))
    for _ in range(8):
        fit = _solved(_terms(rows), levels, weight)
        weight = np.where(levels < _terms(rows) @ fit, 0.002, 1.0)
    return fit


def _fitted(channel: NDArray[np.float32], places: Places, which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the polynomial (10,) through the medians of the cells that hold chosen pixels."""
    middles, levels, counts = _by_cell(channel, places, which, 0.5)
    return _solved(_terms(middles), levels, np.sqrt(counts / counts.max()))


def _by_cell(
    values: NDArray[np.float32], places: Places, which: NDArray[np.bool_], quantile: float
) -> tuple[Places, NDArray[np.float64], NDArray[np.float64]]:
    """Return places (cells, 2), quantiles (cells,) and counts (cells,) of the chosen pixels of cells that have some."""
    values, places = values[which], places[which]
    cell = np.minimum(((places + 1) / 2 * CELLS).astype(int), CELLS - 1) @ [CELLS, 1]
    order = np.argsort(cell, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(cell[order])) + 1)
    parts = [part for part in parts if len(part) >= FEWEST] or [order]
    middles = np.array([places[part].mean(axis=0) for part in parts])
    levels = np.array([np.quantile(values[part], quantile) for part in parts])
    return middles, levels, np.array([float(len(part)) for part in parts])


def _solved(
    terms: NDArray[np.float64], levels: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the coefficients (10,) of the weighted least squares, even light where nothing else is known."""
    against = SMOOTH * weight.sum() * np.diag([0.0, *[1.0] * (terms.shape[1] - 1)])
    weighted = terms * weight[:, None]
    return np.linalg.solve(weighted.T @ terms + against + 1e-9 * np.eye(len(against)), weighted.T @ levels)


def _most_frequent(ratio: NDArray[np.float64], quantile: float, sign: int) -> NDArray[np.bool_]:
    """Return which pixels have about the most frequent tone near a quantile; the search goes inwards with `sign`."""
    start = float(np.quantile(ratio, quantile))
    ends = sorted((start - sign * REACH, start + sign * REACH))
    counts, edges = np.histogram(ratio, bins=90, range=(ends[0], ends[1]))
    smooth = np.convolve(counts, np.hanning(9), mode="same")
    mode = float(edges[int(np.argmax(smooth))] + edges[int(np.argmax(smooth)) + 1]) / 2
    near: NDArray[np.bool_] = np.abs(ratio - mode) <= NEAR
    return near if near.any() else np.abs(ratio - start) <= np.abs(ratio - start).min()


def _ink(ink: NDArray[np.float32], paper: NDArray[np.float64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ink at the points of a field of paper, from pixels of ink and the paper under them.

    Light that falls on the print dims ink and paper alike; a veil from the scanner keeps the ink as it is. What fits
    the pixels better is taken.
    """
    share, level = float(np.median(ink / np.maximum(paper, 1 / 255))), float(np.median(ink))
    dimmed, kept = np.abs(ink - share * paper).mean(), np.abs(ink - level).mean()
    return share * field if dimmed <= kept else np.full_like(field, level)


def _is_single(pixels: Picture, paper: NDArray[np.float32]) -> bool:
    """Tell whether the colors of blocks, over the paper, follow from their tone."""
    height, width = (side // BLOCK_PX * BLOCK_PX for side in pixels.shape[1:])
    if not height or not width:
        return True
    blocks = pixels[:, :height, :width].reshape(3, height // BLOCK_PX, BLOCK_PX, width // BLOCK_PX, BLOCK_PX)
    down, right = (-(-n // MOST_BLOCKS) for n in (blocks.shape[1], blocks.shape[3]))
    mean = blocks[:, ::down, :, ::right].mean(axis=(2, 4))
    over = (mean / np.maximum(_upsampled(paper, *mean.shape[1:]), 1 / 255)).reshape(3, -1)
    tone = over.mean(axis=0)
    powers = np.stack([tone**n for n in range(4)], axis=1)
    chroma = over - tone
    beyond = chroma.T - powers @ np.linalg.lstsq(powers, chroma.T, rcond=None)[0]
    return bool(np.quantile(np.abs(beyond).max(axis=1), 0.9) < SPREAD)


def _upsampled(field: NDArray[np.float32], height: int, width: int, rows: slice = EVERY) -> Picture:
    """Return a field (C, GRID, GRID) at every pixel of some rows, linear between its points, from edge to edge."""
    y, x = (np.linspace(0, n - 1, side) for n, side in zip(field.shape[1:], (height, width), strict=True))
    y = y[rows]
    top, left = (np.minimum(at.astype(int), n - 2) for at, n in ((y, field.shape[1]), (x, field.shape[2])))
    down, right = (y - top).astype(np.float32)[:, None], (x - left).astype(np.float32)
    lines = field[:, top] * (1 - down) + field[:, top + 1] * down
    full: Picture = lines[:, :, left] * (1 - right) + lines[:, :, left + 1] * right
    return full
