"""Gaussian blur as wide as the dots: the baseline that every other method has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from halftone_color.errors import UsageError
from halftone_color.types import Picture, Progress

PER_PERIOD = 0.4
"""Standard deviation over the screen's period: removes the fundamental to 4 % of its amplitude."""
WITHOUT_PERIOD_PX = 1.2
"""Standard deviation for halftones without a period, such as error diffusion."""


@dataclass(frozen=True)
class Options:
    """Options of the Gaussian method."""

    sigma_px: float | None = None
    """Standard deviation in px; by default .4 of the screen's period."""
    period_px: float | None = None
    """Period of the screen where it is known."""

    def __post_init__(self) -> None:
        if self.sigma_px is not None and self.sigma_px <= 0:
            raise UsageError("sigma_px must be positive; 1 to 4 suits most prints.")


def descreen(
    gray: Picture, options: Options, networks: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Picture:
    """Return (1, H, W) blurred, in [0, 1]."""
    fitting = PER_PERIOD * options.period_px if options.period_px else WITHOUT_PERIOD_PX
    blurred = gaussian_filter(gray[0], options.sigma_px or fitting, mode="nearest")
    if progress:
        progress(1.0)
    return np.asarray(blurred[None], dtype=np.float32)
