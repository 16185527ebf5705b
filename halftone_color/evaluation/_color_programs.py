"""Who colors what the section color measures: this program, or another one whose pictures lie in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from halftone_color import api
from halftone_color.errors import InputError
from halftone_color.evaluation._color_cases import SAMPLED, SAMPLES, SEED
from halftone_color.images.reading import read
from halftone_color.images.sources import rgb_of
from halftone_color.run import Conditions
from halftone_color.types import Picture


class Program(Protocol):
    """Colors gray pictures (1, H, W); results are (3, H, W)."""

    @property
    def title(self) -> str:
        """What its rows' names start with."""

    def offers(self, way: str) -> bool:
        """Whether it has results of a way of coloring."""

    def colored(self, name: str, way: str, gray: Picture, reference: Picture | None = None) -> Picture:
        """Return a picture colored in one of the ways of _color_cases."""

    def samples(self, name: str, gray: Picture) -> Sequence[Picture]:
        """Return SAMPLES random colorings."""


def eight_bit(picture: Picture) -> Picture:
    """Return a picture rounded to the 256 levels that files have."""
    return np.asarray(np.rint(picture * 255) / 255, np.float32)


def _as_it_is(picture: Picture) -> Picture:
    return picture


class Ours:
    """This program with a set of weights."""

    title = ""

    def __init__(self, conditions: Conditions, eight_bits: bool = False) -> None:
        """Take conditions.

        Args:
            conditions: under which our networks run.
            eight_bits: take and give levels of 8 bits, as programs do that work on files.
        """
        self._conditions, self._rounded = conditions, eight_bit if eight_bits else _as_it_is

    def offers(self, way: str) -> bool:
        """As Program says."""
        return True

    def colored(self, name: str, way: str, gray: Picture, reference: Picture | None = None) -> Picture:
        """As Program says."""
        references = [] if reference is None else [self._rounded(reference)]
        result = api.colorize(self._rounded(gray), references=references, **vars(self._conditions))
        return self._rounded(result.picture)

    def samples(self, name: str, gray: Picture) -> Sequence[Picture]:
        """As Program says."""
        result = api.colorize(self._rounded(gray), samples=SAMPLES, seed=SEED, **vars(self._conditions))
        return [self._rounded(picture) for picture in result.pictures]


class Beside:
    """Another program, which has left its results in a folder as NAME-WAY.png (or any other kind of file)."""

    def __init__(self, folder: Path) -> None:
        """List the folder.

        Raises:
            InputError: there is no result in it.
        """
        self._folder = folder
        self._files = {path.stem: path for path in sorted(folder.iterdir())} if folder.is_dir() else {}
        self._ways = {stem.rpartition("-")[2] for stem in self._files}
        if not self._ways & {"automatic", SAMPLED[0], "like", "unrelated", "reference"}:
            raise InputError(
                f"{folder} holds no pictures by another program: NAME-automatic.png, NAME-sample0.png, NAME-like.png, "
                "NAME-unrelated.png; `hcolor bench inputs PHOTOS -o FOLDER` writes what it is to color."
            )

    @property
    def title(self) -> str:
        """As Program says."""
        return f"{self._folder.name}: "

    def offers(self, way: str) -> bool:
        """As Program says."""
        return way in self._ways

    def colored(self, name: str, way: str, gray: Picture, reference: Picture | None = None) -> Picture:
        """As Program says.

        Raises:
            InputError: the picture is missing or has another size than its gray.
        """
        stem = f"{name}-{way}"
        if stem not in self._files:
            raise InputError(f"{self._folder} lacks {stem}.png; color it too, or take away all that end in -{way}.")
        rgb = rgb_of(read(self._files[stem]).pixels)
        if rgb.shape[1:] != gray.shape[1:]:
            asked, had = (f"{width} x {height} px" for height, width in (gray.shape[1:], rgb.shape[1:]))
            raise InputError(f"{self._files[stem]} has {had}; bring it to the {asked} of its gray picture.")
        return rgb

    def samples(self, name: str, gray: Picture) -> Sequence[Picture]:
        """As Program says."""
        return [self.colored(name, way, gray) for way in SAMPLED]
