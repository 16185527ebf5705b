"""Deliver the results of a batch's picture: what is there and is not known to be ours is left as it is."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from halftone_color.batch.journal import StoredFile
from halftone_color.batch.output import OutputFolder, OutputLostError, unwritable
from halftone_color.batch.results import SHEET_COLUMNS
from halftone_color.errors import OutputError
from halftone_color.images.naming import Names
from halftone_color.images.sheet import contact_sheet
from halftone_color.images.writing import encode
from halftone_color.system import atomic
from halftone_color.types import Result

Content = bytes | memoryview


def deliver(
    result: Result,
    names: Names,
    output: OutputFolder,
    *,
    bits: int = 8,
    known: Mapping[str, StoredFile] | None = None,
    overwrite: bool = False,
) -> tuple[StoredFile, ...]:
    """Write every picture of a result, and a contact sheet if there are several; return what is now there.

    Args:
        result: has as many pictures as there are names.
        names: paths in the output folder.
        output: the folder, as it was opened.
        bits: of each channel of the pictures, 8 or 16.
        known: what the journal knows of files at these places, by their path in the output.
        overwrite: whether files that it does not know are replaced.

    Raises:
        OutputError: a file that is not known is in the way, or cannot be written.
        OutputLostError: none can be written any more.
    """
    stored = []
    for path, content in _contents(result, names, bits):
        relative = path.relative_to(output.path).as_posix()
        if not _is_there(path, content, (known or {}).get(relative), overwrite):
            output.make_room_for(path)
            try:
                atomic.write(path, content)
            except OutputError as error:
                if isinstance(error.__cause__, OSError) and isinstance(
                    unwritable(path, error.__cause__), OutputLostError
                ):
                    raise OutputLostError(str(error)) from error.__cause__
                raise
        stored.append(StoredFile(relative, hashlib.sha256(content).hexdigest(), len(content)))
    return tuple(stored)


def _contents(result: Result, names: Names, bits: int) -> Iterator[tuple[Path, Content]]:
    """Yield each file and its content, one at a time to save memory."""
    for path, picture in zip(names.pictures, result.pictures, strict=True):
        yield path, encode(path, picture, dpi=result.dpi, bits=bits)
    if names.sheet:
        captioned = [(path.name, picture) for path, picture in zip(names.pictures, result.pictures, strict=True)]
        yield names.sheet, encode(names.sheet, contact_sheet(captioned, SHEET_COLUMNS))


def _is_there(path: Path, content: Content, known: StoredFile | None, overwrite: bool) -> bool:
    """Tell whether a file with this content is there already; what may not be replaced is refused.

    Replaced are files as the journal knows them, and beginnings of the content, which a crash or a copy left; links
    and pipes are never opened.

    Raises:
        OutputError: what is there is neither.
    """
    try:
        found = path.lstat()
    except OSError:
        return False
    if stat.S_ISREG(found.st_mode):
        try:
            if found.st_size <= len(content):
                there = path.read_bytes()
                if there == content[: len(there)]:
                    return len(there) == len(content)
            if known is not None and found.st_size == known.bytes and _sha256(path) == known.sha256:
                return False
        except OSError as error:
            raise unwritable(path, error) from error
    elif stat.S_ISDIR(found.st_mode):
        raise OutputError(f"{path} is a folder where the result belongs; move it away.")
    if not overwrite:
        raise OutputError(
            f"{path} is there already, and not as the journal knows it; move it away, or replace it with --overwrite."
        )
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
