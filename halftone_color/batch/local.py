"""The local engine: restore the items of a worklist one after another in this process.

A bad file is recorded and does not stop the batch. It is stopped by an error in the request, which concerns every file,
and by an internal error of hcolor that occurs for several files in a row.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any

from halftone_color import pipeline
from halftone_color.batch.report import Outcome
from halftone_color.batch.results import write_results
from halftone_color.batch.worklist import Item, Worklist
from halftone_color.errors import (
    OUT_OF_MEMORY,
    DeviceError,
    HcolorError,
    InputError,
    NothingToDoError,
    OutputError,
    UsageError,
    WeightsError,
    is_out_of_memory,
)
from halftone_color.images.sniffing import is_picture_name
from halftone_color.images.sources import input_picture
from halftone_color.request import Request
from halftone_color.run import Conditions, Run
from halftone_color.steps.cues import open_shared

logger = logging.getLogger(__name__)

FATAL = (UsageError, WeightsError, DeviceError)
"""Errors in the request or the conditions, which concern every file."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Error numbers after which no further file can be written."""
MOST_FAULTS = 3
"""Number of internal errors in a row that end a batch."""

Notify = Callable[[float, str], None]
"""Called with the share of the items done, in [0, 1], and the name of the current one."""


def run(
    worklist: Worklist,
    request: Request,
    conditions: Conditions | None = None,
    *,
    companions: Mapping[str, Path] | None = None,
    overwrite: bool = False,
    most_faults: int = MOST_FAULTS,
    notify: Notify = lambda share, name: None,
) -> Iterator[Outcome]:
    """Yield the outcome of every file: first those settled by the worklist, then its items, as they are done.

    Args:
        worklist: from make_worklist.
        request: applied to every scan.
        conditions: of the run; None means automatic.
        companions: folders with files that accompany each scan, for "scribbles" and "mask"; a file has the same
            relative name as its scan, with any suffix.
        overwrite: whether existing results are replaced; otherwise items whose results all exist are skipped.
        most_faults: number of internal errors that end the batch, if no file is restored between them.
        notify: called with the share of the items done and the name of the current one.

    Raises:
        InputError: a reference or a palette's picture cannot be read, or a companion folder or gallery does not exist.
        OutputError: the output folder cannot be created, or the disk is full.
        UsageError, WeightsError, DeviceError: as in pipeline.restore; they concern every file.
        Exception: the last of `most_faults` internal errors.
    """
    yield from worklist.settled
    trees = dict(companions or {})
    for name, tree in trees.items():
        if not tree.is_dir():
            raise InputError(f"{tree} is not a folder; give a folder of {name} files named like the pictures.")
    shared = Run.open(conditions)
    logger.info("%d pictures, asked: %s, under %s", len(worklist.items), request.describe(), shared.conditions)
    open_shared(request.cues, request.reading.max_pixels, shared)
    if worklist.items:
        _make_folder(worklist.output)
    faults = 0
    for place, item in enumerate(worklist.items):
        heard = _item_progress(notify, place, len(worklist.items), item.source.name)
        outcome, fault = _restore_item(item, request, shared.for_scan(heard), trees, overwrite)
        yield outcome
        faults = 0 if outcome.state == "done" else faults + (fault is not None)
        if fault is not None and faults >= most_faults:
            raise fault


def _item_progress(notify: Notify, place: int, count: int, name: str) -> Callable[[float], None]:
    """Report the start of an item, and return the callback for its progress."""
    notify(place / count, name)
    return lambda share: notify((place + share) / count, name)


def _restore_item(
    item: Item, request: Request, run: Run, trees: Mapping[str, Path], overwrite: bool
) -> tuple[Outcome, Exception | None]:
    """Restore an item; return its outcome and, for an internal error of hcolor, the exception."""
    paths = [*item.names.pictures, *([item.names.sheet] if item.names.sheet else [])]
    if not overwrite and all(os.path.lexists(path) for path in paths):
        return Outcome(item.source, "existing"), None
    try:
        result = pipeline.restore(item.source, _request_for(item, request, trees), run)
        names = item.names.of_photographs(max(1, len(result.photographs)))
        written = write_results(result, names, bits=request.output.bits, overwrite=overwrite, keep=True)
    except FATAL:
        raise
    except NothingToDoError as error:  # a page without a photograph, of which photographs are wanted
        return Outcome(item.source, "skipped", str(error)), None
    except HcolorError as error:
        if isinstance(error, OutputError) and getattr(error.__cause__, "errno", None) in FULL:
            raise
        return Outcome(item.source, "failed", str(error)), None
    except Exception as error:
        if is_out_of_memory(error):
            return Outcome(item.source, "failed", f"{item.source} was not restored. {OUT_OF_MEMORY}"), None
        logger.exception("%s was not restored.", item.source)
        return Outcome(item.source, "failed", _fault_message(item.source, error)), error
    notes = result.notes if item.page is None else (f"Page {item.page}.", *result.notes)
    return Outcome(item.source, "done", written=tuple(written), notes=notes), None


def _fault_message(source: Path, fault: Exception) -> str:
    """Return the message about an internal error of hcolor."""
    reason = ": ".join([type(fault).__name__, *str(fault).splitlines()[:1]])
    return (
        f"{source} was not restored ({reason}). This is a fault of hcolor, not of the file; please report it with its "
        "traceback, which -v prints and --log-file saves."
    )


def _request_for(item: Item, request: Request, trees: Mapping[str, Path]) -> Request:
    """Return the request for an item, with the files that accompany its scan.

    Raises:
        InputError: an accompanying file is missing or not a picture.
    """
    own: dict[str, Any] = {name: input_picture(_companion(tree, item, name)) for name, tree in trees.items()}
    reading = replace(request.reading, page=item.page)
    return replace(request, cues=replace(request.cues, **own), reading=reading)


def _companion(tree: Path, item: Item, kind: str) -> Path:
    """Return the file in a folder that has the relative name of an item's picture, or the same stem.

    Raises:
        InputError: there is none, or more than one.
    """
    wanted = tree / item.relative
    if wanted.exists():
        return wanted
    alike = sorted(path for path in wanted.parent.glob(f"{escape(wanted.stem)}.*") if is_picture_name(path))
    if len(alike) != 1:
        there = "there is none" if not alike else f"there are {len(alike)}"
        raise InputError(
            f"{item.source} needs one {kind} file {wanted}, but {there}; draw it, or leave the picture out."
        )
    return alike[0]


def _make_folder(folder: Path) -> None:
    """Create the output folder, and check that it is writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise OutputError(f"{folder} cannot be created ({error.strerror}); choose another folder with -o.") from error
    if not writable:
        raise OutputError(f"{folder} cannot be written to; check its permissions or choose another folder with -o.")
