"""Look at a scan and decide what will be done to it, before any network is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.images.sources import luma_of
from halftone_color.method import ColorsHalftones, Method
from halftone_color.plan import Plan
from halftone_color.request import Request
from halftone_color.run import Run
from halftone_color.screen.detect import detect
from halftone_color.screen.page import picture_mask, upsample_mask
from halftone_color.screen.tone import COLORFUL, ToneReading, find_colors, read_tones
from halftone_color.steps import color
from halftone_color.types import AUTHORS, Picture, Scan, Screen

GRAY_SPREAD = 0.01
"""What the channels of a gray picture differ by at most."""
UNSCREENED = {"auto": "No halftone screen was found", "no": "The picture is said to have no screen"}
"""Why a picture is not descreened, by what the request says about its screen."""
KEPT = "A print in several inks: its dots were removed and its colors kept."
OWN = "No halftone screen was found, and the picture has colors of its own: it is returned as it is."
RECOLOR = "Give it references, or --recolor, for new colors."
DISCARDED = "The picture's colors were discarded."
TINT_TAKEN = "One ink on tinted paper: the tint was taken out."
TEXT = "Text and blank paper of the page were left uncolored."
CASCADES = {"fused": color.fused, "ihn-first": color.ihn_first, "color-first": color.color_first}


def make_plan(scan: Scan, request: Request, run: Run) -> Plan:
    """Return what will be done to a scan.

    Raises:
        UsageError: the chosen methods cannot do what is asked of this scan.
        WeightsError: a network that they need is missing.
    """
    if run.conditions.weights == AUTHORS:
        from halftone_color.steps.color_2021 import plan_2021  # which loads torch

        plan = plan_2021(luma_of(scan.pixels), request)
        notes = (*_word_on_colors(scan, luma_of(scan.pixels), DISCARDED), *plan.notes)
        plan = replace(plan, notes=notes)
    else:
        look = {"restore": _restoring, "descreen": _descreening, "colorize": _coloring}[request.job]
        plan = look(scan, request, run.threads)
    for method in (plan.descreener, plan.colorizer, plan.fuser):
        _check_requirements(method, plan.screen)
    run.require(plan.networks)
    return plan


def find_photographs(contone: Picture, plan: Plan) -> Plan:
    """Return the plan with the mask of what is colored: text shows only once its dots are gone."""
    if not plan.may_be_page or plan.cascade is None:
        return plan
    assert plan.screen is not None
    mask = upsample_mask(picture_mask(contone, plan.tones.gray, plan.screen), *contone.shape[1:])
    notes = (*plan.notes, TEXT) if mask.min() < 0.5 else plan.notes
    return replace(plan, photographs=mask, notes=notes)


def _coloring(scan: Scan, request: Request, threads: int) -> Plan:
    """Color a gray photograph: no screen is looked for."""
    gray = luma_of(scan.pixels)
    plan = Plan(gray, None, ToneReading(gray), notes=_word_on_colors(scan, gray, DISCARDED))
    return _with_colors(plan, request, "ihn-first")


def _descreening(scan: Scan, request: Request, threads: int) -> Plan:
    """Remove the dots; what has none comes back as it is, tint and all."""
    gray = luma_of(scan.pixels)
    screen = screen_of(gray, request.screen, threads)
    if not screen.present:
        has_tint = np.ptp(scan.pixels, axis=0).max() > GRAY_SPREAD
        reading = ToneReading(gray, scan.pixels if has_tint else None)
        word = f"{UNSCREENED[request.screen]}: the picture is returned as it is."
        return Plan(reading.shown, screen, reading, notes=(*_word_on_reading(scan, reading), word))
    reading = read_tones(scan.pixels, request.tone)
    notes = _word_on_reading(scan, reading)
    if reading.colors is not None:
        notes = (*notes, KEPT)
    return _without_dots(reading, screen, request, notes, threads)


def _restoring(scan: Scan, request: Request, threads: int) -> Plan:
    """Descreen and color; a picture that has colors of its own keeps them unless new ones are asked for."""
    gray = luma_of(scan.pixels)
    screen = screen_of(gray, request.screen, threads)
    reading = (
        read_tones(scan.pixels, request.tone) if screen.present else ToneReading(gray, find_colors(scan.pixels, gray))
    )
    notes = _word_on_reading(scan, reading)
    if reading.colors is not None and not (request.cues.kinds or request.recolor):
        notes = (*notes, KEPT if screen.present else OWN, RECOLOR)
        if screen.present:
            return _without_dots(reading, screen, request, notes, threads)
        return Plan(reading.colors, screen, reading, keep_paper=request.keep_paper, notes=notes)
    reading = replace(reading, colors=None)
    if screen.present:
        plan = _without_dots(reading, screen, request, notes, threads)
    else:
        notes = (*notes, f"{UNSCREENED[request.screen]}: descreening was skipped.")
        plan = Plan(gray, screen, reading, keep_paper=request.keep_paper, notes=notes)
    plan = replace(plan, may_be_page=True)
    return _with_colors(plan, request, None if screen.present else "ihn-first")


def screen_of(gray: Picture, said: str, threads: int = 1) -> Screen:
    """Return the screen of a picture (1, H, W), or the one that the user says there is: auto, yes or no."""
    found = detect(gray, threads=threads) if said != "no" else Screen("none")
    return Screen("stochastic") if said == "yes" and not found.present else found


def _without_dots(reading: ToneReading, screen: Screen, request: Request, notes: Sequence[str], threads: int) -> Plan:
    """Return the plan that removes the dots of a print in one ink or several."""
    descreener = registry.build("descreeners", request.descreener)
    each = () if reading.colors is None else [detect(channel, threads=threads) for channel in reading.colors[:, None]]
    return Plan(
        reading.shown,
        screen,
        reading,
        channel_screens=tuple(own if own.present else screen for own in each),
        descreener=descreener,
        networks=descreener.networks,
        keep_paper=request.keep_paper,
        notes=tuple(notes),
    )


def _with_colors(plan: Plan, request: Request, cascade: str | None) -> Plan:
    """Return the plan that colors as well, in the cascade order given, or asked for, or the colorizer's own."""
    colorizer = registry.build("colorizers", request.colorizer)
    first = isinstance(colorizer, ColorsHalftones)
    cascade = cascade or request.cascade or ("fused" if first else "ihn-first")
    fuser = registry.build("fusers", request.fuser) if cascade == "fused" else None
    refiner = None if request.refiner is None else registry.build("colorizers", request.refiner)
    needed = (*plan.networks, *(fuser.networks if fuser else ()), *colorizer.networks)
    needed += refiner.refiner_networks if refiner else ()
    return replace(
        plan,
        colorizer=colorizer,
        fuser=fuser,
        refiner=refiner,
        cascade=CASCADES[cascade],
        networks=tuple(dict.fromkeys(needed)),
    )


def _check_requirements(method: Method | None, screen: Screen | None) -> None:
    """Refuse a method that needs what the scan does not have."""
    if method is not None and "period" in method.requires and (screen is None or screen.period_px is None):
        raise UsageError(
            f"{type(method).__name__} needs a screen with a period, and none was found; choose another method."
        )


def _word_on_reading(scan: Scan, reading: ToneReading) -> tuple[str, ...]:
    """Return the scan's notes and, where its colors are left out, a word about them."""
    if reading.colors is not None:
        return scan.notes
    return _word_on_colors(scan, reading.gray, DISCARDED if reading.print_ is None else TINT_TAKEN)


def _word_on_colors(scan: Scan, gray: Picture, word: str) -> tuple[str, ...]:
    """Return the scan's notes and, where it shows more than gray (1, H, W), a word."""
    colorful = len(scan.pixels) == 3 and np.abs(scan.pixels - gray).max() > COLORFUL
    return (*scan.notes, word) if colorful else scan.notes
