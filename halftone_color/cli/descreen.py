"""hcolor descreen: remove the dots of a halftone print."""

from __future__ import annotations

from typing import Annotated

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._methods import command_of
from halftone_color.cli._running import deliver, planned, progress
from halftone_color.system import precision as numbers

EXAMPLES = """Examples:

hcolor descreen scan.png

hcolor descreen scan.tif --format tiff -o clean/

hcolor descreen page.tif --fast

hcolor descreen portrait.png --patient

hcolor descreen yellowed.jpg --keep-paper

hcolor descreen scan.png --method gaussian --sigma 2.5
"""
Command = command_of("descreeners")


def command(
    scan: shared.Scan,
    method: Annotated[str, typer.Option(help="One of the methods below.")] = "network",
    sigma: Annotated[
        float | None, typer.Option(metavar="PX", show_default=False, help="Width of the Gaussian; fits the screen.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Quicker and softer: work at a smaller size.")] = False,
    patient: Annotated[
        bool, typer.Option("--patient", help="Slower and a little better, as small pictures always are done.")
    ] = False,
    precision: shared.Precision = "auto",
    tone: shared.Tone = "auto",
    keep_paper: shared.KeepPaper = False,
    screened: shared.Screened = "auto",
    weights: shared.Weights = "default",
    output: shared.Output = None,
    format: shared.Format = "png",
    overwrite: shared.Overwrite = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
) -> None:
    """Turn a scan of a halftone print into continuous tone: gray, or in its own colours if it has several inks."""
    names = planned(scan, "descreened", output, format=format, overwrite=overwrite)
    options = shared.given(sigma_px=sigma, fast=fast or None, patient=patient or None)
    with progress(f"Descreening {scan.name}") as notify, numbers.using(precision):
        from halftone_color import pipeline, registry

        registry.find("descreeners", method).options(**options)
        result = pipeline.descreen(
            scan,
            method=method,
            tone=tone,
            keep_paper=keep_paper,
            screened=screened,
            weights=weights,
            max_pixels=max_pixels,
            progress=notify,
            **options,
        )
    deliver(result, names, overwrite)
