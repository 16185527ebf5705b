"""How much colors help a classifier: the share of the gap between gray and true colors that they close."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def agreement(classes: ArrayLike, true_classes: ArrayLike) -> float:
    """Share in [0, 1] of n pictures whose top class equals that of the same picture in true colors, both (n,)."""
    return float(np.mean(np.asarray(classes) == np.asarray(true_classes)))


def gap_closed(classes: ArrayLike, gray_classes: ArrayLike, true_classes: ArrayLike) -> float:
    """Return (a - g) / (1 - g), where a and g are the agreements of colored and gray pictures with the true ones.

    The result is 1 if every picture is classified as in true colors, 0 if the colors help no more than gray, and
    negative if they mislead. All classes are (n,), of the same n pictures; the true class of a picture is that which
    the classifier gives it in true colors, right or wrong. If all gray pictures agree there is no gap; the result is
    then a - g.
    """
    gray = agreement(gray_classes, true_classes)
    gained = agreement(classes, true_classes) - gray
    return gained / (1 - gray) if gray < 1 else gained
