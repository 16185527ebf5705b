"""Decide which colors of a scan are its own: none, those of pigment in places, or all.

A print or photograph in one ink, gray or sepia, on paper however yellowed or stained, has none. Where it carries
pigment the colors are its own there. A picture in color has them all over, though some are weak, and so has a print in
two inks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.screen.dots import off_the_line
from halftone_color.screen.pigment import PLAIN, Evidence, Pigment, look_for_pigment, place_pigment
from halftone_color.screen.tone import COLORFUL, measure_plausibly
from halftone_color.types import Picture, Screen

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND_INK = 0.03
"""Chroma off the line between paper and ink above which dots are of two inks; channels out of register leave 0.024."""
ONE_INK = 0.02
"""Chroma off that line up to which dots are of one ink, whatever the paper; the yellowed pages have 0.011."""
CLEAN, SHARP = 0.8, 0.77
"""Least share of the rest that is gray or the ink's where pigment is told from a picture in color, and least part of it
that is so within half of PLAIN: gray gathers at the ink's curve; photographs in color have (0.87, 0.74) at most."""
HALO_PX = 12
"""Distance in px of the reduced picture up to which soft edges of pigment are not looked at for that."""
STAINED = 0.97
"""Least share of the rest that ink and stains explain, in a print whose dots are of one ink, or ..."""
STAINED_SURELY, HARDLY_STAINED = 0.99, (0.965, 0.5)
"""... in a picture without dots, whose colors tell less; or so much of it while as much as this is gray or the ink's.
Photographs in color without pigment have 0.94 and (0.94, 0.24)."""
FEW_PATCHES = 0.01
"""Share of pigment up to which a stained picture counts as one in one ink."""
LIKELY = (0.9, 0.93)
"""Least share of the rest that ink and stains explain beside pigment: in a picture gray by its blocks, or not."""
LEAST_SHARE = 0.0003
"""Least share of pigment; less is dirt."""
GRAY_INK = 0.03
"""Chroma of the ink beyond sepia up to which it is one for pictures that are to be colored."""
MOST = 0.35
"""Largest share of pigment; with more, the picture counts as one in color."""
LEAST_REST = 0.15
"""Least share of the picture that has content and no pigment, so that there is something to color."""


@dataclass(frozen=True)
class OwnColors:
    """Which colors of a scan are its own."""

    everywhere: bool
    """Whether all are; then there is no pigment."""
    pigment: Pigment | None = None
    """Where there are some, if it is so in places only."""


def find_own_colors(pixels: Picture, screen: Screen) -> OwnColors:
    """Return which colors of a scan (1, H, W) or (3, H, W) are its own.

    Args:
        pixels: the scan.
        screen: of the scan, from `detect`; of dots that are resolved, each ink shows.
    """
    if len(pixels) == 1 or np.abs(pixels - rgb_to_luma(pixels)).max() <= COLORFUL:
        return OwnColors(False)
    found = measure_plausibly(pixels, screen if screen.present else None)
    line = off_the_line(pixels, found) if screen.period_px else None
    if line is not None and line > SECOND_INK:
        return OwnColors(True)
    evidence = look_for_pigment(pixels, found, screen.period_px)
    share, rest = float(evidence.patches.mean()), evidence.rest
    local = share > 0 and _is_local(evidence, rest, found.single_ink)
    if not (found.single_ink or local or _is_stained(evidence, rest, line)):
        return OwnColors(True)
    return OwnColors(False, place_pigment(pixels, found, evidence, screen.period_px) if local else None)


def _is_local(evidence: Evidence, rest: NDArray[np.bool_], single_ink: bool) -> bool:
    """Tell whether the rest of a picture with pigment is in one ink."""
    if rest.mean() < LEAST_REST or not LEAST_SHARE <= evidence.patches.mean() <= MOST:
        return False
    if np.quantile(evidence.ink[rest], 0.9) > GRAY_INK:
        return False
    if single_ink:
        return _share(evidence.beyond, rest) >= LIKELY[0]
    far = evidence.content & (ndimage.distance_transform_edt(~evidence.patches) > HALO_PX)
    gray = _share(evidence.tinted, far)
    sharp = _share(evidence.tinted, far, PLAIN / 2) >= SHARP * gray and gray >= CLEAN
    return (sharp and _share(evidence.beyond, far) >= LIKELY[1]) or _is_stained(evidence, rest, None)


def _is_stained(evidence: Evidence, rest: NDArray[np.bool_], line: float | None) -> bool:
    """Tell whether one ink on stained paper explains a picture that has hardly any pigment."""
    if evidence.patches.mean() > FEW_PATCHES or not rest.any() or np.quantile(evidence.ink[rest], 0.9) > GRAY_INK:
        return False
    explained = _share(evidence.beyond, rest)
    if line is not None:
        return line <= ONE_INK and explained >= STAINED
    if explained >= STAINED_SURELY:
        return True
    return explained >= HARDLY_STAINED[0] and _share(evidence.tinted, rest) >= HARDLY_STAINED[1]


def _share(chroma: NDArray[np.float32], where: NDArray[np.bool_], most: float = PLAIN) -> float:
    """Return the share of places whose chroma is at most so large."""
    return float((chroma[where] <= most).mean()) if where.any() else 0.0
