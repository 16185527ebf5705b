"""Color photographs as squares of one size, for recipes that want nothing else of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from halftone_color.training.photographs import Photographs

SQUASHED = "flickr8k"
"""Photographs with this prefix were 4:3 or 3:4 before they were squashed to a square."""


def square_crop(photographs: Photographs, side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (3, side, side): most of a random photograph, mirrored in half of the cases."""
    index = int(rng.integers(len(photographs)))
    pixels = photographs[index]
    height, width = pixels.shape[:2]
    stretch = rng.choice([3 / 4, 4 / 3]) if photographs.names[index].startswith(SQUASHED) else 1.0
    scale = rng.uniform(0.7, 1.0)
    across = min(width, height / stretch) * scale  # crop's width in stored px: across * stretch in true px of height
    down = across * stretch
    left, top = rng.uniform(0, width - across), rng.uniform(0, height - down)
    box = (left, top, left + across, top + down)
    small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX, box, reducing_gap=2.0)
    picture = np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255
    return np.ascontiguousarray(picture[:, :, ::-1] if rng.random() < 0.5 else picture)
