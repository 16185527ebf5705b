"""References for the classical methods: checked, resized to one size, or pooled into one set of colors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halftone_color.arrays.resampling import reduce_picture
from halftone_color.errors import InputError
from halftone_color.types import Picture

ONE_COLOR = 2.5 / 255
"""Range of each channel, in [0, 1], up to which a picture counts as a single color."""


def require_colors(references: Sequence[Picture]) -> Sequence[Picture]:
    """Return the references (3, h, w) unchanged, once each is known to have more than one color.

    Raises:
        InputError: a reference has only one color, so that there is nothing to match.
    """
    for reference in references:
        if np.ptp(reference, axis=(1, 2)).max() <= ONE_COLOR:
            raise InputError("A reference has only one color, so there is nothing to match; choose a photograph.")
    return references


def colors_of(references: Sequence[Picture], limit_px: int) -> Picture:
    """Return the colors (3, N) of all references together, each subsampled to about limit_px pixels at most."""
    return np.concatenate([subsample(reference, limit_px) for reference in require_colors(references)], 1)


def subsample(picture: Picture, limit_px: int) -> Picture:
    """Return every k-th pixel (C, N) of a picture (C, H, W) along both axes, about limit_px in all."""
    step = max(1, int(np.ceil(np.sqrt(picture[0].size / limit_px))))
    return picture[:, ::step, ::step].reshape(len(picture), -1)


def mean_of(references: Sequence[Picture], height: int, width: int) -> Picture:
    """Return the mean (3, height, width) of the resized references."""
    resized = [reduce_picture(reference, height, width) for reference in require_colors(references)]
    return np.asarray(np.mean(resized, 0), dtype=np.float32)
