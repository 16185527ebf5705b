"""hcolor batch: restore every picture of a folder tree."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halftone_color.cli import _help
from halftone_color.cli._archive_options import (
    ArchiveColors,
    ArchiveFiles,
    ArchiveMachine,
    AtWork,
    GoingOn,
    Said,
    Which,
)
from halftone_color.cli._groups import with_options
from halftone_color.cli._options import RestoredColoring, RestoredDots, restore_words
from halftone_color.errors import ListingError, NothingToDoError, SomeFailedError, UsageError

if TYPE_CHECKING:
    from halftone_color.batch.report import Report
    from halftone_color.batch.running import Settings
    from halftone_color.batch.worklist import Worklist
    from halftone_color.cli._talk import Talk
    from halftone_color.request import Request
    from halftone_color.run import Conditions

EXAMPLES = """Examples:
  hcolor batch ./archive
  hcolor batch ./archive --preview 20          twenty first, with a report
  hcolor batch ./archive -n                    what would be done, how long
  hcolor batch ./archive -o restored/ --samples 4 --include '*.tif'
  hcolor batch ./archive --ref beach.jpg --format tiff
  hcolor batch ./archive --method levin --scribbles ./strokes
  hcolor batch ./archive --shard 2/3           on the second of three machines
  hcolor batch ./archive --timeout 600 --memory-limit 3GB --retry-failed
  hcolor verify ./archive-restored             are the results as they were?

Results: sub/a.tif becomes FOLDER-restored/sub/a.tif-restored.png. The journal,
.hcolor/journal.ndjson in the output, says of each file what was made of it,
with sha256 of both, request, weights, seconds and notes. Run the same command
again to go on: what the journal says is done and is still there is passed over;
another picture, another request or other weights make it anew.

Exit codes: 0 all done, 2 wrong usage, 3 some failed, 4 no picture, 5 output,
6 weights, 7 device, 8 input, 9 stdout full or closed; 129, 130, 143 a signal.
"""


class Command(_help.Command):
    """The command, with words on journal and exit codes below."""


@with_options
def command(
    archive: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of scans; subfolders are included.")],
    files: ArchiveFiles,
    which: Which,
    going: GoingOn,
    colors: ArchiveColors,
    coloring: RestoredColoring,
    dots: RestoredDots,
    machine: ArchiveMachine,
    work: AtWork,
    said: Said,
) -> None:
    """Restore every picture of a folder tree into a mirrored tree.

    A bad file never stops the rest, and one that takes too long or too much memory costs only itself. Run it again to
    go on after an interruption of any kind.
    """
    from halftone_color.batch.report import Report

    words = restore_words(colors, coloring, dots)
    companions = {name: tree for name in ("scribbles", "mask") if (tree := words.pop(name)) is not None}
    worklist = _planned(archive, files, which, max(1, colors.samples))
    asked = {**words, **files.words(), "companions": tuple(companions)}
    if which.dry_run:
        from halftone_color.cli._dry_run import show

        show(worklist, asked, companions, (machine, work, said, going))
        return
    report = Report(worklist.count)
    settings_words = {
        "companions": companions,
        "overwrite": files.overwrite,
        "redo": going.redo,
        "retry_failed": going.retry_failed,
    }
    talk = _run(worklist, asked, (machine, work, said, which), settings_words, report)
    _judge(archive, worklist, report, files.strict, talk)


def _planned(archive: Path, files: ArchiveFiles, which: Which, count: int) -> Worklist:
    """Return the worklist, of the whole archive, a shard or a preview."""
    from halftone_color.batch.names import folds_names
    from halftone_color.batch.preview import spread
    from halftone_color.batch.selection import Selection
    from halftone_color.batch.shards import Shard
    from halftone_color.batch.worklist import Wanted, make_worklist, output_of

    output = output_of(archive, files.output, "restored" if which.preview is None else "preview")
    selection = Selection(tuple(which.include), tuple(which.exclude), which.listed())
    try:
        folds = folds_names(output if output.is_dir() else output.resolve().parent)
    except OSError:  # it cannot be written to, which is refused before the work, with the next step
        folds = False
    wanted = Wanted(count, files.format, files.pages, files.crop, selection, Shard.parse(which.shard), folds)
    worklist = make_worklist(archive, f"{output}/", wanted)
    return worklist if which.preview is None else replace(worklist, items=spread(worklist.items, which.preview))


def conditions_of(machine: ArchiveMachine, work: AtWork) -> tuple[Conditions, Any]:
    """Return the conditions, with a number of threads that does not depend on the number of workers, and the engine.

    Raises:
        UsageError: a number or a size is none.
    """
    from halftone_color.batch.workers import automatic_threads

    conditions = machine.conditions()
    threads = conditions.threads or automatic_threads()
    if threads < 1:
        raise UsageError(f"The number of threads must be positive, not {threads}; give --threads 1 or more.")
    return conditions, work.engine(threads, conditions.device)


def _run(
    worklist: Worklist,
    asked: dict[str, Any],
    how: tuple[ArchiveMachine, AtWork, Said, Which],
    settings_words: dict[str, Any],
    report: Report,
) -> Talk:
    """Work, and say what becomes of every file."""
    from halftone_color.batch.pages import left_out_in_words
    from halftone_color.batch.running import Settings
    from halftone_color.batch.running import run as run_batch
    from halftone_color.cli._display import Display
    from halftone_color.cli._streams import Listing
    from halftone_color.cli._talk import Talk
    from halftone_color.steps.parsing import make_request

    machine, work, said, which = how
    sources = (item.source for item in worklist.items)
    with Display(f"Restoring {worklist.archive.name}", sources, report, said.quiet) as display:
        talk = Talk(display, report, said, Listing(which.zero))
        request: Request = make_request("restore", **asked)
        conditions, engine = conditions_of(machine, work)
        settings: Settings = Settings(engine=engine, **settings_words)
        try:
            with closing(run_batch(worklist, request, conditions, settings, display.notify)) as outcomes:
                for outcome in outcomes:
                    talk.tell(outcome)
        finally:
            if report.reached:
                talk.end(left_out_in_words(worklist.left_out))
    if which.preview is not None and report.reached:
        from halftone_color.batch.preview import write_report

        typer.echo(f"Report: {write_report(worklist)}", err=True)
    return talk


def _judge(archive: Path, worklist: Worklist, report: Report, strict: bool, talk: Talk) -> None:
    """Raise what the counts say."""
    failed = report.counts["failed"]
    bad = failed + report.counts["damaged"] * strict
    if bad:
        are = "failed" if bad == failed else "failed or are damaged"
        raise SomeFailedError(
            f"{bad} of {report.reached} files {are}, each for the reason given above; the rest is done. "
            "Correct them and run the same command again, with --retry-failed if the files are the same."
        )
    if not worklist.items and worklist.shard.count == 1:
        raise NothingToDoError(f"There is no picture in {archive}; name a folder of scans.")
    if talk.listing.trouble is not None:
        raise ListingError(
            "The list of results on standard output is incomplete; the results are all there, and so is their list in "
            "the journal."
        )
