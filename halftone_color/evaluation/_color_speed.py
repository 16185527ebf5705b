"""Seconds that coloring a megapixel takes, automatically and with one reference, each in a process of its own."""

from __future__ import annotations

import statistics

import numpy as np

from halftone_color import pipeline
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation._report import Notify, table
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.evaluation.sections import speed
from halftone_color.system import allocator
from halftone_color.types import Picture

JOBS = ("automatic", "one reference")


def told(weights: str, notify: Notify) -> list[str]:
    """Return paragraph and table."""
    rows = []
    for done, job in enumerate(JOBS):
        notify(done / len(JOBS), f"timing {job}")
        cost = speed.alone(time_job, job, weights)
        rows.append(speed._row(job, cost))
    return [
        f"Wall seconds per megapixel, median of {speed.REPEATS} runs after one that is not counted, of {speed.SIDE} x "
        f"{speed.SIDE} px, each in a process of its own held to {speed.CORES} cores.",
        table(["", "s/MP", "peak memory MB", "above start-up MB"], rows),
    ]


def time_job(job: str, weights: str, side: int = speed.SIDE, repeats: int = speed.REPEATS) -> speed.Cost:
    """Return what one of JOBS costs in this process, which is held to CORES cores, for side x side px."""
    speed._hold_to_cores()
    allocator.keep_freed_memory()  # as the hcolor command does
    references = [standard_picture(speed.REFERENCE)] if job == "one reference" else []

    def run(gray: Picture) -> object:
        return pipeline.colorize(gray, references=references, weights=weights)

    picture = np.asarray(rgb_to_luma(speed._picture(side)), np.float32)
    run(np.ascontiguousarray(picture[:, : speed.WARM_SIDE, : speed.WARM_SIDE]))
    before = speed._memory("VmRSS")
    seconds = statistics.median(speed._seconds(run, picture) for _ in range(repeats))
    return speed._cost(seconds, side**2, before)
