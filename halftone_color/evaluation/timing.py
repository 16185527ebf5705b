"""What a job costs, in time and in memory: alone in a process of its own, held to two cores."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from halftone_color.evaluation.photographs import standard_picture
from halftone_color.system import allocator
from halftone_color.types import Picture

CORES = 2
SIDE, WARM_SIDE = 1024, 192
"""Side of the picture measured, and of the one that is worked on first so that start-up is not counted."""
REPEATS = 3
PICTURE, REFERENCE = "astronaut", "coffee"
"""Photographs of scikit-image."""
MEGA = 1e6
NOT_LINUX = "not measured: needs Linux"
"""In place of a size that the system does not tell."""

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Cost:
    """What a job costs."""

    seconds_per_megapixel: float
    """Median over the repeats, of which a page has one."""
    peak_bytes: int | None
    """Most memory that the process held; None where the system does not tell."""
    extra_bytes: int | None
    """The same above what it held after start-up."""

    def cells(self) -> list[str]:
        """Return seconds per megapixel, peak memory and memory above start-up, MB, as cells of a table."""
        return [f"{self.seconds_per_megapixel:.2f}", megabytes(self.peak_bytes), megabytes(self.extra_bytes)]


def alone(function: Callable[..., Outcome], *arguments: object) -> Outcome:
    """Call a function of a module in a fresh process held to CORES cores, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), hold_to_cores) as pool:
        return pool.submit(function, *arguments).result()


def hold_to_cores() -> None:
    """Hold this process to CORES cores, and keep the memory that it frees, as the hcolor command does."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    torch.set_num_threads(CORES)
    allocator.keep_freed_memory()


def cost_of(
    job: Callable[[Picture], object],
    picture: Picture,
    small: Picture,
    repeats: int = REPEATS,
    pixels: int | None = None,
) -> Cost:
    """Return what a job on a picture (C, H, W) costs in this process.

    Args:
        job: what is timed.
        picture: what it works on.
        small: what it works on before, which is not counted.
        repeats: runs that are counted.
        pixels: how many it works on; by default all of the picture.
    """
    job(small)
    before = memory("VmRSS")
    seconds = statistics.median(seconds_of(job, picture) for _ in range(repeats))
    return cost(seconds, picture[0].size if pixels is None else pixels, before)


def cost(seconds: float, pixels: int, before: int | None) -> Cost:
    """Return the cost of a job on so many pixels in this process, which held `before` bytes after start-up."""
    peak = memory("VmHWM")
    extra = peak - before if peak is not None and before is not None else None
    return Cost(seconds / pixels * MEGA, peak, extra)


def seconds_of(job: Callable[[Picture], object], picture: Picture) -> float:
    """Return the wall seconds that a job on a picture takes."""
    start = time.perf_counter()
    job(picture)
    return time.perf_counter() - start


def memory(field: str) -> int | None:
    """Return a field of Linux's record of this process in bytes: VmRSS (now) or VmHWM (most so far); None elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith(f"{field}:"))


def megabytes(size: int | None) -> str:
    """Return a size in bytes as a cell."""
    return NOT_LINUX if size is None else f"{size / MEGA:.0f}"


def photograph(side: int) -> Picture:
    """Return a photograph (3, side, side): scikit-image's astronaut, repeated where it is too small."""
    rgb = standard_picture(PICTURE)
    times = -(-side // rgb.shape[1])
    return np.ascontiguousarray(np.tile(rgb, (1, times, times))[:, :side, :side])
