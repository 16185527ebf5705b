"""Colour photographs with self-references: what the colorizer's schemes are trained on.

The paper's desired result for the reference scheme, I_example, comes from a network that cannot be had. In its place
stands the augmented self-reference (Lee et al. 2020): the reference is the photograph itself, cropped, turned, warped
and mirrored, and in the reference scheme colour-jittered together with the target, so that the truth is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from halftone_color.color import rgb_to_luma
from halftone_color.edges import EDGE_THRESHOLDS, canny
from halftone_color.training.degradations import HalftoneMaker, jpeg
from halftone_color.training.photographs import Photographs

SQUASHED = "flickr8k"
"""Photographs with this prefix were 4:3 or 3:4 before they were squashed to a square."""


@dataclass(frozen=True)
class ColorBatch:
    """Arrays float32: pictures (B, 3, s, s), luminance and edge maps (B, 1, s, s)."""

    truth: NDArray[np.float32]
    """True colours."""
    gray: NDArray[np.float32]
    """Luminance of the truth as descreening or a halftone leaves it."""
    edge: NDArray[np.float32]
    reference: NDArray[np.float32]
    """The truth warped."""
    reference_edge: NDArray[np.float32]


def color_batches(photographs: Photographs, batch: int, side: int, seed: int) -> Iterator[ColorBatch]:
    """Yield batches of square pictures of `side` px for ever."""
    rng = np.random.default_rng(seed)
    while True:
        rows = [_row(photographs, side, rng) for _ in range(batch)]
        yield ColorBatch(*(np.stack(column) for column in zip(*rows, strict=True)))


def _row(photographs: Photographs, side: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    truth = square_crop(photographs, side, rng)
    gray = worn_luma(rgb_to_luma(truth)[0], rng)
    reference = warp(truth, rng)
    return truth, gray[None], edge_map(gray)[None], reference, edge_map(rgb_to_luma(reference)[0])[None]


def edge_map(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the edge map I^edge of (H, W) luminance: Canny (80, 250)."""
    return canny(gray, *EDGE_THRESHOLDS)


def square_crop(photographs: Photographs, side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (3, side, side): most of a random photograph, mirrored in half of the cases."""
    index = int(rng.integers(len(photographs)))
    pixels = photographs[index]
    height, width = pixels.shape[:2]
    stretch = rng.choice([3 / 4, 4 / 3]) if photographs.names[index].startswith(SQUASHED) else 1.0
    scale = rng.uniform(0.7, 1.0)
    across = min(width, height / stretch) * scale  # crop's width in stored px: across * stretch in true px of height
    down = across * stretch
    left, top = rng.uniform(0, width - across), rng.uniform(0, height - down)
    box = (left, top, left + across, top + down)
    small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX, box, reducing_gap=2.0)
    picture = np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255
    return np.ascontiguousarray(picture[:, :, ::-1] if rng.random() < 0.5 else picture)


def worn_luma(gray: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (s, s) luminance as a colorizer meets it: clean, softened by descreening, or a halftone reduced."""
    kind = rng.random()
    if kind < 0.4:
        return gray
    if kind < 0.75:
        worn = gaussian_filter(gray, rng.uniform(0.2, 0.9))
        worn = worn + rng.uniform(0, 0.02) * rng.standard_normal(gray.shape, dtype=np.float32)
        worn = jpeg(worn, int(rng.integers(50, 93))) if rng.random() < 0.3 else worn
        low, high = rng.uniform(0, 0.12), rng.uniform(0.85, 1)
        return np.asarray(np.clip(low + (high - low) * worn, 0, 1), dtype=np.float32)
    oversample = 2
    fine = gray.repeat(oversample, 0).repeat(oversample, 1)
    dots = HalftoneMaker(overprinted=0).dots(fine, rng, float(rng.uniform(2.5, 4.5)), 2)
    side = gray.shape[0]
    return np.asarray(dots.reshape(side, oversample, side, oversample).mean((1, 3), dtype=np.float32))


def warp(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (3, s, s) cropped to 65-100 %, turned by up to 12 degrees, bent, and mirrored in half of the cases."""
    side = picture.shape[1]
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, side)] * 2, indexing="ij")).astype(np.float32)
    angle, scale = rng.uniform(-0.2, 0.2), rng.uniform(0.65, 1.0)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    if rng.random() < 0.5:
        turn[:, 1] *= -1
    shift = rng.uniform(-(1 - scale), 1 - scale, (2, 1, 1)).astype(np.float32)
    bend = rng.uniform(-0.12, 0.12, (2, 4, 4)).astype(np.float32)
    bent = np.stack([np.asarray(Image.fromarray(b).resize((side, side), Image.Resampling.BICUBIC)) for b in bend])
    places = np.einsum("ij,jhw->ihw", turn, grid) + shift + bent
    places = (places + 1) / 2 * (side - 1)
    return np.stack([map_coordinates(plane, places, order=1, mode="reflect") for plane in picture]).astype(np.float32)
