"""How much of the screen is left in scans of prints after descreening, and how sharp their edges are."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from halftone_color import api
from halftone_color.errors import InputError
from halftone_color.evaluation._report import DEFAULT, Materials, Notify, section, table, verdict
from halftone_color.images.reading import read
from halftone_color.images.sources import luma_of
from halftone_color.metrics.edges import contrast_on, edge_energy, strong_edges
from halftone_color.metrics.screen_power import Wave, screen_power_ratio, screen_waves, sigma_removing
from halftone_color.run import Conditions
from halftone_color.types import Picture, Result

TITLE = "Scans"
TAKES = ("scans",)
"""A folder of scans may stand in place of the photographs."""
INDEX = "INDEX.csv"
COLUMNS = ("file", "screen_period_px", "screen_angle_deg")
NO_SCANS = f"not measured: give the folder of scans with {INDEX} ({', '.join(COLUMNS)})"
CLEAR = 10.0
"""Ratio before descreening from which a wave of a scan's screen is clear."""
FINEST_CLEAR_PX = 3.0
"""Finer screens lie near the Nyquist frequency, where their own moire surrounds them."""
LIMIT = 1.5
"""Largest ratio that may be left at a clear wave of a clear scan."""
PEAK_LIMIT = 3.0
"""Largest peak near the screen's frequencies, whichever bin it is in, that may be left in a clear scan."""
NOTHING_CLEAR = "none clear"


@dataclass(frozen=True)
class Listed:
    """A scan whose screen is known; a color print has several angles."""

    file: str
    period_px: float
    angles_deg: tuple[float, ...]

    def ratio(self, gray: Picture) -> float:
        """Return the peak of the strongest of its screens over the ring around it."""
        return max(screen_power_ratio(gray, self.period_px, angle) for angle in self.angles_deg)

    def waves(self, scan: Picture, result: Picture) -> list[Wave]:
        """Return the waves of its screens in the scan (1 or 3, H, W) and the result, channel by channel."""
        if len(result) == 1:
            scan = luma_of(scan)
        channels = zip(scan[:, None], result[:, None], strict=True)
        return [
            wave
            for before, after in channels
            for angle in self.angles_deg
            for wave in screen_waves(before, after, self.period_px, angle)
        ]


def measure(materials: Materials) -> str:
    """Return the section for the folder given in place of photographs."""
    if materials.photos is None:
        return section(TITLE, NO_SCANS)
    return screen_power_table(materials.photos, materials.conditions, materials.notify)


def screen_power_table(
    folder: Path,
    conditions: Conditions = DEFAULT,
    notify: Notify = lambda share, line: None,
    wanted: Callable[[str], bool] = bool,
) -> str:
    """Return what descreening leaves of the screen of every scan whose screen INDEX.csv knows, and of edges.

    Scans are descreened as `hcolor descreen` does, and the result is rounded to 8 bits. A print in several inks is
    measured channel by channel, any other by its luma. The columns:

    - before: the largest power of an axis of the screen over the mean of the ring around it (`screen_waves`).
    - after: the same in the result, the worst of the axes that are clear (from CLEAR) before; where none is, of the
      one that was largest.
    - harmonics: the worst of the diagonals and second harmonics that are clear before, with its value before.
    - peak: the largest bin near any of the axes, clear before or not (`screen_power_ratio`, of the luma); even without
      a screen it lies above the mean of the ring, by the more the smaller the picture is.
    - edges: gradient energy on strong edges over that of the Gaussian that takes the clear axes as far down
      (`sigma_removing`, with LIMIT). Strong edges are those of the scan's luma blurred by a Gaussian of one period,
      which leaves nothing of the dots; both energies are relative to those of the same picture blurred so
      (`edge_energy`).

    Args:
        folder: holds INDEX.csv with COLUMNS, and the scans.
        conditions: under which our networks run.
        notify: called with the share done and the scan at hand.
        wanted: which of the listed files to measure, by their names in INDEX.csv.

    Raises:
        InputError: there is no such index, or none of its scans has a screen.
    """
    scans = [scan for scan in listing(folder) if wanted(scan.file)]
    if not scans:
        raise InputError(f"{folder / INDEX} lists no scan with a screen; fill in {' and '.join(COLUMNS[1:])}.")
    figures = []
    for done, scan in enumerate(scans):
        notify(done / len(scans), f"descreening {scan.file}")
        figures.append(measured(scan, folder, conditions))
    return _told(figures)


@dataclass(frozen=True)
class ScanFigures:
    """What descreening makes of a scan."""

    scan: Listed
    found: str
    before: float
    after: float
    harmonic: Wave | None
    """The worst of the clear harmonics."""
    peak: float
    sigma_px: float
    edges: float

    @property
    def is_clear(self) -> bool:
        """Whether the scan's screen is clear."""
        return self.before >= CLEAR and self.scan.period_px >= FINEST_CLEAR_PX


def measured(scan: Listed, folder: Path, conditions: Conditions) -> ScanFigures:
    """Descreen a scan and return its figures, as in `screen_power_table`."""
    pixels = read(folder / scan.file).pixels
    result = api.descreen(pixels, **vars(conditions))
    picture = np.asarray(np.round(result.picture * 255) / 255, np.float32)
    waves = scan.waves(pixels, picture)
    axes = [wave for wave in waves if wave.is_axis]
    strongest = max(axes, key=lambda wave: wave.before)
    clear = [wave for wave in axes if wave.before >= CLEAR] or [strongest]
    harmonics = [wave for wave in waves if not wave.is_axis and wave.before >= CLEAR]
    gray, contone = luma_of(pixels), luma_of(picture)
    edges = strong_edges(_blurred(gray, scan.period_px))
    contrast = contrast_on(edges, contone, gray, scan.period_px)
    sigma_px = sigma_removing(clear, LIMIT, contrast)
    energies = [edge_energy(each, edges, scan.period_px) for each in (contone, _blurred(gray, sigma_px))]
    return ScanFigures(
        scan,
        _found(result),
        strongest.before,
        max(wave.after for wave in clear),
        max(harmonics, key=lambda wave: wave.after, default=None),
        scan.ratio(contone),
        sigma_px,
        energies[0] / energies[1],
    )


def listing(folder: Path) -> list[Listed]:
    """Return the scans of a folder's INDEX.csv that have a period and an angle.

    Raises:
        InputError: the index is missing, lacks a column, or has words for numbers.
    """
    path = folder / INDEX
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            rows = [[row[column] for column in COLUMNS] for row in csv.DictReader(handle)]
        return [
            Listed(file, float(period), tuple(float(angle) for angle in angles.split("/")))
            for file, period, angles in rows
            if period and angles
        ]
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} cannot be used ({error}); it needs the columns {', '.join(COLUMNS)}.") from error


def _told(figures: Sequence[ScanFigures]) -> str:
    """Return the section: a row for each scan, and how many are as asked."""
    clear = [each for each in figures if each.is_clear]
    harmonics = [each.harmonic.after for each in clear if each.harmonic]
    return section(
        TITLE,
        "Power at the frequencies of the screen over the mean of the ring around them (Welch, 128 px windows), of "
        f"the scan and of what descreening makes of it in 8 bits. A wave is clear from {CLEAR:g} before; a scan is "
        f"clear if an axis of its screen is and its period is {FINEST_CLEAR_PX:g} px or more. after: the worst clear "
        "axis, at the frequency it has in the scan. harmonics: the worst of the clear diagonals and second harmonics, "
        "and what it was. peak: the largest of the bins near any axis; 1 to 2 without a screen. edges: gradient energy "
        "on strong edges over that of the Gaussian (its standard deviation in px) that takes the screen as far down.",
        table(
            ["scan", "period px", "found", "before", "after", "harmonics", "peak", "Gaussian", "edges"],
            map(_row, figures),
        ),
        f"At most {LIMIT:g} left of the screen in {_held(each.after for each in clear)} clear scans, of its harmonics "
        f"in {_held(harmonics)} that have clear ones; peak at most {PEAK_LIMIT:g} in "
        f"{_held((each.peak for each in clear), PEAK_LIMIT)}; edges no softer than the Gaussian's in "
        f"{sum(each.edges >= 1 for each in clear)} of {len(clear)}.",
    )


def _found(result: Result) -> str:
    screen = result.screen
    assert screen is not None
    if screen.period_px is None or screen.angle_deg is None:
        return screen.kind
    return f"{screen.period_px:.2f} px, {screen.angle_deg:.0f} deg"


def _row(each: ScanFigures) -> list[str]:
    """Return a scan's row of the table; verdicts on clear scans alone."""

    def judged(ratio: float, limit: float) -> str:
        return verdict(f"{ratio:.1f}", ratio <= limit) if each.is_clear else f"{ratio:.1f} (not clear)"

    harmonic = each.harmonic
    return [
        each.scan.file,
        f"{each.scan.period_px:g}",
        each.found,
        f"{each.before:.1f}",
        judged(each.after, LIMIT),
        f"{judged(harmonic.after, LIMIT)}, was {harmonic.before:.0f}" if harmonic else NOTHING_CLEAR,
        judged(each.peak, PEAK_LIMIT),
        f"{each.sigma_px:.1f}",
        verdict(f"{each.edges:.2f}", each.edges >= 1) if each.is_clear else f"{each.edges:.2f}",
    ]


def _held(ratios: Iterable[float], limit: float = LIMIT) -> str:
    """Return how many of some ratios are within a limit, in words."""
    listed = list(ratios)
    return f"{sum(ratio <= limit for ratio in listed)} of {len(listed)}"


def _blurred(gray: Picture, sigma_px: float) -> Picture:
    return np.asarray(gaussian_filter(gray, (0, sigma_px, sigma_px), mode="nearest"))
