"""Descreening: of a gray halftone, or of each channel of a print in several inks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from halftone_color.arrays.interpolation import enlarge
from halftone_color.cue import Cue
from halftone_color.method import Descreener
from halftone_color.plan import Plan
from halftone_color.run import Run
from halftone_color.screen.enlarged import to_grid
from halftone_color.types import Picture, Task

SMOOTH = "bicubic"
"""Interpolation of the contone of a dither that was enlarged."""


def descreen(cues: Sequence[Cue], plan: Plan, run: Run) -> tuple[Picture, ...]:
    """Return one contone for all cues: (1, H, W), or (3, H, W) of a print in several inks.

    With a descreener that draws there is one contone for each cue, unless they are colored afterwards.
    """
    if plan.descreener is None:
        return (plan.picture,) * (len(cues) if plan.cascade is None else 1)
    if not plan.descreener.draws or plan.cascade is not None:
        cues = cues[:1]
    parts = run.parts({"cue": 1.0})
    return tuple(_descreen_scan(plan.drawn(cue), plan, parts("cue", 1 / len(cues))) for cue in cues)


def descreen_task(descreener: Descreener, task: Task, run: Run) -> Picture:
    """Return the contone (1, H, W) of a halftone (1, H, W); an enlarged dither is descreened on its own grid."""
    made = task.screen.enlarged
    if made is None:
        return descreener(task, run)
    small = replace(task, picture=to_grid(task.picture, made), screen=replace(task.screen, enlarged=None))
    contone = np.float32(made.ink) + np.float32(made.paper - made.ink) * descreener(small, run)
    return np.clip(enlarge(contone, made.down, made.across, task.picture.shape[1:], SMOOTH), 0, 1)


def _descreen_scan(cue: Cue, plan: Plan, run: Run) -> Picture:
    assert plan.descreener is not None
    assert plan.screen is not None
    if len(plan.picture) == 1:
        contone = descreen_task(plan.descreener, Task(plan.picture, plan.screen, cue=cue), run)
        return plan.tones.correct_tones(contone, out=contone)
    from halftone_color.arrays.guided_filter import filter_color_differences  # which loads torch

    parts, channels = run.parts({"channel": 1.0}), []
    task = Task(plan.picture, exact=plan.screen.period_px is None, cue=cue)
    for channel, screen in zip(plan.picture[:, None], plan.channel_screens, strict=True):
        task = replace(task, picture=channel, screen=screen)
        channels.append(descreen_task(plan.descreener, task, parts("channel", 1 / 3)))
    rgb = filter_color_differences(np.concatenate(channels), plan.screen.period_px, run.threads)
    return plan.tones.whiten_paper(rgb)
