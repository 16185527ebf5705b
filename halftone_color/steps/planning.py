"""Make the plan: examine a scan and decide what will be done to it, before any network is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from halftone_color import registry
from halftone_color.errors import NothingToDoError, UsageError
from halftone_color.images.sources import is_gray, luma_of
from halftone_color.method import ColorsHalftones, Method
from halftone_color.plan import Plan
from halftone_color.request import Request
from halftone_color.run import Run
from halftone_color.screen import photographs
from halftone_color.screen.beside_pigment import settle_doubt
from halftone_color.screen.detect import detect, detect_in_colors
from halftone_color.screen.own_colors import find_own_colors
from halftone_color.screen.pigment import Pigment
from halftone_color.screen.tone import COLORFUL, ToneReading, read_tones
from halftone_color.screen.words import doubt_in_words
from halftone_color.steps import color
from halftone_color.steps.treatments import choose_method
from halftone_color.types import AUTHORS, Picture, Scan, Screen

NO_SCREEN = {"auto": "No halftone screen was found", "no": "The picture was declared to have no screen"}
"""Reason why a picture is not descreened, by the request's `screen`."""
KEPT = "This is a print in several inks: its dots were removed and its colors kept."
RETURNED = "No halftone screen was found and the picture has several colors, so it is returned unchanged."
RECOLOR = "For new colors, give it references or use --recolor."
ALL_NEW = "To color that too, use --recolor."
DISCARDED = "The picture's colors were discarded."
TINT_TAKEN = "This is a print in one ink on tinted paper: the tint was removed."
PIGMENT = "Colors of its own were kept in {own} of the picture; the other {other} has one ink"
"""Said of stamps, notes, tints by hand and color targets on a picture in one ink."""
TEXT = "Text and blank paper of the page were left uncolored."
NO_PAGE = "This is no page of text and photographs, so --crop left it whole."
NO_PHOTOGRAPH = "No photograph was found on the page; leave out --crop, or name the part with --region X,Y,W,H."
CASCADES = {"fused": color.fused, "ihn-first": color.ihn_first, "color-first": color.color_first}


def make_plan(scan: Scan, request: Request, run: Run) -> Plan:
    """Return the plan for a scan.

    Raises:
        UsageError: the chosen methods do not suit this scan.
        WeightsError: a network that they need is missing.
    """
    if run.conditions.weights == AUTHORS:
        from halftone_color.steps.color_2021 import plan_2021  # which loads torch

        plan = plan_2021(luma_of(scan.pixels), request)
        notes = (*_note_colors(scan, luma_of(scan.pixels), DISCARDED), *plan.notes)
        plan = replace(plan, notes=notes)
    else:
        plan_job = {"restore": _plan_restoring, "descreen": _plan_descreening, "colorize": _plan_coloring}[request.job]
        plan = plan_job(scan, request, run.threads)
        plan = replace(plan, may_be_page=plan.may_be_page or request.output.crop, crop=request.output.crop)
    plan = replace(plan, seed=request.cues.seed)
    for method in (plan.descreener, plan.colorizer, plan.fuser):
        _check_requirements(method, plan.screen)
    run.require(plan.networks)
    return plan


def find_photographs(contone: Picture, plan: Plan) -> Plan:
    """Complete the plan with the photographs of a page; text can be recognized only after descreening.

    Raises:
        NothingToDoError: each photograph is to become a result of its own, and there is none.
    """
    if not plan.may_be_page:
        return plan
    found = photographs.find_photographs(luma_of(contone), plan.tones.gray, plan.screen or Screen("none"))
    if plan.crop and found is None:
        return replace(plan, notes=(*plan.notes, NO_PAGE))
    if plan.crop and found is not None and not found:
        raise NothingToDoError(NO_PHOTOGRAPH)
    notes = (*plan.notes, TEXT) if found is not None and plan.cascade is not None else plan.notes
    return replace(plan, photographs=found, notes=notes)


def _plan_coloring(scan: Scan, request: Request, threads: int) -> Plan:
    """Plan the coloring of a gray photograph, without looking for a screen."""
    gray = luma_of(scan.pixels)
    plan = Plan(gray, None, ToneReading(gray), notes=_note_colors(scan, gray, DISCARDED))
    return _add_coloring(plan, request, "ihn-first")


def _plan_descreening(scan: Scan, request: Request, threads: int) -> Plan:
    """Plan descreening; a picture without a screen is returned unchanged, including its tint."""
    gray = luma_of(scan.pixels)
    screen = find_screen(scan.pixels, gray, request.screen, threads)
    if not screen.present:
        has_tint = not is_gray(scan.pixels)
        reading = ToneReading(gray, scan.pixels if has_tint else None)
        word = f"{NO_SCREEN[request.screen]}: the picture is returned unchanged."
        notes = (*_note_reading(scan, reading), word, *_note_doubt(screen))
        return Plan(reading.shown, screen, reading, notes=notes)
    reading, pigment = _read_colors(scan.pixels, screen, request.tone)
    notes = _note_reading(scan, reading, pigment)
    if reading.colors is not None:
        notes = (*notes, KEPT)
    if pigment is not None:
        notes = (*notes, f"{_note_shares(pigment)}.")
    return replace(_add_descreening(reading, screen, request, notes, threads), pigment=pigment)


def _plan_restoring(scan: Scan, request: Request, threads: int) -> Plan:
    """Plan descreening and coloring; colors of its own, all over or in places, stay unless new ones are asked for."""
    gray = luma_of(scan.pixels)
    screen = find_screen(scan.pixels, gray, request.screen, threads)
    reading, pigment = _read_colors(scan.pixels, screen, request.tone)
    pigment = None if request.recolor else pigment
    notes = (*_note_reading(scan, reading, pigment), *_note_doubt(screen))
    if reading.colors is not None and not (request.cues.kinds or request.recolor):
        notes = (*notes, KEPT if screen.present else RETURNED, RECOLOR)
        if screen.present:
            return _add_descreening(reading, screen, request, notes, threads)
        return Plan(reading.colors, screen, reading, keep_paper=request.keep_paper, notes=notes)
    reading = replace(reading, colors=None)
    if screen.present:
        plan = _add_descreening(reading, screen, request, notes, threads)
    else:
        notes = (*notes, f"{NO_SCREEN[request.screen]}: descreening was skipped.")
        plan = Plan(gray, screen, reading, keep_paper=request.keep_paper, notes=notes)
    if pigment is not None:
        notes = (*plan.notes, f"{_note_shares(pigment)} and was colored. {ALL_NEW}")
        plan = replace(plan, pigment=pigment, notes=notes)
    plan = replace(plan, may_be_page=True)
    return _add_coloring(plan, request, None if screen.present else "ihn-first")


def _read_colors(pixels: Picture, screen: Screen, tone: str) -> tuple[ToneReading, Pigment | None]:
    """Return tones, with all colors of a picture in color all over, and the pigment of one that is so in places."""
    own = find_own_colors(pixels, screen)
    if screen.present:
        return read_tones(pixels, tone, screen, own.everywhere), own.pigment
    return ToneReading(luma_of(pixels), pixels if own.everywhere else None), own.pigment


def find_screen(pixels: Picture, gray: Picture, asked: str, threads: int = 1) -> Screen:
    """Return the screen of a picture (1, H, W); `asked` is one of request.SCREENS and may override the detection."""
    found = detect_in_colors(pixels, gray, threads) if asked != "no" else Screen("none")
    found = settle_doubt(pixels, gray, found, threads)
    if asked != "yes" or found.present:
        return found
    return found.doubt or Screen("stochastic")


def _add_descreening(
    reading: ToneReading, screen: Screen, request: Request, notes: Sequence[str], threads: int
) -> Plan:
    """Return the plan that descreens a print in one ink or several."""
    chosen, why = choose_method(request.descreener, screen)
    descreener = registry.build("descreeners", chosen)
    each = () if reading.colors is None else [detect(channel, threads=threads) for channel in reading.colors[:, None]]
    return Plan(
        reading.shown,
        screen,
        reading,
        channel_screens=tuple(found if found.present else screen for found in each),
        descreener=descreener,
        networks=descreener.networks,
        keep_paper=request.keep_paper,
        notes=(*notes, *why),
    )


def _add_coloring(plan: Plan, request: Request, cascade: str | None) -> Plan:
    """Return the plan with coloring added; the cascade order is given, or requested, or the colorizer's default."""
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
    """Refuse a method that needs a feature that the scan does not have."""
    if method is not None and "period" in method.requires and (screen is None or screen.period_px is None):
        raise UsageError(
            f"{type(method).__name__} needs a screen with a period, and none was found; choose another method."
        )


def _note_doubt(screen: Screen) -> tuple[str, ...]:
    """Return a note about a pattern that was left in the picture, if there is one."""
    doubt = doubt_in_words(screen)
    return () if doubt is None else (doubt,)


def _note_reading(scan: Scan, reading: ToneReading, pigment: Pigment | None = None) -> tuple[str, ...]:
    """Return the scan's notes and, if its colors are dropped, a note about them."""
    if reading.colors is not None or (pigment is not None and reading.print_ is None):
        return scan.notes
    return _note_colors(scan, reading.gray, DISCARDED if reading.print_ is None else TINT_TAKEN)


def _note_shares(pigment: Pigment) -> str:
    """Return how much of a picture has colors of its own, in words."""
    share = 100 * pigment.share
    digits = 0 if 9.5 <= share <= 90.5 else 1
    return PIGMENT.format(own=f"{share:.{digits}f} %", other=f"{100 - share:.{digits}f} %")


def _note_colors(scan: Scan, gray: Picture, word: str) -> tuple[str, ...]:
    """Return the scan's notes and, if it differs from gray (1, H, W), the given note."""
    colorful = len(scan.pixels) == 3 and np.abs(scan.pixels - gray).max() > COLORFUL
    return (*scan.notes, word) if colorful else scan.notes
