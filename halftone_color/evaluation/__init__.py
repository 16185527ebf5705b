"""The tables and contact sheets of weights/README.md, made by one command."""

from __future__ import annotations

import importlib
from pathlib import Path

from halftone_color.errors import UsageError
from halftone_color.evaluation._report import Notify, Request

ALL = ("descreen", "kernels", "inspect", "recovery", "random", "speed")
"""Sections that `all` stands for."""
SECTIONS = ("all", *ALL, "methods", "scans")
"""What can be asked for; `scans` takes a folder of real scans with INDEX.csv in place of photographs."""
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
) -> str:
    """Measure and return the tables of a section as Markdown; equal calls give equal figures, speed apart.

    Args:
        section: one of SECTIONS.
        photos: folder of photographs (index.csv with file and split, as for training), for kernels, inspect, recovery,
            random and methods; for the section scans the folder that holds INDEX.csv. Without it the tables of
            kernels, recovery, random, methods and scans say "not measured".
        backbone: MobileNetV2 safetensors file; rows that need it say "not measured" without.
        weights: set of trained weights.
        notify: called with the share done in [0, 1] and what is being worked on.
        pairs: for the section methods, a folder of prints with references: NAME_target.* and NAME_ref.*.
        sheet: for the section methods, the file that a page of pictures is drawn to.

    Raises:
        UsageError: an unknown section, or the published weights, whose results have a size of their own.
        InputError: the folder holds no photographs.
        WeightsError: weights or backbone are missing or damaged.
    """
    if section not in SECTIONS:
        raise UsageError(f"There is no section {section!r} to bench; choose one of {', '.join(SECTIONS)}.")
    if weights == PUBLISHED:
        raise UsageError(
            "The networks of 2021 answer every picture with 256 x 256 px, so they have no tables of their own; "
            "`hcolor bench speed` times them beside the default weights."
        )
    names = ALL if section == "all" else (section,)
    parts = []
    for done, name in enumerate(names):
        module = importlib.import_module(f"halftone_color.evaluation.{name}")

        def heard(share: float, line: str | None, done: int = done) -> None:
            notify((done + share) / len(names), line)

        parts.append(module.measure(Request(photos, backbone, weights, heard, pairs, sheet)))
    return "\n\n".join(parts) + "\n"
