"""References as the classical methods take them: checked, of one size, or as one set of colors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halftone_color.arrays.resampling import reduce_picture
from halftone_color.errors import InputError
from halftone_color.types import Picture

ONE_COLOR = 2.5 / 255
"""What the values of each channel of a picture of one color differ by at most."""


def checked(references: Sequence[Picture]) -> Sequence[Picture]:
    """Return the references (3, h, w), each of its own size.

    Raises:
        InputError: one of them shows a single color, so that there is nothing to match.
    """
    for reference in references:
        if np.ptp(reference, axis=(1, 2)).max() <= ONE_COLOR:
            raise InputError("A reference shows one color only, so there is nothing to match; choose a photograph.")
    return references


def colors_of(references: Sequence[Picture], limit_px: int) -> Picture:
    """Return the colors (3, N) of all references together, each thinned evenly to about limit_px at most."""
    return np.concatenate([thinned(reference, limit_px) for reference in checked(references)], 1)


def thinned(picture: Picture, limit_px: int) -> Picture:
    """Return pixels (C, N) of a picture, every k-th row and column so that about limit_px are left at most."""
    step = max(1, int(np.ceil(np.sqrt(picture[0].size / limit_px))))
    return picture[:, ::step, ::step].reshape(len(picture), -1)


def mean_of(references: Sequence[Picture], height: int, width: int) -> Picture:
    """Return the mean (3, height, width) of all references, each resized."""
    resized = [reduce_picture(reference, height, width) for reference in checked(references)]
    return np.asarray(np.mean(resized, 0), dtype=np.float32)
