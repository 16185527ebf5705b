"""Keep memory that was freed for the next tensor: on glibc, giving it back costs more than the networks do.

By default glibc hands every large block back to the system as soon as it is freed, and each new feature map is paid
for again in page faults. What a process holds at its peak it then holds to its end, which suits a command.
"""

from __future__ import annotations

import ctypes
import logging
import platform

logger = logging.getLogger(__name__)

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Numbers of mallopt's parameters (malloc.h)."""
LARGEST_BLOCK = 2**30
"""Bytes up to which blocks come from the heap; larger ones are still returned at once."""
NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory, and return whether it was glibc and did; call it before the work starts."""
    if platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError) as error:
        logger.info("freed memory is not kept: %s", error)
        return False
    return bool(mallopt(MMAP_THRESHOLD, LARGEST_BLOCK) and mallopt(TRIM_THRESHOLD, NEVER))
