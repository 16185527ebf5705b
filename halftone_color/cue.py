"""Cues say where colors come from: as requested for any scan, and as opened for one scan."""

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
    "hints": "color hints (--scribbles, --mask or --hint)",
    "gallery": "references from a folder (--ref-dir)",
    "view": "a color picture taken beside it (--color-view)",
}
"""Kinds of cue, and their names in messages."""
PICTURES = {"color_view": "view"}
"""Keywords of further single pictures, and their fields of CueRequest."""
NONE = "none"
"""Listed among a method's kinds of cue if it works without a cue."""
EXCLUSIVE = ("references", "samples", "palette")
"""Kinds of which a job can use only one."""


@dataclass(frozen=True)
class InputPicture:
    """A picture to which a request refers; compared by its content."""

    sha256: str
    """Hexadecimal sha256 of the file's bytes, or of an array's shape, type and values."""
    path: str | None = field(default=None, compare=False)
    """Path, if it is a file."""
    pixels: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    """(C, H, W), if it is an array; a fourth plane is its opacity."""


@dataclass(frozen=True)
class CueRequest:
    """Where colors should come from, as the user asks; without any cue they are automatic."""

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
    """Colors without positions, in equal areas; a picture counts as its main colors, which share one area."""
    view: InputPicture | None = None
    """The same scene from a color camera beside the one of the print."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of cue, of KINDS, that are given."""
        given = {
            "references": bool(self.references),
            "samples": self.samples > 0,
            "palette": bool(self.palette),
            "hints": bool(self.hints) or self.scribbles is not None or self.mask is not None,
            "gallery": self.gallery is not None,
            "view": self.view is not None,
        }
        return frozenset(kind for kind, is_given in given.items() if is_given)


@dataclass(frozen=True)
class Hints:
    """Colors that are given for parts of a picture: scribbles, a mask, single points."""

    colors: Picture
    """(3, H, W) sRGB; meaningless where no color is given."""
    given: NDArray[np.bool_]
    """(H, W): True where the color is given, for at least one pixel."""


class Gallery(Protocol):
    """Color pictures to choose references from."""

    def descriptors(
        self, key: str, describe: Callable[[Picture], NDArray[np.float16]], progress: Progress | None = None
    ) -> tuple[Sequence[str], NDArray[np.float16]]:
        """Return the names (n) of the pictures, and the descriptor `describe` of the luma (1, H, W) of each, (n, ...).

        Descriptors are stored between runs under `key`, which identifies how they are computed.
        """

    def picture(self, name: str) -> Picture:
        """Return a picture (3, H, W) by its name."""


@dataclass(frozen=True)
class Cue:
    """Where the colors of one result come from, with all pictures opened; an empty cue means the most likely colors."""

    references: tuple[Picture, ...] = ()
    """Color pictures (3, h, w) of any size; all of them together give one result."""
    seed: int | None = None
    """Seed of a random coloring; None for any other result."""
    hints: Hints | None = None
    """Colors given for parts of the picture, of the picture's size."""
    palette: Picture | None = None
    """Colors without positions, as a picture of patches (3, h, w); the area of a patch is the weight of its color."""
    gallery: Gallery | None = None
    """Color pictures of which the most similar becomes the reference."""
    view: Picture | None = None
    """The same scene (3, H, W) from a color camera beside the one of the picture, of its size."""
