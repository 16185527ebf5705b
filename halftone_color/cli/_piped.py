"""`-` as a picture's name: from standard input, to standard output."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halftone_color.errors import ListingError, OutputError, UsageError

if TYPE_CHECKING:
    from halftone_color.types import Result

PIPE = "-"
"""Name that stands for standard input, or with -o for standard output."""
STEM = "standard-input"
"""Name of the file that a picture from standard input becomes while it is worked on."""


@contextmanager
def source_file(source: Path) -> Iterator[Path]:
    """Give the file of a picture: its own, or for `-` a temporary one with what standard input holds.

    Raises:
        UsageError: standard input is a terminal.
        OutputError: there is no space for temporary files.
    """
    if str(source) != PIPE:
        yield source
        return
    if sys.stdin.isatty():
        raise UsageError("Standard input is a terminal; pipe a picture into it, or name a file.")
    with tempfile.TemporaryDirectory(prefix="hcolor-") as folder:
        path = Path(folder) / STEM
        try:
            with path.open("xb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise OutputError(
                f"Standard input could not be kept in {folder} ({error.strerror}); make room, or let TMPDIR name "
                "another folder."
            ) from error
        yield path


def require_pipe(source: Path, output: str | None, count: int) -> bool:
    """Tell whether the result goes to standard output.

    Raises:
        UsageError: several results would, or it is a terminal; or a picture comes from standard input, and nobody said
            where the result goes.
    """
    if str(source) == PIPE and output is None:
        raise UsageError("A picture from standard input has no place of its own; say with -o where the result goes.")
    if output != PIPE:
        return False
    if count > 1:
        raise UsageError("Several results cannot go to standard output; name a folder with -o.")
    if sys.stdout.isatty():
        raise UsageError("Standard output is a terminal; pipe it into a program or a file, or name a file with -o.")
    return True


def write_picture(result: Result, format: str, bits: int) -> None:
    """Write a result's picture to standard output.

    Raises:
        ListingError: it cannot be written to.
        OutputError: the format cannot hold the picture.
    """
    from halftone_color.images.writing import encode

    content = encode(Path(f"picture.{format}"), result.picture, dpi=result.dpi, format=format, bits=bits)
    sys.stdout.flush()
    stream: Any = sys.stdout.buffer
    try:
        stream.write(content)
        stream.flush()
    except OSError as error:
        handle = os.open(os.devnull, os.O_WRONLY)  # so that the end of the process raises nothing
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
        raise ListingError(
            f"The picture could not be written to standard output ({error.strerror}); name a file with -o."
        ) from error
