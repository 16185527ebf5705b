"""Small records that the rooms hand to each other, and the protocols that methods follow.

A single picture is a float32 array (C, H, W) in [0, 1]: C = 1 for gray (Rec. 601 luma, sRGB-coded), 3 for sRGB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Picture = NDArray[np.float32]
"""One picture: (1, H, W) gray or (3, H, W) sRGB, float32 in [0, 1]."""

AUTHORS = "authors-2021"
"""Name of the set of the published networks."""
MAX_PIXELS = 500_000_000
"""Larger pictures are refused unless asked for."""

Progress = Callable[[float], None]
"""Called with the share of the work done, in [0, 1]."""


@dataclass(frozen=True)
class Scan:
    """A picture as read from a file, with what has to survive the journey."""

    pixels: Picture
    """(1, H, W) when the file is gray, else (3, H, W); float32 in [0, 1], upright, sRGB-coded."""
    dpi: tuple[float, float] | None = None
    """Resolution (x, y) in dots per inch, where the file states one."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about what was converted, dropped or chosen while reading."""


KINDS = ("none", "error-diffusion", "ordered", "clustered-dot", "line", "stochastic")
"""Kinds of halftone: ordered is dispersed dither such as Bayer's, stochastic is blue noise and the like."""


@dataclass(frozen=True)
class Screen:
    """What kind of halftone a picture is (see halftone_color/screen)."""

    kind: str
    """One of KINDS."""
    period_px: float | None = None
    """Spacing of clustered dots or lines along the screen's axis in px of the picture; None for the other kinds."""
    angle_deg: float | None = None
    """Direction of that axis from +x towards +y (down) in degrees: [0, 90) for dots, [0, 180) across lines."""
    strength: float = 0.0
    """Power at the screen's frequency over the mean of the ring around it; 1 means nothing stands out."""

    @property
    def present(self) -> bool:
        """True when there is something to descreen."""
        return self.kind != "none"


@dataclass(frozen=True)
class Hints:
    """Colors that are given in places of a picture: scribbles, a mask, single points."""

    colors: Picture
    """(3, H, W) sRGB; of no meaning where nothing is given."""
    given: NDArray[np.bool_]
    """(H, W): True where the color is given; True somewhere."""


class Gallery(Protocol):
    """Color pictures to choose references from."""

    def described(
        self, key: str, describe: Callable[[Picture], NDArray[np.float16]], progress: Progress | None = None
    ) -> tuple[Sequence[str], NDArray[np.float16]]:
        """Return the names (n) of its pictures and what `describe` makes of the luma (1, H, W) of each, (n, ...).

        Descriptors are remembered between runs under `key`, which says how they are made.
        """

    def picture(self, name: str) -> Picture:
        """Return a picture (3, H, W) by its name."""


def _unheard(sentence: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Cue:
    """Where color comes from. Nothing given means automatic: the most likely colors."""

    references: tuple[Picture, ...] = ()
    """Color pictures (3, h, w) of any size; all of them together give one result."""
    seed: int | None = None
    """Draws one random coloring; None with no references means the automatic result."""
    hints: Hints | None = None
    """Colors given in places, of the picture's own size."""
    palette: Picture | None = None
    """Colors without places, as patches (3, h, w): each has the area that it counts."""
    gallery: Gallery | None = None
    """Color pictures of which the nearest becomes the reference."""
    tell: Callable[[str], None] = _unheard
    """Called with sentences for the user about what the method chose."""


@dataclass(frozen=True)
class Result:
    """What a job made of a picture."""

    pictures: tuple[Picture, ...]
    """One picture, or one per sample."""
    screen: Screen | None = None
    """What was found out about the halftone, where the job looks at it."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was converted, skipped or chosen."""
    dpi: tuple[float, float] | None = None

    @property
    def picture(self) -> Picture:
        """The first picture."""
        return self.pictures[0]


class Halftoner(Protocol):
    """A method of halftone_color/halftone: contone to halftone."""

    def __call__(self, gray: Picture, options: Any) -> Picture:
        """(1, H, W) -> (1, H, W)."""


class Descreener(Protocol):
    """A method of halftone_color/descreen: halftone (1, H, W) to contone (1, H, W)."""

    def __call__(
        self, gray: Picture, options: Any, networks: Mapping[str, torch.nn.Module], progress: Progress | None = None
    ) -> Picture:
        """(1, H, W) -> (1, H, W)."""


class Colorizer(Protocol):
    """A method of halftone_color/colorize: gray (1, H, W) and a cue to rgb (3, H, W)."""

    def __call__(
        self,
        gray: Picture,
        cue: Cue,
        options: Any,
        networks: Mapping[str, torch.nn.Module],
        progress: Progress | None = None,
    ) -> Picture:
        """(1, H, W) -> (3, H, W)."""
