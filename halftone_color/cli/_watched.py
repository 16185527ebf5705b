"""Standard streams that are full, or that their reader has left: the work goes on, and the command says so at the end.

Names of files that are not UTF-8 are written in their own bytes where no terminal shows them, so that scripts can open
what is printed.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
from typing import Any

NAMES = "hcolor-names"
"""Error handler of encoding: bytes of names as they were, other letters that an encoding lacks escaped."""
READER_GONE = "its reader has gone"


class Watched:
    """A text stream whose first failure is kept, and what is written after it dropped."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.trouble: str | None = None
        """Why it could not be written to."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, words: str) -> int:
        """Write words, or nothing once that has failed; return their number of letters."""
        self._try(self._stream.write, words)
        return len(words)

    def flush(self) -> None:
        """Write what was kept back."""
        self._try(self._stream.flush)

    def _try(self, act: Any, *given: str) -> None:
        if self.trouble is not None:
            return
        try:
            act(*given)
        except OSError as error:
            left = error.errno in (errno.EPIPE, errno.EINVAL)  # the latter on Windows
            self.trouble = READER_GONE if left else error.strerror or str(error)
            self._lead_nowhere()

    def _lead_nowhere(self) -> None:
        """Let the descriptor lead to the null device, so that the end of the process raises nothing."""
        try:
            handle = os.open(os.devnull, os.O_WRONLY)
            os.dup2(handle, self._stream.fileno())
            os.close(handle)
        except (OSError, ValueError):
            return


def watch_streams() -> None:
    """Watch the process's standard output and error."""
    codecs.register_error(NAMES, _encode)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        stream.reconfigure(errors="backslashreplace" if stream.isatty() or name == "stderr" else NAMES)
        setattr(sys, name, Watched(stream))


def trouble() -> str | None:
    """Return why standard output could not be written to, or None; what is kept back is written first."""
    if isinstance(sys.stdout, Watched):
        sys.stdout.flush()
        return sys.stdout.trouble
    return None


def _encode(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return the bytes of a name, or the escaped letters that an encoding lacks."""
    if isinstance(error, UnicodeEncodeError):
        try:
            return error.object[error.start : error.end].encode("ascii", "surrogateescape"), error.end
        except UnicodeEncodeError:
            return codecs.backslashreplace_errors(error)
    raise error
