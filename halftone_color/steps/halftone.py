"""Screen a picture at its resolution; a color picture as a print in four inks, which is simulated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from halftone_color import registry
from halftone_color.arrays.inks import TURNS_DEG, overprint, separate
from halftone_color.arrays.light import linear_to_srgb, srgb_to_linear
from halftone_color.method import Halftoner, HasResolution, ScreensInks
from halftone_color.request import Request
from halftone_color.run import Conditions, Run
from halftone_color.types import Picture, Task

Resolution = tuple[float, float] | None
"""Pixels per inch (x, y), if known."""


def needed_conditions(request: Request, asked: Conditions) -> Conditions:
    """Return the conditions of a job; a halftoner without networks needs no device, and so does not load torch."""
    if request.job != "halftone" or registry.build("halftoners", request.halftoner).networks:
        return asked
    return replace(asked, device="cpu", precision="float32")


def fit_resolution(halftoner: Halftoner, dpi: Resolution) -> tuple[Halftoner, Resolution]:
    """Return the halftoner for a picture's resolution, and the resolution of the result: the halftoner's, if given."""
    if not isinstance(halftoner, HasResolution):
        return halftoner, dpi
    if halftoner.dpi is not None:
        return halftoner, (halftoner.dpi, halftoner.dpi)
    return (halftoner if dpi is None else halftoner.at_resolution(dpi)), dpi


def halftone_cmyk(rgb: Picture, halftoner: Halftoner, run: Run) -> Picture:
    """Return the simulated print (3, H, W) of a picture (3, H, W), both sRGB in [0, 1].

    A halftoner with the ability ScreensInks screens each of the four inks at its own angle. Other halftoners have no
    angle that would keep the inks independent; they screen cyan, magenta and yellow, and where all three coincide the
    result is black.
    """
    part = run.parts({"ink": 1.0})
    if not isinstance(halftoner, ScreensInks):
        return np.concatenate([halftoner(Task(channel[None]), part("ink", 1 / 3)) for channel in rgb])
    coverages = separate(srgb_to_linear(rgb) if halftoner.linear else rgb)
    papers = [
        halftoner.ink_screen(turn_deg)(Task(1 - coverage[None]), part("ink", 1 / 4))
        for coverage, turn_deg in zip(coverages, TURNS_DEG.values(), strict=True)
    ]
    seen = overprint(np.concatenate(papers))
    return linear_to_srgb(seen) if halftoner.linear else seen
