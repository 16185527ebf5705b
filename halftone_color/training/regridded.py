"""Halftones made on a pixel grid of their own and then brought to the picture's: rescaled dithers, FM spots, needles.

A dither that was enlarged or reduced (web pages, slides), a game's dither with every pixel drawn as a square of several
pixels, a stochastic (FM) or thermal print whose spots the scanner sees at another resolution, and a needle printer's
round dots have in common that their dots lie on a grid coarser or finer than that of the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.halftoners import bayer, blue_noise
from halftone_color.halftoners.error_diffusion import KERNELS, diffuse
from halftone_color.training.dot_gain import with_dot_gain

Plane = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""

OVERSAMPLE = 4
"""Finer pixels, along each side, of a pixel in which needles' dots are drawn."""
SMOOTH = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
"""Filters of web pages and viewers."""


@dataclass(frozen=True)
class Regridder:
    """Shares and ranges of halftones on another grid."""

    smooth: float = 0.5
    """Share rescaled by a smooth filter; of the others ..."""
    squares: float = 0.3
    """... this share is enlarged to squares of whole pixels ..."""
    needles: float = 0.25
    """... this share is drawn as round dots, and the rest are printed spots."""
    scales: tuple[float, float] = (0.6, 2.5)
    """Pixels of the picture for a pixel of the dither, drawn evenly in the logarithm."""
    spots_px: tuple[float, float] = (1.3, 4.0)
    """Side of printed spots in px."""
    needles_px: tuple[float, float] = (2.5, 6.0)
    """Distance of needles' dots in px."""

    def __call__(self, contone: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
        """Return (halftone, target) of a contone (H, W), both (H, W) in [0, 1].

        The target has the detail that the dither's grid can hold, so that nothing is asked for that was lost.
        """
        if rng.random() < self.smooth:
            scale = float(np.exp(rng.uniform(*np.log(self.scales))))
            return _rescaled(contone, scale, rng)
        kind = rng.random()
        if kind < self.squares:
            return _enlarged(contone, int(rng.integers(2, 5)), rng)
        if kind < self.squares + self.needles:
            return _needled(contone, float(rng.uniform(*self.needles_px)), rng)
        return _spotted(contone, float(rng.uniform(*self.spots_px)), rng)


def _dithered(contone: Plane, rng: np.random.Generator, ordered: float) -> Plane:
    """Return (H, W) of 0 and 1: ordered dither in this share, error diffusion or blue noise in the rest."""
    kind = rng.random()
    if kind < ordered:
        return np.asarray(screen_by_ranks(contone[None], bayer.ranks(int(rng.choice([2, 4, 8]))))[0])
    if kind < ordered + 0.2 * (1 - ordered):
        tile = np.roll(blue_noise.ranks(), tuple(rng.integers(0, blue_noise.SIDE, 2)), (0, 1))
        return np.asarray(screen_by_ranks(contone[None], tile)[0])
    kernel = "floyd-steinberg" if rng.random() < 0.5 else str(rng.choice(list(KERNELS)))
    return diffuse(contone, kernel, bool(rng.random() < 0.5), 0.5)


def _resized(plane: Plane, shape: tuple[int, ...], filter_: Image.Resampling) -> Plane:
    height, width = shape
    resized = Image.fromarray(plane).resize((width, height), filter_)
    return np.clip(np.asarray(resized, np.float32), 0, 1)


def _grid(contone: Plane, scale: float) -> tuple[int, int]:
    """Return height and width of the grid of which a pixel has `scale` pixels of the picture."""
    height, width = (max(2, int(np.ceil(side / scale))) for side in contone.shape)
    return height, width


def _rescaled(contone: Plane, scale: float, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return a dither rescaled by a smooth filter."""
    filter_ = SMOOTH[int(rng.integers(len(SMOOTH)))]
    coarse = _resized(contone, _grid(contone, scale), Image.Resampling.BICUBIC)
    dither = _dithered(coarse, rng, 0.35)
    halftone, target = (_resized(plane, contone.shape, filter_) for plane in (dither, coarse))
    return halftone, target if scale > 1 else contone


def _enlarged(contone: Plane, factor: int, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return a dither whose pixels are squares of `factor` px."""
    coarse = _resized(contone, _grid(contone, factor), Image.Resampling.BOX)
    height, width = contone.shape
    dither = _dithered(coarse, rng, 0.5).repeat(factor, 0).repeat(factor, 1)
    smooth = _resized(coarse, dither.shape, Image.Resampling.BILINEAR)
    halftone, target = (np.ascontiguousarray(plane[:height, :width]) for plane in (dither, smooth))
    return halftone, target


def _spotted(contone: Plane, spot_px: float, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return a stochastic print: square spots without order, seen through a lens, with ink that spreads."""
    coarse = _resized(contone, _grid(contone, spot_px), Image.Resampling.BICUBIC)
    dither = _dithered(coarse, rng, 0.0)
    height, width = contone.shape
    fine = _resized(dither, (OVERSAMPLE * height, OVERSAMPLE * width), Image.Resampling.NEAREST)
    return _printed(fine, contone, spot_px, rng)


def _needled(contone: Plane, distance_px: float, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return what a needle printer makes of a dither: round dots of ink that touch or overlap."""
    rows, columns = _grid(contone, distance_px)
    coarse = _resized(contone, (rows, columns), Image.Resampling.BOX)
    dither = _dithered(coarse, rng, 0.5)
    height, width = (OVERSAMPLE * side for side in contone.shape)
    step = OVERSAMPLE * distance_px
    radius = step * rng.uniform(0.48, 0.66)
    y, x = ((np.arange(side) + 0.5) / step for side in (height, width))
    ink = np.zeros((height, width), bool)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at_y, at_x = np.floor(y).astype(int) + down, np.floor(x).astype(int) + right
            inside = ((at_y >= 0) & (at_y < rows))[:, None] & ((at_x >= 0) & (at_x < columns))
            printed = dither[np.clip(at_y, 0, rows - 1)][:, np.clip(at_x, 0, columns - 1)] < 0.5
            apart = ((y - at_y - 0.5) ** 2)[:, None] + (x - at_x - 0.5) ** 2
            ink |= inside & printed & (apart * step**2 <= radius**2)
    smooth = _resized(coarse, contone.shape, Image.Resampling.BICUBIC)
    return _printed((~ink).astype(np.float32), smooth, distance_px, rng)


def _printed(fine: Plane, contone: Plane, spot_px: float, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return (scan, target): dots drawn `OVERSAMPLE` times finer, spread and blurred, and the contone with their tone.

    Dots of ink that grow darken the middle tones: the target is the contone on the curve t + a t (1 - t) that fits.
    """
    if rng.random() < 0.5:
        blurred = gaussian_filter(fine, OVERSAMPLE * rng.uniform(0.15, 0.3) * spot_px)
        fine = np.clip((blurred - rng.uniform(0.45, 0.62)) * 6 + 0.5, 0, 1)
    height, width = contone.shape
    scan = fine.reshape(height, OVERSAMPLE, width, OVERSAMPLE).mean((1, 3), dtype=np.float32)
    if rng.random() < 0.8:
        scan = gaussian_filter(scan, rng.uniform(0.2, 0.35 * spot_px))
    return scan, with_dot_gain(contone, scan)
