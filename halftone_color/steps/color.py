"""The cascades: descreen then color, color then descreen, or both combined (Yen, Cheng, Chiu 2021, figure 1).

halftone -> contone -> color                       ihn_first, the paper's IHN -> C
halftone -> colored halftone -> contone channels   color_first, the paper's C -> IHN
both -> fusion                                     fused
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halftone_color.cue import Cue
from halftone_color.method import ColorsHalftones, Refines
from halftone_color.plan import Plan
from halftone_color.run import Run
from halftone_color.screen.page import desaturate_outside
from halftone_color.steps.pages import color_page
from halftone_color.types import Picture, Screen, Task


def color(contones: Sequence[Picture], cues: Sequence[Cue], plan: Plan, run: Run) -> tuple[Picture, ...]:
    """Return one colored picture per cue; without a cascade, return the contones unchanged."""
    if plan.cascade is None:
        return tuple(contones)
    parts, cascade = run.parts({"cue": 1.0}), plan.cascade if plan.photographs is None else color_page
    return tuple(cascade(contones[0], cue, plan, parts("cue", 1 / len(cues))) for cue in cues)


def ihn_first(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """Color the contone: (1, H, W) -> (3, H, W)."""
    assert plan.colorizer is not None
    parts = run.parts({"color": 1.0, "refine": 1.0 * bool(plan.refiner)})
    picture = _colorize(contone, cue, plan, parts("color"))
    if plan.colorizer.uses_mask and plan.refiner is None:
        return picture
    return _refine_and_mask(np.asarray(picture), cue, plan, parts("refine"))


def color_first(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """Color the halftone, then descreen its channels: (1, H, W) -> (3, H, W)."""
    parts = run.parts({"both": 3.0, "refine": 1.0 * bool(plan.refiner)})
    return _refine_and_mask(_colorize_halftone(cue, plan, parts("both")), cue, plan, parts("refine"))


def fused(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """Fuse the results of both orders: (1, H, W) -> (3, H, W)."""
    assert plan.fuser is not None
    parts = run.parts({"color": 0.3, "both": 3.0, "fuse": 0.2, "refine": 1.0 * bool(plan.refiner)})
    contone_first = np.asarray(_colorize(contone, cue, plan, parts("color")))
    task = Task(contone_first, other=_colorize_halftone(cue, plan, parts("both")))
    return _refine_and_mask(plan.fuser(task, parts("fuse")), cue, plan, parts("refine"))


def _colorize(contone: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    assert plan.colorizer is not None
    return plan.colorizer(Task(contone, cue=cue, mask=plan.mask), run)


def _colorize_halftone(cue: Cue, plan: Plan, run: Run) -> Picture:
    """Color the halftone itself, then descreen each of its channels, with the same noise for all."""
    assert isinstance(plan.colorizer, ColorsHalftones)
    assert plan.descreener is not None
    parts, screen = run.parts({"color": 0.2, "channel": 2.8}), plan.screen or Screen("none")
    halftone = plan.colorizer.color_halftone(Task(plan.picture, screen, cue=cue, mask=plan.mask), parts("color"))
    channels = [
        plan.descreener(Task(each, screen, cue=plan.drawn(cue)), parts("channel", 1 / 3)) for each in halftone[:, None]
    ]
    return plan.tones.correct_tones(np.concatenate(channels))


def _refine_and_mask(picture: Picture, cue: Cue, plan: Plan, run: Run) -> Picture:
    """Refine a colored picture where that is asked for, and leave gray what is not a photograph and has no hint."""
    if plan.refiner is not None:
        assert isinstance(plan.refiner, Refines)
        picture = plan.refiner.refine(Task(picture, cue=cue), run)
    if plan.mask is None:
        return picture
    return desaturate_outside(picture, plan.mask if cue.hints is None else np.maximum(plan.mask, cue.hints.given))
