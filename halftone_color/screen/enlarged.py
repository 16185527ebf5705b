"""Find digital dithers that were enlarged afterwards, by the traces of interpolation, and take them back to their grid.

The second differences of an enlarged picture are larger at some positions between its former pixels than at others, so
that their mean along rows or columns is periodic (Gallagher, "Detection of linear and cubic interpolation in JPEG
compressed images", 2005). The period says how much the picture was enlarged; inverting the interpolation then yields a
picture of two tones if, and only if, it was a dither (or drawing) of two tones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from halftone_color.arrays.interpolation import KERNELS, interpolation, invert, reduce_exactly
from halftone_color.screen.large import bands
from halftone_color.types import Enlargement, Grid, Picture

LARGEST_PX = 1024
"""Largest side, in px, of the part of a picture in which the traces are measured."""
LEAST_SCALE, LARGEST_SCALE = 1.04, 8.5
"""Least and largest enlargement that is looked for."""
TRACE = 100.0
"""Least power of a trace relative to the median; photographs reach 15, compressed ones 30, enlarged dithers 20000."""
SAME_TRACE = 3e-3
"""Largest difference of the frequencies, in cycles per px, of an enlargement that is the same along both axes."""
ALL_ALIKE = 0.499
"""Frequency, in cycles per px, above which aliases cannot be told from each other."""
STEPS_PER_BIN = 8
"""Steps per bin of the spectrum of a trace, so that the enlargement is precise."""
SAMPLE_PX = 192
"""Side in px of the part in which the interpolation is inverted for trial."""
MARGIN = 4
"""Border of such a part, in px of the small picture, where the inverse is uncertain."""
TWO_TONES = 0.16
"""Largest standard deviation around the two tones relative to their distance. Dithers enlarged by any of the kernels
have 0.01, and 0.1 after compression as JPEG of quality 60 or with the wrong kernel; photographs 0.19 and more."""
CERTAIN = 0.05
"""Spread of the tones above which also grids that do not span the whole picture are tried."""
EVERYWHERE = 0.2
"""Largest spread over the whole picture, whose light and paper may be uneven."""
AS_GOOD = 0.02
"""Difference of that below which the larger enlargement is preferred: pixels repeated four times are also so twice."""
LEAST_REPEATED = 1.5
"""Least pitch in px of pixels that were repeated: with less, most pixels of any halftone are taken over as they are."""
NEAREST = "nearest"
"""The kernel that repeats pixels. It alone leaves two levels."""
BEYOND = 0.1
"""How far the tones of the dither may lie beyond those of the picture: interpolation stays between its pixels. Dots of
4 px at 45 degrees, taken for pixels of 5.66 px, would need 0.3 and 0.7."""
LEAST_CONTRAST = 0.25
"""Least distance of the two tones."""

Grids = tuple[Grid, Grid]
"""Of the rows and the columns of a small picture."""


@dataclass(frozen=True)
class Trace:
    """A periodic trace of interpolation along an axis."""

    pitch: float
    """Its period in px, which is the enlargement."""
    power: float
    """Power relative to the median."""
    place: float
    """Where, in px of the picture, the second differences are largest: at pixels of the small picture or between."""

    def resembles(self, other: Trace) -> bool:
        """Tell whether two traces are of the same enlargement."""
        return abs(1 / self.pitch - 1 / other.pitch) < SAME_TRACE

    def grid(self, side: int, shift: float) -> Grid:
        """Return the grid along a side of the picture, shifted by a share of its pitch from the trace."""
        origin = (self.place + (shift + 0.5) * self.pitch) % self.pitch - self.pitch / 2
        return Grid(int((side - 0.5 - origin) / self.pitch + 0.5), self.pitch, origin)


def find_enlargement(gray: Picture) -> Enlargement | None:
    """Return how a dither of two tones was enlarged to the picture (1, H, W), or None if it was not."""
    if min(gray.shape[1:]) < SAMPLE_PX // 2:
        return None
    part, top, left = _part(gray)
    traces = [_traces(part, 0, top), _traces(part, 1, left)]
    spread, best = _best_enlargement(gray, _whole_grids(gray, traces))
    if spread > CERTAIN:
        best = min((spread, best), _best_enlargement(gray, _cut_grids(gray, traces)), key=lambda found: found[0])[1]
    return best if best is not None and _spread(_tones_on(gray, best), best) < EVERYWHERE else None


def is_bilevel(gray: Picture) -> bool:
    """Tell whether a picture (1, H, W) has two levels alone."""
    low, high = gray.min(), gray.max()
    parts = (gray[:, rows] for rows in bands(*gray.shape[1:]))
    return all(bool(((part == low) | (part == high)).all()) for part in parts)


def _best_enlargement(gray: Picture, possible: Iterable[Grids]) -> tuple[float, Enlargement | None]:
    """Return the enlargement, of those from possible grids, that leaves two tones most clearly, and their spread."""
    best: Enlargement | None = None
    bilevel = is_bilevel(gray)
    least = CERTAIN if bilevel else TWO_TONES
    for grids in possible:
        repeated = min(grid.pitch for grid in grids) >= LEAST_REPEATED
        for kernel in [kernel for kernel in KERNELS if (repeated if kernel == NEAREST else not bilevel)]:
            found = _two_tones(gray, grids, kernel)
            if found is not None and found[0] < least - AS_GOOD * (best is not None):
                least, ink, paper = found
                best = Enlargement(*grids, kernel, ink, paper)
    return least, best


def to_grid(picture: Picture, enlargement: Enlargement) -> Picture:
    """Return the dither (1, h, w), ink 0 and paper 1, that was enlarged to the picture (1, H, W)."""
    return (_tones_on(picture, enlargement) > (enlargement.ink + enlargement.paper) / 2).astype(np.float32)


def combine(outer: Enlargement, inner: Enlargement) -> Enlargement:
    """Return the enlargement of a picture that was enlarged to `inner` and then to `outer`."""
    down, across = (
        Grid(small.count, large.pitch * small.pitch, large.origin + large.pitch * small.origin)
        for large, small in ((outer.down, inner.down), (outer.across, inner.across))
    )
    return replace(outer, down=down, across=across)


def _tones_on(picture: Picture, enlargement: Enlargement) -> Picture:
    """Return the tones (1, h, w) on the dither's grid."""
    return reduce_exactly(picture, enlargement.down, enlargement.across, enlargement.kernel)


def _whole_grids(gray: Picture, traces: Sequence[Sequence[Trace]]) -> Iterator[Grids]:
    """Yield grids that span the picture, coarse ones first; with twofold ones, whose positions leave no trace."""
    pitches = {(2.0, 2.0)} | {(one.pitch, other.pitch) for one, other in product(*traces) if one.resembles(other)}
    for pitch in sorted(pitches, reverse=True):
        down, across = (Grid.spread(round(side / p), side) for side, p in zip(gray.shape[1:], pitch, strict=True))
        yield down, across


def _cut_grids(gray: Picture, traces: Sequence[Sequence[Trace]]) -> Iterator[Grids]:
    """Yield grids of a picture that was cut out of a larger one, or scanned: only the clearest trace of each axis."""
    highest = [max((trace.power for trace in one), default=0.0) for one in traces]
    clearest = [[trace for trace in one if trace.power == top] for one, top in zip(traces, highest, strict=True)]
    for traced in product(*clearest):
        for half in product((0.0, 0.5), repeat=2):
            down, across = (
                trace.grid(side, shift) for trace, side, shift in zip(traced, gray.shape[1:], half, strict=True)
            )
            yield down, across


def _part(gray: Picture) -> tuple[NDArray[np.float32], int, int]:
    """Return the middle of a picture, at most 1024 px wide and high, and its first row and column."""
    top, left = (max(0, (side - LARGEST_PX) // 2) for side in gray.shape[1:])
    return gray[0, top : top + LARGEST_PX, left : left + LARGEST_PX], top, left


def _traces(part: NDArray[np.float32], axis: int, start: int) -> list[Trace]:
    """Return what the two highest peaks of the trace along an axis may mean, if they are clear.

    Args:
        part: of the picture.
        axis: 0 for rows, 1 for columns.
        start: first row or column of the part.
    """
    line = np.abs(np.diff(part, 2, axis=axis)).mean(axis=1 - axis, dtype=np.float64)
    line = (line - line.mean()) * np.hanning(len(line))
    wave = rfft(line, STEPS_PER_BIN * len(line))
    frequency = np.arange(len(wave)) / (STEPS_PER_BIN * len(line))
    lowest = 1 - 1 / LEAST_SCALE
    power = np.abs(wave) ** 2
    power /= max(float(np.median(power[frequency > lowest])), 1e-12)
    power[frequency < lowest] = 0
    found = []
    for _ in range(2):
        top = int(np.argmax(power))
        if power[top] < TRACE:
            break
        f, turn = _refine(line, float(frequency[top]), np.abs(wave[top - 1 : top + 2]))
        found.append(Trace(1 / f, float(power[top]), start + 1 - turn / f))
        if f < ALL_ALIKE:
            found.append(Trace(1 / (1 - f), float(power[top]), start + 1 + turn / (1 - f)))
        power[max(0, top - 4 * STEPS_PER_BIN) : top + 4 * STEPS_PER_BIN] = 0
    return [trace for trace in found if LEAST_SCALE <= trace.pitch <= LARGEST_SCALE]


def _refine(line: NDArray[np.float64], frequency: float, heights: NDArray[np.float64]) -> tuple[float, float]:
    """Return the frequency of a peak, from the heights at and beside its step, and its phase in turns."""
    if len(heights) == 3:
        before, peak, after = np.log(np.maximum(heights, 1e-12))
        bend = before - 2 * peak + after
        frequency += float(0.5 * (before - after) / bend if bend < 0 else 0.0) / (STEPS_PER_BIN * len(line))
    wave = np.dot(line, np.exp(-2j * np.pi * frequency * np.arange(len(line))))
    return frequency, float(np.angle(wave)) / (2 * np.pi)


def _two_tones(gray: Picture, grids: Grids, kernel: str) -> tuple[float, float, float] | None:
    """Return spread, ink and paper of a part of the picture taken back to its grid, or None if it has more tones."""
    starts = [max(0, (side - SAMPLE_PX) // 2) for side in gray.shape[1:]]
    part = gray[0, starts[0] : starts[0] + SAMPLE_PX, starts[1] : starts[1] + SAMPLE_PX].astype(np.float64)
    for grid, start in zip(grids, starts, strict=True):
        matrix = interpolation(kernel, grid, start, start + part.shape[0])
        used = np.flatnonzero(np.diff(matrix.tocsc().indptr))
        part = invert(matrix[:, used[0] : used[-1] + 1].tocsr(), part)[MARGIN:-MARGIN].T
    ink, paper = (float(level) for level in np.percentile(part, (2, 98)))
    for _ in range(5):
        light = part > (ink + paper) / 2
        if light.all() or not light.any():
            return None
        ink, paper = float(part[~light].mean()), float(part[light].mean())
    if paper - ink < LEAST_CONTRAST or ink < gray.min() - BEYOND or paper > gray.max() + BEYOND:
        return None
    spread = _spread(part, Enlargement(*grids, kernel, ink, paper))
    return (spread, ink, paper) if spread < TWO_TONES else None


def _spread(tones: NDArray[np.floating], enlargement: Enlargement) -> float:
    """Return the standard deviation of tones around ink and paper, relative to the distance of these."""
    ink, paper = enlargement.ink, enlargement.paper
    nearer = np.where(tones > (ink + paper) / 2, paper, ink)
    return float(np.sqrt(np.mean((tones - nearer) ** 2)) / (paper - ink))
