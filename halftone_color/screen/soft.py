"""Find dithers that were reduced or blurred: noise that follows the tones, with little power at middle frequencies.

The variance of a dither of two tones with mean m is m (1 - m), nearly all of it at high frequencies (Ulichney, "Digital
halftoning", 1987, chapter 8). A reduced or blurred dither keeps a part of that everywhere, even where a photograph is
smooth; noise of cameras and films is weaker, and evenly spread over the frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2

from halftone_color.types import Picture

BLOCK_PX = 32
"""Side of the blocks in px."""
MOST_BLOCKS = 2000
"""Largest number of blocks, spread over the picture."""
FEWEST_BLOCKS = 12
"""Least number of blocks of middle tone."""
MIDDLE_TONES = (0.12, 0.88)
"""Mean of the blocks that are examined, as a share of the picture's range."""
RANGE = (0.5, 99.5)
"""Percentiles of the tones taken for ink and paper."""
MIDDLE, HIGH = (0.19, 0.29), (0.32, 0.6)
"""Bands of frequencies in cycles per px."""
CALM = 10
"""Percentile of the blocks that counts: most photographs have some blocks with little texture."""
CONTRAST = 10**-1.85
"""Least share of a dither's variance in calm blocks; reduced to .6 they have 0.015 and more, photographs less than
0.005, sharpened ones 0.017; with the strong noise of 25 levels 0.05, but that is even."""
BLUE = 10**-0.43
"""Largest ratio of the power at middle and high frequencies in blocks where it is low: 0.35 and less in reduced error
diffusion and blue noise, 0.37 and more with sharpened noise, 0.8 with noise."""
SOFT = 10**-1.2
"""Contrast below which a dither is soft: that of Floyd-Steinberg reduced to .7; the network of 0.6 leaves its dots."""


@dataclass(frozen=True)
class Grain:
    """Noise in the calm parts of a picture."""

    contrast: float
    """Power at high frequencies relative to the variance of a dither of the same tone."""
    middle: float
    """Power at middle frequencies relative to that at high ones."""

    @property
    def is_dither(self) -> bool:
        """Whether it is that of a dither without a period."""
        return self.contrast > CONTRAST and self.middle < BLUE

    @property
    def is_soft(self) -> bool:
        """Whether it is weaker than that of dithers as they are made."""
        return self.contrast < SOFT


def measure_grain(gray: Picture) -> Grain | None:
    """Return the grain of a picture (1, H, W), or None if it has too few parts of middle tone."""
    if min(gray.shape[1:]) < BLOCK_PX:
        return None
    blocks = spread_blocks(gray)
    ink, paper = np.percentile(blocks, RANGE)
    blocks = np.clip((blocks - ink) / max(float(paper - ink), 1 / 16), 0, 1)
    tone = blocks.mean(axis=(1, 2))
    inside = (tone > MIDDLE_TONES[0]) & (tone < MIDDLE_TONES[1])
    if np.count_nonzero(inside) < FEWEST_BLOCKS:
        return None
    blocks, tone = blocks[inside], tone[inside]
    middle, high = band_powers(blocks)
    contrast = np.percentile(high / (tone * (1 - tone)), CALM)
    return Grain(float(contrast), float(np.percentile(middle / np.maximum(high, 1e-9), CALM)))


def spread_blocks(gray: Picture) -> NDArray[np.float32]:
    """Return blocks (n, 32, 32) spread over a picture (1, H, W), which overlap by half at most."""
    step = max(BLOCK_PX // 2, int(np.sqrt(gray[0].size / MOST_BLOCKS)))
    views = np.lib.stride_tricks.sliding_window_view(gray[0], (BLOCK_PX, BLOCK_PX))[::step, ::step]
    return np.asarray(views.reshape(-1, BLOCK_PX, BLOCK_PX), np.float32)


def band_powers(blocks: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean power (n,) of blocks (n, 32, 32) in the two bands."""
    line = np.sin(np.pi * (np.arange(BLOCK_PX) + 0.5) / BLOCK_PX) ** 2
    hann = np.outer(line, line).astype(np.float32)
    mean = np.tensordot(blocks, hann / hann.sum(), 2).astype(np.float32)
    transformed = rfft2((blocks - mean[:, None, None]) * (hann / np.sqrt(np.sum(hann**2))))
    power = transformed.real**2 + transformed.imag**2
    frequency = np.hypot(np.fft.fftfreq(BLOCK_PX)[:, None], np.fft.rfftfreq(BLOCK_PX)[None, :])
    inside = [(frequency >= low) & (frequency < high) for low, high in (MIDDLE, HIGH)]
    return power[:, inside[0]].mean(axis=1), power[:, inside[1]].mean(axis=1)
