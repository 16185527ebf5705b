"""Wall time per megapixel and peak memory of every job on two CPU cores, beside the published networks."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from halftone_color import pipeline, registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Cue
from halftone_color.evaluation import halftones
from halftone_color.evaluation._report import Request, section, table, verdict
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.images.writing import write
from halftone_color.networks import authors_2021
from halftone_color.steps import color_2021 as cascade_2021
from halftone_color.system import allocator, precision
from halftone_color.types import Picture

CORES = 2
SIDE, WARM_SIDE = 1024, 192
"""Side of the picture measured, and of the one that is worked on first so that start-up is not counted."""
REPEATS = 3
PICTURE, REFERENCE = "astronaut", "coffee"
"""Photographs of scikit-image."""
DESCREEN, COLORIZE, RESTORE = "descreen", "colorize, one reference", "restore, one reference"
LOW_DESCREEN, LOW_RESTORE = "descreen, bfloat16", "restore, one reference, bfloat16"
FAST = "descreen --fast, bfloat16"
IHN_2021, CASCADE_2021 = "IHN of authors_2021", "cascade of authors_2021, one reference"
PAGES = {"A4 at 300 dpi": (3508, 2480), "100 MP": (10000, 10000)}
"""Height and width in px of the pages."""
MOST_A4_SECONDS, MOST_PAGE_BYTES = 6.0, 1.5e9
JOBS = (DESCREEN, LOW_DESCREEN, FAST, COLORIZE, RESTORE, LOW_RESTORE, IHN_2021, CASCADE_2021)
RIVALS: dict[str, tuple[str, float, float]] = {
    DESCREEN: (IHN_2021, 1.0, 12.0),
    LOW_DESCREEN: (IHN_2021, 0.5, 25.0),
    FAST: (IHN_2021, 0.2, 25.0),
    RESTORE: (CASCADE_2021, 6.0, 10.0),
}
"""Job -> the published job beside it, most seconds per megapixel, least times faster."""
SLOWEST_DIFFUSION_MS = 30.0
"""Most milliseconds per megapixel of an error diffusion."""
ROLES = {"inverse-halftone": "ihn", "color-encoder": "encoder", "colorizer": "colorizer", "fusion": "fusion"}
"""Role in a set of weights -> role in networks/authors_2021."""
MEGA = 1e6

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


def measure(request: Request) -> str:
    """Return the section: seconds per megapixel and memory of each job, milliseconds of each halftoning method."""
    costs = {}
    for done, job in enumerate(JOBS):
        request.notify(done / (len(JOBS) + 1), f"timing {job}")
        costs[job] = alone(time_job, job, request.weights)
    request.notify(len(JOBS) / (len(JOBS) + 1), "timing pages and halftoning")
    pages = {name: alone(time_page, height, width, request.weights) for name, (height, width) in PAGES.items()}
    milliseconds = alone(time_halftones, SIDE)
    return section(
        "Speed",
        f"Wall seconds per megapixel, median of {REPEATS} runs after one that is not counted, each job in a process "
        f"of its own held to {CORES} cores ({CORES} torch threads, float32 unless said, torch {torch.__version__}); "
        f"{SIDE} x {SIDE} px, the published networks 256 x 256 px with random weights.",
        table(["", "s/MP", "peak memory MB", "above start-up MB"], [_row(job, cost) for job, cost in costs.items()]),
        f"Asked: {'; '.join(_verdict(job, costs) for job in RIVALS)}.",
        table(
            ["descreen a page's file, bfloat16", "s", "s/MP", "peak memory MB", "above start-up MB"],
            [[name, f"{_page_seconds(name, pages):.1f}", *_row(name, cost)[1:]] for name, cost in pages.items()],
        ),
        _page_verdicts(pages),
        table(["halftoning", "ms/MP"], [[name, f"{ms:.1f}"] for name, ms in milliseconds.items()]),
        _diffusion_verdict(milliseconds),
    )


def alone(function: Callable[..., Outcome], *arguments: object) -> Outcome:
    """Call a function of a module in a fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def time_job(job: str, weights: str, side: int = SIDE, repeats: int = REPEATS) -> Cost:
    """Return what a job of JOBS costs in this process, which is held to CORES cores.

    Args:
        job: one of JOBS.
        weights: set of trained weights.
        side: side of the picture in px; the published networks always work at 256.
        repeats: runs that are counted.
    """
    _hold_to_cores()
    allocator.keep_freed_memory()  # as the hcolor command does
    run = _published(job) if job in (IHN_2021, CASCADE_2021) else _ours(job, weights)
    pixels = cascade_2021.SIDE**2 if job in (IHN_2021, CASCADE_2021) else side**2
    picture, small = _picture(side), _picture(min(side, WARM_SIDE))
    _printed(picture)
    with precision.using("bfloat16" if job in (LOW_DESCREEN, FAST, LOW_RESTORE) else "float32"):
        run(small)
        before = _memory("VmRSS")
        seconds = statistics.median(_seconds(run, picture) for _ in range(repeats))
    return _cost(seconds, pixels, before)


def time_page(height: int, width: int, weights: str) -> Cost:
    """Return what it costs to descreen a gray TIFF of a print in bfloat16, reading and writing included, once."""
    _hold_to_cores()
    allocator.keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder, precision.using("bfloat16"):
        file, result = Path(folder) / "page.tif", Path(folder) / "page-descreened.png"
        alone(write_page, file, height, width)  # elsewhere, so that it leaves no memory behind
        pipeline.descreen(_print_levels(WARM_SIDE), weights=weights)
        before = _memory("VmRSS")
        start = time.perf_counter()
        write(result, pipeline.descreen(file, weights=weights).picture)
        seconds = time.perf_counter() - start
    return _cost(seconds, height * width, before)


def write_page(file: Path, height: int, width: int) -> None:
    """Write a TIFF of a print, repeated over a page."""
    levels = _print_levels(SIDE)
    Image.fromarray(np.tile(levels, (-(-height // SIDE), -(-width // SIDE)))[:height, :width]).save(file)


def _print_levels(side: int) -> NDArray[np.uint8]:
    """Return a print (side, side): dots as of a halftone, but soft and gray."""
    return np.asarray((gaussian_filter(_printed(_picture(side))[0], 0.6) * 0.8 + 0.1) * 255 + 0.5, np.uint8)


def time_halftones(side: int, repeats: int = REPEATS) -> dict[str, float]:
    """Return milliseconds per megapixel of every halftoning method, start-up and compilation excluded."""
    _hold_to_cores()
    gray = np.asarray(rgb_to_luma(_picture(side)), np.float32)
    milliseconds = {}
    for name in registry.methods("halftoners"):

        def run(picture: Picture, name: str = name) -> object:
            return pipeline.halftone(picture, method=name)

        run(gray)
        milliseconds[name] = 1000 * statistics.median(_seconds(run, gray) for _ in range(repeats)) / side**2 * MEGA
    return milliseconds


def _hold_to_cores() -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    torch.set_num_threads(CORES)


def _ours(job: str, weights: str) -> Callable[[Picture], object]:
    """Return one of our jobs as a function of a photograph (3, H, W), which is halftoned beforehand."""
    references = [standard_picture(REFERENCE)]

    def run(rgb: Picture) -> object:
        gray = _printed(rgb)
        if job in (DESCREEN, LOW_DESCREEN, FAST):
            options = {"fast": True} if job == FAST else {}
            return pipeline.descreen(gray, weights=weights, **options)  # type: ignore[arg-type]
        if job == COLORIZE:
            return pipeline.colorize(gray, references=references, weights=weights)
        return pipeline.restore(gray, references=references, weights=weights)

    return run


def _published(job: str) -> Callable[[Picture], object]:
    """Return a job of the published networks, filled with random weights."""
    torch.manual_seed(0)
    networks = {role: authors_2021.build(theirs).eval() for role, theirs in ROLES.items()}
    cue = Cue(references=(standard_picture(REFERENCE),))

    def run(rgb: Picture) -> object:
        if job == IHN_2021:
            return cascade_2021.descreen(_printed(rgb), Cue(), networks)
        return cascade_2021.fused(_printed(rgb), cue, networks)

    return run


_prints: dict[int, Picture] = {}


def _printed(rgb: Picture) -> Picture:
    """Return the halftone of a photograph, made once for each size so that it is not counted."""
    side = rgb.shape[1]
    if side not in _prints:
        _prints[side] = halftones.dots(np.asarray(rgb_to_luma(rgb), np.float32), 5, 45)
    return _prints[side]


def _picture(side: int) -> Picture:
    """Return a photograph (3, side, side): scikit-image's astronaut, repeated where it is too small."""
    rgb = standard_picture(PICTURE)
    times = -(-side // rgb.shape[1])
    return np.ascontiguousarray(np.tile(rgb, (1, times, times))[:, :side, :side])


def _seconds(run: Callable[[Picture], object], picture: Picture) -> float:
    start = time.perf_counter()
    run(picture)
    return time.perf_counter() - start


def _cost(seconds: float, pixels: int, before: int | None) -> Cost:
    """Return the cost of a job on so many pixels in this process, which held `before` bytes after start-up."""
    peak = _memory("VmHWM")
    extra = peak - before if peak is not None and before is not None else None
    return Cost(seconds / pixels * MEGA, peak, extra)


def _memory(field: str) -> int | None:
    """Return a field of Linux's record of this process in bytes: VmRSS (now) or VmHWM (most so far); None elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith(f"{field}:"))


def _row(job: str, cost: Cost) -> list[str]:
    memory = (cost.peak_bytes, cost.extra_bytes)
    told = ("not measured: needs Linux" if size is None else f"{size / MEGA:.0f}" for size in memory)
    return [job, f"{cost.seconds_per_megapixel:.2f}", *told]


def _verdict(job: str, costs: dict[str, Cost]) -> str:
    rival, most, least = RIVALS[job]
    seconds = costs[job].seconds_per_megapixel
    faster = costs[rival].seconds_per_megapixel / seconds
    return (
        f"{job} <= {most:g} s/MP: {verdict(f'{seconds:.2f}', seconds <= most)}, "
        f"at least {least:g} times faster than the {rival}: {verdict(f'{faster:.1f}', faster >= least)}"
    )


def _page_seconds(name: str, pages: dict[str, Cost]) -> float:
    height, width = PAGES[name]
    return pages[name].seconds_per_megapixel * height * width / MEGA


def _page_verdicts(pages: dict[str, Cost]) -> str:
    a4, large = PAGES
    seconds, peak = _page_seconds(a4, pages), pages[large].peak_bytes
    room = "not measured" if peak is None else verdict(f"{peak / MEGA:.0f}", peak <= MOST_PAGE_BYTES)
    return (
        f"Asked: {a4} <= {MOST_A4_SECONDS:g} s: {verdict(f'{seconds:.1f}', seconds <= MOST_A4_SECONDS)}; "
        f"{large} within {MOST_PAGE_BYTES / MEGA:g} MB: {room}."
    )


def _diffusion_verdict(milliseconds: dict[str, float]) -> str:
    diffusions = [name for name, method in registry.methods("halftoners").items() if "kernel" in method.preset]
    slowest = max(diffusions, key=lambda name: milliseconds[name])
    told = verdict(f"{milliseconds[slowest]:.1f} ({slowest})", milliseconds[slowest] <= SLOWEST_DIFFUSION_MS)
    return f"Asked: no error diffusion slower than {SLOWEST_DIFFUSION_MS:g} ms/MP: {told}."
