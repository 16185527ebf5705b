"""hcolor descreen: remove the dots of a halftone print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from halftone_color.cli import _help
from halftone_color.cli._groups import with_options
from halftone_color.cli._listing import list_option
from halftone_color.cli._options import Dots, DrawnFile, Machine, Method, Scan, methods, under
from halftone_color.cli._running import run_job

EXAMPLES = """Examples:
  hcolor descreen scan.png
  hcolor descreen scan.tif --format tiff -o clean/
  hcolor descreen page.tif --fast
  hcolor descreen portrait.png --patient
  hcolor descreen yellowed.jpg --keep-paper
  hcolor descreen scan.png --method gaussian --sigma 2.5
  hcolor descreen scan.png --method diffusion --set steps=8
  hcolor descreen scan.png --method diffusion --samples 8 --seed 3 \\
      --uncertainty-map map.png -o drawn/
"""
ROOM = "descreeners"
_method = under("Method")


class Command(_help.Command):
    """Its help ends with the descreeners."""

    room: ClassVar[str | None] = ROOM
    next_step: ClassVar[str] = "run it once for each scan"


@dataclass(frozen=True)
class Descreening(Method):
    """How to remove dots."""

    room: ClassVar[str] = ROOM
    flags: ClassVar[tuple[str, ...]] = ("fast", "patient", "sigma_px")

    method: Annotated[str, _method("--method", "NAME", "One of the methods below.", words=methods(ROOM))] = "network"
    assignments: Annotated[list[str], _method("--set", "NAME=VALUE", "Option of the method. Repeatable.")] = field(
        default_factory=list
    )
    fast: Annotated[bool, _method("--fast", None, "Quicker and softer: work at a smaller size.")] = False
    patient: Annotated[
        bool, _method("--patient", None, "Slower and a little better, as small pictures always are done.")
    ] = False
    sigma_px: Annotated[
        float | None, _method("--sigma", "PX", "Width of the Gaussian; by default it fits the screen.")
    ] = None
    samples: Annotated[int, _method("--samples", "N", "Draw N answers, by a method that draws: diffusion.", min=0)] = 0
    seed: Annotated[int, _method("--seed", "N", "Number of the first sample; 0 by default.", min=0)] = 0


@with_options
def command(
    scan: Scan,
    files: DrawnFile,
    descreening: Descreening,
    list_methods: Annotated[bool, list_option(ROOM, "--list-methods", "Method")] = False,
    help_methods: Annotated[bool, list_option(ROOM, "--help-methods")] = False,
    *,
    dots: Dots,
    machine: Machine,
) -> None:
    """Turn a scan of a halftone print into continuous tone: gray, or in its own colors if it has several inks."""
    run_job("descreen", scan, {**descreening.words(), **vars(dots)}, files, machine.conditions())
