"""hcolor batch --dry-run: says what would be done, and how long it would take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from halftone_color.cli._text import duration

if TYPE_CHECKING:
    from halftone_color.batch.worklist import Worklist


def show(worklist: Worklist, asked: dict[str, Any], companions: dict[str, Path], how: tuple[Any, ...]) -> None:
    """Print what a batch would do, on stdout, after restoring a small sample to measure the time."""
    from halftone_color.batch.dry_run import expected_s, seconds_per_pixel, survey
    from halftone_color.batch.lines import to_line
    from halftone_color.batch.running import Settings
    from halftone_color.batch.workers import Workers, automatic_threads
    from halftone_color.cli._streams import Listing
    from halftone_color.cli.batch import conditions_of
    from halftone_color.steps.parsing import make_request

    machine, work, said, going = how
    request = make_request("restore", **asked)
    conditions, engine = conditions_of(machine, work)
    settings = Settings(companions=companions, redo=going.redo, retry_failed=going.retry_failed)
    found = survey(worklist, request, conditions, settings)
    jobs = engine.jobs if isinstance(engine, Workers) else 1
    if conditions.threads is None and isinstance(engine, Workers):
        conditions = replace(conditions, threads=automatic_threads())
    rate = seconds_per_pixel(found.to_do, request, conditions, settings) if found.to_do else 0.0
    took = expected_s(found.to_do, rate, jobs) if rate else None
    if said.json:
        record: dict[str, Any] = {"record": "plan", "output": str(worklist.output), "kinds": dict(found.kinds)}
        record |= {"states": dict(found.states), "bytes": found.bytes, "seconds": took, "jobs": jobs}
        Listing().line(to_line(record))
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.kinds.most_common())
    states = ", ".join(f"{count} {state}" for state, count in found.states.most_common())
    typer.echo(f"Pictures: {kinds or 'none'}; {found.bytes / 1e6:,.1f} MB")
    typer.echo(f"Files: {states or 'none'}")
    typer.echo(f"Results would go to {worklist.output}, {jobs} at a time")
    if took is not None:
        typer.echo(f"Time: about {duration(took)}, as measured on a sample")
