"""Channels of pictures that were dithered to a palette of few colors, as GIFs and old web pictures are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import zoom

from halftone_color.arrays.color import rgb_to_luma

Plane = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""

WEB_LEVELS = 6
"""Levels of a channel in the web palette of 216 colors."""


def palette_dithered(contone: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return (halftone, target): a channel, or the luma, of a color picture after and before its dither to a palette.

    The color picture is made of the contone (H, W): each channel is its tones on a scale that changes slowly over the
    picture, so that the palette has to serve many colors. Floyd-Steinberg, by Pillow.
    """
    height, width = contone.shape
    gain, offset = (
        np.stack([zoom(rng.uniform(-0.35, 0.35, (3, 3)), (height / 3, width / 3), order=1) for _ in range(3)], -1)
        for _ in range(2)
    )
    color = np.clip(contone[..., None] * (1 + gain) + 0.6 * offset, 0, 1).astype(np.float32)
    source = Image.fromarray(np.asarray(color * 255 + 0.5, np.uint8))
    dithered = np.asarray(_quantized(source, rng).convert("RGB"), np.float32) / np.float32(255)
    if rng.random() < 0.3:
        before, after = (np.asarray(rgb_to_luma(rgb.transpose(2, 0, 1))[0], np.float32) for rgb in (color, dithered))
        return after, before
    channel = int(rng.integers(3))
    return np.ascontiguousarray(dithered[..., channel]), np.ascontiguousarray(color[..., channel])


def _quantized(source: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture in the web palette, or in one of 8 to 128 colors of its own."""
    if rng.random() < 0.3:
        steps = np.linspace(0, 255, WEB_LEVELS).astype(np.uint8)
        colors = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1)
        palette = Image.new("P", (1, 1))
        palette.putpalette([*colors.tolist(), *[0] * (768 - len(colors))])
    else:
        count = int(np.exp(rng.uniform(np.log(8), np.log(128))))
        palette = source.quantize(count, Image.Quantize.MEDIANCUT)
    return source.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
