"""What commands do around their job: progress, refusing early, writing results, words to the user."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import typer

from halftone_color.cli import _piped
from halftone_color.cli._options import DrawnFile, Files, ScanFiles
from halftone_color.errors import OutputError, UsageError
from halftone_color.images import naming
from halftone_color.system import atomic

if TYPE_CHECKING:
    from halftone_color.run import Conditions
    from halftone_color.types import Result

logger = logging.getLogger(__name__)

Notify = Callable[..., None]
"""Called with the share done in [0, 1] and, optionally, a line that says what is being worked on."""
DOING = {"halftone": "Screening", "descreen": "Descreening", "colorize": "Coloring", "restore": "Restoring"}
DONE = {"halftone": "halftone", "descreen": "descreened", "colorize": "colorized", "restore": "restored"}
"""What is added to the name of a file."""


def run_job(
    job: str, source: Path, words: Mapping[str, Any], files: Files, conditions: Conditions, kept: Sequence[Path] = ()
) -> None:
    """Do a job on a picture: refuse early, show progress, write what was made and say what was done.

    Args:
        job: one of request.JOBS.
        source: the picture; `-` is standard input.
        words: what is asked, as steps/parsing.py takes it.
        files: where results go.
        conditions: under which it runs.
        kept: files that no result may replace.
    """
    piped = _piped.require_pipe(source, files.output, words.get("samples", 1))
    with _piped.source_file(source) as file:
        _run_job(job, file, words, files, conditions, kept, piped)


def _run_job(
    job: str,
    source: Path,
    words: Mapping[str, Any],
    files: Files,
    conditions: Conditions,
    kept: Sequence[Path],
    piped: bool,
) -> None:
    """Do a job on the pages of a file; the picture goes to standard output if that is a pipe."""
    began, asked, count = perf_counter(), {**words, **files.words()}, words.get("samples", 1)
    pages, parts = _pages(source, files)
    if piped and (len(pages) > 1 or parts[0].crop):
        raise UsageError("Several results cannot go to standard output; name a folder with -o.")
    _require_samples(files, count, len(pages) > 1 or parts[0].crop or piped)
    names = [naming.Names(()) if piped else planned(source, DONE[job], files, kept, count, part) for part in parts]
    for each in names:
        naming.require_depth(each, asked.get("bits", 8))
    with progress(f"{DOING[job]} {source.name}") as notify:
        for page, each in zip(pages, names, strict=True):
            naming.require_size(each, _size(source, page, asked.get("region")))  # before torch is loaded
        from halftone_color import pipeline
        from halftone_color.images.writing import depth_notes
        from halftone_color.run import Run
        from halftone_color.steps.halftone import needed_conditions
        from halftone_color.steps.parsing import make_request

        request = make_request(job, **asked)
        run = Run.open(needed_conditions(request, conditions))
        logger.info("%s, asked: %s, under %s", source, request.describe(), run.conditions)
        work = pipeline.halftone if job == "halftone" else pipeline.restore
        for place, (page, each) in enumerate(zip(pages, names, strict=True)):
            own = request if page is None else replace(request, reading=replace(request.reading, page=page))
            result = work(source, own, run.for_scan(_page_progress(notify, place, len(pages))))
            notes = (*result.notes, *depth_notes(result, request.output.bits))
            tell(notes if page is None else (f"Page {page} of {source.name}.", *notes))
            if piped:
                _piped.write_picture(result, request.output.format, request.output.bits)
                _say_what_was_done(result, began)
                continue
            found = each.of_photographs(max(1, len(result.photographs)))
            refuse_taken(found, kept, files.overwrite)
            _deliver(result, found, request.output.bits, files.overwrite, began)
            began = perf_counter()


def _page_progress(notify: Notify, place: int, count: int) -> Callable[[float], None]:
    """Return the callback for the progress of a page, by its place among so many."""
    return lambda share: notify((place + share) / count)


def _pages(source: Path, files: Files) -> tuple[tuple[int | None, ...], list[naming.Part]]:
    """Return the pages to work on, None for the one that is read by default, and what of them has its own results.

    Raises:
        UsageError, InputError: as require_pages.
    """
    if not isinstance(files, ScanFiles) or files.pages is None:
        return (None,), [naming.Part(crop=isinstance(files, ScanFiles) and files.crop)]
    from halftone_color.images.page_numbers import require_pages

    chosen = require_pages(source, files.pages)
    if len(chosen.numbers) == 1 and files.output is not None and not naming.is_folder(files.output):
        return chosen.numbers, [naming.Part(crop=files.crop)]  # the name is given
    return chosen.numbers, chosen.parts(crop=files.crop)


def _require_samples(files: Files, count: int, several: bool) -> None:
    """Refuse a map of uncertainty without samples, or of more than one picture.

    Raises:
        UsageError: there would be one.
    """
    if not isinstance(files, DrawnFile) or files.uncertainty_map is None:
        return
    if count < 2:
        raise UsageError("Where samples disagree can be shown of several only; add --samples 8.")
    if several:
        raise UsageError("A map of uncertainty belongs to one picture; give one page, without --crop, and no pipe.")


def _size(source: Path, page: int | None, region: str | None) -> tuple[int, int]:
    """Return the width and height in px of what will be read."""
    from halftone_color.images.reading import size_of
    from halftone_color.images.regions import parse_region

    if region is None:
        return size_of(source, page)
    part = parse_region(region)
    return part.width, part.height


@contextmanager
def progress(words: str) -> Iterator[Notify]:
    """Show a bar with the remaining time on stderr, where that is a terminal; it disappears at the end."""
    if not sys.stderr.isatty():
        yield lambda share, line=None: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty()) as bars:
        task = bars.add_task(words, total=None)

        def notify(share: float, line: str | None = None) -> None:
            bars.update(task, total=1.0, completed=share, description=f"{words}: {line}" if line else None)

        yield notify


def planned(
    source: Path,
    kind: str,
    files: Files,
    kept: Sequence[Path] = (),
    count: int = 1,
    part: naming.Part = naming.WHOLE,
) -> naming.Names:
    """Return where results go, refusing before the work what would fail after it.

    Raises:
        UsageError: a result would replace the input or one of `kept`.
        OutputError: a result exists and may not be replaced, or its place cannot be written to.
    """
    output = files.output
    try:
        names = naming.outputs(source, kind, output=output, count=max(1, count), format=files.format, part=part)
        if isinstance(files, DrawnFile) and files.uncertainty_map is not None:
            names = _with_map(names, files.uncertainty_map, source)
        refuse_taken(names, kept, files.overwrite)
        for path in {path.parent: path for path in names.all}.values():
            atomic.require_writable(path)
    except OSError as error:
        raise OutputError(
            f"{output} cannot be written to ({error.strerror}); choose another folder with -o."
        ) from error
    return names


def _with_map(names: naming.Names, path: Path, source: Path) -> naming.Names:
    """Return the names with that of the map of uncertainty.

    Raises:
        UsageError: it is a folder's, or that of another file.
    """
    if naming.is_folder(path):
        raise UsageError(f"{path} is no name of a picture; end it with .png.")
    if path.resolve() in {other.resolve() for other in (source, *names.all)}:
        raise UsageError(f"The map {path} would replace the input or a result; choose another name.")
    return replace(names, uncertainty=path)


def refuse_taken(names: naming.Names, kept: Sequence[Path], overwrite: bool) -> None:
    """Refuse results that would replace one of `kept`, or a file that exists and may not be replaced.

    Raises:
        UsageError, OutputError: there is one.
    """
    for path in names.all:
        if any(path.resolve() == reference.resolve() for reference in kept):
            raise UsageError(f"The output {path} would replace a reference; choose another name with -o.")
    refuse_existing(names.all, overwrite)


def refuse_existing(paths: Sequence[Path], overwrite: bool) -> None:
    """Raise OutputError where one of the paths exists and may not be replaced."""
    for path in paths:
        atomic.refuse_existing(path, overwrite)


def tell(notes: Sequence[str]) -> None:
    """Print notes on stderr."""
    for note in notes:
        typer.echo(f"Note: {note}", err=True)


def _deliver(result: Result, names: naming.Names, bits: int, overwrite: bool, began: float) -> None:
    """Write a job's pictures, print what was done on stderr and the paths on stdout."""
    from halftone_color.batch.results import write_results

    written = write_results(result, names, bits=bits, overwrite=overwrite)
    _say_what_was_done(result, began)
    for path in written:
        typer.echo(path)


def _say_what_was_done(result: Result, began: float) -> None:
    from halftone_color.screen.words import in_words

    if result.screen is not None and result.screen.present:
        typer.echo(f"Removed {in_words(result.screen)}; {perf_counter() - began:.1f} s.", err=True)
