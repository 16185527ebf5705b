"""Use what an exactly known digital halftone says about the contone: the estimate is moved to where it must be.

Only for halftones of two values that no print and no scanner has been at. Matrices and clustered dots bound every pixel
(`_matrix`, `_bounds`), error diffusion bounds every error (`_diffused`); the estimate is moved to agree with that.
"""

from __future__ import annotations

import numpy as np

from halftone_color.descreeners import _bounds, _diffused, _matrix
from halftone_color.types import Picture, Screen

Known = _matrix.Matrix | _bounds.Grid | _diffused.Diffusion
"""What made a halftone, exactly."""


def recognised(look: Picture, halftone: Picture, screen: Screen) -> Known | None:
    """Return what made a halftone (1, H, W), or None where that is not exactly known.

    Args:
        look: what a network or filter made of the halftone; of error diffusion as it is, not the mean of several looks,
            whose errors other kernels would allow.
        halftone: (1, H, W).
        screen: what is known of the halftone: its kind, and period and angle to about a hundredth and a degree.
    """
    if not is_bilevel(halftone):
        return None
    if screen.kind in ("ordered", "error-diffusion"):
        if matrix := _matrix.recognised(look, halftone):
            return matrix
        return _diffused.recognised(look, halftone) if screen.kind == "error-diffusion" else None
    if screen.period_px is not None and screen.angle_deg is not None:
        return _bounds.recognised(look, halftone, screen.period_px, screen.angle_deg)
    return None


def within(estimate: Picture, halftone: Picture, known: Known) -> Picture:
    """Return an estimate (1, H, W) moved to agree with a halftone that was made in a known way."""
    if isinstance(known, _diffused.Diffusion):
        return _diffused.within(estimate, halftone, known)
    return _bounds.within(estimate, halftone, known)


def diffused(halftone: Picture, screen: Screen) -> bool:
    """Tell whether a halftone (1, H, W) may be a clean error diffusion."""
    return screen.kind == "error-diffusion" and is_bilevel(halftone)


def runs_one_way(known: Known | None) -> bool:
    """Tell whether a halftone was made by error diffusion with all rows in one direction."""
    return isinstance(known, _diffused.Diffusion) and not known.serpentine


def is_bilevel(gray: Picture) -> bool:
    """Tell whether a picture holds nothing but 0 and 1."""
    first = gray[:, :64]
    if not np.all((first == 0) | (first == 1)):
        return False
    return bool(np.all((gray == 0) | (gray == 1)))
