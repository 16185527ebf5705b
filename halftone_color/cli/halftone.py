"""hcolor halftone: screen a photograph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from halftone_color.cli import _help
from halftone_color.cli._groups import with_options
from halftone_color.cli._listing import list_option
from halftone_color.cli._options import Machine, Method, Photo, PhotoFile, methods, under
from halftone_color.cli._running import run_job

EXAMPLES = """Examples:
  hcolor halftone photo.jpg
  hcolor halftone photo.jpg --method stucki --serpentine
  hcolor halftone photo.jpg --method clustered-dot --period 6 --angle 30
  hcolor halftone photo.jpg --method clustered-dot --lpi 85 --dpi 300 --cmyk
  hcolor halftone photo.jpg --method diffusion --seed 3 --set steps=20
"""
ROOM = "halftoners"
_method = under("Method")


class Command(_help.Command):
    """Its help ends with the halftoners."""

    room: ClassVar[str | None] = ROOM
    next_step: ClassVar[str] = "run it once for each photograph"


@dataclass(frozen=True)
class Screening(Method):
    """How to screen."""

    room: ClassVar[str] = ROOM
    flags: ClassVar[tuple[str, ...]] = (
        *("serpentine", "size", "period_px", "lpi", "dpi", "angle_deg", "shape", "antialias", "linear", "seed"),
    )

    method: Annotated[
        str,
        _method(
            "--method",
            "NAME",
            "One of the methods below, or a synonym; floyd-steinberg by default.",
            words=methods(ROOM),
        ),
    ] = "floyd-steinberg"
    assignments: Annotated[list[str], _method("--set", "NAME=VALUE", "Option of the method. Repeatable.")] = field(
        default_factory=list
    )
    cmyk: Annotated[bool, _method("--cmyk", None, "Print in four inks at the standard angles.")] = False
    serpentine: Annotated[bool, _method("--serpentine", None, "Diffuse every second row backwards.")] = False
    size: Annotated[int | None, _method("--size", "N", "Side of Bayer's matrix: 2, 4, 8 or 16.")] = None
    period_px: Annotated[float | None, _method("--period", "PX", "Dot spacing along the screen's axis.")] = None
    lpi: Annotated[float | None, _method("--lpi", "N", "Dots per inch along the axis, instead of --period.")] = None
    dpi: Annotated[float | None, _method("--dpi", "N", "Pixels per inch of the result; by default the input's.")] = None
    angle_deg: Annotated[
        float | None, _method("--angle", "DEG", "Direction of the screen's axis, from +x towards +y (down).")
    ] = None
    shape: Annotated[
        str | None,
        _method(
            "--shape",
            "NAME",
            "Shape of the dots: round, line, diamond or ellipse.",
            words=("round", "line", "diamond", "ellipse"),
        ),
    ] = None
    antialias: Annotated[bool, _method("--antialias", None, "Gray edges instead of ink and paper only.")] = False
    linear: Annotated[bool, _method("--linear", None, "Keep the mean of linear light.")] = False
    seed: Annotated[int | None, _method("--seed", "N", "Pattern that diffusion draws; 0 by default.", min=0)] = None


@with_options
def command(
    photo: Photo,
    files: PhotoFile,
    screening: Screening,
    list_methods: Annotated[bool, list_option(ROOM, "--list-methods", "Method")] = False,
    help_methods: Annotated[bool, list_option(ROOM, "--help-methods")] = False,
    *,
    machine: Machine,
) -> None:
    """Screen a photograph: error diffusion, ordered dither, blue noise, clustered dots, or dots that a network draws.

    Only diffusion has a network, and so a use for the options of the machine.
    """
    run_job("halftone", photo, screening.words(), files, machine.conditions())
