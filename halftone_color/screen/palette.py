"""Find pictures that were dithered to a palette of few colors, by the blue noise of their calm parts.

Web pages and GIF files have 256 colors at most; error diffusion mixes others from them (Heckbert, "Color image
quantization for frame buffer display", 1982). Pictures that were only reduced to few colors, drawings and screenshots
have edges and even areas instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.large import bands
from halftone_color.screen.soft import BLOCK_PX, CALM, band_powers, spread_blocks
from halftone_color.types import Picture, Screen

MOST_COLORS, MOST_GRAYS = 256, 32
"""Largest number of colors of a palette, and of gray levels of a gray picture that may be dithered to them."""
FEWEST = 3
"""Least number of them: two are ink and paper."""
LEAST_POWER = 1e-5
"""Least power at high frequencies of a block that counts; even areas have none."""
LEAST_SHARE = 0.2
"""Least share of such blocks."""
BLUE = 10**-0.2
"""Largest ratio of the power at middle and high frequencies in calm blocks. Photographs dithered to the web's palette
have 0.09 to 0.45, to 8 colors 0.15 to 0.6, to 32 colors mostly 0.3 to 0.6; only reduced to 2 to 256 colors 1.3 to 4."""


def find_palette_dither(pixels: Picture) -> Screen | None:
    """Return the screen of a picture (1 or 3, H, W) that was dithered to few colors, or None."""
    if min(pixels.shape[1:]) < BLOCK_PX or not _has_few_colors(pixels):
        return None
    least = min(_middle(channel[None]) for channel in pixels)
    return Screen("error-diffusion", strength=1 / least, form="palette") if least < BLUE else None


def _has_few_colors(pixels: Picture) -> bool:
    """Tell whether the number of colors is that of a palette; most pictures have more in a small part."""
    most = MOST_GRAYS if len(pixels) == 1 else MOST_COLORS
    side, found = 64, np.zeros(0, np.uint32)
    if len(_colors(pixels[:, :side, :side])) > most:
        return False
    for rows in bands(*pixels.shape[1:]):
        found = np.union1d(found, _colors(pixels[:, rows]))
        if len(found) > most:
            return False
    return len(found) >= FEWEST


def _colors(part: Picture) -> NDArray[np.uint32]:
    """Return the colors of a part (1 or 3, h, w) in 8 bits a channel, each once."""
    levels = np.round(part.reshape(len(part), -1) * 255).astype(np.uint32)
    if len(levels) == 1:
        return np.flatnonzero(np.bincount(levels[0])).astype(np.uint32)
    return np.unique((levels[0] << 16) + (levels[1] << 8) + levels[2])


def _middle(gray: NDArray[np.float32]) -> float:
    """Return the power at middle relative to that at high frequencies in the calm blocks of a channel (1, H, W)."""
    blocks = spread_blocks(gray)
    middle, high = band_powers(blocks)
    busy = high > LEAST_POWER
    if busy.mean() < LEAST_SHARE:
        return float("inf")
    return max(float(np.percentile(middle[busy] / high[busy], CALM)), 1e-6)
