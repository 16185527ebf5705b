"""What a periodic pattern does from place to place: its amplitude, its phase and the tone there, cell by cell.

A cell is a Gaussian as wide as the period. The waves of the pattern's lattice are demodulated in it, as is the same
number of cycles in directions in which a lattice has no wave, which tells the noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from halftone_color.types import Picture, Screen

PART_PX = 640
"""Largest side, in px, of the part of a picture that is cut into cells."""
SPACING, MOST_CELLS = 1.5, 48
"""Distance of the cells, in periods, if that gives at most so many along a side; otherwise they are farther apart."""
REACH = 1.3
"""Side, in periods, of the square around a cell in which the darkest and the brightest pixel are found."""
BESIDE = tuple((times, degrees) for times in (0.75, 1.3) for degrees in (22.5, -22.5, 67.5, -67.5))
"""Where a lattice, and those of a print's other inks, have no wave: times its frequency, and degrees from its axis."""
UNBIASED = 3.73
"""Mean over the second smallest of eight powers of noise: 1 / (1/8 + 1/7)."""

Plane = NDArray[np.float32]
"""(rows, columns) of cells."""


@dataclass(frozen=True)
class Cells:
    """Cells (rows, columns) of a part of a picture; amplitudes and tones are in [0, 1]."""

    tone: Plane
    """Mean."""
    waves: NDArray[np.complex64]
    """(1 or 2, rows, columns): half the amplitude, and the phase, of the waves along the axes; lines have one."""
    noise: Plane
    """Mean power of noise in one wave."""
    spread: Plane
    """Variance of the pixels."""
    darkest: Plane
    brightest: Plane
    """Extreme pixels within a period."""
    y: NDArray[np.float32]
    x: NDArray[np.float32]
    """Centers in px of the picture, (rows,) and (columns,)."""
    ends: tuple[float, float]
    """The darkest and the brightest pixels of the part (quantiles 0.002 and 0.998)."""

    @property
    def amplitude(self) -> Plane:
        """Amplitude of the pattern without noise: root of the summed squares of both axes."""
        power = (np.abs(self.waves) ** 2).sum(0) - len(self.waves) * self.noise
        return np.asarray(2 * np.sqrt(np.maximum(power, 0)), np.float32)


def cut_into_cells(gray: Picture, screen: Screen, center: tuple[float, float]) -> Cells:
    """Return the cells of the part of a picture (1, H, W) around a center (y, x) in px; the screen has a period."""
    assert screen.period_px is not None
    assert screen.angle_deg is not None
    part, corner = _part(gray[0], center)
    period_px, angle = screen.period_px, np.deg2rad(screen.angle_deg)
    axis = np.array([np.sin(angle), np.cos(angle)]) / period_px
    places = [_places(side, period_px) for side in part.shape]
    complex_part = part.astype(np.complex64)

    def wave(frequency: NDArray[np.float64], of: NDArray[np.complex64] = complex_part) -> NDArray[np.complex64]:
        rows, columns = (
            _weights(n, at, period_px, f) for n, at, f in zip(part.shape, places, frequency.tolist(), strict=True)
        )
        return np.asarray(rows @ of @ columns.T, np.complex64)

    still = np.zeros(2)
    tone = wave(still).real
    axes = [axis] if screen.kind == "line" else [axis, np.array([axis[1], -axis[0]])]
    others = np.stack([np.abs(wave(times * _turn(axis, degrees))) ** 2 for times, degrees in BESIDE])
    side = max(3, round(REACH * period_px))
    at = np.ix_(*(place.round().astype(int) for place in places))
    return Cells(
        tone,
        np.stack([wave(frequency) for frequency in axes]),
        np.asarray(UNBIASED * np.sort(others, 0)[1], np.float32),
        wave(still, complex_part**2).real - tone**2,
        minimum_filter(part, side)[at],
        maximum_filter(part, side)[at],
        places[0] + np.float32(corner[0]),
        places[1] + np.float32(corner[1]),
        tuple(np.quantile(part[::2, ::3], (0.002, 0.998)).tolist()),
    )


def _part(plane: Plane, center: tuple[float, float]) -> tuple[Plane, tuple[int, int]]:
    """Return the part of a plane around a center, and its corner (y, x)."""
    top, left = (
        int(np.clip(middle - PART_PX / 2, 0, max(side - PART_PX, 0)))
        for middle, side in zip(center, plane.shape, strict=True)
    )
    return plane[top : top + PART_PX, left : left + PART_PX], (top, left)


def _places(side: int, period_px: float) -> NDArray[np.float32]:
    """Return the centers of the cells along a side, in px."""
    margin = min(SPACING * period_px, side / 2 - 1)
    count = int(np.clip((side - 2 * margin) / (SPACING * period_px) + 1, 2, MOST_CELLS))
    return np.linspace(margin, side - 1 - margin, count, dtype=np.float32)


def _weights(side: int, places: NDArray[np.float32], period_px: float, frequency: float) -> NDArray[np.complex64]:
    """Return what sums (places, side) the pixels of a line to one cell's wave of a frequency, in cycles per px."""
    x = np.arange(side)
    weights = np.exp(-0.5 * ((x - places[:, None]) / period_px) ** 2)
    weights /= weights.sum(1, keepdims=True)
    return np.asarray(weights * np.exp(-2j * np.pi * frequency * x), np.complex64)


def _turn(axis: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Return a frequency (fy, fx) turned by an angle."""
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([axis[0] * cosine + axis[1] * sine, axis[1] * cosine - axis[0] * sine])
