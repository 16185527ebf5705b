"""Descreening against the tuned Gaussian over all periods and angles of clustered dots, as tables and as a chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halftone_color import api
from halftone_color.evaluation import halftones
from halftone_color.evaluation._heat_map import heat_maps
from halftone_color.evaluation._report import Materials, section, table, verdict
from halftone_color.evaluation.filters import tuned_gaussian
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.images.sources import luma_of
from halftone_color.metrics.fidelity import psnr
from halftone_color.run import Conditions
from halftone_color.system import atomic
from halftone_color.types import Picture

TITLE = "All periods and angles"
PICTURES, SIDE = ("astronaut", "camera"), 288
"""Pictures of which a square in the middle is screened, and its side in px."""
PERIODS_PX = (2.2, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0)
ANGLES_DEG = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0)
"""Dots look the same after a quarter turn, so 90 degrees are 0."""
KINDS = {"bilevel": False, "anti-aliased": True}
"""Kind of dots -> whether they are anti-aliased."""
MUST_GAIN_DB = 0.0

Gains = NDArray[np.float64]
"""PSNR of descreening less that of the tuned Gaussian in dB, (periods, angles)."""


def measure(
    materials: Materials,
    periods_px: Sequence[float] = PERIODS_PX,
    angles_deg: Sequence[float] = ANGLES_DEG,
    side: int = SIDE,
) -> str:
    """Return the section: a table of gains for each kind of dots; draw them where a plot is asked for.

    Args:
        materials: what to measure.
        periods_px: of the dots.
        angles_deg: of the dots.
        side: of the squares that are screened, px.
    """
    contones = [_middle(luma_of(standard_picture(name)), side) for name in PICTURES]
    gains: dict[str, Gains] = {kind: np.zeros((len(periods_px), len(angles_deg))) for kind in KINDS}
    for place, (kind, soft) in enumerate(KINDS.items()):
        for row, period_px in enumerate(periods_px):
            share = (place + row / len(periods_px)) / len(KINDS)
            materials.notify(share, f"descreening {kind} dots of {period_px:g} px")
            for column, angle_deg in enumerate(angles_deg):
                cases = [(halftones.dots(gray, period_px, angle_deg, soft), gray) for gray in contones]
                gains[kind][row, column] = min(gain(*case, materials.conditions) for case in cases)
    if materials.plot:
        captions = [f"{period:g} px" for period in periods_px], [f"{angle:g}°" for angle in angles_deg]
        atomic.write(materials.plot, heat_maps(gains, *captions, "dB above the tuned Gaussian").encode())
    head = ("", *(f"{angle:g} deg" for angle in angles_deg))
    parts = []
    for kind, values in gains.items():
        rows = [[f"{period:g} px", *map(_cell, line)] for period, line in zip(periods_px, values, strict=True)]
        lowest = float(values.min())
        parts += [f"Dots, {kind}:", table(head, rows)]
        parts.append(f"Lowest of them >= {MUST_GAIN_DB:g}: {verdict(f'{lowest:+.2f}', lowest >= MUST_GAIN_DB)}.")
    return section(
        TITLE,
        f"PSNR of descreening less that of the tuned Gaussian in dB, round dots, the worse of the middle {side} px "
        f"square of scikit-image's {' and '.join(PICTURES)}; the Gaussian is tuned on the truth, descreening is blind.",
        *parts,
    )


def gain(halftone: Picture, truth: Picture, conditions: Conditions) -> float:
    """Return by how many dB descreening of a halftone (1, H, W) lies above the tuned Gaussian."""
    ours = api.descreen(halftone, **vars(conditions)).picture
    return psnr(ours, truth) - psnr(tuned_gaussian(halftone, truth), truth)


def _middle(gray: Picture, side: int) -> Picture:
    """Return a square in the middle of a picture, `side` px or what there is."""
    height, width = gray.shape[1:]
    top, left = max(0, height - side) // 2, max(0, width - side) // 2
    return np.ascontiguousarray(gray[:, top : top + side, left : left + side])


def _cell(value: float) -> str:
    return f"{value:+.2f}" if value >= MUST_GAIN_DB else verdict(f"{value:+.2f}", holds=False)
