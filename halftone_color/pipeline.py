"""The pipeline from a scan to the result, step by step: the file to read first.

    scan -> cues -> plan -> contone -> color -> result

Data only flows forward. The plan determines which steps are needed, and how they are done.
"""

from __future__ import annotations

from halftone_color import registry
from halftone_color.arrays.banded import LARGE_PIXELS
from halftone_color.images.sources import Source, luma_of, rgb_of, scan_of
from halftone_color.plan import Plan
from halftone_color.request import Request
from halftone_color.run import Run
from halftone_color.steps.color import color
from halftone_color.steps.cues import open_cues
from halftone_color.steps.descreen import descreen
from halftone_color.steps.finish import finish
from halftone_color.steps.halftone import fit_resolution, halftone_cmyk
from halftone_color.steps.planning import find_photographs, make_plan
from halftone_color.system import allocator
from halftone_color.types import Result, Scan, Task


def restore(source: Source, request: Request, run: Run) -> Result:
    """Descreen, color, or both, depending on the request's job.

    Args:
        source: the scan, a file or an array.
        request: its job is descreen, colorize or restore.
        run: conditions and services; its notes are those of this scan only, see Run.for_scan.

    Raises:
        InputError: the scan cannot be read, or hints do not fit it.
        UsageError: the request cannot be fulfilled for this scan.
        WeightsError: the trained weights are missing or damaged.
    """
    scan = _read(source, request)  # 1 decoded once
    cues = open_cues(request.cues, scan, request.reading.max_pixels, run)  # 2 one for each picture to be made
    plan = make_plan(scan, request, run)  # 3 screen, tones, inks: what will be done
    if scan.pixels.size >= LARGE_PIXELS:
        allocator.return_freed_memory()  # what looking took, for the page itself takes most of what there is
    parts = run.parts(_shares(plan, len(cues)))
    contones = descreen(cues, plan, parts("descreen"))  # 4 one for all, unless it draws and nothing is colored
    plan = find_photographs(contones[0], plan)
    pictures = color(contones, cues, plan, parts("color"))  # 5 the cascade, cue by cue
    return finish(pictures, scan, plan, run)  # 6 the paper's tint, notes


def halftone(source: Source, request: Request, run: Run) -> Result:
    """Screen a photograph: (1, H, W) of 0 and 1 (or gray, antialiased), or (3, H, W) as a CMYK print.

    Args:
        source: the photograph, a file or an array.
        request: its job is halftone.
        run: conditions and services.

    Raises:
        InputError: the photograph cannot be read.
        UsageError: dots are to be spaced in inches, and the resolution is unknown.
        WeightsError: the halftoner draws by a network, whose file is missing or damaged.
    """
    scan = _read(source, request)
    halftoner, dpi = fit_resolution(registry.build("halftoners", request.halftoner), scan.dpi)
    if halftoner.networks:
        run.require(halftoner.networks)
    if request.cmyk:
        printed = halftone_cmyk(rgb_of(scan.pixels), halftoner, run)
        return Result((printed,), None, scan.notes, dpi, scan.damage)
    picture = halftoner(Task(luma_of(scan.pixels)), run)
    notes = tuple(note for note in scan.notes if "discarded" not in note)  # a halftone is expected to be gray
    return Result((picture,), None, notes, dpi, scan.damage)


def _read(source: Source, request: Request) -> Scan:
    """Return the scan, in color if its colors are needed."""
    colors = request.job in ("descreen", "restore") or request.cmyk or "hints" in request.cues.kinds
    return scan_of(source, request.reading, color=colors, examine=True)


def _shares(plan: Plan, count: int) -> dict[str, float]:
    """Return the approximate relative durations of the steps, for the progress."""
    descreening = 0.0 if plan.descreener is None else 1.0
    if plan.cascade is None:
        return {"descreen": descreening or 1.0, "color": 0.0}
    return {"descreen": descreening, "color": count * (0.3 if plan.fuser is None else 3.5)}
