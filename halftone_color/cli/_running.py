"""What commands do around their job: progress, refusing early, writing results, words to the user."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from halftone_color.errors import OutputError, UsageError
from halftone_color.images import naming

if TYPE_CHECKING:
    from halftone_color.types import Result

Notify = Callable[..., None]
"""Called with the share done in [0, 1] and, optionally, a line that says what is being worked on."""


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
    output: str | None,
    *,
    format: str,
    overwrite: bool,
    references: Sequence[Path] = (),
    count: int = 1,
) -> naming.Names:
    """Return where results go, refusing before the work what would fail after it.

    Raises:
        UsageError: a result would replace the input or a reference.
        OutputError: a result exists and may not be replaced, or the place cannot be.
    """
    try:
        names = naming.outputs(source, kind, output=output, count=max(1, count), format=format)
        paths = [*names.pictures, *([names.sheet] if names.sheet else [])]
        for path in paths:
            if any(path.resolve() == reference.resolve() for reference in references):
                raise UsageError(f"The output {path} would replace a reference; choose another name with -o.")
        refuse_existing(paths, overwrite)
    except OSError as error:
        raise OutputError(f"{output} cannot be written to ({error.strerror}); choose another place with -o.") from error
    return names


def refuse_existing(paths: Sequence[Path], overwrite: bool) -> None:
    """Raise OutputError where one of the paths exists and may not be replaced."""
    for path in paths:
        if os.path.lexists(path) and not overwrite:
            raise OutputError(f"{path} exists already; use --overwrite to replace it, or -o to write elsewhere.")


def deliver(result: Result, names: naming.Names, overwrite: bool) -> None:
    """Write a job's pictures, print the notes on stderr and the paths on stdout."""
    from halftone_color.batch.results import write_results

    tell(result.notes)
    for path in write_results(result, names, overwrite=overwrite):
        typer.echo(path)


def tell(notes: Sequence[str]) -> None:
    """Print notes on stderr."""
    for note in notes:
        typer.echo(f"Note: {note}", err=True)
