"""Does a photograph's altered copy find its own original in a gallery: mirrored, cropped, gray and in another light."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers.gallery import find_nearest
from halftone_color.evaluation._report import Notify, table, verdict
from halftone_color.evaluation.photographs import evenly, validation
from halftone_color.images.gallery import FolderGallery, open_gallery
from halftone_color.images.reading import read
from halftone_color.images.sources import rgb_of
from halftone_color.run import Run
from halftone_color.training.photographs import listing
from halftone_color.types import MAX_PIXELS, Picture

ASKED_PICTURES, ASKED_CASES = 1000, 200
"""Fewest pictures and copies that a verdict is about."""
CROP = 0.8
"""Share of each side that stays of a copy."""
ASKED_RATE = 0.98


@dataclass(frozen=True)
class RetrievalExtent:
    """How much is looked for, in how much."""

    pictures: int = ASKED_PICTURES
    """Of the gallery."""
    cases: int = ASKED_CASES
    """Copies that look for their originals."""


@dataclass(frozen=True)
class RetrievalOutcome:
    """What looking for originals found."""

    pictures: int
    cases: int
    found: int
    first_seconds: float
    """For looking through the gallery."""
    later_seconds: float
    """For choosing a reference once the gallery is known, reading the index from the disk included."""

    @property
    def rate(self) -> float:
        """Share of the copies that found their original."""
        return self.found / self.cases

    def told(self) -> str:
        """Return the figures as Markdown."""
        row = [f"{self.pictures}", f"{self.cases}", f"{self.rate:.1%}"]
        seconds = [f"{self.first_seconds:.1f}", f"{self.later_seconds:.2f}"]
        return "\n\n".join(
            (
                "The gallery: copies of validation photographs look for their originals, mirrored, cropped to "
                f"{CROP:.0%} of each side anywhere, gray, with another gamma, gain and a gradient of light.",
                table(
                    ["", "pictures", "copies", "found", "s, first run", "s, later runs"], [["gallery", *row, *seconds]]
                ),
                f"Asked: >= {ASKED_RATE:.0%} of {ASKED_CASES} among >= {ASKED_PICTURES}: "
                f"{verdict(f'{self.rate:.1%}', self._holds())}.",
            )
        )

    def _holds(self) -> bool:
        return self.rate >= ASKED_RATE and self.cases >= ASKED_CASES and self.pictures >= ASKED_PICTURES


def some_of(folder: Path, cache: Path, pictures: int) -> FolderGallery:
    """Return a gallery of the validation photographs of a folder and as many others as make up `pictures`."""
    held_out = validation(folder)
    others = [folder / file for file, split in listing(folder) if split != "val"]
    chosen = [*evenly(held_out, pictures), *evenly(others, max(0, pictures - len(held_out)))]
    names = {str(path.relative_to(folder)) for path in chosen}
    whole = open_gallery(folder, MAX_PIXELS, cache)
    return replace(whole, stamps={name: stamp for name, stamp in whole.stamps.items() if name in names})


def search(folder: Path, cache: Path, run: Run, extent: RetrievalExtent, notify: Notify) -> RetrievalOutcome:
    """Look for the originals of copies of validation photographs in a gallery, whose index is left in `cache`."""
    files = evenly(validation(folder), extent.cases)
    shelf, again = (some_of(folder, cache, extent.pictures) for _ in range(2))
    start = time.perf_counter()
    choose(
        copy(files[0], 0), shelf, run.with_progress(lambda share: notify(0.5 * share, "looking through the gallery"))
    )
    first = time.perf_counter() - start
    start = time.perf_counter()
    choose(copy(files[0], 0), again, run)
    later = time.perf_counter() - start
    found = 0
    for seed, file in enumerate(files):
        notify(0.5 + 0.5 * seed / len(files), f"looking for {file.name}")
        found += choose(copy(file, seed), shelf, run) == str(file.relative_to(folder))
    return RetrievalOutcome(len(shelf.stamps), len(files), found, first, later)


def choose(gray: Picture, shelf: FolderGallery, run: Run) -> str:
    """Return the name of the picture that is nearest to a print (1, H, W)."""
    return find_nearest(gray, shelf, run)[0][0][0]


def copy(file: Path, seed: int) -> Picture:
    """Return (1, h, w): a photograph's luma, mirrored, cropped and re-lit as the seed says."""
    return altered(np.asarray(rgb_to_luma(rgb_of(read(file).pixels)), np.float32), seed)


def altered(gray: Picture, seed: int) -> Picture:
    """Return a picture (1, H, W) mirrored, cropped and re-lit: gamma, a gradient of light, gain and haze."""
    rng = np.random.default_rng(seed)
    sides = [max(1, round(CROP * side)) for side in gray.shape[1:]]
    top, left = (rng.integers(0, side - kept + 1) for side, kept in zip(gray.shape[1:], sides, strict=True))
    part = gray[:, top : top + sides[0], left : left + sides[1]][:, :, ::-1]
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in sides), indexing="ij")
    angle, gamma = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.6)
    light = 1 + 0.3 * (np.cos(angle) * x + np.sin(angle) * y)
    lit = part**gamma * light * rng.uniform(0.7, 1.1) + rng.uniform(-0.05, 0.1)
    return np.asarray(np.clip(lit, 0, 1), dtype=np.float32)
