"""Heat map of a standard deviation over a picture, with a legend: where several answers disagree, and by how much."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from halftone_color.types import Picture

RAMP = np.array([(0.05, 0.03, 0.15), (0.36, 0.08, 0.45), (0.78, 0.22, 0.33), (0.97, 0.56, 0.16), (1.0, 0.97, 0.72)])
"""sRGB colors from none to the most, of ever greater luma, so that the order shows without color as well."""
SCALES = (1, 2, 5)
"""Ends of the scale are one of these times a power of ten, in levels of 255."""
BRIGHTEST = 99.5
"""Percentile of the values that the scale reaches at least."""
LEVELS = 255
LEGEND_PX, BAR_PX, GAP_PX, FONT_PX = 44, 12, 8, 12
"""Height of the legend below the picture, of its bar, its gaps and its letters."""
NARROWEST_PX = 360
"""Width of the map at least, so that the legend can be read."""
INK, PAPER = (32, 32, 32), (255, 255, 255)


def heat_map(deviation: Picture, words: str) -> Picture:
    """Return a map (3, H + LEGEND_PX, max(W, NARROWEST_PX)) of a standard deviation, sRGB in [0, 1].

    Args:
        deviation: (1, H, W), not negative; 1 is from black to white.
        words: what it is of, for the legend.
    """
    top = scale_end(float(np.percentile(deviation, BRIGHTEST)) * LEVELS)
    height, width = deviation.shape[1:]
    page = Image.new("RGB", (max(width, NARROWEST_PX), height + LEGEND_PX), PAPER)
    page.paste(_painted(deviation[0] * (LEVELS / top)), (0, 0))
    bar_width = page.width - 2 * GAP_PX
    bar = np.broadcast_to(np.linspace(0, 1, bar_width), (BAR_PX, bar_width))
    page.paste(_painted(bar), (GAP_PX, height + GAP_PX))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(FONT_PX)
    below = height + GAP_PX + BAR_PX + 2
    end = f"{top:g}"
    draw.text((GAP_PX, below), "0", INK, font)
    draw.text((page.width - GAP_PX - font.getlength(end), below), end, INK, font)
    draw.text(((page.width - font.getlength(words)) / 2, below), words, INK, font)
    return np.ascontiguousarray(np.moveaxis(np.asarray(page), 2, 0), np.float32) / np.float32(LEVELS)


def scale_end(value: float) -> float:
    """Return the least of SCALES times a power of ten that is not below a value; 0.1 for less than that."""
    ends = (scale * 10.0**power for power in range(-1, 3) for scale in SCALES)
    return next((end for end in ends if end >= value), 500.0)


def _painted(shares: NDArray[np.floating]) -> Image.Image:
    """Return shares (h, w) of the scale in colors; those above 1 as its end."""
    places = np.linspace(0, 1, len(RAMP))
    table = np.stack([np.interp(np.arange(256) / 255, places, RAMP[:, channel]) for channel in range(3)], 1)
    levels = np.clip(np.rint(np.asarray(shares) * 255), 0, 255).astype(np.uint8)
    return Image.fromarray(np.rint(255 * table).astype(np.uint8)[levels])
