"""What colors a test pair in the section stereo: simple rows, classical matching, and Cycle CNN."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from halftone_color import api
from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.evaluation._color_baselines import neutral, reinhard
from halftone_color.evaluation._stereo_pairs import MeasuredPair, seen_by_both
from halftone_color.run import Conditions
from halftone_color.types import Picture

GRAY, NETWORK, REINHARD = "gray", "network, the view as reference", "Reinhard"
BLOCK, SEMI_GLOBAL, CYCLE = "block matching", "semi-global matching", "Cycle CNN"
UNSCALED, TRUE = "Cycle CNN, chroma not scaled", "true disparity, unmatched perfect"
CLASSICAL = (NETWORK, REINHARD, BLOCK, SEMI_GLOBAL)
"""Rows that Cycle CNN has to beat."""

Row = Callable[[MeasuredPair, Conditions], Picture]


def by_reference(pair: MeasuredPair, conditions: Conditions) -> Picture:
    """Return what the colorization network makes of the view as its reference."""
    return api.colorize(pair.gray, references=[pair.view], **vars(conditions)).picture


def by_statistics(pair: MeasuredPair, conditions: Conditions) -> Picture:
    """Return automatic colors with the view's mean and deviation of ab."""
    return reinhard(api.colorize(pair.gray, **vars(conditions)).picture, pair.view)


def by_stereo(pair: MeasuredPair, conditions: Conditions, **options: object) -> Picture:
    """Return what the method stereo makes of a pair."""
    words = {**vars(conditions), **options}
    return api.colorize(pair.gray, method="stereo", color_view=pair.view, **words).picture


def by_truth(pair: MeasuredPair, conditions: Conditions) -> Picture:
    """Return the view's chroma at the true disparity, straight between two pixels; true where there is no match."""
    width = pair.gray.shape[2]
    place = np.clip(np.arange(width) - pair.disparity_px, 0, width - 1)
    below = np.minimum(place.astype(int), width - 2)
    share = (place - below).astype(np.float32)
    chroma = rgb_to_ycc(pair.view)[1]
    left, right = (np.take_along_axis(chroma, np.broadcast_to(at, chroma.shape), 2) for at in (below, below + 1))
    found = left + share * (right - left)
    seen = seen_by_both(pair.disparity_px)
    return add_chroma(pair.gray, np.where(seen, found, rgb_to_ycc(pair.truth)[1]).astype(np.float32))


ROWS: dict[str, Row] = {
    GRAY: lambda pair, conditions: neutral(pair.gray),
    NETWORK: by_reference,
    REINHARD: by_statistics,
    BLOCK: lambda pair, conditions: by_stereo(pair, conditions, matcher="block"),
    SEMI_GLOBAL: lambda pair, conditions: by_stereo(pair, conditions, matcher="semi-global"),
    CYCLE: by_stereo,
    UNSCALED: lambda pair, conditions: by_stereo(pair, conditions, scale_chroma=False),
    TRUE: by_truth,
}
"""Who colors, by the name of the row."""
