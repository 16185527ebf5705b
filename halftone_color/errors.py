"""Exceptions of hcolor: each has an exit code, and its message ends with the next step for the user."""


class HcolorError(Exception):
    """Base of all expected errors; the message is one sentence that tells the user what to do."""

    exit_code = 1


class UsageError(HcolorError):
    """The request is invalid: an unknown method or option, or an output equal to the input."""

    exit_code = 2


class SomeFailedError(HcolorError):
    """Some files of a batch failed; the others were written."""

    exit_code = 3


class NothingToDoError(HcolorError):
    """There is no picture to work on."""

    exit_code = 4


class OutputError(HcolorError):
    """The result cannot be written: no permission, no space, or it already exists."""

    exit_code = 5


class WeightsError(HcolorError):
    """Trained weights are missing, damaged or of another architecture."""

    exit_code = 6


class DeviceError(HcolorError):
    """The requested device is not available."""

    exit_code = 7


class InputError(HcolorError):
    """The input is refused: missing, empty, truncated, too large or not a picture."""

    exit_code = 8


OUT_OF_MEMORY = "There is not enough memory; crop the picture, scale it down or close other programs."
"""Message for the user."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out; torch has no exception class for that on the CPU, so its message is checked too."""
    return isinstance(error, MemoryError) or "allocate memory" in str(error) or "out of memory" in str(error)
