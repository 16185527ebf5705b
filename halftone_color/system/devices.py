"""Device, precision and number of threads for this machine: the meaning of "auto"."""

from __future__ import annotations

import os
import sys
from functools import cache

from halftone_color.errors import DeviceError, UsageError

PRECISIONS = ("auto", "float32", "bfloat16")
"""Number formats in which networks compute; bfloat16 takes half the time if the processor supports it natively."""
MOST_THREADS = 8
"""Largest automatic number of threads, since each of them needs the memory of a tile."""


def resolve_device(name: str) -> str:
    """Return torch's name of the requested device: auto, cpu, cuda, cuda:N or mps.

    Raises:
        DeviceError: the device is not available.
    """
    if name == "cpu":
        return name
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise DeviceError(f"The device {name!r} is not available; use --device auto or --device cpu.") from error
    return name


def resolve_precision(name: str, device: str) -> str:
    """Return float32 or bfloat16: the requested precision or, for auto, the one that suits the device.

    With bfloat16 the results of descreening change by less than a quarter of a gray level on average.

    Raises:
        UsageError: there is no such precision.
    """
    if name not in PRECISIONS:
        raise UsageError(f"There is no precision {name!r}; choose one of {', '.join(PRECISIONS)}.")
    if name != "auto":
        return name
    return "bfloat16" if (processor_has_bfloat16() if device == "cpu" else device.startswith("cuda")) else "float32"


def resolve_threads(number: int | None) -> int:
    """Return the requested number of threads, or as many as this process may use, at most MOST_THREADS.

    Raises:
        UsageError: the number is not positive.
    """
    if number is not None:
        if number < 1:
            raise UsageError(f"The number of threads must be positive, not {number}; give --threads 1 or more.")
        return number
    asked = os.environ.get("OMP_NUM_THREADS", "")
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(asked) if asked.isdigit() and int(asked) > 0 else there, MOST_THREADS)


def use_threads(number: int | None) -> int:
    """Let torch use the requested number of threads, its own choice for None, and return `resolve_threads`.

    Raises:
        UsageError: the number is not positive.
    """
    threads = resolve_threads(number)
    starts_with_it = os.environ.get("OMP_NUM_THREADS") == str(number) and "torch" not in sys.modules
    if number is not None and not starts_with_it:
        import torch

        torch.set_num_threads(threads)
    return threads


@cache
def processor_has_bfloat16() -> bool:
    """Tell whether this processor supports bfloat16 natively, so that it is faster and not merely possible."""
    import torch

    questions = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in questions if ask is not None)
