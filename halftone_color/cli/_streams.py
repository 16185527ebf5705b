"""Standard streams that are closed, full or left by their reader: the work goes on, and its list is given up."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

from halftone_color.cli._text import printable

STREAMS = ("stdin", "stdout", "stderr")
LEFT = (errno.EPIPE, errno.EINVAL)
"""Error numbers of a pipe whose reader has gone; Windows says EINVAL."""


def open_missing() -> None:
    """Replace standard streams that the process was started without by the null device.

    Otherwise the next file that is opened would take their place, and be written over by messages.
    """
    for number, name in enumerate(STREAMS):
        if getattr(sys, name) is not None:
            continue
        handle = os.open(os.devnull, os.O_RDWR)
        if handle != number:
            os.dup2(handle, number)
            os.close(handle)
        os.set_inheritable(number, True)
        mode = "r" if number == 0 else "w"
        setattr(sys, name, os.fdopen(number, mode, closefd=False, encoding="utf-8"))


class Listing:
    """The list of results on standard output: names in their own bytes, or escaped where people read them."""

    def __init__(self, zero: bool = False) -> None:
        """Write lines, or names that are each ended by a zero byte."""
        self._end = b"\0" if zero else b"\n"
        self.trouble: OSError | None = None
        """Why the list was given up."""

    @property
    def was_left(self) -> bool:
        """Whether its reader has gone, as `head` does."""
        return self.trouble is not None and self.trouble.errno in LEFT

    def path(self, path: Path) -> None:
        """Write a name."""
        if sys.stdout.isatty() and self._end == b"\n":
            self._write(printable(str(path)).encode(errors="backslashreplace") + self._end)
        else:
            self._write(os.fsencode(path) + self._end)

    def line(self, content: bytes) -> None:
        """Write a line as it is."""
        self._write(content)

    def _write(self, content: bytes) -> None:
        if self.trouble is not None:
            return
        try:
            stream: Any = getattr(sys.stdout, "buffer", None)
            if stream is None:  # replaced, such as by a bar that shares the terminal
                sys.stdout.write(content.decode(errors="backslashreplace"))
            else:
                sys.stdout.flush()
                stream.write(content)
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            self.trouble = error if isinstance(error, OSError) else OSError(errno.EBADF, str(error))
            _silence_stdout()


def _silence_stdout() -> None:
    """Let standard output lead nowhere, so that its end at the end of the process raises nothing."""
    try:
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
    except (OSError, ValueError, AttributeError):
        sys.stdout = sys.stderr
