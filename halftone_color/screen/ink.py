"""Paper and ink of a print: their colors under the light of the scanner, and whether there is only one ink.

Paper is the most frequent tone near the bright end of a picture, and ink that near its dark end; where areas of bare
paper are seen (`bare.py`), paper is what is like them. Uneven light is smooth and changes the brightness of paper, not
its hue: a cubic polynomial over the picture extrapolates it from where paper is bare to where it is covered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.bare import BarePaper, find_bare_paper
from halftone_color.types import Box, Picture, Screen

Plane = NDArray[np.float32]
"""(rows, columns)."""
Samples = NDArray[np.float32]
"""Pixels (channels, n)."""
Places = NDArray[np.float64]
"""Positions (n, 2) of pixels, y and x in [-1, 1]."""

GRID = 16
"""Number of rows and columns of the fields of paper and ink."""
MOST_SAMPLES = 300_000
"""Largest number of evenly spread pixels from which paper and ink are measured."""
CELLS = 12
"""Number of cells along a side; the paper is first found in each cell."""
FEWEST = 12
"""Least number of samples of paper in a cell."""
ROUNDS = 3
"""Number of iterations of finding the paper and evening out its light."""
BRIGHT, DARK = 0.99, 0.004
"""Quantiles of the initial guess for the paper of a cell and for the ink of the picture."""
REACH = 0.05
"""Distance from the initial guess, relative to the paper, within which the most frequent tone is searched."""
NEAR = 0.035
"""Distance from that tone, relative to the paper, within which a pixel counts as paper or ink."""
HUE = 0.06
"""Distance of a channel from that of paper, relative to it and beyond the brightness, within which a pixel of a print
that shows bare paper counts as paper."""
MORE_LIGHT = 0.1
"""How much brighter or darker than anywhere it was seen paper is supposed to be, relative to it. Of the
100 tinted prints of `hcolor bench inspect` the paper of 6 was missed by over 3 levels with 0.03, of one with 0.1."""
AGREEING, DISAGREE = 0.02, 0.1
"""Largest difference, relative to it, between bare paper and the brightest tones of its hue where it lies, which then
are gaps between dots and show the light on paper everywhere; and the share of bare places that may differ by more."""
SMOOTH = 1e-3
"""Weight of the regularization of the light, which keeps it even where no paper shows it."""
BLOCK_PX = 8
"""Side in px of the blocks whose mean colors tell one ink from several; large enough to average over the dots."""
MOST_BLOCKS = 150
"""Largest number of blocks along a side."""
SPREAD = 0.035
"""Chroma, relative to the paper and beyond what the tone explains, that one block in ten exceeds with several inks."""


EVERY = slice(None)


@dataclass(frozen=True)
class InkAndPaper:
    """The colors between which a print's tones lie; channels as in the picture, sRGB-coded, in [0, 1]."""

    paper: NDArray[np.float32]
    """Paper (C, GRID, GRID) at evenly spread points from corner to corner, under the local light."""
    ink: NDArray[np.float32]
    """Solid ink (C, GRID, GRID) at the same points."""
    single_ink: bool
    """Whether all colors lie between those of paper and ink, as in a print with one ink; always True for gray."""
    is_bare: bool = False
    """Whether areas of bare paper were seen, from which its color was taken."""

    @property
    def paper_color(self) -> tuple[float, ...]:
        """The color (C,) of the paper under median light."""
        return tuple(float(v) for v in np.median(self.paper, axis=(1, 2)))

    @property
    def ink_color(self) -> tuple[float, ...]:
        """The color (C,) of the ink under median light."""
        return tuple(float(v) for v in np.median(self.ink, axis=(1, 2)))

    def part(self, box: Box, height: int, width: int) -> InkAndPaper:
        """Return ink and paper of a part of the picture, whose size in px is given."""
        y, x = (
            np.linspace(start, start + length - 1, GRID) * (GRID - 1) / max(1, side - 1)
            for start, length, side in ((box.y, box.height, height), (box.x, box.width, width))
        )
        return replace(self, paper=_between(self.paper, y, x), ink=_between(self.ink, y, x))

    def paper_at(self, height: int, width: int, rows: slice = EVERY) -> Picture:
        """Return the paper (C, height, width) at every pixel of a picture of this size, or of some of its rows."""
        return _upsample(self.paper, height, width, rows)

    def ink_at(self, height: int, width: int, rows: slice = EVERY) -> Picture:
        """Return the ink (C, height, width) at every pixel of a picture of this size, or of some of its rows."""
        return _upsample(self.ink, height, width, rows)


@dataclass(frozen=True)
class _Light:
    """The brightness of paper over a picture."""

    terms: NDArray[np.float64]
    """Coefficients (10,) of a cubic polynomial."""
    darkest: float = 1 / 255
    brightest: float = 2.0
    """Limits of the brightness where no paper shows it."""

    def on(self, terms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the brightness (n,) of paper at places with these terms (n, 10)."""
        return np.clip(terms @ self.terms, self.darkest, self.brightest)


def measure_ink_and_paper(pixels: Picture, screen: Screen | None = None) -> InkAndPaper:
    """Measure ink and paper of a scan of a print, (1, H, W) gray or (3, H, W) sRGB.

    For a picture without bare paper, such as a photograph, the result is its brightest and darkest tones.

    Args:
        pixels: the scan.
        screen: of the scan, from `detect`; bare paper is an area several of its periods wide without dots.
    """
    samples, places = _samples(pixels)
    bare = find_bare_paper(pixels, screen)
    terms, middle = _terms(places), samples.mean(axis=0)
    if bare is None:
        light, is_paper = _light_of_brightest(middle, terms, places)
    else:
        light, is_paper = _light_of_bare(samples, terms, places, bare)
    level = light.on(terms)
    is_ink = _most_frequent(middle / level, DARK, +1)
    grid = np.linspace(-1, 1, GRID)
    points = light.on(_terms(np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)))
    papers, inks = [], []
    for channel in samples:
        share = float(np.median(channel[is_paper] / level[is_paper]))
        papers.append((share * points).reshape(GRID, GRID))
        inks.append(_ink(channel[is_ink], (share * level)[is_ink], papers[-1]))
    brightest = np.maximum(np.stack(papers).max(axis=0), 1)  # white, of the same hue
    paper, ink = (np.clip(np.stack(planes) / brightest, 0, 1).astype(np.float32) for planes in (papers, inks))
    single = len(pixels) == 1 or _is_single(pixels, paper)
    return InkAndPaper(paper, np.minimum(ink, paper), single, bare is not None)


def _light_of_brightest(
    middle: NDArray[np.float32], terms: NDArray[np.float64], places: Places
) -> tuple[_Light, NDArray[np.bool_]]:
    """Return the light on the brightest tones of a picture, and which samples (n,) have them."""
    light = _Light(_first_paper(middle, places))
    for _ in range(ROUNDS):
        light = _Light(_fit_light(middle, places, _most_frequent(middle / light.on(terms), BRIGHT, -1)))
    return light, _most_frequent(middle / light.on(terms), BRIGHT, -1)


def _light_of_bare(
    samples: Samples, terms: NDArray[np.float64], places: Places, bare: BarePaper
) -> tuple[_Light, NDArray[np.bool_]]:
    """Return the light on bare paper, and which samples (n,) are paper."""
    shade = np.asarray(bare.colors.mean(axis=0), np.float64)
    color = np.median(bare.colors / shade, axis=1)
    middle = np.maximum(samples.mean(axis=0), 1 / 255)
    hue = np.abs(samples / (color[:, None] * middle) - 1).max(axis=0) <= HUE
    around, kept = _terms(bare.centers), np.ones(len(shade), bool)
    if hue.any():
        light, is_gap = _light_of_brightest(middle[hue], terms[hue], places[hue])
        ratio = shade / light.on(around)
        if np.quantile(np.abs(ratio - 1), 1 - DISAGREE) <= AGREEING:
            hue[hue] = is_gap
            return replace(light, terms=light.terms * np.median(ratio)), hue
    for _ in range(ROUNDS):
        light = _Light(_solve(around, shade, np.where(kept, 1.0, 0.02)))
        kept = np.abs(shade / light.on(around) - 1) <= NEAR
    limits = np.quantile(shade[kept] if kept.any() else shade, (0.01, 0.99)) * (1 - MORE_LIGHT, 1 + MORE_LIGHT)
    light = replace(light, darkest=float(limits[0]), brightest=float(limits[1]))
    for _ in range(ROUNDS):
        is_paper = hue & (np.abs(middle / light.on(terms) - 1) <= NEAR)
        if is_paper.any():
            light = replace(light, terms=_fit_light(middle, places, is_paper))
    if kept.any():  # gaps between dots are darker than bare paper
        light = replace(light, terms=light.terms * np.median((shade / light.on(around))[kept]))
    return light, is_paper if is_paper.any() else hue


def _samples(pixels: Picture) -> tuple[Samples, Places]:
    """Return pixels (C, n) evenly spread over a picture, and their positions (n, 2)."""
    step = max(1, int(np.ceil(np.sqrt(pixels[0].size / MOST_SAMPLES))))
    part = pixels[:, step // 2 :: step, step // 2 :: step]
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in part.shape[1:])
    places = np.stack(np.meshgrid(y, x, indexing="ij"), -1).reshape(-1, 2)
    return part.reshape(len(part), -1), places


def _terms(places: Places) -> NDArray[np.float64]:
    """Return the terms (n, 10) of a cubic polynomial in y and x."""
    y, x = places.T
    return np.stack([y**i * x**j for i in range(4) for j in range(4 - i)], axis=1)


def _first_paper(middle: NDArray[np.float32], places: Places) -> NDArray[np.float64]:
    """Return the polynomial (10,) through the brightest tones; cells below it get little weight."""
    rows, levels, _ = _by_cell(middle, places, np.ones(len(middle), bool), BRIGHT)
    weight = np.ones(len(levels))
    for _ in range(8):
        fit = _solve(_terms(rows), levels, weight)
        weight = np.where(levels < _terms(rows) @ fit, 0.002, 1.0)
    return fit


def _fit_light(channel: NDArray[np.float32], places: Places, which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the polynomial (10,) through the medians of the chosen pixels in each cell."""
    middles, levels, counts = _by_cell(channel, places, which, 0.5)
    return _solve(_terms(middles), levels, np.sqrt(counts / counts.max()))


def _by_cell(
    values: NDArray[np.float32], places: Places, which: NDArray[np.bool_], quantile: float
) -> tuple[Places, NDArray[np.float64], NDArray[np.float64]]:
    """Return mean positions (cells, 2), quantiles (cells,) and counts (cells,) of the chosen pixels in each cell."""
    values, places = values[which], places[which]
    cell = np.minimum(((places + 1) / 2 * CELLS).astype(int), CELLS - 1) @ [CELLS, 1]
    order = np.argsort(cell, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(cell[order])) + 1)
    parts = [part for part in parts if len(part) >= FEWEST] or [order]
    middles = np.array([places[part].mean(axis=0) for part in parts])
    levels = np.array([np.quantile(values[part], quantile) for part in parts])
    return middles, levels, np.array([float(len(part)) for part in parts])


def _solve(terms: NDArray[np.float64], levels: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the coefficients (10,) of a regularized weighted least-squares fit."""
    against = SMOOTH * weight.sum() * np.diag([0.0, *[1.0] * (terms.shape[1] - 1)])
    weighted = terms * weight[:, None]
    return np.linalg.solve(weighted.T @ terms + against + 1e-9 * np.eye(len(against)), weighted.T @ levels)


def _most_frequent(ratio: NDArray[np.float64], quantile: float, sign: int) -> NDArray[np.bool_]:
    """Return the mask of pixels near the most frequent tone around a quantile."""
    start = float(np.quantile(ratio, quantile))
    ends = sorted((start - sign * REACH, start + sign * REACH))
    counts, edges = np.histogram(ratio, bins=90, range=(ends[0], ends[1]))
    smooth = np.convolve(counts, np.hanning(9), mode="same")
    mode = float(edges[int(np.argmax(smooth))] + edges[int(np.argmax(smooth)) + 1]) / 2
    near: NDArray[np.bool_] = np.abs(ratio - mode) <= NEAR
    return near if near.any() else np.abs(ratio - start) <= np.abs(ratio - start).min()


def _ink(ink: NDArray[np.float32], paper: NDArray[np.float64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ink at the points of a field of paper, from pixels of ink and the paper under them.

    Either ink and paper vary together with the light, or the ink is constant because of veiling glare in the scanner;
    the model that fits the pixels better is used.
    """
    share, level = float(np.median(ink / np.maximum(paper, 1 / 255))), float(np.median(ink))
    dimmed, kept = np.abs(ink - share * paper).mean(), np.abs(ink - level).mean()
    return share * field if dimmed <= kept else np.full_like(field, level)


def _is_single(pixels: Picture, paper: NDArray[np.float32]) -> bool:
    """Tell whether the colors of blocks, relative to the paper, are determined by their tone."""
    height, width = (side // BLOCK_PX * BLOCK_PX for side in pixels.shape[1:])
    if not height or not width:
        return True
    blocks = pixels[:, :height, :width].reshape(3, height // BLOCK_PX, BLOCK_PX, width // BLOCK_PX, BLOCK_PX)
    down, right = (-(-n // MOST_BLOCKS) for n in (blocks.shape[1], blocks.shape[3]))
    mean = blocks[:, ::down, :, ::right].mean(axis=(2, 4))
    over = (mean / np.maximum(_upsample(paper, *mean.shape[1:]), 1 / 255)).reshape(3, -1)
    tone = over.mean(axis=0)
    powers = np.stack([tone**n for n in range(4)], axis=1)
    chroma = over - tone
    beyond = chroma.T - powers @ np.linalg.lstsq(powers, chroma.T, rcond=None)[0]
    return bool(np.quantile(np.abs(beyond).max(axis=1), 0.9) < SPREAD)


def _upsample(field: NDArray[np.float32], height: int, width: int, rows: slice = EVERY) -> Picture:
    """Interpolate a field (C, GRID, GRID) linearly to every pixel of some rows."""
    y, x = (np.linspace(0, n - 1, side) for n, side in zip(field.shape[1:], (height, width), strict=True))
    return _between(field, y[rows], x)


def _between(field: NDArray[np.float32], y: NDArray[np.float64], x: NDArray[np.float64]) -> Picture:
    """Interpolate a field (C, GRID, GRID) linearly to rows y and columns x, in [0, GRID - 1]."""
    top, left = (np.minimum(at.astype(int), n - 2) for at, n in ((y, field.shape[1]), (x, field.shape[2])))
    down, right = (y - top).astype(np.float32)[:, None], (x - left).astype(np.float32)
    lines = field[:, top] * (1 - down) + field[:, top + 1] * down
    full: Picture = lines[:, :, left] * (1 - right) + lines[:, :, left + 1] * right
    return full
