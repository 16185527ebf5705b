"""hcolor batch: restore every picture of a folder tree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halftone_color.cli._groups import with_options
from halftone_color.cli._options import (
    ArchiveColors,
    ArchiveFiles,
    Machine,
    RestoredColoring,
    RestoredDots,
    restore_words,
)
from halftone_color.cli._running import progress
from halftone_color.errors import NothingToDoError, SomeFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halftone_color.batch.report import Outcome, Report

EXAMPLES = """Examples:
  hcolor batch ./archive
  hcolor batch ./archive -o restored/ --samples 4
  hcolor batch ./archive --ref beach.jpg --format tiff --overwrite
  hcolor batch ./archive --palette teal,sandybrown --saturation 0.8
  hcolor batch ./archive --method levin --scribbles ./strokes
"""
UNFOLDED = 1000
"""Columns where stderr is not a terminal, so that each file has one line."""


@with_options
def command(
    archive: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of scans; subfolders are included.")],
    files: ArchiveFiles,
    colors: ArchiveColors,
    coloring: RestoredColoring,
    dots: RestoredDots,
    machine: Machine,
) -> None:
    """Restore every picture of a folder tree into a mirrored tree.

    A bad file never stops the rest. Exit code 3 if some failed, 4 if there is no picture. Run it again to go on after
    an interruption: results that exist are passed over.
    """
    from halftone_color.batch.pages import left_out_in_words
    from halftone_color.batch.report import Report
    from halftone_color.batch.worklist import Wanted, make_worklist

    words = restore_words(colors, coloring, dots)
    companions = {name: tree for name in ("scribbles", "mask") if (tree := words.pop(name)) is not None}
    wanted = Wanted(files.pages, files.crop)
    worklist = make_worklist(archive, files.output, wanted, count=max(1, colors.samples), format=files.format)
    report = Report()
    try:
        with progress(f"Restoring {archive.name}") as notify:
            from halftone_color.batch.local import run
            from halftone_color.steps.parsing import make_request

            request = make_request("restore", **words, **files.words(), companions=tuple(companions))
            conditions = machine.conditions()
            outcomes = run(
                worklist, request, conditions, companions=companions, overwrite=files.overwrite, notify=notify
            )
            _tell(outcomes, report)
    finally:
        if report.outcomes:
            _show(report, left_out_in_words(worklist.left_out))
    failed = len(report.of("failed"))
    if failed:
        raise SomeFailedError(
            f"{failed} of {len(report.outcomes)} files failed, each for the reason given above; the rest is done. "
            "Correct them and run the same command again."
        )
    if not worklist.items:
        raise NothingToDoError(f"There is no picture in {archive}; name a folder of scans.")


def _tell(outcomes: Iterable[Outcome], report: Report) -> None:
    """Note every outcome as it comes, and print what was written and said."""
    for outcome in outcomes:
        report.outcomes.append(outcome)
        for note in outcome.notes:
            typer.echo(f"{outcome.source}: {note}", err=True)
        for written in outcome.written:
            typer.echo(written)


def _show(report: Report, left_out: str) -> None:
    """Print what was skipped, what failed, the counts and what was left out; lines are folded on a terminal only."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True, width=None if sys.stderr.isatty() else UNFOLDED)
    for state in ("skipped", "failed"):
        table = Table(state.capitalize(), "Reason", box=SIMPLE)
        for outcome in report.of(state):
            source = str(outcome.source)
            reason = outcome.reason.removeprefix(source).strip()
            table.add_row(Text(source, overflow="fold"), Text(reason, overflow="fold"))
        if table.rows:
            console.print(table)
    typer.echo(f"{report.summary()}{left_out}", err=True)
