"""Pigment: the places of a print or photograph in one ink whose color neither paper, ink, stains nor noise explain.

Such are stamps, notes in colored ink, tints by hand, and a color target beside the picture. The rest has the chroma
that one ink on one paper has at its tone. Light that fell on paper of another tint (yellowed edges, foxing, coffee)
moves it towards yellow or brown, and a scanner whose channels lie beside each other moves it along the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, radians

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.screen.color_target import find_target
from halftone_color.screen.ink import InkAndPaper
from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(rows, columns)."""
Mask = NDArray[np.bool_]
"""(rows, columns)."""

LONGEST_SIDE = 512
"""Longest side in px of the reduced picture in which pigment is looked for; edges of a color each cancel in it."""
STAIN_HUES = (radians(127), radians(168))
"""Hues of stains, from the Cb axis towards the Cr axis: yellowed paper lies at 150 degrees, foxing at 135 to 145."""
STAIN_MARGIN = radians(12)
"""Distance from these hues at which a color is no stain; red stamps lie at 105 to 110 degrees, skin at 110 to 126."""
MOST_FADED = 0.6
"""Share of the ink's and paper's own chroma that fading and scratches may take away."""
DEEPEST_STAIN = 0.3
"""Largest chroma of a stain relative to its tone; strong coffee has 0.25, orange paint 0.5."""
PLAIN = 0.012
"""Chroma relative to the paper up to which a place counts as explained; noise and JPEG leave 0.002 to 0.01."""
FAINT, DISTINCT = 0.018, 0.045
"""Unexplained chroma from which a place may be pigment, and that pigment reaches somewhere; 0.045 is 15 in CIELAB."""
FEWEST = 10
"""Least number of pixels of the reduced picture in a patch of pigment."""
FULL = 0.04
"""Chroma beyond that of the ink at which pigment covers a pixel fully."""
DENSE = (0.45, 0.7)
"""Share of pigment around a pixel from which, and at which, it counts as covered although it has no color itself."""
MOSTLY = 0.3
"""Share of a colored patch that has to be no stain for all of it to count as pigment."""
EIGHT = np.ones((3, 3), bool)
"""Neighbors of a pixel, itself included."""
BLACK, WHITE = 0.08, 0.93
"""Tones relative to the paper between which a place has content; beyond, any picture is plain."""
ROBUST = (1.0, 0.3, 0.15, 0.1, 0.07, 0.05, 0.04, 0.03, 0.03, 0.03)
"""Widths of the Welsch weights with which the ink's curve is fitted, in turn."""
MOST_SAMPLES = 40_000
"""Largest number of pixels to which the curve is fitted."""


@dataclass(frozen=True)
class Pigment:
    """Where a picture has colors of its own, and how much."""

    top: int
    left: int
    """Position in px of the box around all pigment."""
    cover: Picture
    """How far pigment covers each pixel of the box, (1, h, w) in [0, 1]."""
    saturation: Picture
    """Chroma of the scan relative to its luma, without dots, (2, h, w)."""
    share: float
    """Share of the picture that is covered."""

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Slices of the box in a picture (C, H, W)."""
        height, width = self.cover.shape[1:]
        return slice(None), slice(self.top, self.top + height), slice(self.left, self.left + width)


@dataclass(frozen=True)
class Evidence:
    """What was found about the colors of a picture, reduced to LONGEST_SIDE."""

    patches: Mask
    """Places of pigment, (h, w)."""
    target: Mask
    """The place of a color target, (h, w), if there is one; gray patches between colored ones belong to it."""
    content: Mask
    """Places that are neither black nor blank, (h, w)."""
    beyond: Plane
    """Chroma that neither the ink nor a stain explains, (h, w), relative to the paper."""
    tinted: Plane
    """Chroma that the ink does not explain, (h, w), relative to the paper."""
    ink: Plane
    """Chroma of the ink itself at the tone of each place, (h, w), beyond that of sepia; a gray ink has none."""
    curve: NDArray[np.float64]
    """Chroma of the ink on the paper as a cubic polynomial of tone, (4, 2)."""
    reduced: int
    """Side in px of the squares that were averaged."""

    @property
    def rest(self) -> Mask:
        """Places with content outside pigment and its halo, (h, w)."""
        return np.asarray(self.content & ~ndimage.binary_dilation(self.patches, iterations=3), bool)


def look_for_pigment(pixels: Picture, found: InkAndPaper, period_px: float | None = None) -> Evidence:
    """Return what tells pigment from one ink in a scan (3, H, W) with this paper, screened or not (period None)."""
    step = max(1, ceil(max(pixels.shape[1:]) / LONGEST_SIDE))
    height, width = (-(-side // step) for side in pixels.shape[1:])
    over = _reduce(pixels, step) / np.maximum(found.paper_at(height, width), 1 / 16)
    sigma_px = max(1.3, 0.5 * (period_px or 0) / step)
    tone, chroma = rgb_to_ycc(np.stack([ndimage.gaussian_filter(plane, sigma_px, mode="nearest") for plane in over]))
    terms = _terms(tone[0])
    fit = _fit_robustly(terms.reshape(-1, 7), chroma.reshape(2, -1).T)
    residual = chroma - np.moveaxis(terms @ fit, 2, 0)
    tint = np.asarray(found.paper_color)
    paper_tone, paper_chroma = rgb_to_ycc(tint.reshape(3, 1, 1))
    seen = chroma + tone * (paper_chroma / np.maximum(paper_tone, 1 / 16))
    tinted, worn = np.asarray(np.hypot(*residual), np.float32), _from_gray(residual, seen)
    beyond = np.minimum(_from_stains(residual, tone[0]), worn)
    content = (tone[0] > BLACK) & (tone[0] < WHITE)
    ink = _from_stains(seen - residual, tone[0])
    patches = _patches(beyond, np.minimum(tinted, worn))
    target = find_target(patches, residual)
    return Evidence(patches | target, target, content, beyond, tinted, ink, fit[:4], step)


def _reduce(pixels: Picture, step: int) -> Picture:
    """Return the means of squares of a picture (3, H, W); those at its end are smaller."""
    rows, columns = (np.arange(0, side, step) for side in pixels.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, axis=1), columns, axis=2)
    heights, widths = (
        np.diff(np.append(starts, side)) for starts, side in ((rows, pixels.shape[1]), (columns, pixels.shape[2]))
    )
    return np.asarray(sums / (heights[:, None] * widths), np.float32)


def _terms(tone: Plane) -> NDArray[np.float64]:
    """Return powers of the tone, and its slopes and curvature, along which channels out of register differ."""
    down, right = np.gradient(tone.astype(np.float64))
    return np.stack([*(tone.astype(np.float64) ** n for n in range(4)), down, right, ndimage.laplace(tone)], axis=-1)


def _fit_robustly(terms: NDArray[np.float64], chroma: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the coefficients (7, 2) that explain the chroma (n, 2) of most places, whatever the others have."""
    step = max(1, len(terms) // MOST_SAMPLES)
    terms, chroma, weight = terms[::step], chroma[::step], np.ones(-(-len(terms) // step))
    against = 1e-6 * len(terms) * np.diag([0, *[0.01] * 6])
    for width in ROBUST:
        weighted = terms * weight[:, None]
        fit = np.linalg.solve(weighted.T @ terms + against + 1e-9 * np.eye(7), weighted.T @ chroma)
        weight = np.exp(-np.sum((chroma - terms @ fit) ** 2, axis=1) / width**2) + 1e-9
    return np.asarray(fit, np.float64)


def _from_stains(residual: Picture, tone: Plane) -> Plane:
    """Return the chroma (2, h, w) that is no stain: of another hue, or deeper than a stain on paper of this tone."""
    hue, depth = np.arctan2(residual[1], residual[0]) % (2 * np.pi), np.hypot(*residual)
    apart = np.maximum(STAIN_HUES[0] - hue, hue - STAIN_HUES[1])
    other = np.clip(np.minimum(apart, 2 * np.pi - apart) / STAIN_MARGIN, 0, 1)
    deeper = np.maximum(depth - DEEPEST_STAIN * np.clip(tone, 0, 1.2), 0)
    return np.asarray(np.maximum(depth * other, deeper), np.float32)


def _from_gray(residual: Picture, seen: Picture) -> Plane:
    """Return the distance of chroma from that of faded or scratched places: between the ink's and none at all.

    `residual` is what the ink's curve leaves, `seen` the chroma as it is seen, with the tint of the paper.
    """
    way = residual - seen  # the ink's own chroma, negative: from there to gray
    length = np.maximum(np.sum(way**2, axis=0), 1e-8)
    share = np.clip(np.sum(residual * way, axis=0) / length, 0, MOST_FADED)
    return np.asarray(np.hypot(*(residual - share * way)), np.float32)


def _patches(beyond: Plane, tinted: Plane) -> Mask:
    """Return the places of pigment: unexplained somewhere, and as far around as the color goes on.

    Where much of a color is no stain, what is connected with it and might be one belongs to it.
    """
    noise = float(np.median(beyond))
    colored, sure = tinted > FAINT + 2 * noise, beyond > FAINT + 2 * noise
    wide = _kept(colored, beyond, DISTINCT + 2 * noise)
    labels, count = ndimage.label(wide, EIGHT)
    if count:
        shares = ndimage.mean(sure, labels, np.arange(1, count + 1))
        wide = np.isin(labels, 1 + np.flatnonzero(shares >= MOSTLY))
    return np.asarray(wide | _kept(sure, beyond, DISTINCT + 2 * noise), bool)


def _kept(places: Mask, beyond: Plane, least: float) -> Mask:
    """Return the patches of places that are large enough and somewhere at least so far beyond what is explained."""
    labels, count = ndimage.label(places, EIGHT)
    numbers = np.arange(1, count + 1)
    if not count:
        return places
    peaks, sizes = ndimage.maximum(beyond, labels, numbers), ndimage.sum_labels(places, labels, numbers)
    return np.asarray(np.isin(labels, numbers[(peaks > least) & (sizes >= FEWEST)]), bool)


def place_pigment(pixels: Picture, found: InkAndPaper, evidence: Evidence, period_px: float | None) -> Pigment | None:
    """Return the pigment of a scan (3, H, W) pixel by pixel, by the evidence in it; None if there is none."""
    if not evidence.patches.any():
        return None
    step, (height, width) = evidence.reduced, pixels.shape[1:]
    near = ndimage.binary_dilation(evidence.patches, EIGHT)
    rows, columns = (np.flatnonzero(near.any(axis=axis)) * step for axis in (1, 0))
    down, right = slice(rows[0], min(rows[-1] + step, height)), slice(columns[0], min(columns[-1] + step, width))
    crop = pixels[:, down, right]
    paper = found.paper_at(height, width, down)[:, :, right]
    sigma_px = 0.4 * period_px if period_px else 0.5
    smooth = np.stack([ndimage.gaussian_filter(plane, sigma_px, mode="nearest") for plane in crop])
    tone, chroma = rgb_to_ycc(smooth / np.maximum(paper, 1 / 16))
    ink = sum(tone**power * evidence.curve[power][:, None, None] for power in range(4))
    color = np.hypot(*(chroma - ink))
    inside, target = (
        mask[down.start // step :, right.start // step :]
        .repeat(step, 0)
        .repeat(step, 1)[: crop.shape[1], : crop.shape[2]]
        for mask in (near, evidence.target)
    )
    cover = np.clip((color - PLAIN) / (FULL - PLAIN), 0, 1) * inside
    around = ndimage.uniform_filter(cover, max(9, 5 * step), mode="nearest")
    cover = np.maximum(cover, np.clip((around - DENSE[0]) / (DENSE[1] - DENSE[0]), 0, 1) * inside)
    cover = np.maximum(cover, target)
    luma, chroma = rgb_to_ycc(smooth if period_px else crop)
    saturation = np.asarray(chroma / np.maximum(luma, 1e-3), np.float32)
    share = float(cover.sum() / (height * width))
    return Pigment(int(down.start), int(right.start), np.asarray(cover[None], np.float32), saturation, share)


def keep_pigment(picture: Picture, pigment: Pigment) -> Picture:
    """Return a picture (1 or 3, H, W) in color (3, H, W), with its luma, in which pigment has the color of the scan."""
    rgb = np.array(picture if len(picture) == 3 else picture.repeat(3, 0), np.float32)
    part = rgb[pigment.box]
    luma = np.asarray(rgb_to_luma(part), np.float32)
    own = add_chroma(luma, pigment.saturation * luma)
    rgb[pigment.box] = part + pigment.cover * (own - part)
    return rgb
