"""Refine the frequency of a screen to sub-bin accuracy, from both axes and the harmonics of its lattice.

A screen is a square lattice of frequencies k f with k = (along, across) and f the frequency of its axis. Frequencies
beyond the Nyquist frequency are aliased, where the transform at k f finds them as well. For a wave in noise the
likelihood of a frequency increases with the power there relative to the noise (Rife and Boorstyn, "Multiple tone
parameter estimation from discrete-time observations", 1976, section III); here the sum over the waves of the lattice is
maximized.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2, fftshift
from scipy.optimize import minimize

from halftone_color.types import Picture

Frequency = NDArray[np.float64]
"""(fy, fx) in cycles per px."""

WAVES = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2), (2, 1), (1, 2), (2, -1), (1, -2))
"""Waves of the lattice that are used; the first two are its axes."""
LARGEST_PX = 1024
"""Largest side, in px, of the part of a picture that is analyzed."""
BLOCK_PX = 16
"""Side in px of blocks over which demodulated waves are summed; shifts to 1/32 cycles per px remain visible."""
PADDING = 4
"""Steps per bin of the coarse search."""
MIRROR_BINS = 4.0
"""Least distance in bins between a wave and its mirror image at which a Hann window separates them."""
FLAT = 2e-3
"""Slope of the logarithm of power per bin at which the search ends; one bin off the maximum it is about 2."""
CLEAR = 30.0
"""Least power relative to the noise of a wave that is used."""


@dataclass(frozen=True)
class Wave:
    """One wave of the lattice, demodulated with its initial frequency, so that only a slow rotation is left."""

    k: tuple[int, int]
    blocks: NDArray[np.complex64]
    """Sums over blocks (rows, columns) of the weighted picture."""
    noise: float
    """Mean power of noise in this picture at nearby frequencies."""

    def power(self, shift: Frequency) -> float:
        """Return the power relative to the noise for a shift (cycles per px) of the axis from its initial value."""
        return _power([self.k], self.blocks[None] / np.sqrt(self.noise), shift)[0]


@dataclass(frozen=True)
class Lattice:
    """The axis of a screen, and the strength of its two fundamental waves."""

    fy: float
    fx: float
    """Frequency (fy, fx) of the axis in cycles per px."""
    along: float
    """Power of the wave along the axis, (1, 0), relative to the noise."""
    across: float
    """Power of the wave at right angles to it, (0, 1), relative to the noise."""

    @property
    def period_px(self) -> float:
        """Spacing along the axis in px."""
        return float(1 / np.hypot(self.fy, self.fx))

    @property
    def angle_deg(self) -> float:
        """Direction of the stronger of the two axes, from +x towards +y, in degrees."""
        fy, fx = (self.fy, self.fx) if self.along >= self.across else (self.fx, -self.fy)
        return float(np.rad2deg(np.arctan2(fy, fx)))


def refine_lattice(
    gray: Picture, fy: float, fx: float, within: float, center: tuple[float, float] | None = None
) -> Lattice:
    """Return the lattice whose axis has a frequency near (fy, fx).

    Args:
        gray: (1, H, W); of a large picture a part of 1024 px.
        fy, fx: initial frequency of the axis in cycles per px.
        within: largest distance of the true frequency from it, in cycles per px.
        center: center (y, x), in px, of the part that is analyzed; None means that of the picture.
    """
    weighted = weighted_part(gray, center)
    first = np.array([fy, fx])
    axes = [_wave(weighted, first, k) for k in WAVES[:2]]
    shift = _search_grid(axes, within)
    clear = [wave for wave in axes if wave.power(shift) >= CLEAR]
    if clear:
        shift = _maximize_power(clear, shift, weighted.shape)
        apart = [k for k in WAVES[2:] if _stands_alone(_rotate(first + shift, k), weighted.shape)]
        more = [_wave(weighted, first, k) for k in apart]
        shift = _maximize_power(clear + [wave for wave in more if wave.power(shift) >= CLEAR], shift, weighted.shape)
    along, across = (wave.power(shift) for wave in axes)
    fy, fx = (first + shift).tolist()
    return Lattice(fy, fx, along, across)


def weighted_part(gray: Picture, center: tuple[float, float] | None = None) -> NDArray[np.float32]:
    """Return the part of a picture around a center, Hann-weighted, with its weighted mean removed."""
    center = center or (gray.shape[1] / 2, gray.shape[2] / 2)
    part = gray[0]
    for axis, middle in enumerate(center):
        side = part.shape[axis]
        start = int(np.clip(middle - LARGEST_PX / 2, 0, max(side - LARGEST_PX, 0)))
        part = part[start : start + LARGEST_PX] if axis == 0 else part[:, start : start + LARGEST_PX]
    down, right = ((np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2).astype(np.float32) for n in part.shape)
    weighted: NDArray[np.float32] = part * right
    weighted *= down[:, None]  # no matrix product: BLAS threads would keep spinning and slow down the network
    mean = weighted.sum() / (down.sum() * right.sum())
    weighted -= (mean * down)[:, None] * right
    return weighted


def _power(ks: list[tuple[int, int]], blocks: NDArray[np.complexfloating], shift: Frequency) -> tuple[float, Frequency]:
    """Return the total power of waves, and its gradient (2,), at a shift of the axis.

    Args:
        ks: the waves, as multiples of the axes.
        blocks: demodulated block sums (n, rows, columns) of each wave.
        shift: (fy, fx) in cycles per px.
    """
    turned = np.array([_rotate(shift, k) for k in ks]) * (-2j * np.pi * BLOCK_PX)
    down, across = (np.arange(side) for side in blocks.shape[1:])
    rows, columns = np.exp(turned[:, :1] * down), np.exp(turned[:, 1:] * across)
    sums = np.stack([rows, rows * down], axis=1) @ blocks  # (n, 2, columns)
    sums, moved = (sums * columns[:, None]).swapaxes(0, 1), (sums[:, 0] * columns * across).sum(1)
    total = sums[0].sum(1)
    slopes = [4 * np.pi * BLOCK_PX * (total.conj() * change).imag for change in (sums[1].sum(1), moved)]  # y, x
    along, across_ = np.array(ks).T
    slope = np.array([along @ slopes[0] - across_ @ slopes[1], across_ @ slopes[0] + along @ slopes[1]])
    return float((np.abs(total) ** 2).sum()), slope


def _rotate(frequency: Frequency, k: tuple[int, int]) -> Frequency:
    """Return the frequency of wave k: k[0] times the axis plus k[1] times the axis rotated by 90 degrees."""
    fy, fx = frequency
    return np.array([k[0] * fy + k[1] * fx, k[0] * fx - k[1] * fy])


def find_coarser_lines(gray: Picture, lattice: Lattice, center: tuple[float, float] | None = None) -> Frequency | None:
    """Return the frequency (fy, fx) of lines two or three times as far apart, if those found are a harmonic of them.

    Lines have most power at their fundamental frequency; the result is None if that is the one already found.
    """
    weighted = weighted_part(gray, center)
    period_px, angle = lattice.period_px, np.deg2rad(lattice.angle_deg)
    found = np.array([np.sin(angle), np.cos(angle)]) / period_px
    still = np.zeros(2)
    power = {n: _wave(weighted, found / n, (1, 0)) for n in (1, 2, 3)}
    best = max(power, key=lambda n: power[n].power(still) * power[n].noise)
    return found / best if best > 1 and power[best].power(still) >= CLEAR else None


def _stands_alone(frequency: Frequency, shape: tuple[int, ...]) -> bool:
    """Tell whether a frequency and its aliased mirror image are separate; near zero and Nyquist they interfere."""
    apart = 2 * frequency - np.round(2 * frequency)
    return bool(np.any(np.abs(apart) * shape > MIRROR_BINS))


def _wave(weighted: NDArray[np.float32], first: Frequency, k: tuple[int, int]) -> Wave:
    """Demodulate a wave of the lattice, and measure the noise around it."""
    fy, fx = _rotate(first, k)
    height, width = weighted.shape
    rows, columns = (
        np.exp(-2j * np.pi * f * np.arange(n)).astype(np.complex64) for f, n in ((fy, height), (fx, width))
    )
    down, across = -(-height // BLOCK_PX), -(-width // BLOCK_PX)
    if height % BLOCK_PX:
        weighted = np.pad(weighted, ((0, down * BLOCK_PX - height), (0, 0)))
    turning = np.zeros((down * BLOCK_PX, 2), np.float32)
    turning[:height, 0], turning[:height, 1] = rows.real, rows.imag
    sums = turning.reshape(down, BLOCK_PX, 2).swapaxes(1, 2) @ weighted.reshape(down, BLOCK_PX, width)
    along_y = np.zeros((down, across * BLOCK_PX), np.complex64)
    along_y[:, :width] = (sums[:, 0] + 1j * sums[:, 1]) * columns
    blocks = along_y.reshape(down, across, BLOCK_PX).sum(2)
    power = np.abs(fftshift(fft2(blocks))) ** 2
    y, x = (np.abs(np.arange(n) - n // 2) for n in power.shape)
    around = power[(y[:, None] >= 4) | (x[None, :] >= 4)]
    noise = np.median(around) / np.log(2) if around.size else 0.0
    return Wave(k, blocks, max(float(noise), 1e-6 * float(weighted.size)))


def _search_grid(axes: list[Wave], within: float) -> Frequency:
    """Return the shift with the most power of both axes on a grid that reaches `within` along y and x."""
    rows, columns = (PADDING * n for n in axes[0].blocks.shape)
    power = sum(_map(wave, max(rows, columns)) for wave in axes)
    side = max(rows, columns)
    frequencies = (np.arange(side) - side // 2) / (side * BLOCK_PX)
    outside = np.abs(frequencies) > within
    power = np.where(outside[:, None] | outside[None, :], -1.0, power)
    row, column = np.unravel_index(int(np.argmax(power)), power.shape)
    return np.array([frequencies[row], frequencies[column]])


def _map(wave: Wave, side: int) -> NDArray[np.float64]:
    """Return a wave's power relative to the noise (side, side) as a function of the shift, zero in the middle."""
    power: NDArray[np.float64] = fftshift(np.abs(fft2(wave.blocks, s=(side, side))) ** 2) / wave.noise
    if wave.k == (1, 0):
        return power
    # A shift (dy, dx) of the axis shifts the wave across it by (dx, -dy).
    index = (side - np.arange(side)) % side
    return power.T[index]


def _maximize_power(waves: list[Wave], shift: Frequency, shape: tuple[int, ...]) -> Frequency:
    """Return the shift near an initial one that maximizes the total power of the waves."""
    bins = np.array(shape, np.float64)
    ks = [wave.k for wave in waves]
    blocks = np.stack([wave.blocks.astype(np.complex128) / np.sqrt(wave.noise) for wave in waves])

    def against(step: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        power, slope = _power(ks, blocks, shift + step / bins)
        return -float(np.log(power)), -slope / bins / power

    found = minimize(against, np.zeros(2), method="BFGS", jac=True, options={"gtol": FLAT})
    best: Frequency = shift + found.x / bins
    return best
