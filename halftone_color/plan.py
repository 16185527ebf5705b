"""A Plan: what will be done to one scan; made by steps/planning.py before any network is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from halftone_color.cue import Cue
from halftone_color.method import Colorizer, Descreener, Fuser
from halftone_color.screen.photographs import Photograph
from halftone_color.screen.pigment import Pigment
from halftone_color.screen.tone import ToneReading
from halftone_color.types import Picture, Screen

Cascade = Callable[[Picture, Cue, "Plan", Any], Picture]
"""A function of steps/color.py: from a contone, a cue, the plan and a Run to a picture."""


@dataclass(frozen=True)
class Plan:
    """What will be done to a scan, and why."""

    picture: Picture
    """Input of the first step: luma (1, H, W), or (3, H, W) of a print in several inks."""
    screen: Screen | None
    """Screen of the scan; None if none is looked for."""
    tones: ToneReading
    """Calibration of its tones: digital, or between measured ink and paper."""
    channel_screens: tuple[Screen, ...] = ()
    """Screen of each channel, if there are several inks."""
    descreener: Descreener | None = None
    """None skips descreening."""
    colorizer: Colorizer | None = None
    """None skips coloring."""
    fuser: Fuser | None = None
    """Fuses the results of both orders; None if only one order is used."""
    refiner: Colorizer | None = None
    """A colorizer that refines the result; None skips refining."""
    cascade: Cascade | None = None
    """Function from contone and cue to color; None if nothing is colored."""
    networks: tuple[str, ...] = ()
    """Roles of the networks that the methods need; they are known to exist."""
    may_be_page: bool = False
    """Whether to look for text and blank paper after descreening."""
    photographs: tuple[Photograph, ...] | None = None
    """Photographs of a page, each colored as a picture of its own; None if the picture is no page. Filled in by
    steps/planning.find_photographs."""
    mask: Picture | None = None
    """(1, H, W) in [0, 1]: 0 where nothing of the picture is to be colored; None colors everything."""
    crop: bool = False
    """Whether each photograph of a page becomes a result of its own."""
    pigment: Pigment | None = None
    """Where the picture keeps colors of its own, although the rest is gray or colored anew; None keeps none."""
    keep_paper: bool = False
    """Whether the result keeps the tint of ink and paper."""
    seed: int = 0
    """Seed of what the descreener draws for a cue without one."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about what was found and decided, and why."""

    def drawn(self, cue: Cue) -> Cue:
        """Return a cue for the descreener, which has a seed in any case."""
        return cue if cue.seed is not None else replace(cue, seed=self.seed)

    def part(self, photograph: Photograph) -> Plan:
        """Return the plan for a photograph of the page, which is colored as a picture of its own."""
        picture = np.ascontiguousarray(self.picture[:, *photograph.box.slices])
        tones = self.tones.part(photograph.box)
        return replace(self, picture=picture, tones=tones, photographs=None, mask=photograph.mask)
