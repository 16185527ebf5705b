"""Where color comes from: as it is asked for, of any scan, and as it is opened for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from halftone_color.types import Picture, Progress

Color = tuple[float, float, float]
"""sRGB (red, green, blue) in [0, 1]."""

KINDS = {
    "references": "references (--ref)",
    "samples": "samples (--samples)",
    "palette": "colors of a palette (--palette)",
    "hints": "colors given in places (--scribbles, --mask or --hint)",
    "gallery": "references from a folder (--ref-dir)",
}
"""What may say the colors, in the user's words."""
NONE = "none"
"""Among the kinds of cue that a method takes: it has colors of its own where nothing says them."""
EXCLUSIVE = ("references", "samples", "palette")
"""Those of KINDS of which a job takes one only."""


@dataclass(frozen=True)
class InputPicture:
    """A picture that a request names, compared by its content."""

    sha256: str
    """Of the file's bytes, or of an array's shape, type and values; hexadecimal."""
    path: str | None = field(default=None, compare=False)
    """Where it is, if it is a file."""
    pixels: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    """(C, H, W) if it came as an array; a fourth plane is its opacity."""


@dataclass(frozen=True)
class CueRequest:
    """Where colors are to come from, as the user says it; nothing given means automatic."""

    references: tuple[InputPicture, ...] = ()
    """Color pictures; all of them together give one result."""
    samples: int = 0
    """Number of random colorings."""
    seed: int = 0
    """Sample k, from 0, is drawn from seed + k."""
    hints: tuple[tuple[float, float, Color], ...] = ()
    """Colors at single points: (x, y) in px from the top left corner, and the color."""
    scribbles: InputPicture | None = None
    """Colors drawn on a transparent layer or on a copy of the print."""
    mask: InputPicture | None = None
    """White where the colors of `scribbles`, or of the print itself where there are none, are to be kept."""
    gallery: str | None = None
    """A folder of color pictures to choose references from."""
    palette: tuple[Color | InputPicture, ...] = ()
    """Colors without places, in equal areas; of a picture its main colors, which share one part of the area."""

    @property
    def kinds(self) -> frozenset[str]:
        """Those of KINDS that are given."""
        given = {
            "references": bool(self.references),
            "samples": self.samples > 0,
            "palette": bool(self.palette),
            "hints": bool(self.hints) or self.scribbles is not None or self.mask is not None,
            "gallery": self.gallery is not None,
        }
        return frozenset(kind for kind, is_given in given.items() if is_given)


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


@dataclass(frozen=True)
class Cue:
    """Where the colors of one result come from, opened. Nothing given means automatic: the most likely colors."""

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
