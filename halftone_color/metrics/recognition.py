"""How far colors help to tell what is shown: the gap between gray and true colors that a classifier sees closed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def agreement(classes: ArrayLike, true_classes: ArrayLike) -> float:
    """Share in [0, 1] of pictures whose top class (n,) is that of the same picture in its true colors."""
    return float(np.mean(np.asarray(classes) == np.asarray(true_classes)))


def gap_closed(classes: ArrayLike, gray_classes: ArrayLike, true_classes: ArrayLike) -> float:
    """Return (a - g) / (1 - g): a and g are the agreements of the colored and of the gray pictures with the true ones.

    1 where every picture is recognized as the true colors are, 0 where as many are as in gray, negative where colors
    mislead. Top classes are (n,) of the same n pictures; the true class of a picture is what the classifier says of its
    true colors, right or wrong. Where gray is recognized throughout there is no gap: 0 if the colored ones are, too.
    """
    gray = agreement(gray_classes, true_classes)
    gained = agreement(classes, true_classes) - gray
    return gained / (1 - gray) if gray < 1 else gained
