"""The tone that a print has in the mean: its contone on the curve of dot gain that fits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""

LARGEST = 0.95
"""Largest gain, so that tones stay in order."""


def with_dot_gain(contone: Plane, scan: Plane) -> Plane:
    """Return the contone (H, W) with the tone that its print has in the mean: t + a t (1 - t), a by least squares.

    Full ink and bare paper stay; only dots grow or shrink.
    """
    curve = contone * (1 - contone)
    gain = float(np.vdot(curve, scan - contone)) / (float(np.vdot(curve, curve)) + 1e-6)
    return contone + np.float32(np.clip(gain, -LARGEST, LARGEST)) * curve
