"""Find digital dithers that were enlarged afterwards, by the traces of interpolation, and take them back to their grid.

The second differences of an enlarged picture are larger at some positions between its former pixels than at others, so
that their mean along rows or columns is periodic (Gallagher, "Detection of linear and cubic interpolation in JPEG
compressed images", 2005). The period says how much the picture was enlarged; inverting the interpolation then yields a
picture of two tones if, and only if, it was a dither (or drawing) of two tones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from halftone_color.arrays.interpolation import KERNELS, interpolation, invert, reduce_exactly
from halftone_color.types import Enlargement, Grid, Picture

LARGEST_PX = 1024
"""Largest side, in px, of the part of a picture in which the traces are measured."""
LEAST_SCALE, LARGEST_SCALE = 1.04, 8.5
"""Least and largest enlargement that is looked for."""
TRACE = 100.0
"""Least power of a trace relative to the median; photographs reach 15, compressed ones 30, enlarged dithers 20000."""
STEPS_PER_BIN = 8
"""Steps per bin of the spectrum of a trace, so that the enlargement is precise."""
SAMPLE_PX = 192
"""Side in px of the part in which the interpolation is inverted for trial."""
MARGIN = 4
"""Border of such a part, in px of the small picture, where the inverse is uncertain."""
PHASES = 16
"""Number of positions of the grid that are tried within its pitch, if the picture is cut out of a larger one."""
TWO_TONES = 0.16
"""Largest standard deviation around the two tones relative to their distance. Dithers enlarged by any of the kernels
have 0.01, and 0.1 after compression as JPEG of quality 60 or with the wrong kernel; photographs 0.19 and more."""
AS_GOOD = 0.02
"""Difference of that below which the larger enlargement is preferred: pixels repeated four times are also so twice."""
LEAST_CONTRAST = 0.25
"""Least distance of the two tones."""

Grids = tuple[Grid, Grid]
"""Of the rows and the columns of a small picture."""


def find_enlargement(gray: Picture) -> Enlargement | None:
    """Return how a dither of two tones was enlarged to the picture (1, H, W), or None if it was not."""
    if min(gray.shape[1:]) < SAMPLE_PX // 2:
        return None
    best: Enlargement | None = None
    least = TWO_TONES
    for grids in _possible_grids(gray):
        for kernel in KERNELS:
            found = _two_tones(gray, grids, kernel)
            if found is not None and found[0] < least - AS_GOOD * (best is not None):
                least, ink, paper = found
                best = Enlargement(*grids, kernel, ink, paper)
    return best


def to_grid(picture: Picture, enlargement: Enlargement) -> Picture:
    """Return the dither (1, h, w), ink 0 and paper 1, that was enlarged to the picture (1, H, W)."""
    small = reduce_exactly(picture, enlargement.down, enlargement.across, enlargement.kernel)
    return (small > (enlargement.ink + enlargement.paper) / 2).astype(np.float32)


def _possible_grids(gray: Picture) -> Iterator[Grids]:
    """Yield possible grids, coarse ones first; twofold ones are always among them, as their positions are all alike."""
    part = _part(gray)
    traces = [_trace(part, axis) for axis in (0, 1)]
    pitches = {(2.0, 2.0)}
    for frequency, power in traces[0]:
        for across, as_well in traces[1]:
            if min(power, as_well) >= TRACE and abs(frequency - across) < 3e-3:
                pitches |= {(1 / (1 - frequency), 1 / (1 - across)), (1 / frequency, 1 / across)}
    for pitch in sorted(pitches, reverse=True):
        if not LEAST_SCALE <= min(pitch) <= max(pitch) <= LARGEST_SCALE:
            continue
        whole = [Grid.spread(round(side / p), side) for side, p in zip(gray.shape[1:], pitch, strict=True)]
        yield whole[0], whole[1]


def _part(gray: Picture) -> NDArray[np.float32]:
    """Return the middle of a picture, at most 1024 px wide and high."""
    top, left = (max(0, (side - LARGEST_PX) // 2) for side in gray.shape[1:])
    return gray[0, top : top + LARGEST_PX, left : left + LARGEST_PX]


def _trace(part: NDArray[np.float32], axis: int) -> list[tuple[float, float]]:
    """Return frequency in cycles per px, and power relative to the median, of the two highest peaks of the trace."""
    line = np.abs(np.diff(part, 2, axis=axis)).mean(axis=1 - axis)
    line = (line - line.mean()) * np.hanning(len(line))
    power = np.abs(rfft(line, STEPS_PER_BIN * len(line))) ** 2
    frequency = np.arange(len(power)) / (STEPS_PER_BIN * len(line))
    lowest = 1 - 1 / LEAST_SCALE
    power = power / max(float(np.median(power[frequency > lowest])), 1e-12)
    power[frequency < lowest] = 0
    peaks = []
    for _ in range(2):
        top = int(np.argmax(power))
        peaks.append((float(frequency[top]), float(power[top])))
        power[max(0, top - 4 * STEPS_PER_BIN) : top + 4 * STEPS_PER_BIN] = 0
    return peaks


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
    spread = float(np.sqrt(np.mean((part - np.where(light, paper, ink)) ** 2)) / max(paper - ink, 1e-6))
    return (spread, ink, paper) if spread < TWO_TONES and paper - ink >= LEAST_CONTRAST else None
