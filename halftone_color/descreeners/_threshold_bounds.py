"""Threshold bounds: each pixel of a digital halftone tells whether the contone is above or below a known threshold.

A digital screen compares the picture x with thresholds T: h = [x > T], so each pixel of h is a bound on x. An estimate
is moved to the most likely tones, given the estimate and the bounds.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from halftone_color.arrays import tiling
from halftone_color.arrays.compiled import compile_loop
from halftone_color.types import Picture

Plane = NDArray[np.float32]
"""(H, W) float32."""

MARGIN = 0.03
"""Expected distance of tones from their threshold, in [0, 1], for errors of scale 1."""
BOUND_WEIGHT = 60.0
"""Weight of the bounds relative to the estimate."""
STEPS = 14
"""Number of steps of the descent; more gain nothing."""
CORRELATION = np.array([0.0180, 0.0891, 0.2327, 0.3204, 0.2327, 0.0891, 0.0180], np.float32)
"""Correlation kernel of the errors along one axis: a Gaussian with a standard deviation of 1.25 px."""
BASE_CONTRAST, USUAL_CONTRAST, LARGEST_SCALE = 0.02, 0.06, 2.0
"""Contrast added to the local contrast; the sum for which errors have scale 1; and the largest scale."""
TILE_PX, HALO_PX = 512, 32
"""Side of the tiles and width of the halo around them, in px."""


class ThresholdScreen(Protocol):
    """A screen whose threshold is known for every pixel."""

    def thresholds(self, top: int, left: int, height: int, width: int) -> Plane:
        """Return the thresholds (height, width) of a part of the picture."""


def project(
    estimate: Picture, halftone: Picture, screen: ThresholdScreen, threads: int = 1, *, tile: int = TILE_PX
) -> Picture:
    """Return the most likely contone (1, H, W) in [0, 1], given an estimate and the bounds set by the halftone.

    The errors of the estimate are modeled as a Gaussian process that is smooth over a px or two and larger where the
    picture has more contrast. A tone beyond its bound, or within a margin of it, costs the square of the violation. The
    cost is minimized by accelerated gradients (Nesterov 1983) in the metric of the process, so that neighbors, whose
    errors are correlated, move together. Rasmussen and Williams, "Gaussian processes for machine learning" (2006),
    section 3.4, is similar, with a probit in place of squares.

    Args:
        estimate: of the contone, (1, H, W) in [0, 1].
        halftone: (1, H, W) of 0 and 1.
        screen: the screen that made it.
        threads: number of tiles that are processed at once.
        tile: side of the tiles in px, even.
    """

    def project_window(window: tiling.Window) -> Picture:
        x, h = window.read(estimate)[0], window.read(halftone, beyond=0.5)[0]
        thresholds = screen.thresholds(window.top, window.left, window.height, window.width)
        side = np.sign(h - np.float32(0.5))  # 0 beyond the picture, where nothing is known
        found = compile_loop(_most_likely)(x, thresholds, side, _error_scale(x), CORRELATION, STEPS)
        return np.asarray(np.clip(found, 0, 1), np.float32)[None]

    height, width = halftone.shape[1:]
    return tiling.apply(project_window, (1, height, width), tiling.Grid(tile, HALO_PX, multiple=2), threads)


def _error_scale(estimate: Plane) -> Plane:
    """Return the scale (H, W) of the errors of an estimate (H, W) with even sides: about 1, more at edges."""
    quads = np.stack([estimate[down::2, across::2] for down in (0, 1) for across in (0, 1)])
    mean, square = (uniform_filter(planes.mean(0), 3) for planes in (quads, quads * quads))
    contrast = np.sqrt(np.maximum(square - mean * mean, 0))
    scale = np.minimum(np.sqrt((BASE_CONTRAST + contrast) / USUAL_CONTRAST), LARGEST_SCALE).astype(np.float32)
    return np.asarray(scale.repeat(2, 0).repeat(2, 1))


def _most_likely(estimate: Any, thresholds: Any, side: Any, scale: Any, correlation: Any, steps: int) -> Any:
    """Return the tones (H, W) with the least cost.

    Args:
        estimate, thresholds, scale: (H, W).
        side: (H, W), 1 where the tone is above its threshold, -1 where it is below, 0 where nothing is known.
        correlation: symmetric kernel of seven weights that blurs the violations along each axis.
        steps: number of steps of the descent.
    """
    height, width = estimate.shape
    rate = np.float32(1 / (1 + BOUND_WEIGHT))
    momentum = np.float32((1 - np.sqrt(1 / (1 + BOUND_WEIGHT))) / (1 + np.sqrt(1 / (1 + BOUND_WEIGHT))))
    margin, weight = np.float32(MARGIN), np.float32(BOUND_WEIGHT)
    third, second, first, own = correlation[0], correlation[1], correlation[2], correlation[3]
    tone, ahead = estimate.copy(), estimate.copy()
    blurred = np.zeros((height + 6, width), np.float32)  # violations, blurred along the rows
    m = np.zeros(width + 6, np.float32)  # violations of a row
    for _ in range(steps):
        for i in range(height):
            tones, bounds, sides, scales = ahead[i], thresholds[i], side[i], scale[i]
            for j in range(width):
                missing = margin * scales[j] - sides[j] * (tones[j] - bounds[j])
                m[j + 3] = sides[j] * scales[j] * max(missing, np.float32(0))
            row = blurred[i + 3]
            for j in range(width):
                pair = third * (m[j] + m[j + 6]) + second * (m[j + 1] + m[j + 5]) + first * (m[j + 2] + m[j + 4])
                row[j] = pair + own * m[j + 3]
        for i in range(height):
            a, b, c, d = blurred[i], blurred[i + 1], blurred[i + 2], blurred[i + 3]
            e, f, g = blurred[i + 4], blurred[i + 5], blurred[i + 6]
            tones, before, estimated, scales = ahead[i], tone[i], estimate[i], scale[i]
            for j in range(width):
                pull = third * (a[j] + g[j]) + second * (b[j] + f[j]) + first * (c[j] + e[j]) + own * d[j]
                moved = tones[j] + rate * (weight * scales[j] * pull + estimated[j] - tones[j])
                tones[j] = moved + momentum * (moved - before[j])
                before[j] = moved
    return tone
