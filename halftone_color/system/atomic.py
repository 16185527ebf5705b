"""Write a file completely or not at all: to a temporary name, flushed to disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from halftone_color.errors import OutputError

UNFINISHED_PREFIX = ".hcolor-"
"""Prefix of the temporary names of files that are being written."""
NOT_SUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
"""Error numbers of a file system on which nothing can be flushed, such as some network shares."""


def write(path: Path, content: bytes | memoryview, *, overwrite: bool = True) -> None:
    """Write `content` to `path`, creating its folder if needed.

    Raises:
        OutputError: the folder or the file cannot be written, or the file exists and must not be overwritten.
    """
    refuse_existing(path, overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{UNFINISHED_PREFIX}{secrets.token_hex(8)}.part")
        try:
            with unfinished.open("xb") as stream:
                stream.write(content)
                stream.flush()
                _sync(stream.fileno())
            refuse_existing(path, overwrite)
            unfinished.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"{path} could not be written ({error.strerror or error}); check permissions and free space, "
            "or choose another folder with -o."
        ) from error
    _sync_folder(path.parent)


def require_writable(path: Path) -> None:
    """Refuse a file that could not be written, before any work: an empty one is written into its folder, and removed.

    A folder that does not exist is not created; the nearest one above it is tried then.

    Raises:
        OutputError: its folder cannot be written to or created, or its name is too long.
    """
    try:
        with contextlib.suppress(FileNotFoundError):
            path.lstat()
        folder = next(parent for parent in path.absolute().parents if os.path.lexists(parent))
        probe = folder / f"{UNFINISHED_PREFIX}{secrets.token_hex(8)}.part"
        probe.open("xb").close()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"{path} could not be written ({error.strerror or error}); check name and permissions, or choose another "
            "folder with -o."
        ) from error


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise OutputError if `path` is a folder, a pipe or a device, or a file that must not be overwritten.

    A link is replaced itself, not what it leads to. Empty files may be replaced: they are results of a crash, or places
    that a script has reserved.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give a file name, or end the name with a slash to write into it.")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is a pipe or a device, not a file; give another name, or -o - for standard output.")
    if not overwrite and os.path.lexists(path) and not _is_empty(path):
        raise OutputError(f"{path} already exists; use --overwrite to replace it, or -o to write elsewhere.")


def _is_empty(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


def _sync(handle: int) -> None:
    """Flush an open file or folder to disk, where its file system can."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED:
            raise


def _sync_folder(folder: Path) -> None:
    """Flush the folder's entry to disk, so that the new name survives a power failure, where the system allows it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            _sync(handle)
        finally:
            os.close(handle)
