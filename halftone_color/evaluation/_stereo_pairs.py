"""Test pairs of the section stereo: Middlebury's, the left picture made gray, with or without a camera of its own."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.images.reading import read
from halftone_color.images.sources import rgb_of
from halftone_color.types import Picture

MEASURED = ("motorcycle", "recycle", "art", "teddy")
"""Pairs over which means are taken."""
OTHER_EXPOSURE = "motorcyclee"
"""Its right view was taken with another exposure; a row of its own."""
LEVELS_PER_PX = 64
"""The disparity's file holds it in 64ths of a px; 0 where it is not known."""
CONTRAST = 0.35
"""Share of the smooth step 3 x^2 - 2 x^3 in the response curve of the other monochrome camera ..."""
NOISE = 0.01
"""... and standard deviation of its noise."""


@dataclass(frozen=True)
class MeasuredPair:
    """A pair with its truth."""

    name: str
    gray: Picture
    """(1, H, W) of the left, monochrome camera."""
    view: Picture
    """(3, H, W) of the right, color camera."""
    truth: Picture
    """(3, H, W) of the left view."""
    disparity_px: NDArray[np.float32]
    """(H, W), true; 0 where it is not known."""

    def by_another_camera(self) -> MeasuredPair:
        """Return the pair with a response curve and noise on the gray picture."""
        curved = (1 - CONTRAST) * self.gray + CONTRAST * (3 * self.gray**2 - 2 * self.gray**3)
        noise = np.random.default_rng(0).normal(0, NOISE, self.gray.shape)
        return replace(self, gray=np.clip(curved + noise, 0, 1).astype(np.float32))


def read_pairs(folder: Path) -> list[MeasuredPair]:
    """Return the pairs of the split "test" of a folder: INDEX.csv, NAME-left.*, NAME-right.*, NAME-disparity.png.

    Raises:
        InputError: the folder has no such index or pairs.
    """
    index = folder / "INDEX.csv"
    if not index.is_file():
        raise InputError(f"{folder} has no INDEX.csv; name a folder of pairs with --pairs.")
    with index.open(newline="") as rows:
        names = [row["name"] for row in csv.DictReader(rows) if row.get("split") == "test"]
    if not names:
        raise InputError(f"{index} lists no pairs of the split test; name another folder with --pairs.")
    return [_open(folder, name) for name in sorted(names, key=lambda name: (name == OTHER_EXPOSURE, name))]


def _open(folder: Path, name: str) -> MeasuredPair:
    files = [next(iter(sorted(folder.glob(f"{name}-{side}.*"))), None) for side in ("left", "right", "disparity")]
    if None in files:
        raise InputError(f"{folder} lacks a picture of {name}; it needs {name}-left, {name}-right, {name}-disparity.")
    left, right, disparity = (file for file in files if file is not None)
    truth, view = (rgb_of(read(file).pixels) for file in (left, right))
    with Image.open(disparity) as opened:
        known = np.asarray(np.asarray(opened, np.float32) / LEVELS_PER_PX, np.float32)
    return MeasuredPair(name, np.asarray(rgb_to_luma(truth), np.float32), view, truth, known)


def seen_by_both(disparity_px: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (H, W): where a pixel of the left view has a known disparity and is seen in the right view."""
    height, width = disparity_px.shape
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    place = np.rint(columns - disparity_px).astype(int)
    known = (disparity_px > 0) & (place >= 0)
    nearest = np.zeros((height, width), np.float32)
    np.maximum.at(nearest, (rows[known], place[known]), disparity_px[known])
    there = nearest[rows, np.clip(place, 0, width - 1)]
    return np.asarray(known & (disparity_px >= there - 1))
