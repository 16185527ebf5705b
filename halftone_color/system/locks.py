"""Locks on ranges of a file: they end with the process that holds them, however it ends, also on network shares.

POSIX systems and Windows lock ranges of bytes, which need not exist in the file. Where a file system cannot lock, work
goes on without, with a warning. The Windows calls are tested with a stand-in only.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
"""Error numbers that mean that another process holds the lock."""


class HeldError(Exception):
    """Another process holds the lock."""


class RangeLock:
    """A lock on the bytes [start, start + length) of a file, held until `release` or the end of the process."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        """Take the lock at once, creating the file if it does not exist.

        Raises:
            HeldError: another process holds a part of the range.
            OSError: the file cannot be opened.
        """
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(self._handle, start, length)
        except OSError as error:
            if error.errno in HELD:
                self.release()
                raise HeldError(str(path)) from error
            logger.warning("%s cannot be locked (%s); start no second run on this output.", path, error.strerror)

    def release(self) -> None:
        """Give the lock back."""
        if self._handle >= 0:
            os.close(self._handle)  # closing releases it
            self._handle = -1


def _lock(handle: int, start: int, length: int) -> None:
    """Lock a range of an open file without waiting, as the system does that."""
    try:
        import fcntl
    except ImportError:
        _lock_on_windows(handle, start, length)
    else:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)


def _lock_on_windows(handle: int, start: int, length: int) -> None:
    import msvcrt

    calls: Any = msvcrt
    os.lseek(handle, start, os.SEEK_SET)
    calls.locking(handle, calls.LK_NBLCK, length)
