"""Inspect a scan without changing it: its screen, ink and paper, and whether it is a color print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, hypot, radians, sin
from typing import Any

import numpy as np

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.images.sources import Source, scan_of
from halftone_color.request import Reading
from halftone_color.screen.chart import chart
from halftone_color.screen.detect import detect_in_colors
from halftone_color.screen.ink import InkAndPaper, measure_ink_and_paper
from halftone_color.screen.own_colors import find_own_colors
from halftone_color.screen.words import doubt_in_words
from halftone_color.system.devices import resolve_threads
from halftone_color.types import MAX_PIXELS, Picture, Screen


@dataclass(frozen=True)
class Inspection:
    """Properties of a scan."""

    height: int
    width: int
    """Size in px."""
    screen: Screen
    inks: InkAndPaper
    dpi: tuple[float, float] | None = None
    """Resolution (x, y) in dots per inch, if the file states one."""
    spectrum: Picture | None = None
    """Chart (3, 512, 512) of the mean spectrum with the screen's waves marked, if it was asked for."""
    pigment_share: float = 0.0
    """Share of the picture that has colors of its own, if it is in one ink otherwise."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: about reading the file, and about a pattern of which it is in doubt."""

    @property
    def lpi(self) -> float | None:
        """Screen frequency in lines per inch; None without a period or a resolution."""
        if self.dpi is None or self.screen.period_px is None or self.screen.angle_deg is None:
            return None
        angle = radians(self.screen.angle_deg)
        return hypot(cos(angle) * self.dpi[0], sin(angle) * self.dpi[1]) / self.screen.period_px

    def as_dict(self) -> dict[str, Any]:
        """Return plain values under stable names, as printed by `hcolor inspect --json`; colors are in 0 ... 255."""
        return {
            "width": self.width,
            "height": self.height,
            "dpi": None if self.dpi is None else [round(value, 3) for value in self.dpi],
            "kind": self.screen.kind,
            "period_px": _round(self.screen.period_px, 4),
            "angle_deg": _round(self.screen.angle_deg, 3),
            "lpi": _round(self.lpi, 2),
            "strength": _round(self.screen.strength, 2),
            "single_ink": self.inks.single_ink,
            "pigment_share": _round(self.pigment_share, 4),
            "ink": [round(255 * value, 1) for value in self.inks.ink_color],
            "paper": [round(255 * value, 1) for value in self.inks.paper_color],
            "doubt": None if self.screen.doubt is None else _plain(self.screen.doubt),
        }


def inspect(
    source: Source,
    *,
    spectrum: bool = False,
    max_pixels: int = MAX_PIXELS,
    invert: bool = False,
    threads: int | None = None,
) -> Inspection:
    """Determine what kind of print a picture is.

    Args:
        source: the scan, a path or an array.
        spectrum: also draw a chart of the spectrum.
        max_pixels: larger pictures are refused.
        invert: the scan is a negative.
        threads: number of threads; None uses those of the machine.

    Raises:
        InputError: the scan cannot be read.
        UsageError: the number of threads is not positive.
    """
    scan = scan_of(source, Reading(max_pixels, invert), examine=True)
    pixels = scan.pixels
    gray = pixels if len(pixels) == 1 else np.asarray(rgb_to_luma(pixels), np.float32)
    screen = detect_in_colors(pixels, gray, resolve_threads(threads))
    drawn = chart(gray, screen) if spectrum else None
    height, width = pixels.shape[1:]
    doubt = doubt_in_words(screen)
    notes = scan.notes if doubt is None else (*scan.notes, doubt)
    own = find_own_colors(pixels, screen)
    inks = replace(measure_ink_and_paper(pixels, screen), single_ink=not own.everywhere)
    pigment_share = 0.0 if own.pigment is None else own.pigment.share
    return Inspection(height, width, screen, inks, scan.dpi, drawn, pigment_share, notes)


def _plain(screen: Screen) -> dict[str, Any]:
    """Return plain values of a screen under the names of `Inspection.as_dict`."""
    return {
        "kind": screen.kind,
        "period_px": _round(screen.period_px, 4),
        "angle_deg": _round(screen.angle_deg, 3),
        "strength": _round(screen.strength, 2),
    }


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
