"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from halftone_color.errors import UsageError
from halftone_color.types import MAX_PIXELS as MAX_PIXELS

Scan = Annotated[Path, typer.Argument(metavar="SCAN", help="PNG, JPEG, JPEG 2000, WebP, TIFF or BMP.")]
Photo = Annotated[Path, typer.Argument(metavar="PHOTO", help="PNG, JPEG, JPEG 2000, WebP, TIFF or BMP.")]

Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        show_default=False,
        help="File (.png .tif .jpg .webp) or folder; beside the input by default.",
    ),
]
Format = Annotated[str, typer.Option("--format", metavar="png|tiff", help="Format of names that hcolor chooses.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
MaxPixels = Annotated[int, typer.Option("--max-pixels", min=1, metavar="N", help="Refuse larger pictures.")]
Weights = Annotated[
    str, typer.Option("--weights", metavar="SET", help="Trained weights: a set (hcolor weights list) or a folder.")
]

References = Annotated[
    list[Path] | None,
    typer.Option(
        "--ref",
        metavar="FILE",
        show_default=False,
        help="Colour picture to take colours from; repeat it, and all of them give one result.",
    ),
]
Samples = Annotated[
    int, typer.Option("--samples", min=0, metavar="N", show_default=False, help="Make N random colourings.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of the first random colouring.")]
Saturation = Annotated[
    float | None,
    typer.Option("--saturation", min=0.0, metavar="X", show_default=False, help="Factor on the colours: 0 is gray."),
]
Variety = Annotated[
    float | None,
    typer.Option(
        "--variety",
        min=0.0,
        metavar="X",
        show_default=False,
        help="How far random colourings go: 0 is the automatic one.",
    ),
]
ColorMethod = Annotated[
    str, typer.Option("--method", metavar="NAME", help="How to colour: hcolor colorize --help-methods lists them.")
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", show_default=False, help="Option of the method; repeat it for several."
    ),
]
KeepLuminance = Annotated[
    bool,
    typer.Option(
        "--keep-luminance/--no-keep-luminance", help="Keep the picture's own luminance, or the one the method gives it."
    ),
]
Scribbles = Annotated[
    Path | None,
    typer.Option(
        "--scribbles",
        metavar="FILE",
        show_default=False,
        help="Colours drawn on a transparent layer, or on a copy of the picture.",
    ),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask",
        metavar="FILE",
        show_default=False,
        help="White where the colours of --scribbles, or of the picture itself, are to be kept.",
    ),
]
HintWords = Annotated[
    list[str] | None,
    typer.Option(
        "--hint",
        metavar="X,Y,COLOUR",
        show_default=False,
        help="Colour of a point, px from the top left corner; a name, #rrggbb or rgb(r,g,b). Repeat it for several.",
    ),
]
Refine = Annotated[
    str | None,
    typer.Option(
        "--refine", metavar="levin", show_default=False, help="Clean the colours along the edges; takes hints as well."
    ),
]
RefDir = Annotated[
    Path | None,
    typer.Option(
        "--ref-dir",
        metavar="FOLDER",
        show_default=False,
        help="Colour pictures of which --method gallery takes the nearest as its reference.",
    ),
]
CascadePath = Annotated[
    str | None,
    typer.Option(
        "--path",
        metavar="fused|ihn-first|color-first",
        show_default="fused",
        help="Both orders joined, or descreen then colour, or colour then descreen.",
    ),
]
Screened = Annotated[
    str,
    typer.Option(
        "--screen",
        metavar="auto|yes|no",
        help="Is there a screen to remove: find out, or yes for one too faint to be found, or no.",
    ),
]
Tone = Annotated[
    str,
    typer.Option(
        metavar="auto|digital|print",
        help="digital: the halftone's mean is its tone; print: read it between ink and paper and undo dot gain.",
    ),
]
KeepPaper = Annotated[bool, typer.Option("--keep-paper", help="Leave the tint of the print's ink and paper.")]
Recolor = Annotated[
    bool, typer.Option("--recolor", help="Give a print in several inks new colours, without references too.")
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="auto|float32|bfloat16",
        help="Numbers that networks compute in; auto: bfloat16 if the processor has it.",
    ),
]


def hints(words: Sequence[str] | None) -> list[tuple[float, float, str]]:
    """Return the hints of the words X,Y,COLOUR.

    Raises:
        UsageError: something is no hint.
    """
    found = []
    for word in words or ():
        try:
            x, y, color = word.split(",", 2)
            found.append((float(x), float(y), color))
        except ValueError as error:
            raise UsageError(f"{word!r} is no hint; write --hint 120,80,teal or --hint '120,80,#2a9d8f'.") from error
    return found


def given(**values: Any) -> dict[str, Any]:
    """Return the options that were given: neither None nor a switch left off."""
    return {name: value for name, value in values.items() if value is not None and value is not False}
