"""Exceptions of hcolor: each has an exit code, and its message ends with the next step for the user."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the command `hcolor`, all of them."""

    DONE = 0
    """All was done that was asked for."""
    FAULT = 1
    """A fault of hcolor's own, or memory ran out."""
    USAGE = 2
    """The command cannot be understood, or asks for what does not exist."""
    SOME_FAILED = 3
    """Some files of a batch failed; the others are done."""
    NOTHING_TO_DO = 4
    """There is no picture to work on."""
    OUTPUT = 5
    """The result cannot be written, or exists already."""
    WEIGHTS = 6
    """Trained weights are missing, damaged, or of another version."""
    DEVICE = 7
    """The requested device is not available."""
    INPUT = 8
    """The input is refused."""
    LISTING = 9
    """The work is done, but standard output was closed, full, or left by its reader."""
    HUNG_UP = 129
    """The terminal went away (SIGHUP)."""
    INTERRUPTED = 130
    """Ctrl-C (SIGINT)."""
    TERMINATED = 143
    """The process was asked to end (SIGTERM)."""


class HcolorError(Exception):
    """Base of all expected errors; the message is one sentence that tells the user what to do."""

    exit_code: ExitCode = ExitCode.FAULT


class UsageError(HcolorError):
    """The request is invalid: an unknown method or option, or an output equal to the input."""

    exit_code = ExitCode.USAGE


class SomeFailedError(HcolorError):
    """Some files of a batch failed; the others were written."""

    exit_code = ExitCode.SOME_FAILED


class NothingToDoError(HcolorError):
    """There is no picture to work on."""

    exit_code = ExitCode.NOTHING_TO_DO


class OutputError(HcolorError):
    """The result cannot be written: no permission, no space, or it already exists."""

    exit_code = ExitCode.OUTPUT


class WeightsError(HcolorError):
    """Trained weights are missing, damaged or of another architecture."""

    exit_code = ExitCode.WEIGHTS


class DeviceError(HcolorError):
    """The requested device is not available."""

    exit_code = ExitCode.DEVICE


class InputError(HcolorError):
    """The input is refused: missing, empty, truncated, too large or not a picture."""

    exit_code = ExitCode.INPUT


class ListingError(HcolorError):
    """Standard output cannot be written to; the work is done, and files are not touched by that."""

    exit_code = ExitCode.LISTING


OUT_OF_MEMORY = "There is not enough memory; crop the picture, scale it down or close other programs."
"""Message for the user."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out; torch has no exception class for that on the CPU, so its message is checked too."""
    return isinstance(error, MemoryError) or "allocate memory" in str(error) or "out of memory" in str(error)
