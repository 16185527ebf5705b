"""Keep freed memory for the next tensor: with glibc, returning it to the system costs more time than the networks.

By default glibc returns every large block to the system as soon as it is freed, so that each new feature map causes
page faults again. Kept memory stays at its peak until the process ends, which is acceptable for a command.
"""

from __future__ import annotations

import ctypes
import logging
import platform

logger = logging.getLogger(__name__)

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Identifiers of mallopt's parameters (malloc.h)."""
LARGEST_BLOCK = 2**30
"""Size in bytes up to which blocks come from the heap; larger ones are still returned at once."""
NEVER = 2**31 - 1
"""Trim threshold in bytes that is never reached."""


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory; return whether that succeeded. To be called before the work starts."""
    if platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError) as error:
        logger.info("freed memory is not kept: %s", error)
        return False
    return bool(mallopt(MMAP_THRESHOLD, LARGEST_BLOCK) and mallopt(TRIM_THRESHOLD, NEVER))


def return_freed_memory() -> bool:
    """Return kept memory to the system after all, where a large page is about to need it; tell whether that worked."""
    if platform.libc_ver()[0] != "glibc":
        return False
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):
        return False
