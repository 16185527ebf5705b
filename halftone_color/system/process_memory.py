"""Memory of a process: a limit for this one, and what another one uses."""

from __future__ import annotations

import re

import psutil

from halftone_color.errors import UsageError

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
"""Bytes in a unit; KiB, MiB and so on are powers of 1024."""


def parse_bytes(text: str) -> int:
    """Return the number of bytes of a size such as 3GB, 800M or 2GiB.

    Raises:
        UsageError: it is not a size.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", text, flags=re.IGNORECASE)
    if not found or not float(found[1]):
        raise UsageError(f"{text!r} is no amount of memory; write it like 3GB or 800MB.")
    unit = UNITS[found[2].upper()]
    if found[3]:
        unit = 2 ** (10 * list(UNITS).index(found[2].upper()))
    return int(float(found[1]) * unit)


def limit_this_process(limit_bytes: int) -> bool:
    """Let allocations beyond a limit fail in this process; return whether the system can do so (Linux can).

    What counts is private memory, not files that are mapped, such as libraries.
    """
    try:
        import resource

        if not psutil.LINUX:  # macOS knows the limit and ignores it
            return False
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, hard))
    except (ImportError, ValueError, OSError):
        return False
    return True


def resident_bytes(process_id: int) -> int:
    """Return the memory in use by a process in bytes; 0 if there is no such process."""
    try:
        return int(psutil.Process(process_id).memory_info().rss)
    except psutil.Error:
        return 0
