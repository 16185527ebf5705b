"""Write a file wholly or not at all: beside it first, then renamed over it, each step put on the disk."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from halftone_color.errors import OutputError

UNFINISHED_PREFIX = ".hcolor-"
"""How the names of files begin that are being written."""


def write(path: Path, content: bytes | memoryview, *, overwrite: bool = True) -> None:
    """Write `content` to `path`, making its folder.

    Raises:
        OutputError: the folder or the file cannot be written, or the file exists and is not to be overwritten.
    """
    refuse_existing(path, overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{UNFINISHED_PREFIX}{secrets.token_hex(8)}.part")
        try:
            with unfinished.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            refuse_existing(path, overwrite)
            unfinished.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"{path} could not be written ({error.strerror or error}); check permissions and free space, "
            "or choose another place with -o."
        ) from error
    _settle(path.parent)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise OutputError if `path` is a folder, or a file that is not to be overwritten."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file, or end the name with a slash to write into it.")
    if not overwrite and os.path.lexists(path):
        raise OutputError(f"{path} exists already; use --overwrite to replace it, or -o to write elsewhere.")


def _settle(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
