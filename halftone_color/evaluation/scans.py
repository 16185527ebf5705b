"""How much of the screen is left in scans of prints after descreening."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from halftone_color import pipeline
from halftone_color.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.evaluation._report import Notify, Request, section, table, verdict
from halftone_color.images.reading import read
from halftone_color.metrics.screen_power import screen_power_ratio
from halftone_color.types import Picture, Result

TITLE = "Scans"
INDEX = "INDEX.csv"
COLUMNS = ("file", "screen_period_px", "screen_angle_deg")
NO_SCANS = f"not measured: give the folder of scans with {INDEX} ({', '.join(COLUMNS)})"
CLEAR = 10.0
"""Ratio before descreening from which a scan's screen is clear."""
FINEST_CLEAR_PX = 3.0
"""Finer screens lie near the Nyquist frequency, where their own moire surrounds them."""
LIMIT = 3.0
"""Largest ratio that may be left in a clear scan."""


@dataclass(frozen=True)
class Listed:
    """A scan whose screen is known; a colour print has several angles."""

    file: str
    period_px: float
    angles_deg: tuple[float, ...]

    def ratio(self, gray: Picture) -> float:
        """Return the power of the strongest of its screens over the ring around it."""
        return max(screen_power_ratio(gray, self.period_px, angle) for angle in self.angles_deg)


def measure(request: Request) -> str:
    """Return the section for the folder given in place of photographs."""
    if request.photos is None:
        return section(TITLE, NO_SCANS)
    return screen_power_table(request.photos, request.weights, request.notify)


def screen_power_table(
    folder: Path,
    weights: str = "default",
    notify: Notify = lambda share, line: None,
    wanted: Callable[[str], bool] = bool,
) -> str:
    """Return the ratio of power before and after descreening of every scan whose screen INDEX.csv knows, as Markdown.

    Args:
        folder: holds INDEX.csv with COLUMNS, and the scans.
        weights: set of trained weights.
        notify: called with the share done and the scan at hand.
        wanted: which of the listed files to measure, by their names in INDEX.csv.

    Raises:
        InputError: there is no such index, or none of its scans has a screen.
    """
    scans = [scan for scan in listing(folder) if wanted(scan.file)]
    if not scans:
        raise InputError(f"{folder / INDEX} lists no scan with a screen; fill in {' and '.join(COLUMNS[1:])}.")
    rows, left = [], []
    for done, scan in enumerate(scans):
        notify(done / len(scans), f"descreening {scan.file}")
        pixels = read(folder / scan.file).pixels
        gray = pixels if len(pixels) == 1 else np.asarray(rgb_to_luma(pixels), np.float32)
        result = pipeline.descreen(gray, weights=weights)
        before, after = scan.ratio(gray), scan.ratio(result.picture)
        clear = before >= CLEAR and scan.period_px >= FINEST_CLEAR_PX
        if clear:
            left.append(after)
        rows.append([scan.file, f"{scan.period_px:g}", _found(result), f"{before:.1f}", _after(after, clear)])
    held = sum(ratio <= LIMIT for ratio in left)
    return section(
        TITLE,
        "Power at the screen's frequency over the mean of the ring around it (Welch, 128 px windows), of the gray scan "
        f"and of what descreening makes of it; about 1 to 2 without a screen. A screen is clear from {CLEAR:g} before "
        f"and {FINEST_CLEAR_PX:g} px; of these at most {LIMIT:g} may be left.",
        table(["scan", "period px", "found", "before", "after"], rows),
        f"At most {LIMIT:g} left in {held} of {len(left)} clear scans.",
    )


def listing(folder: Path) -> list[Listed]:
    """Return the scans of a folder's INDEX.csv that have a period and an angle.

    Raises:
        InputError: the index is missing or lacks a column.
    """
    path = folder / INDEX
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            rows = [[row[column] for column in COLUMNS] for row in csv.DictReader(handle)]
    except (OSError, KeyError) as error:
        raise InputError(f"{path} cannot be used ({error}); it needs the columns {', '.join(COLUMNS)}.") from error
    return [
        Listed(file, float(period), tuple(float(angle) for angle in angles.split("/")))
        for file, period, angles in rows
        if period and angles
    ]


def _found(result: Result) -> str:
    screen = result.screen
    assert screen is not None
    if screen.period_px is None or screen.angle_deg is None:
        return screen.kind
    return f"{screen.period_px:.2f} px, {screen.angle_deg:.0f} deg"


def _after(ratio: float, clear: bool) -> str:
    return verdict(f"{ratio:.1f}", ratio <= LIMIT) if clear else f"{ratio:.1f} (not clear)"
