"""What a command says beside its results: warnings on stderr, more with -v, everything in --log-file FILE."""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from halftone_color import __version__
from halftone_color.errors import OutputError

logger = logging.getLogger(__name__)
PACKAGE = "halftone_color"


class _Terminal(logging.Handler):
    """One line a message on stderr: warnings, or with `verbose` all that there is, tracebacks included."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(logging.DEBUG if verbose else logging.WARNING)
        self.verbose = verbose

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message."""
        line = f"{record.levelname.capitalize()}: {record.getMessage()}"
        if self.verbose and record.exc_info:
            line += "\n" + logging.Formatter().formatException(record.exc_info)
        print(line, file=sys.stderr)


class _File(logging.FileHandler):
    """Every message, with its time, its origin and its traceback."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self.path = path
        self.setLevel(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))


@contextmanager
def session() -> Iterator[None]:
    """Show the warnings of one command line; afterwards logging is as it was. HCOLOR_DEBUG=1 means -v."""
    root, package = logging.getLogger(), logging.getLogger(PACKAGE)
    before, level = list(root.handlers), package.level
    root.addHandler(_Terminal(verbose=False))
    try:
        start(verbose=os.environ.get("HCOLOR_DEBUG") == "1")
        yield
    finally:
        for handler in [handler for handler in root.handlers if handler not in before]:
            root.removeHandler(handler)
            handler.close()
        package.setLevel(level)


def start(verbose: bool = False, file: Path | None = None) -> None:
    """Say more from now on.

    Raises:
        OutputError: the file cannot be written.
    """
    root = logging.getLogger()
    if verbose and not is_verbose():
        for handler in [handler for handler in root.handlers if isinstance(handler, _Terminal)]:
            root.removeHandler(handler)
        root.addHandler(_Terminal(verbose=True))
    if file is not None and file != log_file():
        try:
            root.addHandler(_File(file))
        except OSError as error:
            raise OutputError(f"The log {file} cannot be written ({error.strerror}); choose another file.") from error
    if verbose or file is not None:
        logging.getLogger(PACKAGE).setLevel(logging.DEBUG)
        logger.info("hcolor %s, Python %s, %s", __version__, platform.python_version(), platform.platform())


def is_verbose() -> bool:
    """Tell whether tracebacks are shown on stderr."""
    return any(isinstance(handler, _Terminal) and handler.verbose for handler in logging.getLogger().handlers)


def log_file() -> Path | None:
    """Return the file that is written, if there is one."""
    files = [handler.path for handler in logging.getLogger().handlers if isinstance(handler, _File)]
    return files[-1] if files else None


def keep_traceback(sentence: str) -> None:
    """Put the error being handled, with its traceback, where tracebacks go."""
    logger.debug("%s", sentence, exc_info=True)


def next_step() -> str:
    """Return how to report a fault: with its traceback, where that was written."""
    if (file := log_file()) is not None:
        return f"report it with the log {file}"
    return "report it with the above" if is_verbose() else "run it again with -v or --log-file FILE and report it"
