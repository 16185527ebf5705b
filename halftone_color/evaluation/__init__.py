"""The tables and contact sheets of weights/README.md, made by one command."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from halftone_color.errors import InputError, UsageError
from halftone_color.evaluation._report import Notify, Request

DESCREEN = ("standard", "kernels", "unseen", "identity", "text", "cmyk", "sweep", "scans", "inspect", "speed")
GROUPS = {"all": (*DESCREEN, "recovery", "random", "color"), "descreen": DESCREEN}
"""Names that stand for several sections."""
SECTIONS = (*GROUPS, *GROUPS["all"], "methods")
"""What can be asked for."""
OF_SCANS = ("scans", "inspect")
"""Sections that take a folder of scans with INDEX.csv in place of photographs, when they are asked for alone."""
PUBLISHED = "authors-2021"


def _unheard(share: float, line: str | None) -> None:
    """Notify nobody."""


def bench(
    section: str,
    photos: Path | None = None,
    backbone: Path | None = None,
    weights: str = "default",
    notify: Notify = _unheard,
    pairs: Path | None = None,
    sheet: Path | None = None,
    scans: Sequence[Path] = (),
    plot: Path | None = None,
    count: int | None = None,
    beside: Sequence[Path] = (),
) -> str:
    """Measure and return the tables of a section as Markdown; equal calls give equal figures, speed apart.

    Args:
        section: one of SECTIONS.
        photos: folder of photographs (index.csv with file and split, as for training). Without it the tables that are
            made of photographs say "not measured". For the sections scans and inspect alone it may be a folder of
            scans.
        backbone: MobileNetV2 safetensors file; rows that need it say "not measured" without.
        weights: set of trained weights.
        notify: called with the share done in [0, 1] and what is being worked on.
        pairs: for the sections methods and color, a folder of prints with references: NAME_target.* and NAME_ref.*.
        sheet: for the section methods, the file that a page of pictures is drawn to.
        scans: folders of scans and pages, for scans and inspect (with INDEX.csv) and text, and of old photographs with
            faces.csv, for color; "not measured" without.
        plot: for the section sweep, the file (SVG) that a chart is drawn to.
        count: for the section color, how many photographs are measured, evenly spaced; all by default.
        beside: for the section color, folders of pictures that other programs colored: NAME-automatic.png and so on.

    Raises:
        UsageError: an unknown section, a plot that is no SVG, or the published weights, whose results have a size of
            their own.
        InputError: the folder holds no photographs, or one of `scans` is no folder.
        WeightsError: weights or backbone are missing or damaged.
    """
    if section not in SECTIONS:
        raise UsageError(
            f"There is no section {section!r} to bench; choose one of {', '.join(SECTIONS)}; or sheets, to draw."
        )
    if missing := [folder for folder in scans if not folder.is_dir()]:
        raise InputError(f"There is no folder {missing[0]}; give --scans a folder of scans.")
    if count is not None and count < 1:
        raise UsageError(f"{count} photographs cannot be measured; give --count 4 or more, or leave it out for all.")
    if plot is not None and plot.suffix.lower() != ".svg":
        raise UsageError(f"The chart is an SVG; let the name of {plot} end in .svg.")
    if weights == PUBLISHED:
        raise UsageError(
            "The networks of 2021 answer every picture with 256 x 256 px, so they have no tables of their own; "
            "`hcolor bench speed` times them beside the default weights."
        )
    names = GROUPS.get(section, (section,))
    parts = []
    for done, name in enumerate(names):
        module = importlib.import_module(f"halftone_color.evaluation.sections.{name}")

        def heard(share: float, line: str | None, done: int = done) -> None:
            notify((done + share) / len(names), line)

        request = Request(photos, backbone, weights, heard, pairs, sheet, tuple(scans), plot, count, tuple(beside))
        parts += [module.measure(own) for own in _requests(name, request, alone=section not in GROUPS)]
    return "\n\n".join(parts) + "\n"


def _requests(name: str, request: Request, alone: bool) -> list[Request]:
    """Return what a section is asked, once for each folder of scans where it takes one in place of photographs."""
    folders = [replace(request, photos=folder) for folder in request.scans] if name in OF_SCANS else []
    if name == "scans":
        return folders or [request if alone else replace(request, photos=None)]
    return folders if alone and folders else [request, *folders]
