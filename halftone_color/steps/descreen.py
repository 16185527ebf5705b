"""Descreening: of a gray halftone, or of each channel of a print in several inks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from halftone_color.cue import Cue
from halftone_color.plan import Plan
from halftone_color.run import Run
from halftone_color.types import Picture, Task


def descreen(cues: Sequence[Cue], plan: Plan, run: Run) -> tuple[Picture, ...]:
    """Return one contone for all cues: (1, H, W), or (3, H, W) of a print in several inks.

    With a descreener that draws there is one contone for each cue, unless they are colored afterwards.
    """
    if plan.descreener is None:
        return (plan.picture,)
    if not plan.descreener.draws or plan.cascade is not None:
        cues = cues[:1]
    parts = run.parts({"cue": 1.0})
    return tuple(_descreen_scan(cue, plan, parts("cue", 1 / len(cues))) for cue in cues)


def _descreen_scan(cue: Cue, plan: Plan, run: Run) -> Picture:
    assert plan.descreener is not None
    assert plan.screen is not None
    if len(plan.picture) == 1:
        contone = plan.descreener(Task(plan.picture, plan.screen, cue=cue), run)
        return plan.tones.correct_tones(contone, out=contone)
    from halftone_color.arrays.guided_filter import filter_color_differences  # which loads torch

    parts, channels = run.parts({"channel": 1.0}), []
    task = Task(plan.picture, exact=plan.screen.period_px is None, cue=cue)
    for channel, screen in zip(plan.picture[:, None], plan.channel_screens, strict=True):
        channels.append(plan.descreener(replace(task, picture=channel, screen=screen), parts("channel", 1 / 3)))
    rgb = filter_color_differences(np.concatenate(channels), plan.screen.period_px, run.threads)
    return plan.tones.whiten_paper(rgb)
