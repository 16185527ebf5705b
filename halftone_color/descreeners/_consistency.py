"""Consistency projection: move an estimate so that it is consistent with an exactly known digital halftone.

This is possible only for bilevel halftones that were never printed or scanned. Matrices and clustered dots bound every
pixel (`_threshold_bounds`), error diffusion bounds every error (`_error_bounds`).
"""

from __future__ import annotations

import numpy as np

from halftone_color.descreeners import _bayer_matrix, _dot_grid, _error_bounds, _threshold_bounds
from halftone_color.descreeners._bayer_matrix import BayerMatrix
from halftone_color.descreeners._dot_grid import DotGrid
from halftone_color.descreeners._error_bounds import Diffusion
from halftone_color.descreeners._kept import keep
from halftone_color.types import Picture, Screen

ForwardModel = BayerMatrix | DotGrid | Diffusion
"""The exact process by which a halftone was made from its contone."""


def identify(estimate: Picture, halftone: Picture, screen: Screen) -> ForwardModel | None:
    """Return the process by which a halftone (1, H, W) was made, or None if it is not exactly known.

    Args:
        estimate: estimate of the contone by a network or filter, (1, H, W); for error diffusion not a self-ensemble,
            because its errors are consistent with other kernels.
        halftone: (1, H, W).
        screen: kind of the halftone, and period and angle to about 1 % and one degree.
    """
    if not is_bilevel(halftone):
        return None
    if screen.kind in ("ordered", "error-diffusion"):
        if matrix := _bayer_matrix.identify(estimate, halftone):
            return matrix
        return _error_bounds.identify(estimate, halftone) if screen.kind == "error-diffusion" else None
    if screen.period_px is not None and screen.angle_deg is not None:
        return _dot_grid.identify(estimate, halftone, screen.period_px, screen.angle_deg)
    return None


def project(estimate: Picture, halftone: Picture, model: ForwardModel, threads: int = 1) -> Picture:
    """Return an estimate (1, H, W) made consistent with a halftone (1, H, W) of 0 and 1 from a known process.

    Letters beside the halftone, which the estimate shows as they were, are not from that process and stay.

    Args:
        estimate: of the contone, (1, H, W) in [0, 1].
        halftone: (1, H, W) of 0 and 1.
        model: the process that made it.
        threads: number of tiles that are processed at once.
    """
    if isinstance(model, Diffusion):
        consistent = _error_bounds.project(estimate, halftone, model, threads)
    else:
        consistent = _threshold_bounds.project(estimate, halftone, model, threads)
    return keep(consistent, estimate, halftone)


def may_be_diffused(halftone: Picture, screen: Screen) -> bool:
    """Tell whether a halftone (1, H, W) may be a clean error diffusion."""
    return screen.kind == "error-diffusion" and is_bilevel(halftone)


def is_raster_diffusion(model: ForwardModel | None) -> bool:
    """Tell whether a halftone was made by error diffusion in raster order: all rows in one direction."""
    return isinstance(model, Diffusion) and not model.serpentine


def is_bilevel(gray: Picture) -> bool:
    """Tell whether all pixels of a picture are 0 or 1."""
    first = gray[:, :64]
    if not np.all((first == 0) | (first == 1)):
        return False
    return bool(np.all((gray == 0) | (gray == 1)))
