"""Where networks compute, in which numbers and with how many threads: "auto" settled for this machine."""

from __future__ import annotations

import os
from functools import cache

from halftone_color.errors import DeviceError, UsageError

PRECISIONS = ("auto", "float32", "bfloat16")
"""Numbers that networks compute in; bfloat16 halves the time where the processor multiplies it itself."""
MOST_THREADS = 8
"""Threads at most unless more are asked for: every one holds a tile."""


def device_of(name: str) -> str:
    """Return torch's name of the device asked for: auto, cpu, cuda, cuda:N or mps.

    Raises:
        DeviceError: it is not there.
    """
    if name == "cpu":
        return name
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise DeviceError(f"The device {name!r} is not there; use --device auto or --device cpu.") from error
    return name


def precision_of(name: str, device: str) -> str:
    """Return float32 or bfloat16: what is asked for or, for auto, what suits the device.

    bfloat16 moves the results of descreening by less than a quarter of a gray level in the mean.

    Raises:
        UsageError: there is no such precision.
    """
    if name not in PRECISIONS:
        raise UsageError(f"There is no precision {name!r}; choose one of {', '.join(PRECISIONS)}.")
    if name != "auto":
        return name
    return "bfloat16" if (processor_has_bfloat16() if device == "cpu" else device.startswith("cuda")) else "float32"


def threads_of(number: int | None) -> int:
    """Return the number of threads asked for, or as many as this process may use, at most MOST_THREADS.

    Raises:
        UsageError: it is not positive.
    """
    if number is not None:
        if number < 1:
            raise UsageError(f"{number} threads cannot compute anything; give --threads 1 or more.")
        return number
    asked = os.environ.get("OMP_NUM_THREADS", "")
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(int(asked) if asked.isdigit() and int(asked) > 0 else there, MOST_THREADS)


@cache
def processor_has_bfloat16() -> bool:
    """Tell whether this processor multiplies bfloat16 itself, so that it is faster and not merely possible."""
    import torch

    questions = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in questions if ask is not None)
