"""Seconds and memory of coloring a pair at the paper's three sizes, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.arrays.resampling import reduce_picture
from halftone_color.colorizers.stereo import StereoColorizer
from halftone_color.cue import Cue
from halftone_color.evaluation._report import table, verdict
from halftone_color.evaluation._stereo_pairs import MeasuredPair
from halftone_color.evaluation.timing import CORES, MEGA, alone, memory
from halftone_color.run import Conditions, Run
from halftone_color.types import Picture, Task

SIZES = ((1024, 800, 64), (512, 400, 32), (256, 200, 16))
"""Widths and heights in px, and numbers of candidates."""
PUBLISHED_SECONDS = {1024: 0.803, 512: 0.251, 256: 0.085}
"""Of the paper on a graphics card (table III), by width."""
MOST_SECONDS, MOST_BYTES = 20.0, 2e9
"""For the first size."""
WARM_PX = 64


def told(pair: MeasuredPair, conditions: Conditions, sizes: Sequence[tuple[int, int, int]]) -> str:
    """Return seconds and memory for each size, of a test pair brought to it."""
    rows, verdicts = [], []
    for width, height, d in sizes:
        seconds, peak = alone(cost, pair.view, conditions, width, height, d)
        size = "not measured" if peak is None else f"{peak / MEGA:.0f}"
        rows.append([f"{width} x {height}, d = {d}", f"{seconds:.1f}", size, f"{PUBLISHED_SECONDS.get(width, 0):.3f}"])
        if (width, height) == SIZES[0][:2]:
            verdicts.append(f"<= {MOST_SECONDS:g} s: {verdict(f'{seconds:.1f}', seconds <= MOST_SECONDS)}")
            if peak is not None:
                verdicts.append(f"<= {MOST_BYTES / 1e9:g} GB: {verdict(f'{peak / 1e9:.2f}', peak <= MOST_BYTES)}")
    head = ["", "s", "peak memory MB", "the paper's s, on a graphics card"]
    text = f"Cost with Cycle CNN, side and disparity given, held to {CORES} cores, one run after a small one."
    return "\n\n".join((text, table(head, rows), f"Asked: {'; '.join(verdicts) or 'nothing'}."))


def cost(view: Picture, conditions: Conditions, width: int, height: int, d: int) -> tuple[float, int | None]:
    """Return the seconds that coloring a pair of a size takes in this process, and its peak memory in bytes."""
    run = Run.open(conditions)
    method = StereoColorizer(side="left", max_disparity=str(d - 1))
    seconds = 0.0
    for size in ((WARM_PX, WARM_PX), (height, width)):
        color = np.asarray(reduce_picture(view, *size), np.float32)
        gray = np.asarray(rgb_to_luma(np.roll(color, d // 2, 2)), np.float32)
        start = time.perf_counter()
        method(Task(gray, cue=Cue(view=color)), run)
        seconds = time.perf_counter() - start
    return seconds, memory("VmHWM")
