"""Fixity: whether the files of an output are as the journal knows them, none missing, changed or added."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from halftone_color.batch import journal
from halftone_color.batch.output import RECORDS, is_output
from halftone_color.batch.preview import REPORT
from halftone_color.errors import InputError

VERDICTS = ("intact", "missing", "changed", "unknown")
"""What a file can be: as it was written; not there; with another content; or not written by a batch."""


@dataclass(frozen=True)
class Verdict:
    """What a file of an output is."""

    path: Path
    verdict: str
    """One of VERDICTS."""
    reason: str = ""
    """What was found: a sentence for the user."""


def verify(output: Path, notify: Callable[[float], None] = lambda share: None) -> Iterator[Verdict]:
    """Read every file of an output, and yield what it is: those of the journal first, then those it does not know.

    Args:
        output: the folder of the results.
        notify: called with the share of the bytes that are read.

    Raises:
        InputError: the folder does not exist, or is not the output of a batch.
    """
    if not output.is_dir():
        raise InputError(f"{output} is not a folder; name the folder that hcolor batch wrote to.")
    if not is_output(output):
        raise InputError(f"{output} has no journal in {RECORDS}; name the folder that hcolor batch wrote to.")
    known = journal.read(output).files
    total, read = max(1, sum(stored.bytes for stored in known.values())), 0
    for relative in sorted(known):
        yield _compare(output / relative, known[relative])
        read += known[relative].bytes
        notify(read / total)
    for path in _files(output):
        if path.relative_to(output).as_posix() not in known and path != output / REPORT:
            yield Verdict(path, "unknown", f"{path} is not in the journal.")


def _compare(path: Path, stored: journal.StoredFile) -> Verdict:
    if path.is_symlink() or not path.is_file():
        there = "is no regular file any more" if os.path.lexists(path) else "does not exist"
        return Verdict(path, "missing", f"{path} {there}.")
    try:
        if path.stat().st_size != stored.bytes:
            return Verdict(path, "changed", f"{path} has {path.stat().st_size} bytes, not {stored.bytes}.")
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return Verdict(path, "changed", f"{path} cannot be read ({error.strerror}).")
    if found != stored.sha256:
        return Verdict(path, "changed", f"{path} has another content than was written.")
    return Verdict(path, "intact")


def _files(output: Path) -> Iterator[Path]:
    """Yield all files of an output but its own records, in the order of names."""
    for folder, subfolders, names in os.walk(output):
        if Path(folder) == output and RECORDS in subfolders:
            subfolders.remove(RECORDS)
        subfolders.sort()
        for name in sorted(names):
            yield Path(folder, name)
