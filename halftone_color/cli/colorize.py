"""hcolor colorize: colour a gray photograph."""

from __future__ import annotations

from typing import Annotated

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._methods import command_of
from halftone_color.cli._running import deliver, planned, progress

EXAMPLES = """Examples:

hcolor colorize gray.png

hcolor colorize gray.png --ref beach.jpg --ref sunset.jpg

hcolor colorize gray.png --samples 4 --seed 7
"""
Command = command_of("colorize")


def command(
    photo: shared.Photo,
    ref: shared.References = None,
    samples: shared.Samples = 0,
    seed: shared.Seed = 0,
    method: Annotated[str, typer.Option(help="One of the methods below.")] = "network",
    saturation: shared.Saturation = None,
    variety: shared.Variety = None,
    weights: shared.Weights = "default",
    output: shared.Output = None,
    format: shared.Format = "png",
    overwrite: shared.Overwrite = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
) -> None:
    """Colour a gray photograph: by reference, at random or, with neither, automatically."""
    references = ref or []
    names = planned(
        photo, "colorized", output, format=format, overwrite=overwrite, references=references, count=samples
    )
    options = shared.given(saturation=saturation, variety=variety)
    with progress(f"Colouring {photo.name}") as notify:
        from halftone_color import pipeline, registry

        registry.find("colorize", method).options(**options)
        result = pipeline.colorize(
            photo,
            references=references,
            samples=samples,
            seed=seed,
            method=method,
            weights=weights,
            max_pixels=max_pixels,
            progress=notify,
            **options,
        )
    deliver(result, names, overwrite)
