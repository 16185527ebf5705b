"""Use what an exactly known digital halftone says about the contone: the estimate is moved to where it must be.

Only for halftones of two values that no print and no scanner has been at. Matrices and clustered dots bound every pixel
(`_matrix`, `_bounds`), error diffusion bounds every error (`_diffused`); the estimate is moved to agree with that.
"""

from __future__ import annotations

import numpy as np

from halftone_color.descreen import _bounds, _diffused, _matrix
from halftone_color.types import Picture, Screen


def improved(estimate: Picture, halftone: Picture, screen: Screen, look: Picture | None = None) -> Picture | None:
    """Return the estimate (1, H, W) moved to agree with the halftone, or None where the screen is not exactly known.

    Args:
        estimate: what a network or filter made of the halftone.
        halftone: (1, H, W).
        screen: what is known of the halftone: its kind, and period and angle to about a hundredth and a degree.
        look: the estimate that tells kernels of error diffusion apart, where it is another one: of the halftone as it
            is, since networks make of other sides something that other kernels would allow.
    """
    if screen.kind in ("ordered", "error-diffusion") and is_bilevel(halftone):
        first = estimate if look is None else look
        if matrix := _matrix.recognised(estimate, halftone):
            return _bounds.within(estimate, halftone, matrix)
        way = _diffused.recognised(first, halftone) if screen.kind == "error-diffusion" else None
        return None if way is None else _diffused.within(estimate, halftone, way)
    if screen.period_px is not None and screen.angle_deg is not None and is_bilevel(halftone):
        grid = _bounds.recognised(estimate, halftone, screen.period_px, screen.angle_deg)
        return None if grid is None else _bounds.within(estimate, halftone, grid)
    return None


def diffused(halftone: Picture, screen: Screen) -> bool:
    """Tell whether a halftone (1, H, W) may be a clean error diffusion."""
    return screen.kind == "error-diffusion" and is_bilevel(halftone)


def runs_one_way(look: Picture, halftone: Picture) -> bool:
    """Tell whether a halftone (1, H, W) is clean error diffusion with all rows in one direction, as a look says."""
    way = _diffused.recognised(look, halftone) if is_bilevel(halftone) else None
    return way is not None and not way.serpentine


def is_bilevel(gray: Picture) -> bool:
    """Tell whether a picture holds nothing but 0 and 1."""
    first = gray[:, :64]
    if not np.all((first == 0) | (first == 1)):
        return False
    return bool(np.all((gray == 0) | (gray == 1)))
