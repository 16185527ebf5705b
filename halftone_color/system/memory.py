"""How much memory this process may still take, by what the system says; on systems that do not say, nobody knows."""

from __future__ import annotations

import contextlib
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def available_bytes() -> int | None:
    """Return the number of bytes that can still be taken: of the machine, of its group, of the process's limit.

    None where the system does not say. Windows and macOS were not tried.
    """
    found = [bytes_ for bytes_ in (_of_machine(), _of_group(), _of_process()) if bytes_ is not None]
    return max(0, min(found)) if found else None


def _of_machine() -> int | None:
    """Return what is available without swapping, as Linux says, or as psutil finds out on Windows and macOS."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(ImportError, OSError, RuntimeError, NotImplementedError):
        import psutil

        return int(psutil.virtual_memory().available)
    return None


def _of_group() -> int | None:
    """Return what is left of the limit of a control group (version 2), as containers have one."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        limit = int((_GROUP / "memory.max").read_text())  # "max" means none
        lines = (line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
        kept = {name: int(value) for name, value in lines}
        return limit - int((_GROUP / "memory.current").read_text()) + kept.get("inactive_file", 0)
    return None


def _of_process() -> int | None:
    """Return what is left of the limits on the process's addresses (ulimit -v) and on its data (--memory-limit)."""
    with contextlib.suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        pages = [int(word) for word in Path("/proc/self/statm").read_text().split()]
        limits = {resource.RLIMIT_AS: pages[0], resource.RLIMIT_DATA: pages[5]}
        left = [
            int(limit) - taken * resource.getpagesize()
            for kind, taken in limits.items()
            if (limit := resource.getrlimit(kind)[0]) != resource.RLIM_INFINITY
        ]
        return min(left) if left else None
    return None
