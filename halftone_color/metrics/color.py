"""How colourful a picture looks, without a truth to compare it with."""

from __future__ import annotations

import numpy as np

from halftone_color.types import Picture


def colorfulness(rgb: Picture) -> float:
    """Colourfulness of an sRGB picture (3, H, W) in [0, 1]; 0 for gray, about 60 for a vivid photograph.

    Hasler and Suesstrunk 2003, "Measuring colourfulness in natural images", section 7, the metric in RGB: with
    rg = R - G and yb = (R + G) / 2 - B on the scale 0..255, the length of the standard deviations plus 0.3 times the
    length of the means.
    """
    red, green, blue = np.asarray(rgb, np.float64) * 255.0
    opponent = np.stack([red - green, (red + green) / 2.0 - blue]).reshape(2, -1)
    return float(np.linalg.norm(opponent.std(axis=1)) + 0.3 * np.linalg.norm(opponent.mean(axis=1)))
