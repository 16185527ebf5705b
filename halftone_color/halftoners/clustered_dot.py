"""Clustered dots on a rotated grid whose size increases with darkness: the screen of newspapers and books.

The period is the dot spacing along the screen's axis, the angle runs from +x towards +y (down), and lpi = dpi / period.
The thresholds are ranks of a spot function over one cell (Ulichney, "Digital halftoning", 1987, section 5; Lau and
Arce, "Modern digital halftoning", 2018, chapter 2), so that ink covers exactly its share of the area for every tone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, floor, hypot, isfinite, pi, radians, sin
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.compiled import compile_loop
from halftone_color.arrays.light import linear_to_srgb, srgb_to_linear
from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.errors import UsageError
from halftone_color.method import Halftoner, HasResolution, ScreensInks
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

Plane = NDArray[np.float32]
"""(H, W) float32."""

SHAPES = ("round", "line", "diamond", "ellipse")
ALIASES = {
    "clustered": "clustered-dot",
    "clustereddot": "clustered-dot",
    "dots": "clustered-dot",
    "am": "clustered-dot",
}
PERIOD_PX = 6.0
"""Default dot spacing in px."""
DPI_RANGE = (2.0, 65535.0)
"""Resolutions in px per inch that files of every format can state."""
FINEST_PX = 2.0
"""Least dot spacing in px that pixels can represent."""
CELL = 512
"""Number of samples along the side of the tabulated cell; the resolution of the ranks is 1 / CELL**2."""
OVERSAMPLE = 4
"""Number of subpixels along a pixel's side for antialiasing."""
BAND_ROWS = 64
"""Number of rows screened at a time, which bounds the memory."""
SHIFT_PX = (0.36, 0.24)
"""Offset of the dots, in px along and across the axis, which avoids ties between symmetric pixels of a cell."""
ELLIPSE_WEIGHT = 0.6
"""Weight of the wave along an ellipse's long axis; dots join along it before mid-tone and across it after."""


@dataclass(frozen=True)
class ClusteredDotHalftoner(Halftoner, HasResolution, ScreensInks):
    """A screen of dots or lines of one period, angle and shape."""

    period_px: float | None = None
    """Dot spacing along the screen's axis in px; 6 unless lpi is given."""
    lpi: float | None = None
    """Lines (dots) per inch, instead of period_px."""
    dpi: float | None = None
    """Pixels per inch of the result, which its file states; by default those that the file of the picture states."""
    angle_deg: float = 45.0
    """Direction of the screen's axis from +x towards +y (down), in degrees."""
    shape: str = "round"
    """round, line, diamond or ellipse."""
    antialias: bool = False
    """Give dots gray edges, as in a scan, instead of ink and paper only."""
    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""

    def __post_init__(self) -> None:
        if self.period_px is not None and self.lpi is not None:
            raise UsageError("The dot spacing is given twice; give either period_px or lpi.")
        if any(value is not None and not (isfinite(value) and value > 0) for value in (self.lpi, self.dpi)):
            raise UsageError("lpi and dpi must be positive; newspapers have about 85 lpi, scans 300 or 600 dpi.")
        if self.dpi is not None and not DPI_RANGE[0] <= self.dpi <= DPI_RANGE[1]:
            raise UsageError(f"Files cannot state {self.dpi:g} dpi; give from {DPI_RANGE[0]:g} to {DPI_RANGE[1]:g}.")
        spacing_known = self.lpi is None or self.dpi is not None
        if spacing_known and not (isfinite(self.spacing_px) and self.spacing_px >= FINEST_PX):
            raise UsageError(
                f"Dots {self.spacing_px:g} px apart cannot be drawn; use a period of at least {FINEST_PX:g} px."
            )
        if not isfinite(self.angle_deg):
            raise UsageError("angle_deg must be a number of degrees; 45 is usual for one ink.")
        if self.shape not in SHAPES:
            raise UsageError(f"There is no dot shape {self.shape!r}; choose one of {', '.join(SHAPES)}.")

    @property
    def spacing_px(self) -> float:
        """Dot spacing in px, from whichever option gives it.

        Raises:
            UsageError: lpi is given, but no resolution.
        """
        if self.lpi is not None:
            if self.dpi is None:
                raise UsageError("lpi needs the resolution of the result, and the picture's file states none; add dpi.")
            return self.dpi / self.lpi
        return PERIOD_PX if self.period_px is None else self.period_px

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return (1, H, W) of ink 0 and paper 1 with the local mean of the picture (1, H, W) in [0, 1].

        Antialiased, the result lies between 0 and 1 as well.
        """
        tone = (srgb_to_linear(task.picture) if self.linear else task.picture)[0]
        if not self.antialias and self.spacing_px % 1 == 0 and self.angle_deg % 90 == 0:
            halftone = screen_by_ranks(tone[None], self._cell_ranks())
            run.report(1.0)
            return halftone
        coverage = np.empty(tone.shape, np.float32)
        for top in range(0, len(tone), BAND_ROWS):
            band = tone[top : top + BAND_ROWS]
            coverage[top : top + BAND_ROWS] = self._screen(band, self._phase(top))
            run.report(min(1.0, (top + BAND_ROWS) / len(tone)))
        if self.antialias and self.linear:
            return linear_to_srgb(coverage)[None]
        return coverage[None]

    def at_resolution(self, dpi: tuple[float, float]) -> ClusteredDotHalftoner:
        """Return the halftoner for a resolution (x, y), measured along the screen's axis, unless dpi is given."""
        if self.lpi is None or self.dpi is not None:
            return self
        angle = radians(self.angle_deg)
        return replace(self, dpi=hypot(cos(angle) * dpi[0], sin(angle) * dpi[1]))

    def ink_screen(self, turn_deg: float) -> ClusteredDotHalftoner:
        """Return the halftoner of one ink: its axis rotated, without conversion to linear light."""
        return replace(self, angle_deg=(self.angle_deg + turn_deg) % 180, linear=False)

    def _screen(self, tone: Plane, phase: tuple[float, float]) -> Plane:
        """Return the share of paper (H, W) of each pixel of a band of tones."""
        fine = OVERSAMPLE if self.antialias else 1
        height, width = tone.shape
        levels = thresholds(height, width, self.spacing_px, self.angle_deg, self.shape, phase, fine)
        paper = np.zeros(tone.shape, np.float32)
        for row in range(fine):
            for column in range(fine):
                paper += tone > levels[row::fine, column::fine]
        return paper / np.float32(fine * fine)

    def _cell_ranks(self) -> NDArray[np.int64]:
        """Return the ranks (period_px, period_px) of the pixels of an axis-parallel cell with an integer period.

        Such a screen samples the cell at the same few positions only; ranking these keeps the mean tone.
        """
        side = round(self.spacing_px)
        levels = thresholds(side, side, self.spacing_px, self.angle_deg, self.shape, self._phase(0))
        return np.argsort(np.argsort(levels, axis=None, kind="stable")).reshape(side, side)

    def _phase(self, top: int) -> tuple[float, float]:
        """Return the phase along and across the axis, in periods, of a band that begins in row `top`."""
        angle, period_px = radians(self.angle_deg), self.spacing_px
        return (SHIFT_PX[0] + top * sin(angle)) / period_px, (SHIFT_PX[1] + top * cos(angle)) / period_px


def thresholds(
    height: int,
    width: int,
    period_px: float,
    angle_deg: float,
    shape: str,
    phase: tuple[float, float] = (0.0, 0.0),
    oversample: int = 1,
) -> Plane:
    """Return the thresholds of a screen; a tone above its threshold becomes paper.

    Args:
        height, width: size of the picture in px.
        period_px: dot spacing along the screen's axis in px of the picture.
        angle_deg: direction of that axis from +x towards +y (down), in degrees.
        shape: one of SHAPES.
        phase: shift along and across the axis, in periods.
        oversample: number of thresholds along the side of a pixel, at ((x + .5) / oversample, (y + .5) / oversample).

    Returns:
        (height * oversample, width * oversample), evenly distributed in (0, 1); dots are dark where it is high.
    """
    levels = np.empty((height * oversample, width * oversample), np.float32)
    step = 1 / (period_px * oversample)
    along, across = cos(radians(angle_deg)) * step, sin(radians(angle_deg)) * step
    compile_loop(_fill_thresholds)(levels, _cell(shape), along, across, float(phase[0]), float(phase[1]))
    return levels


@lru_cache(maxsize=len(SHAPES))
def _cell(shape: str) -> Plane:
    """Return the ranks in (0, 1) of a shape's spot function over one period (CELL, CELL): across, along the axis."""
    position = (np.arange(CELL) + 0.5) / CELL
    along, across = position[None, :], position[:, None]
    wave_along, wave_across = np.cos(2 * pi * along), np.cos(2 * pi * across)
    if shape == "round":
        spot = wave_along + wave_across
    elif shape == "line":
        spot = wave_along + 0 * wave_across
    elif shape == "ellipse":
        spot = ELLIPSE_WEIGHT * wave_along + wave_across
    else:
        spot = np.abs(along - 0.5) + np.abs(across - 0.5)
    order = np.argsort(np.round(spot, 9), axis=None, kind="stable")  # ties, up to the last bits, in order of position
    ranks = np.empty(spot.size, np.float32)
    ranks[order] = (np.arange(spot.size) + 0.5) / spot.size
    return ranks.reshape(CELL, CELL)


def _fill_thresholds(
    levels: Any, cell: Any, along: float, across: float, phase_along: float, phase_across: float
) -> None:
    """Fill `levels` (H, W) with a cell's thresholds, repeated on a rotated grid; steps are in periods per sample."""
    height, width = levels.shape
    side = len(cell)
    for y in range(height):
        for x in range(width):
            u = (x + 0.5) * along + (y + 0.5) * across + phase_along
            v = (y + 0.5) * along - (x + 0.5) * across + phase_across
            i = int((v - floor(v)) * side) % side
            j = int((u - floor(u)) * side) % side
            levels[y, x] = cell[i, j]
