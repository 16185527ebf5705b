"""What libraries written in C say about a file: they write to descriptor 2, which is captured while they decode.

Tried on Linux. Where there is no descriptor 2, or a library writes elsewhere, nothing is captured: what is damaged is
then found by the file's structure alone.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading

_LOCK = threading.Lock()
"""Descriptor 2 belongs to the whole process, so one thread at a time captures it."""


class CapturedErrors:
    """Context in which what is written to descriptor 2 is kept in `lines` and not shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        """What was written, line by line; complete when the context has ended."""

    def __enter__(self) -> CapturedErrors:
        _LOCK.acquire()
        self._kept, self._file = -1, None
        try:
            self._kept = os.dup(2)
            self._file = tempfile.TemporaryFile()
            os.dup2(self._file.fileno(), 2)
        except OSError:  # there is no standard error, or no temporary folder
            self._restore()
        return self

    def __exit__(self, *_: object) -> None:
        file = self._file
        try:
            self._restore(close=False)
            if file is not None:
                with file, contextlib.suppress(OSError):
                    file.seek(0)
                    self.lines = file.read().decode(errors="replace").splitlines()
        finally:
            _LOCK.release()

    def _restore(self, close: bool = True) -> None:
        """Give descriptor 2 back to whom it belonged."""
        if self._kept >= 0:
            os.dup2(self._kept, 2)
            os.close(self._kept)
            self._kept = -1
        if close and self._file is not None:
            self._file.close()
            self._file = None
