"""Sharpen the frequency of a screen on the whole picture, between the bins, with its second axis and its harmonics.

A screen is a square lattice of frequencies k f with k = (along, across) and f the frequency of its axis. Sampling folds
those beyond the Nyquist frequency back, where the transform at k f finds them all the same. For a wave in noise the
likelihood of its frequency rises with its power over that of the noise (Rife and Boorstyn, "Multiple tone parameter
estimation from discrete-time observations", 1976, section III); here the sum over the waves of the lattice is largest.
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
"""Waves of the lattice that are looked at; the first two are its axes."""
LARGEST_PX = 1024
"""Side of the part of a picture that is looked at."""
BLOCK_PX = 16
"""Demodulated waves are summed over blocks of this side: frequencies within 1/32 cycles per px can be told apart."""
PADDING = 4
"""Steps in a bin of the coarse search."""
MIRROR_BINS = 4.0
"""How far apart, in bins, a wave and its mirror image are told from each other by a Hann window."""
FLAT = 2e-3
"""Slope, of the logarithm of power per bin, at which the search ends; a bin from the top it is about 2."""
CLEAR = 30.0
"""Power over the noise from which a wave helps."""


@dataclass(frozen=True)
class Wave:
    """One wave of the lattice, demodulated with its first frequency: what is left turns slowly."""

    k: tuple[int, int]
    blocks: NDArray[np.complex64]
    """Sums over blocks (rows, columns) of the weighted picture."""
    noise: float
    """Power that a wave of this picture has by chance, at frequencies near this one."""

    def power(self, shift: Frequency) -> float:
        """Return the power over the noise at the first frequency plus a shift (cycles per px) of the axis."""
        return _power([self.k], self.blocks[None] / np.sqrt(self.noise), shift)[0]


@dataclass(frozen=True)
class Lattice:
    """The axis of a screen, and how clear its waves are."""

    fy: float
    fx: float
    along: float
    """Power of the wave along the axis, (1, 0), over the noise."""
    across: float
    """Power of the wave at right angles to it, (0, 1)."""

    @property
    def period_px(self) -> float:
        """Spacing along the axis in px."""
        return float(1 / np.hypot(self.fy, self.fx))

    @property
    def angle_deg(self) -> float:
        """Direction of the clearer of the two axes, from +x towards +y, in degrees."""
        fy, fx = (self.fy, self.fx) if self.along >= self.across else (self.fx, -self.fy)
        return float(np.rad2deg(np.arctan2(fy, fx)))


def sharpened(gray: Picture, fy: float, fx: float, within: float, center: tuple[float, float] | None = None) -> Lattice:
    """Return the lattice whose axis has a frequency near (fy, fx).

    Args:
        gray: (1, H, W); of a large one the middle part of 1024 px.
        fy, fx: first frequency of the axis in cycles per px.
        within: how far the true one may lie from it, cycles per px.
        center: of the part looked at (y, x), in px.
    """
    weighted = weighted_part(gray, center)
    first = np.array([fy, fx])
    axes = [_wave(weighted, first, k) for k in WAVES[:2]]
    shift = _coarse(axes, within)
    clear = [wave for wave in axes if wave.power(shift) >= CLEAR]
    if clear:
        shift = _fine(clear, shift, weighted.shape)
        apart = [k for k in WAVES[2:] if _stands_alone(_turned(first + shift, k), weighted.shape)]
        more = [_wave(weighted, first, k) for k in apart]
        shift = _fine(clear + [wave for wave in more if wave.power(shift) >= CLEAR], shift, weighted.shape)
    along, across = (wave.power(shift) for wave in axes)
    fy, fx = (first + shift).tolist()
    return Lattice(fy, fx, along, across)


def weighted_part(gray: Picture, center: tuple[float, float] | None = None) -> NDArray[np.float32]:
    """Return the part of a picture around a center that is looked at, its mean removed, Hann-weighted."""
    center = center or (gray.shape[1] / 2, gray.shape[2] / 2)
    part = gray[0]
    for axis, middle in enumerate(center):
        side = part.shape[axis]
        start = int(np.clip(middle - LARGEST_PX / 2, 0, max(side - LARGEST_PX, 0)))
        part = part[start : start + LARGEST_PX] if axis == 0 else part[:, start : start + LARGEST_PX]
    down, right = ((np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2).astype(np.float32) for n in part.shape)
    weighted: NDArray[np.float32] = part * right
    weighted *= down[:, None]  # no product of matrices: threads of BLAS go on spinning, beside those of the network
    mean = weighted.sum() / (down.sum() * right.sum())
    weighted -= (mean * down)[:, None] * right
    return weighted


def _power(ks: list[tuple[int, int]], blocks: NDArray[np.complexfloating], shift: Frequency) -> tuple[float, Frequency]:
    """Return the sum of the powers of waves and its slope against the shift of the axis, at a shift.

    Args:
        ks: the waves.
        blocks: (n, rows, columns) of each.
        shift: (fy, fx) in cycles per px.
    """
    turned = np.array([_turned(shift, k) for k in ks]) * (-2j * np.pi * BLOCK_PX)
    down, across = (np.arange(side) for side in blocks.shape[1:])
    rows, columns = np.exp(turned[:, :1] * down), np.exp(turned[:, 1:] * across)
    sums = np.stack([rows, rows * down], axis=1) @ blocks  # (n, 2, columns)
    sums, moved = (sums * columns[:, None]).swapaxes(0, 1), (sums[:, 0] * columns * across).sum(1)
    total = sums[0].sum(1)
    slopes = [4 * np.pi * BLOCK_PX * (total.conj() * change).imag for change in (sums[1].sum(1), moved)]  # y, x
    along, across_ = np.array(ks).T
    slope = np.array([along @ slopes[0] - across_ @ slopes[1], across_ @ slopes[0] + along @ slopes[1]])
    return float((np.abs(total) ** 2).sum()), slope


def _turned(frequency: Frequency, k: tuple[int, int]) -> Frequency:
    """Return k (fy, fx): k[0] times the axis and k[1] times the axis turned by 90 degrees."""
    fy, fx = frequency
    return np.array([k[0] * fy + k[1] * fx, k[0] * fx - k[1] * fy])


def coarser_lines(gray: Picture, lattice: Lattice, center: tuple[float, float] | None = None) -> Frequency | None:
    """Return the frequency (fy, fx) of lines two or three times as far apart, of which those found are a harmonic.

    Lines have most power at their own frequency; None where those found have most.
    """
    weighted = weighted_part(gray, center)
    period_px, angle = lattice.period_px, np.deg2rad(lattice.angle_deg)
    found = np.array([np.sin(angle), np.cos(angle)]) / period_px
    still = np.zeros(2)
    power = {n: _wave(weighted, found / n, (1, 0)) for n in (1, 2, 3)}
    best = max(power, key=lambda n: power[n].power(still) * power[n].noise)
    return found / best if best > 1 and power[best].power(still) >= CLEAR else None


def _stands_alone(frequency: Frequency, shape: tuple[int, ...]) -> bool:
    """Tell whether a frequency and its mirror image, folded, lie apart; near zero and Nyquist they shift each other."""
    apart = 2 * frequency - np.round(2 * frequency)
    return bool(np.any(np.abs(apart) * shape > MIRROR_BINS))


def _wave(weighted: NDArray[np.float32], first: Frequency, k: tuple[int, int]) -> Wave:
    """Demodulate a wave of the lattice, and measure the noise around it."""
    fy, fx = _turned(first, k)
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


def _coarse(axes: list[Wave], within: float) -> Frequency:
    """Return the shift on a fine grid, at most `within` along y and x, where the two axes have most power."""
    rows, columns = (PADDING * n for n in axes[0].blocks.shape)
    power = sum(_map(wave, max(rows, columns)) for wave in axes)
    side = max(rows, columns)
    frequencies = (np.arange(side) - side // 2) / (side * BLOCK_PX)
    outside = np.abs(frequencies) > within
    power = np.where(outside[:, None] | outside[None, :], -1.0, power)
    row, column = np.unravel_index(int(np.argmax(power)), power.shape)
    return np.array([frequencies[row], frequencies[column]])


def _map(wave: Wave, side: int) -> NDArray[np.float64]:
    """Return a wave's power over the noise (side, side) against the shift of the axis, zero in the middle."""
    power: NDArray[np.float64] = fftshift(np.abs(fft2(wave.blocks, s=(side, side))) ** 2) / wave.noise
    if wave.k == (1, 0):
        return power
    # The wave across has (dx, -dy) where the axis has (dy, dx).
    index = (side - np.arange(side)) % side
    return power.T[index]


def _fine(waves: list[Wave], shift: Frequency, shape: tuple[int, ...]) -> Frequency:
    """Return the shift near a first one where the waves have most power together."""
    bins = np.array(shape, np.float64)
    ks = [wave.k for wave in waves]
    blocks = np.stack([wave.blocks.astype(np.complex128) / np.sqrt(wave.noise) for wave in waves])

    def against(step: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        power, slope = _power(ks, blocks, shift + step / bins)
        return -float(np.log(power)), -slope / bins / power

    found = minimize(against, np.zeros(2), method="BFGS", jac=True, options={"gtol": FLAT})
    best: Frequency = shift + found.x / bins
    return best
