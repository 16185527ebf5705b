"""Threshold bounds: in a digital halftone each pixel of the contone lies above or below a known threshold.

A digital screen compares the picture x with thresholds T: h = [x > T], so each pixel of h is a bound on x. An estimate
is moved to the tones that it and the bounds most likely mean.
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
"""How far beyond a threshold tones are expected, where errors are of the usual size."""
BOUND_WEIGHT = 60.0
"""Weight of the bounds over that of the estimate."""
STEPS = 14
"""Steps of the descent; more gain nothing."""
CORRELATION = np.array([0.0180, 0.0891, 0.2327, 0.3204, 0.2327, 0.0891, 0.0180], np.float32)
"""Kernel of the process along one axis, how errors of neighbors go together: a Gaussian of 1.25 px."""
BASE_CONTRAST, USUAL_CONTRAST, LARGEST_SCALE = 0.02, 0.06, 2.0
"""Contrast added to that of the surroundings; the sum at which errors have a scale of 1; the largest scale."""
TILE_PX, HALO_PX = 512, 32


class ThresholdScreen(Protocol):
    """A screen whose threshold is known for every pixel."""

    def thresholds(self, top: int, left: int, height: int, width: int) -> Plane:
        """Return the thresholds (height, width) of a part of the picture."""


def project(
    estimate: Picture, halftone: Picture, screen: ThresholdScreen, threads: int = 1, *, tile: int = TILE_PX
) -> Picture:
    """Return what an estimate (1, H, W) most likely was, given the bounds that the halftone sets; in [0, 1].

    The estimate's errors are taken for a Gaussian process, smooth over a px or two and larger where the picture has
    more contrast; a tone that lies out of its bounds, or hardly within, costs the square of what is missing. The tones
    that cost least are found by accelerated gradients (Nesterov 1983) in the metric of the process, so that neighbors,
    likely to be wrong in the same direction, move together (Rasmussen and Williams, "Gaussian processes for machine
    learning", 2006, section 3.4, is the like with a probit in place of squares).

    Args:
        estimate: of the contone, (1, H, W) in [0, 1].
        halftone: (1, H, W) of 0 and 1.
        screen: that made it.
        threads: how many tiles are worked on at once.
        tile: side of the tiles in px, even.
    """

    def projected(window: tiling.Window) -> Picture:
        x, h = window.read(estimate)[0], window.read(halftone, beyond=0.5)[0]
        thresholds = screen.thresholds(window.top, window.left, window.height, window.width)
        side = np.sign(h - np.float32(0.5))  # 0 beyond the picture, where nothing is known
        found = compile_loop(_most_likely)(x, thresholds, side, _error_scale(x), CORRELATION, STEPS)
        return np.asarray(np.clip(found, 0, 1), np.float32)[None]

    height, width = halftone.shape[1:]
    return tiling.apply(projected, (1, height, width), tiling.Grid(tile, HALO_PX, multiple=2), threads)


def _error_scale(estimate: Plane) -> Plane:
    """Return how large the errors of an estimate (H, W), sides even, may be: about 1, more at edges."""
    quads = np.stack([estimate[down::2, across::2] for down in (0, 1) for across in (0, 1)])
    mean, square = (uniform_filter(planes.mean(0), 3) for planes in (quads, quads * quads))
    contrast = np.sqrt(np.maximum(square - mean * mean, 0))
    scale = np.minimum(np.sqrt((BASE_CONTRAST + contrast) / USUAL_CONTRAST), LARGEST_SCALE).astype(np.float32)
    return np.asarray(scale.repeat(2, 0).repeat(2, 1))


def _most_likely(estimate: Any, thresholds: Any, side: Any, scale: Any, correlation: Any, steps: int) -> Any:
    """Return the tones (H, W) that the estimate and the bounds agree on.

    Args:
        estimate, thresholds, scale: (H, W).
        side: (H, W), 1 where the tone lies above its threshold, -1 where below, 0 where nothing is known.
        correlation: blurs the violations along each axis, seven weights alike to both sides.
        steps: of the descent.
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
