"""One error tree: each error owns its exit code, and its message ends with the next step."""


class HcolorError(Exception):
    """Something went wrong inside hcolor; the message is one sentence a user can act on."""

    exit_code = 1


class UsageError(HcolorError):
    """The request itself is wrong: an unknown method or option, or an output equal to the input."""

    exit_code = 2


class SomeFailedError(HcolorError):
    """Part of a batch failed; the rest was written."""

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
    """The input is refused: missing, empty, truncated, too large or no picture."""

    exit_code = 8


OUT_OF_MEMORY = "There is not enough memory for this; crop the picture, scale it down or close programs."


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out, also by the words of torch, which has no class of its own for it on a processor."""
    return isinstance(error, MemoryError) or "allocate memory" in str(error) or "out of memory" in str(error)
