"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

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
Weights = Annotated[str, typer.Option("--weights", metavar="SET", help="Set of trained weights: hcolor weights list.")]

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
CascadePath = Annotated[
    str,
    typer.Option(
        "--path",
        metavar="fused|ihn-first|color-first",
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


def given(**values: Any) -> dict[str, Any]:
    """Return the options that were given: neither None nor a switch left off."""
    return {name: value for name, value in values.items() if value is not None and value is not False}
