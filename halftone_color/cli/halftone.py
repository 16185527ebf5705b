"""hcolor halftone: screen a photograph."""

from __future__ import annotations

from typing import Annotated

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._methods import command_of
from halftone_color.cli._running import deliver, planned, progress

EXAMPLES = """Examples:

hcolor halftone photo.jpg

hcolor halftone photo.jpg --method stucki --serpentine

hcolor halftone photo.jpg --method clustered-dot --period 6 --angle 30 --antialias

hcolor halftone photo.jpg --method clustered-dot --lpi 85 --dpi 300 --cmyk -o print.tif
"""
Command = command_of("halftoners")


def command(
    photo: shared.Photo,
    method: Annotated[str, typer.Option(help="One of the methods below, or a synonym.")] = "floyd-steinberg",
    serpentine: Annotated[bool, typer.Option("--serpentine", help="Diffuse every second row backwards.")] = False,
    size: Annotated[
        int | None, typer.Option(metavar="2|4|8|16", show_default=False, help="Side of Bayer's matrix.")
    ] = None,
    period: Annotated[
        float | None, typer.Option(metavar="PX", show_default=False, help="Dot spacing along the screen's axis.")
    ] = None,
    lpi: Annotated[
        float | None, typer.Option(metavar="N", show_default=False, help="Dots per inch along the axis; with --dpi.")
    ] = None,
    dpi: Annotated[
        float | None, typer.Option(metavar="N", show_default=False, help="Pixels per inch of the result, for --lpi.")
    ] = None,
    angle: Annotated[
        float | None, typer.Option(metavar="DEG", show_default=False, help="Screen's axis, from +x towards +y (down).")
    ] = None,
    shape: Annotated[
        str | None, typer.Option(metavar="round|line|diamond|ellipse", show_default=False, help="Shape of the dots.")
    ] = None,
    antialias: Annotated[bool, typer.Option("--antialias", help="Gray edges instead of ink and paper only.")] = False,
    linear: Annotated[bool, typer.Option("--linear", help="Keep the mean of linear light.")] = False,
    cmyk: Annotated[bool, typer.Option("--cmyk", help="Print in four inks at the standard angles.")] = False,
    output: shared.Output = None,
    format: shared.Format = "png",
    overwrite: shared.Overwrite = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
) -> None:
    """Screen a photograph: error diffusion, ordered dither, blue noise or clustered dots."""
    names = planned(photo, "halftone", output, format=format, overwrite=overwrite)
    options = shared.given(
        serpentine=serpentine,
        size=size,
        period_px=period,
        lpi=lpi,
        dpi=dpi,
        angle_deg=angle,
        shape=shape,
        antialias=antialias,
        linear=linear,
    )
    with progress(f"Screening {photo.name}"):
        from halftone_color import pipeline, registry

        registry.find("halftoners", method).options(**options)
        result = pipeline.halftone(photo, method=method, cmyk=cmyk, max_pixels=max_pixels, **options)
    deliver(result, names, overwrite)
