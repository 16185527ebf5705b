"""Find coarse dots, 13 to 42 px apart, by the same detection in the picture reduced two, three and four times.

At full size a coarse screen lies beyond the windows' resolution, and a harmonic of it is taken for the screen. Reduced,
its fundamental has most power. The period is believed if two sizes agree, and if the picture looks as dots do: in every
place ink and paper with little in between, in shares that differ from place to place. Tiles, windows and polka dots
are equally large everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from halftone_color.screen.large import bands
from halftone_color.types import Picture, Screen

REDUCTIONS = (2, 3, 4)
"""Sizes at which the picture is examined, as divisors."""
FINEST_PX, COARSEST_PX = 13.0, 42.0
"""Periods that are looked for, in px."""
MAY_BE_HARMONIC_PX = 8.0
"""Period found at full size above which it may be a harmonic of a coarse screen, in px."""
LEAST_SIDE_PX = 192
"""Least side of a picture in px; a smaller one has too few coarse dots."""
FEWEST_PERIODS = 8
"""Least number of periods along the shorter side."""
SAME_PERIOD, SAME_ANGLE_DEG = 0.03, 2.0
"""Largest relative difference of period, and difference of angle, at which two sizes agree."""
LARGEST_REDUCED_PX = 40_000_000
"""Number of pixels of the reduced picture up to which all of it is examined, and its middle beyond."""
LARGEST_PX = 1024
"""Largest side, in px, of the part in which the dots are looked at."""
AROUND = 1.5
"""Side of the surroundings of a pixel in which its ink and its paper are looked for, in periods."""
LEAST_CONTRAST = 0.2
"""Least difference of ink and paper, in [0, 1], in at least HALF of the part."""
HALF = 0.3
"""Share of the part that must have dots of that contrast."""
NEAR, TWO_TONES = 0.25, 0.55
"""Distance from ink or paper, relative to the contrast, within which a tone is one of the two; and the least share of
these. Printed dots 14 px and more apart have 0.79 to 0.92, blurred by an eighth of the period 0.58 to 0.74."""
UNEQUAL = 0.065
"""Least standard deviation of the share of ink from place to place: in prints 0.08 to 0.25, in tiles, meshes and polka
dots at most 0.055."""


def may_hide_coarse_dots(screen: Screen) -> bool:
    """Tell whether what was found at full size may be a harmonic of coarse dots, or whether nothing was found."""
    return not screen.present or (screen.period_px is not None and screen.period_px >= MAY_BE_HARMONIC_PX)


def find_coarse_dots(gray: Picture, detect: Callable[[Picture], Screen]) -> Screen | None:
    """Return the screen of coarse dots of a picture (1, H, W), or None.

    Args:
        gray: the picture.
        detect: finds screens up to 15 px.
    """
    if min(gray.shape[1:]) < LEAST_SIDE_PX:
        return None
    found: list[Screen] = []
    for reduction in REDUCTIONS:
        small = detect(_reduce(gray, reduction))
        small = small.doubt or small  # whether it is a texture is judged by its tones below
        if small.kind != "clustered-dot" or small.period_px is None:
            continue
        screen = replace(small, period_px=small.period_px * reduction)
        for other in found:
            if _agree(screen, other) and _looks_like_dots(gray, other):
                return other
        found.append(screen)
    return None


def _reduce(gray: Picture, reduction: int) -> Picture:
    """Return the means (1, h, w) of squares, of the middle of a picture that is large."""
    gray = _middle(gray, LARGEST_REDUCED_PX * reduction**2)
    height, width = (side // reduction for side in gray.shape[1:])
    small = np.empty((1, height, width), np.float32)
    for rows in bands(height * reduction, gray.shape[2], reduction):
        part = gray[0, rows, : width * reduction].reshape(-1, reduction, width, reduction)
        part.mean(axis=(1, 3), dtype=np.float32, out=small[0, rows.start // reduction : rows.stop // reduction])
    return small


def _middle(gray: Picture, most: int) -> Picture:
    """Return the middle of a picture (1, H, W), of the same shape and of so many pixels at most."""
    share = min(1.0, (most / gray.size) ** 0.5)
    (top, height), (left, width) = ((int(side * (1 - share) / 2), int(side * share)) for side in gray.shape[1:])
    return gray[:, top : top + height, left : left + width]


def _agree(one: Screen, other: Screen) -> bool:
    assert one.period_px and other.period_px and one.angle_deg is not None and other.angle_deg is not None
    turned = abs((one.angle_deg - other.angle_deg + 45) % 90 - 45)
    return abs(one.period_px / other.period_px - 1) < SAME_PERIOD and turned < SAME_ANGLE_DEG


def _looks_like_dots(gray: Picture, screen: Screen) -> bool:
    """Tell whether a picture consists of two tones in shares that change from place to place."""
    period_px = screen.period_px or 0.0
    if not FINEST_PX <= period_px <= min(COARSEST_PX, min(gray.shape[1:]) / FEWEST_PERIODS):
        return False
    top, left = (max(0, (side - LARGEST_PX) // 2) for side in gray.shape[1:])
    part: NDArray[np.float32] = gray[0, top : top + LARGEST_PX, left : left + LARGEST_PX]
    side = int(AROUND * period_px) | 1
    ink = gaussian_filter(minimum_filter(part, side), side / 2)
    contrast = gaussian_filter(maximum_filter(part, side), side / 2) - ink
    clear = contrast > LEAST_CONTRAST
    if clear.mean() < HALF:
        return False
    place = (part - ink) / np.maximum(contrast, LEAST_CONTRAST)
    two_tones = float(((place[clear] < NEAR) | (place[clear] > 1 - NEAR)).mean())
    paper = gaussian_filter(np.clip((place - NEAR) / (1 - 2 * NEAR), 0, 1), period_px / 2)
    return two_tones >= TWO_TONES and float(paper[clear].std()) >= UNEQUAL
