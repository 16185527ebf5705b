"""Draw the mean spectrum of a picture with the waves of its screen marked, for inspection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.spectrum import WINDOW_PX, power_spectra, spread_windows
from halftone_color.types import Picture, Screen

SCALE = 4
"""Side in px of a frequency bin in the chart."""
SIDE = SCALE * WINDOW_PX
"""Side of the chart in px."""
RING_PX, PEN_PX = 9.0, 0.9
"""Radius of the rings around waves, and half the width of their line, in px."""
MARK = (1.0, 0.25, 0.1)
"""Color of the rings, sRGB."""
WAVES = ((1, 0), (0, 1), (1, 1), (1, -1))
"""Waves that are marked, as multiples of the two axes; a line screen has only the first."""
BRIGHTEST = 99.9
"""Percentile of the logarithm of power that is drawn white; the fifth percentile is drawn black."""


def chart(gray: Picture, screen: Screen) -> Picture:
    """Return a chart (3, 512, 512) of the logarithm of the mean power of windows spread over a picture (1, H, W).

    Zero frequency is in the middle; fx runs to the right and fy down, each to half a cycle per px. The waves of a
    periodic screen are marked by rings, also where they are aliased.
    """
    half = WINDOW_PX // 2
    power = np.log(power_spectra(spread_windows(gray)).mean(axis=0) + 1e-9)
    mirrored = power[-np.arange(WINDOW_PX) % WINDOW_PX, half:0:-1]
    plane = np.roll(np.concatenate([mirrored, power[:, :half]], axis=1), half, axis=0)
    black, white = np.percentile(plane, (5, BRIGHTEST))
    shade = np.clip((plane - black) / max(white - black, 1e-6), 0, 1).astype(np.float32)
    drawn = np.repeat(shade.repeat(SCALE, 0).repeat(SCALE, 1)[None], 3, axis=0)
    for fy, fx in _waves(screen):
        ring = _ring(fy, fx)
        drawn = np.where(ring, np.array(MARK, np.float32).reshape(3, 1, 1), drawn)
    return drawn


def _waves(screen: Screen) -> list[tuple[float, float]]:
    """Return the frequencies (fy, fx) to mark and their mirror images, aliased to at most half a cycle per px."""
    if screen.period_px is None or screen.angle_deg is None:
        return []
    angle = np.deg2rad(screen.angle_deg)
    fy, fx = np.sin(angle) / screen.period_px, np.cos(angle) / screen.period_px
    waves = [(along * fy + across * fx, along * fx - across * fy) for along, across in WAVES]
    waves = waves[:1] if screen.kind == "line" else waves
    both = np.array([sign * np.array(wave) for wave in waves for sign in (1, -1)])
    return [(float(y), float(x)) for y, x in (both + 0.5) % 1 - 0.5]


def _ring(fy: float, fx: float) -> NDArray[np.bool_]:
    """Return the mask (512, 512) of a ring around a frequency in cycles per px."""
    y, x = (SIDE / 2 + SIDE * f + SCALE / 2 for f in (fy, fx))
    rows, columns = np.arange(SIDE)[:, None] + 0.5, np.arange(SIDE)[None, :] + 0.5
    ring: NDArray[np.bool_] = np.abs(np.hypot(rows - y, columns - x) - RING_PX) <= PEN_PX
    return ring
