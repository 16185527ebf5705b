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
        help="Color picture to take colors from, such as --ref beach.jpg; repeat it, and all of them give one result.",
    ),
]
RefStrength = Annotated[
    float | None,
    typer.Option(
        "--ref-strength",
        min=0.0,
        metavar="X",
        show_default=False,
        help="How far references and palettes count: 0 not at all, 0.5 half, 1 by default, 2 the most.",
    ),
]
Palette = Annotated[
    list[str] | None,
    typer.Option(
        "--palette",
        metavar="COLORS|FILE",
        show_default=False,
        help="Colors to use, wherever they suit: --palette teal,#e9c46a,white, or a picture to take them from. "
        "Repeat it for several.",
    ),
]
Samples = Annotated[
    int, typer.Option("--samples", min=0, metavar="N", show_default=False, help="Make N random colorings.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of the first random coloring.")]
Saturation = Annotated[
    float | None,
    typer.Option(
        "--saturation",
        min=0.0,
        metavar="X",
        show_default=False,
        help="Factor on the colors: 0 is gray, 0.7 pale, 1 by default.",
    ),
]
Variety = Annotated[
    float | None,
    typer.Option(
        "--variety",
        min=0.0,
        metavar="X",
        show_default=False,
        help="How far random colorings go: 0 is the automatic one, 1.2 by default.",
    ),
]
ColorMethod = Annotated[
    str, typer.Option("--method", metavar="NAME", help="How to color: hcolor colorize --help-methods lists them.")
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
        help="Colors drawn on a transparent layer, or on a copy of the picture.",
    ),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask",
        metavar="FILE",
        show_default=False,
        help="White where the colors of --scribbles, or of the picture itself, are to be kept.",
    ),
]
HintWords = Annotated[
    list[str] | None,
    typer.Option(
        "--hint",
        metavar="X,Y,COLOR",
        show_default=False,
        help="Color of a point, px from the top left corner: --hint 120,80,teal, or #rrggbb, or rgb(r,g,b). Repeat it.",
    ),
]
Refine = Annotated[
    str | None,
    typer.Option(
        "--refine",
        metavar="levin|gram",
        show_default=False,
        help="levin cleans the colors along the edges, and takes hints as well; gram brings them nearer to the "
        "references'.",
    ),
]
RefDir = Annotated[
    Path | None,
    typer.Option(
        "--ref-dir",
        metavar="FOLDER",
        show_default=False,
        help="Color pictures of which --method gallery takes the nearest as its reference.",
    ),
]
CascadePath = Annotated[
    str | None,
    typer.Option(
        "--path",
        metavar="fused|ihn-first|color-first",
        show_default="fused",
        help="Both orders joined, or descreen then color, or color then descreen.",
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
    bool, typer.Option("--recolor", help="Give a print in several inks new colors, without references too.")
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="auto|float32|bfloat16",
        help="Numbers that networks compute in; auto: bfloat16 if the processor has it.",
    ),
]


def hints(words: Sequence[str] | None) -> list[tuple[float, float, str]]:
    """Return the hints of the words X,Y,COLOR.

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


def files(words: Sequence[str] | None) -> list[Path]:
    """Return those words of a palette that are files."""
    return [Path(word) for word in words or () if Path(word).is_file()]


def given(**values: Any) -> dict[str, Any]:
    """Return the options that were given: neither None nor a switch left off."""
    return {name: value for name, value in values.items() if value is not None and value is not False}
