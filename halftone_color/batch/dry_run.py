"""What a batch would do, without writing: counts by kind, bytes, and the time it would take, measured on a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from halftone_color.batch import journal
from halftone_color.batch.pace import FIXED_PIXELS, Pace, pixels_of
from halftone_color.batch.resume import Resume, fixed_conditions
from halftone_color.batch.running import Settings
from halftone_color.batch.work import for_item
from halftone_color.batch.worklist import Item, Worklist
from halftone_color.checkpoints.finding import fingerprint
from halftone_color.errors import HcolorError
from halftone_color.images.sniffing import sniff
from halftone_color.request import Request
from halftone_color.run import Conditions, Run

SAMPLE = 3
"""Number of pictures that are restored to measure the time."""


@dataclass
class Survey:
    """What would be done."""

    kinds: Counter[str] = field(default_factory=Counter)
    """Number of pictures in each format."""
    states: Counter[str] = field(default_factory=Counter)
    """Number of files that are to be done, exist, failed before or are skipped."""
    bytes: int = 0
    """Size of the pictures."""
    to_do: list[Item] = field(default_factory=list)
    """Pictures that would be worked on."""


def survey(worklist: Worklist, request: Request, conditions: Conditions, settings: Settings) -> Survey:
    """Return what a batch would do.

    Raises:
        UsageError: other conditions are asked for than the output was started with.
    """
    found = Survey()
    ledger = journal.read(worklist.output)
    redo = settings.redo or settings.overwrite
    conditions = fixed_conditions(conditions, ledger, redo)
    resume = Resume(ledger, worklist.output, fingerprint(conditions.weights), redo, settings.retry_failed)
    for outcome in worklist.settled:
        found.states[outcome.state] += 1
    for item in worklist.items:
        try:
            found.kinds[sniff(item.source) or "unknown"] += 1
            found.bytes += item.source.stat().st_size
            settled = resume.outcome(item, for_item(request, item, settings.companions))
        except (OSError, HcolorError):
            found.states["failed"] += 1
            continue
        found.states[settled.state if settled else "to do"] += 1
        if settled is None:
            found.to_do.append(item)
    return found


def seconds_per_pixel(items: Sequence[Item], request: Request, conditions: Conditions, settings: Settings) -> float:
    """Return the time that a pixel takes, measured on a few pictures of usual sizes; nothing is written.

    Returns:
        Seconds per pixel; 0 if no picture of the sample can be restored.
    """
    run = Run.open(conditions)
    pixels, seconds = 0, 0.0
    for place, item in enumerate(_sample(items)):
        try:
            own = for_item(request, item, settings.companions)
            if place == 0:  # networks are loaded
                settings.job(item.source, own, run.for_scan())
            began = perf_counter()
            settings.job(item.source, own, run.for_scan())
        except HcolorError:
            continue
        pixels += pixels_of(item.source) + FIXED_PIXELS
        seconds += perf_counter() - began
    return seconds / pixels if pixels else 0.0


def expected_s(items: Sequence[Item], seconds_per_pixel: float, jobs: int) -> float:
    """Return the time in seconds that so many workers need for the items."""
    return Pace((item.source for item in items), 0.0).total * seconds_per_pixel / max(1, jobs)


def _sample(items: Sequence[Item]) -> Iterator[Item]:
    """Yield pictures whose sizes are at the quartiles, the smallest first."""
    every = max(1, len(items) // 200)
    sizes = sorted((size, place) for place in range(0, len(items), every) if (size := pixels_of(items[place].source)))
    for number in range(1, SAMPLE + 1):
        if len(sizes) >= number:
            yield items[sizes[len(sizes) * number // (SAMPLE + 1)][1]]
