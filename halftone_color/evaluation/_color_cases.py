"""What the section color has colored: squares of photographs, whole ones, old ones with faces.

Every picture has a name, and every way of coloring it has a word; NAME-WORD is a result, by us or by another program.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.evaluation.photographs import evenly, square, validation
from halftone_color.images.reading import read
from halftone_color.images.sources import rgb_of
from halftone_color.metrics.faces import Landmarks
from halftone_color.types import Picture

AUTOMATIC, LIKE, UNRELATED, REFERENCE = "automatic", "like", "unrelated", "reference"
"""Ways of coloring: without a cue; by the true picture mirrored, by another photograph, by a print's own reference."""
SAMPLES, SEED = 4, 0
SAMPLED = tuple(f"sample{k}" for k in range(SAMPLES))
"""Ways of coloring: sample k, from SEED + k."""
FEWEST = 4
"""Photographs needed: each takes colors of two others, and two are measured against two."""
OF_SKIN = ("pixabay", "fairface", "utkface", "ccp", "sports")
"""What names of photographs of people start with."""
WHOLE_SIDE = 320
"""Most pixels on the shorter side of a whole photograph."""
FACES = "faces.csv"
"""File of a folder of old photographs that says where their faces are."""
PUBLISHED = ("-gray", "-published")
"""Ends of the names of an old photograph and of a colorizer's published result, in one folder."""


@dataclass(frozen=True)
class ColorCase:
    """A photograph, with those that lend it colors."""

    file: Path
    stranger: Path
    """The unrelated reference."""
    second: Path
    """Another one, for a second tint."""

    @property
    def name(self) -> str:
        """Name of the square in results."""
        return self.file.stem

    @property
    def whole_name(self) -> str:
        """Name of the whole photograph in results."""
        return f"{self.file.stem}-whole"

    @property
    def of_skin(self) -> bool:
        """Whether it is of people, so that skin is measured in it."""
        return self.file.name.startswith(OF_SKIN)


@dataclass(frozen=True)
class OldPhotograph:
    """A gray photograph with faces, and perhaps a colorizer's published result."""

    file: Path
    faces: tuple[Landmarks, ...]
    published: Path | None

    @property
    def name(self) -> str:
        """Its name in results."""
        return self.file.stem


def cases(photos: Path, count: int | None) -> list[ColorCase]:
    """Return validation photographs, `count` of them evenly spaced, each with two strangers.

    These are half and a third of all of them away, whatever the count; files are listed by source, so that the one half
    the list away is of another kind.

    Raises:
        InputError: there are too few.
    """
    files = validation(photos)
    chosen = evenly(files, count) if count else files
    if len(chosen) < FEWEST:
        raise InputError(f"{len(chosen)} validation photographs of {photos} are too few; measure at least {FEWEST}.")
    half, third = len(files) // 2, len(files) // 3
    strangers = zip(files[half:] + files[:half], files[third:] + files[:third], strict=True)
    every = {file: ColorCase(file, *own) for file, own in zip(files, strangers, strict=True)}
    return [every[file] for file in chosen]


def whole(file: Path) -> Picture:
    """Return a photograph (3, H, W), its shorter side brought to WHOLE_SIDE where it is longer; never enlarged."""
    rgb = rgb_of(read(file).pixels)
    scale = WHOLE_SIDE / min(rgb.shape[1:])
    if scale >= 1:
        return rgb
    size = (round(rgb.shape[1] * scale), round(rgb.shape[2] * scale))
    reduced = F.interpolate(torch.from_numpy(rgb)[None], size, mode="bicubic", antialias=True)[0]
    return np.asarray(reduced.clamp(0, 1))


def gray_of(rgb: Picture) -> Picture:
    """Return the luma (1, H, W) that is to be colored."""
    return np.asarray(rgb_to_luma(rgb), np.float32)


def stranger_of(case: ColorCase) -> Picture:
    """Return the unrelated reference (3, h, w)."""
    return square(case.stranger)


def old_photographs(folders: tuple[Path, ...]) -> list[OldPhotograph]:
    """Return the old photographs that faces.csv lists in the first folder that has one; none where no folder has.

    Its columns are file, eye1_x, eye1_y, eye2_x, eye2_y, mouth1_x ... mouth2_y, in px of the stored file.

    Raises:
        InputError: a column or a listed file is missing.
    """
    for folder in folders:
        if (folder / FACES).is_file():
            return _listed(folder)
    return []


def _listed(folder: Path) -> list[OldPhotograph]:
    faces: dict[str, list[Landmarks]] = {}
    with (folder / FACES).open(newline="") as handle:
        for row in csv.DictReader(handle):
            try:
                points = [(float(row[f"{part}_x"]), float(row[f"{part}_y"])) for part in PARTS]
                faces.setdefault(row["file"], []).append(Landmarks((points[0], points[1]), (points[2], points[3])))
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(
                    f"{folder / FACES} has a row without a number in {error}; give file, and x and y of {PARTS}."
                ) from error
    found = []
    for name, own in faces.items():
        file = folder / name
        if not file.is_file():
            raise InputError(f"{folder / FACES} lists {name}, which is not there; add the file or leave its rows out.")
        before, after = PUBLISHED
        published = file.with_name(file.name.replace(before, after))
        found.append(OldPhotograph(file, tuple(own), published if published != file and published.is_file() else None))
    return found


PARTS = ("eye1", "eye2", "mouth1", "mouth2")
"""Landmarks of a face in faces.csv."""
