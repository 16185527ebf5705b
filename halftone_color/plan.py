"""What will be done to one scan: made by steps/planning.py before any network is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from halftone_color.cue import Cue
from halftone_color.method import Colorizer, Descreener, Fuser
from halftone_color.screen.tone import ToneReading
from halftone_color.types import Picture, Screen

Cascade = Callable[[Picture, Cue, "Plan", Any], Picture]
"""From a contone, a cue, the plan and a Run to a picture: a function of steps/color.py."""


@dataclass(frozen=True)
class Plan:
    """What will be done to a scan, and why."""

    picture: Picture
    """What is worked on: (1, H, W) luma, or (3, H, W) of a print in several inks."""
    screen: Screen | None
    """The scan's; None where none is looked for."""
    tones: ToneReading
    """How its tones are read: digital, or between which ink and paper."""
    channel_screens: tuple[Screen, ...] = ()
    """Each channel's, where the inks differ."""
    descreener: Descreener | None = None
    """None hands the picture on as it is."""
    colorizer: Colorizer | None = None
    """None leaves the contone as it is."""
    fuser: Fuser | None = None
    refiner: Colorizer | None = None
    """A colorizer that can refine."""
    cascade: Cascade | None = None
    """Leads from contone and cue to color; None where nothing is colored."""
    networks: tuple[str, ...] = ()
    """Roles that the methods need; missing weights were refused."""
    may_be_page: bool = False
    """Is text and blank paper to be looked for once the dots are gone?"""
    photographs: Picture | None = None
    """(1, H, W) in [0, 1]: what is colored; steps/planning.find_photographs fills it in."""
    keep_paper: bool = False
    """Is the result to be on the paper that was found?"""
    notes: tuple[str, ...] = ()
    """What was found and decided, and why."""
