"""The tables and contact sheets of weights/README.md, made by one command.

A section is a file of evaluation/sections: file name = name. Its `measure` takes Materials and returns Markdown; its
TAKES says whether it measures photographs, as most do, or scans, a folder of which then may stand in their place.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import replace

from halftone_color.errors import InputError, UsageError
from halftone_color.evaluation import sections
from halftone_color.evaluation._report import Materials
from halftone_color.types import AUTHORS

__all__ = ["Materials", "bench", "names"]

DESCREEN = ("standard", "kernels", "unseen", "identity", "text", "cmyk", "sweep", "scans", "inspect", "speed")
GROUPS = {"all": (*DESCREEN, "recovery", "random", "color"), "descreen": DESCREEN}
"""Names that stand for several sections, in the order of the report."""
PHOTOGRAPHS, SCANS = "photographs", "scans"
"""What a section may take."""


def names() -> tuple[str, ...]:
    """Return what can be asked for: groups, their sections in order, all other sections."""
    found = sorted(module.name for module in pkgutil.iter_modules(sections.__path__))
    return tuple(dict.fromkeys((*GROUPS, *GROUPS["all"], *found)))


def bench(section: str, materials: Materials) -> str:
    """Measure and return the tables of a section as Markdown; equal calls give equal figures, speed apart.

    Args:
        section: one of `names`.
        materials: what to measure, and with what.

    Raises:
        UsageError: an unknown section, a plot that is no SVG, or the published weights, whose results have a size of
            their own.
        InputError: the folder holds no photographs, or one of the scans' is not a folder.
        WeightsError: weights or backbone are missing or damaged.
    """
    _check(section, materials)
    asked, parts = GROUPS.get(section, (section,)), list[str]()
    for done, name in enumerate(asked):

        def heard(share: float, line: str | None, done: int = done) -> None:
            materials.notify((done + share) / len(asked), line)

        module = importlib.import_module(f"{sections.__name__}.{name}")
        takes = getattr(module, "TAKES", (PHOTOGRAPHS,))
        own = _parts_of(replace(materials, notify=heard), takes, alone=section not in GROUPS)
        parts += [module.measure(each) for each in own]
    return "\n\n".join(parts) + "\n"


def _check(section: str, materials: Materials) -> None:
    """Refuse what no section can measure."""
    if section not in names():
        raise UsageError(
            f"There is no section {section!r} to bench; choose one of {', '.join(names())}; or sheets, to draw."
        )
    if missing := [folder for folder in materials.scans if not folder.is_dir()]:
        raise InputError(f"There is no folder {missing[0]}; give --scans a folder of scans.")
    if materials.count is not None and materials.count < 1:
        raise UsageError(
            f"{materials.count} photographs cannot be measured; give --count 4 or more, or leave it out for all."
        )
    if materials.plot is not None and materials.plot.suffix.lower() != ".svg":
        raise UsageError(f"The chart is an SVG; let the name of {materials.plot} end in .svg.")
    if materials.weights == AUTHORS:
        raise UsageError(
            "The networks of 2021 answer every picture with 256 x 256 px, so they have no tables of their own; "
            "`hcolor bench speed` times them beside the default weights."
        )


def _parts_of(materials: Materials, takes: Sequence[str], alone: bool) -> list[Materials]:
    """Return what a section is given, once for each folder of scans where it takes one in place of photographs."""
    folders = [replace(materials, photos=folder) for folder in materials.scans] if SCANS in takes else []
    if PHOTOGRAPHS not in takes:
        return folders or [materials if alone else replace(materials, photos=None)]
    return folders if alone and folders else [materials, *folders]
