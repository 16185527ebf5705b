"""Seconds that coloring a megapixel takes, automatically and with one reference, each in a process of its own."""

from __future__ import annotations

import numpy as np

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation._report import Notify, table
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.evaluation.timing import (
    CORES,
    REFERENCE,
    REPEATS,
    SIDE,
    WARM_SIDE,
    Cost,
    alone,
    cost_of,
    photograph,
)
from halftone_color.run import Conditions
from halftone_color.types import Picture

JOBS = ("automatic", "one reference")


def told(conditions: Conditions, notify: Notify) -> list[str]:
    """Return paragraph and table."""
    rows = []
    for done, job in enumerate(JOBS):
        notify(done / len(JOBS), f"timing {job}")
        rows.append([job, *alone(time_job, job, conditions).cells()])
    return [
        f"Wall seconds per megapixel, median of {REPEATS} runs after one that is not counted, of {SIDE} x "
        f"{SIDE} px, each in a process of its own held to {CORES} cores.",
        table(["", "s/MP", "peak memory MB", "above start-up MB"], rows),
    ]


def time_job(job: str, conditions: Conditions, side: int = SIDE, repeats: int = REPEATS) -> Cost:
    """Return what one of JOBS costs in this process for side x side px."""
    references = [standard_picture(REFERENCE)] if job == "one reference" else []

    def run(gray: Picture) -> object:
        return api.colorize(gray, references=references, **vars(conditions))

    picture = np.asarray(rgb_to_luma(photograph(side)), np.float32)
    return cost_of(run, picture, np.ascontiguousarray(picture[:, :WARM_SIDE, :WARM_SIDE]), repeats)
