"""Small records that the rooms exchange.

A single picture is a float32 array (C, H, W) in [0, 1]: C = 1 for gray (Rec. 601 luma, sRGB-coded), 3 for sRGB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halftone_color.cue import Cue

Picture = NDArray[np.float32]
"""One picture: (1, H, W) gray or (3, H, W) sRGB, float32 in [0, 1]."""

AUTHORS = "authors-2021"
"""Name of the set of weights of the published networks."""
MAX_PIXELS = 500_000_000
"""Default limit on the number of pixels; larger pictures are refused."""

Progress = Callable[[float], None]
"""Called with the share of the work done, in [0, 1]."""


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels."""

    x: int
    y: int
    """Its top left corner in px from that of the picture."""
    width: int
    height: int
    """Its size in px."""

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.y, self.bottom), slice(self.x, self.right)


@dataclass(frozen=True)
class Scan:
    """A picture as read from a file, with its resolution and notes."""

    pixels: Picture
    """(1, H, W) when the file is gray, else (3, H, W); float32 in [0, 1], upright, sRGB-coded."""
    dpi: tuple[float, float] | None = None
    """Resolution (x, y) in dots per inch, where the file states one."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about what was converted, dropped or chosen while reading."""
    path: str | None = None
    """The file from which it was read."""
    damage: tuple[str, ...] = ()
    """What is wrong with the file, in words; it was read all the same, and a note says so."""
    region: Box | None = None
    """Part of the file's or array's picture that `pixels` are; None if they are all of it."""
    whole: tuple[int, int] | None = None
    """Height and width in px of all of it, if `pixels` are a part."""
    bits: int = 8
    """Bits of each channel that were read from the file: 8, or 16 where it has more."""


KINDS = ("none", "error-diffusion", "ordered", "clustered-dot", "line", "stochastic")
"""Kinds of halftone: ordered is dispersed dither such as Bayer's, stochastic is blue noise and the like."""
FORMS = ("soft", "moire", "palette")
"""Forms of a kind that are treated in a way of their own: soft are dithers that were reduced or blurred, moire are
screens finer than the scan's pixels can show, palette are dithers to a few colors or grays."""


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a small picture lie along one side of the picture that was made of it."""

    count: int
    """Number of pixels along the side of the small picture."""
    pitch: float
    """Distance of its pixels, in px of the large picture."""
    origin: float
    """Center of the first one, in px of the large picture, whose first pixel's center is 0."""

    @classmethod
    def spread(cls, count: int, large_px: int) -> Grid:
        """Return the grid that spans a whole side of `large_px`."""
        pitch = large_px / count
        return cls(count, pitch, (pitch - 1) / 2)


@dataclass(frozen=True)
class Enlargement:
    """How a digital dither was enlarged to the picture."""

    down: Grid
    across: Grid
    """Where the dither's rows and columns lie in the picture."""
    kernel: str
    """Interpolation, one of arrays.interpolation.KERNELS."""
    ink: float = 0.0
    paper: float = 1.0
    """The two tones of the dither, in [0, 1]."""


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
    """Power at the screen's frequency relative to the mean of the ring around it; 1 means there is no peak."""
    form: str | None = None
    """One of FORMS: what sets it apart from others of its kind; None of the usual ones."""
    enlarged: Enlargement | None = None
    """How the picture was made of a dither of this kind, if it was enlarged afterwards; None if it was not."""
    doubt: Screen | None = None
    """Where `kind` is none: what the picture may be a halftone of, though it is more likely a texture; `--screen yes`
    takes it for the screen."""

    @property
    def present(self) -> bool:
        """Whether there is a screen to remove."""
        return self.kind != "none"


@dataclass(frozen=True)
class Task:
    """Input of a method, which reads it, its own options and the Run, and modifies none of them."""

    picture: Picture
    """Input picture: (1, H, W) gray to halftone, descreen or color; (3, H, W) sRGB to refine or fuse."""
    screen: Screen = Screen("none")
    """Screen of the picture, if it is a halftone."""
    exact: bool = True
    """Whether the picture may be an unaltered digital halftone; False for the channels of a print in several inks."""
    cue: Cue = field(default_factory=Cue)
    """Where the colors come from; a descreener that draws uses the seed."""
    mask: Picture | None = None
    """(1, H, W) in [0, 1]: 0 where nothing is to be colored, such as text and blank paper; None colors everything."""
    other: Picture | None = None
    """For fusers: the result (3, H, W) of the order C -> IHN, where `picture` is that of IHN -> C."""


@dataclass(frozen=True)
class Result:
    """The result of a job for one input."""

    pictures: tuple[Picture, ...]
    """One picture, or one per sample."""
    screen: Screen | None = None
    """The screen of the input, if the job detects it."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was converted, skipped or chosen."""
    dpi: tuple[float, float] | None = None
    """Resolution (x, y) in dots per inch, if it is known and the size is unchanged."""
    damage: tuple[str, ...] = ()
    """What is wrong with the input's file, in words; parts of the pictures may be wrong for that."""
    photographs: tuple[Box, ...] = ()
    """Boxes of the photographs of a page, in px of the input. If each became a picture of its own (`crop`), all
    pictures of the first come first, then those of the second."""
    bits: int = 8
    """Bits of each channel that were read from the input's file: 8, or 16 where it has more."""

    @property
    def picture(self) -> Picture:
        """The first picture."""
        return self.pictures[0]

    @property
    def uncertainty(self) -> Picture:
        """Standard deviation over all pictures, of the same input: (1, H, W), the root mean square of the channels'."""
        mean = np.zeros(self.picture.shape, np.float64)
        apart = np.zeros(self.picture.shape, np.float64)
        for count, picture in enumerate(self.pictures, 1):  # Welford's: one picture at a time
            step = picture - mean
            mean += step / count
            apart += step * (picture - mean)
        return np.asarray(np.sqrt(apart.mean(0, keepdims=True) / len(self.pictures)), np.float32)
