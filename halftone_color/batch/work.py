"""The work on one picture of a batch: restore it, deliver the results, and say what became of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from time import perf_counter
from typing import Any

from halftone_color.batch.delivery import deliver
from halftone_color.batch.journal import Record, StoredFile, stamp_of
from halftone_color.batch.output import OutputFolder, OutputLostError
from halftone_color.batch.report import Outcome
from halftone_color.batch.worklist import Item
from halftone_color.errors import (
    OUT_OF_MEMORY,
    DeviceError,
    HcolorError,
    InputError,
    NothingToDoError,
    UsageError,
    WeightsError,
    is_out_of_memory,
)
from halftone_color.images.sniffing import is_picture_name
from halftone_color.images.sources import input_picture
from halftone_color.images.writing import depth_notes
from halftone_color.request import Reading, Request
from halftone_color.run import Run
from halftone_color.types import Result

logger = logging.getLogger(__name__)

FATAL = (UsageError, WeightsError, DeviceError, OutputLostError)
"""Errors in the request, the conditions or the output, which concern every file."""

Job = Callable[[Path, Request, Run], Result]
"""Makes the result of a file."""


def restore_scan(source: Path, request: Request, run: Run) -> Result:
    """Restore a scan; the default job."""
    from halftone_color import pipeline

    return pipeline.restore(source, request, run)


@dataclass(frozen=True)
class Assignment:
    """A picture to work on, with all that a worker must know; plain, so that it travels."""

    item: Item
    request: Request
    """With the files that accompany this scan."""
    weights: str
    """Digest of the set of weights."""
    output: OutputFolder
    known: Mapping[str, StoredFile] = field(default_factory=dict)
    """What the journal knows of files at the places of the results."""
    overwrite: bool = False
    """Whether files that it does not know are replaced."""
    job: Job = restore_scan


@dataclass(frozen=True)
class Finished:
    """What became of an assignment."""

    outcome: Outcome
    record: Record
    fatal: HcolorError | None = None
    """An error that concerns every file."""
    fault: Exception | None = None
    """An internal error of hcolor."""


def do(assignment: Assignment, run: Run) -> Finished:
    """Restore a picture and write its results."""
    item, began = assignment.item, perf_counter()
    record = unfinished(assignment)
    try:
        stamp, sha256 = stamp_of(item.source), sha256_of(item.source)
        record = replace(record, source_sha256=sha256, source_stamp=stamp)
        result = assignment.job(item.source, assignment.request, run)
        if stamp_of(item.source) != stamp:
            raise InputError(f"{item.source} was changed while it was read; run the same command again.")
        bits, names = assignment.request.output.bits, item.names.of_photographs(max(1, len(result.photographs)))
        stored = deliver(
            result, names, assignment.output, bits=bits, known=assignment.known, overwrite=assignment.overwrite
        )
    except FATAL as error:
        return failed(record, item.source, str(error), fatal=error)
    except NothingToDoError as error:  # a page without a photograph, of which photographs are wanted
        record = replace(record, outcome="skipped", reason=str(error), request=digest(assignment.request))
        return Finished(settled(record, item.source, assignment.output), record)
    except HcolorError as error:
        return failed(record, item.source, str(error), seconds=perf_counter() - began)
    except Exception as error:
        if is_out_of_memory(error):
            return failed(record, item.source, f"{item.source} was not restored. {OUT_OF_MEMORY}")
        if isinstance(error, OSError) and error.filename in (item.source, str(item.source)):
            reason = f"{item.source} cannot be opened ({error.strerror}); check its name and permissions."
            return failed(record, item.source, reason)
        logger.exception("%s was not restored.", item.source)
        return failed(record, item.source, _fault_message(item.source, error), fault=error)
    height, width = result.picture.shape[1:]
    done = replace(
        record,
        outcome=state_of(result),
        request=digest(assignment.request),
        results=stored,
        seconds=round(perf_counter() - began, 3),
        pixels=height * width,
        notes=(*result.notes, *depth_notes(result, bits)),
    )
    return Finished(settled(done, item.source, assignment.output), done)


def settled(record: Record, source: Path, output: OutputFolder) -> Outcome:
    """Return the outcome that a record of a finished picture says."""
    written = tuple(output.path / stored.path for stored in record.results)
    words = (record.outcome, record.reason, written, record.notes, record.seconds, record.pixels, record.page)
    return Outcome(source, *words)


def unfinished(assignment: Assignment) -> Record:
    """Return the record of a picture that was not finished."""
    item = assignment.item
    return Record(item.relative, "failed", assignment.request.digest(), assignment.weights, page=item.page)


def failed(record: Record, source: Path, reason: str, *, seconds: float = 0.0, **errors: Any) -> Finished:
    """Return that a picture failed, and why."""
    record = replace(record, outcome="failed", reason=reason, seconds=round(seconds, 3))
    return Finished(Outcome(source, "failed", reason, seconds=seconds, page=record.page), record, **errors)


def state_of(result: Result) -> str:
    """Return "damaged" if damage was found in the file of a result, else "done"."""
    return "damaged" if result.damage else "done"


def digest(request: Request) -> str:
    """Return the digest of what a result depends on: of the request without the limit on the number of pixels."""
    limit = Reading().max_pixels
    return replace(request, reading=replace(request.reading, max_pixels=limit)).digest()


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def for_item(request: Request, item: Item, trees: Mapping[str, Path]) -> Request:
    """Return the request for an item, with its page and the files that accompany its scan.

    Raises:
        InputError: an accompanying file is missing or not a picture.
    """
    if item.page is not None:
        request = replace(request, reading=replace(request.reading, page=item.page))
    if not trees:
        return request
    own: dict[str, Any] = {name: input_picture(_companion(tree, item, name)) for name, tree in trees.items()}
    return replace(request, cues=replace(request.cues, **own))


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


def _fault_message(source: Path, fault: Exception) -> str:
    """Return the message about an internal error of hcolor."""
    reason = ": ".join([type(fault).__name__, *str(fault).splitlines()[:1]])
    return (
        f"{source} was not restored ({reason}). This is a fault of hcolor, not of the file; please report it with its "
        "traceback, which -v prints and --log-file saves."
    )
