"""Gaussian blur as wide as the dots: the baseline for all other methods."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from halftone_color.errors import UsageError
from halftone_color.method import Descreener
from halftone_color.types import Picture, Screen, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

PER_PERIOD = 0.4
"""Standard deviation relative to the screen's period; it reduces the fundamental to 4 % of its amplitude."""
WITHOUT_PERIOD_PX = 1.2
"""Standard deviation, in px, for halftones without a period, such as error diffusion."""


@dataclass(frozen=True)
class GaussianDescreener(Descreener):
    """Gaussian blur of the halftone."""

    sigma_px: float | None = None
    """Standard deviation in px; by default 0.4 times the screen's period."""

    def __post_init__(self) -> None:
        if self.sigma_px is not None and not (isfinite(self.sigma_px) and self.sigma_px > 0):
            raise UsageError("sigma_px must be positive; 1 to 4 suits most prints.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return the blurred halftone (1, H, W) in [0, 1]; its border pixels are repeated beyond the border."""
        sigma_px = self.sigma_px or _sigma_for(task.screen)
        blurred = gaussian_filter(task.picture[0], sigma_px, mode="nearest")
        run.report(1.0)
        return np.asarray(blurred[None], dtype=np.float32)


def _sigma_for(screen: Screen) -> float:
    """Return the standard deviation in px that suits a screen."""
    return PER_PERIOD * screen.period_px if screen.period_px else WITHOUT_PERIOD_PX
