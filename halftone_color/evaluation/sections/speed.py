"""Wall time per megapixel and peak memory of every job on two CPU cores, beside the published networks."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from halftone_color import api, registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Cue
from halftone_color.evaluation import halftones
from halftone_color.evaluation._report import Materials, section, table, verdict
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.evaluation.timing import (
    CORES,
    MEGA,
    REFERENCE,
    REPEATS,
    SIDE,
    WARM_SIDE,
    Cost,
    alone,
    cost,
    cost_of,
    memory,
    photograph,
)
from halftone_color.images.writing import write
from halftone_color.networks import authors_2021
from halftone_color.request import Choice, Request
from halftone_color.run import Conditions, Run
from halftone_color.steps import color_2021
from halftone_color.types import Picture

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


def measure(materials: Materials) -> str:
    """Return the section: seconds per megapixel and memory of each job, milliseconds of each halftoning method."""
    costs = {}
    for done, job in enumerate(JOBS):
        materials.notify(done / (len(JOBS) + 1), f"timing {job}")
        costs[job] = alone(time_job, job, materials.conditions)
    materials.notify(len(JOBS) / (len(JOBS) + 1), "timing pages and halftoning")
    pages = {name: alone(time_page, height, width, materials.conditions) for name, (height, width) in PAGES.items()}
    milliseconds = alone(time_halftones, SIDE)
    return section(
        "Speed",
        f"Wall seconds per megapixel, median of {REPEATS} runs after one that is not counted, each job in a process "
        f"of its own held to {CORES} cores ({CORES} torch threads, float32 unless said, torch {torch.__version__}); "
        f"{SIDE} x {SIDE} px, the published networks 256 x 256 px with random weights.",
        table(
            ["", "s/MP", "peak memory MB", "above start-up MB"], [[job, *cost.cells()] for job, cost in costs.items()]
        ),
        f"Asked: {'; '.join(_verdict(job, costs) for job in RIVALS)}.",
        table(
            ["descreen a page's file, bfloat16", "s", "s/MP", "peak memory MB", "above start-up MB"],
            [[name, f"{_page_seconds(name, pages):.1f}", *cost.cells()] for name, cost in pages.items()],
        ),
        _page_verdicts(pages),
        table(["halftoning", "ms/MP"], [[name, f"{ms:.1f}"] for name, ms in milliseconds.items()]),
        _diffusion_verdict(milliseconds),
    )


def time_job(job: str, conditions: Conditions, side: int = SIDE, repeats: int = REPEATS) -> Cost:
    """Return what a job of JOBS costs in this process.

    Args:
        job: one of JOBS.
        conditions: under which our networks run, but for the numbers that the job says.
        side: side of the picture in px; the published networks always work at 256, and their pixels count.
        repeats: runs that are counted.
    """
    published = job in (IHN_2021, CASCADE_2021)
    run = _published(job) if published else _ours(job, conditions)
    print_, small = (_printed(each) for each in (side, min(side, WARM_SIDE)))
    return cost_of(run, print_, small, repeats, pixels=color_2021.SIDE**2 if published else None)


def time_page(height: int, width: int, conditions: Conditions) -> Cost:
    """Return what it costs to descreen a gray TIFF of a print in bfloat16, reading and writing included, once."""
    with tempfile.TemporaryDirectory() as folder:
        file, result = Path(folder) / "page.tif", Path(folder) / "page-descreened.png"
        alone(write_page, file, height, width)  # elsewhere, so that it leaves no memory behind
        low = vars(replace(conditions, precision="bfloat16"))
        api.descreen(_print_levels(WARM_SIDE), **low)
        before = memory("VmRSS")
        start = time.perf_counter()
        write(result, api.descreen(file, **low).picture)
        seconds = time.perf_counter() - start
    return cost(seconds, height * width, before)


def write_page(file: Path, height: int, width: int) -> None:
    """Write a TIFF of a print, repeated over a page."""
    levels = _print_levels(SIDE)
    Image.fromarray(np.tile(levels, (-(-height // SIDE), -(-width // SIDE)))[:height, :width]).save(file)


def _print_levels(side: int) -> NDArray[np.uint8]:
    """Return a print (side, side): dots as of a halftone, but soft and gray."""
    return np.asarray((gaussian_filter(_printed(side)[0], 0.6) * 0.8 + 0.1) * 255 + 0.5, np.uint8)


def time_halftones(side: int, repeats: int = REPEATS) -> dict[str, float]:
    """Return milliseconds per megapixel of each halftoning method without a network, without start-up and compilation.

    Those with a network are timed by the section diffusion.
    """
    gray = np.asarray(rgb_to_luma(photograph(side)), np.float32)
    milliseconds = {}
    for name in registry.entries("halftoners"):
        if registry.build("halftoners", Choice(name)).networks:
            continue

        def run(picture: Picture, name: str = name) -> object:
            return api.halftone(picture, method=name)

        milliseconds[name] = 1000 * cost_of(run, gray, gray, repeats).seconds_per_megapixel
    return milliseconds


def _ours(job: str, conditions: Conditions) -> Callable[[Picture], object]:
    """Return one of our jobs as a function of a halftone (1, H, W)."""
    references = [standard_picture(REFERENCE)]
    precision = "bfloat16" if job in (LOW_DESCREEN, FAST, LOW_RESTORE) else "float32"
    how: dict[str, Any] = dict(vars(replace(conditions, precision=precision)))
    if job in (DESCREEN, LOW_DESCREEN, FAST):
        how |= {"fast": True} if job == FAST else {}
        return lambda print_: api.descreen(print_, **how)
    if job == COLORIZE:
        return lambda print_: api.colorize(print_, references=references, **how)
    return lambda print_: api.restore(print_, references=references, **how)


def _published(job: str) -> Callable[[Picture], object]:
    """Return a job of the published networks, filled with random weights, as a function of a halftone (1, H, W)."""
    torch.manual_seed(0)
    networks = {role: authors_2021.build(theirs).eval() for role, theirs in ROLES.items()}
    run = Run.open(Conditions("cpu", "float32")).with_networks(networks)
    cue = Cue() if job == IHN_2021 else Cue(references=(standard_picture(REFERENCE),))
    request = Request("descreen" if job == IHN_2021 else "restore")

    def made(print_: Picture) -> object:
        plan = color_2021.plan_2021(print_, request)
        assert plan.cascade is not None
        return plan.cascade(print_, cue, plan, run)

    return made


@cache
def _printed(side: int) -> Picture:
    """Return the halftone (1, side, side) of a photograph, made once so that it is not counted."""
    return halftones.dots(np.asarray(rgb_to_luma(photograph(side)), np.float32), 5, 45)


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
    halftoners = registry.entries("halftoners").items()
    diffusions = [name for name, method in halftoners if method.module.endswith(".error_diffusion")]
    slowest = max(diffusions, key=lambda name: milliseconds[name])
    told = verdict(f"{milliseconds[slowest]:.1f} ({slowest})", milliseconds[slowest] <= SLOWEST_DIFFUSION_MS)
    return f"Asked: no error diffusion slower than {SLOWEST_DIFFUSION_MS:g} ms/MP: {told}."
