"""Write a file wholly or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from halftone_color.errors import OutputError


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path`, making its folder: beside it first, then renamed over it, each step on the disk.

    Raises:
        OutputError: the folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with beside.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _settle(path.parent)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path} cannot be written ({reason}); check permissions and free space.") from error


def _settle(folder: Path) -> None:
    """Put the folder's new entry on the disk, where the system lets folders be opened."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
