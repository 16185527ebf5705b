"""hcolor colorize: color a gray photograph."""

from __future__ import annotations

from typing import Annotated

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._methods import assigned, command_of, described
from halftone_color.cli._running import deliver, planned, progress

EXAMPLES = """Examples:

hcolor colorize gray.png

hcolor colorize gray.png --ref beach.jpg --ref sunset.jpg

hcolor colorize gray.png --ref beach.jpg --ref-strength 0.6 --saturation 0.8

hcolor colorize gray.png --palette teal,sandybrown,#e9c46a

hcolor colorize gray.png --palette poster.jpg

hcolor colorize gray.png --samples 4 --seed 7 --variety 1.3

hcolor colorize gray.png --hint 120,80,teal --hint '300,40,#e9c46a'

hcolor colorize gray.png --ref beach.jpg --method lut --set space=rgb-then-yuv

hcolor colorize gray.png --method gallery --ref-dir holidays/ --set then=network

hcolor colorize gray.png --method levin --scribbles strokes.png

hcolor colorize gray.png --hint 120,80,teal --refine levin
"""
Command = command_of("colorizers")


def _list_methods(wanted: bool) -> None:
    if wanted:
        typer.echo(described("colorizers"))
        raise typer.Exit


def command(
    photo: shared.Photo,
    ref: shared.References = None,
    ref_strength: shared.RefStrength = None,
    palette: shared.Palette = None,
    ref_dir: shared.RefDir = None,
    samples: shared.Samples = 0,
    seed: shared.Seed = 0,
    scribbles: shared.Scribbles = None,
    mask: shared.Mask = None,
    hint: shared.HintWords = None,
    method: Annotated[str, typer.Option(metavar="NAME", help="One of the methods below.")] = "network",
    set_: shared.Assignments = None,
    keep_luminance: shared.KeepLuminance = True,
    refine: shared.Refine = None,
    saturation: shared.Saturation = None,
    variety: shared.Variety = None,
    weights: shared.Weights = "default",
    output: shared.Output = None,
    format: shared.Format = "png",
    overwrite: shared.Overwrite = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
    help_methods: Annotated[
        bool,
        typer.Option(
            "--help-methods", callback=_list_methods, is_eager=True, help="List the methods with their options."
        ),
    ] = False,
) -> None:
    """Color a gray photograph: by reference, by a palette, by hints, at random or, with none of them, automatically."""
    references = ref or []
    kept = [*references, *shared.files(palette), *(path for path in (scribbles, mask) if path)]
    names = planned(photo, "colorized", output, format=format, overwrite=overwrite, references=kept, count=samples)
    hints = shared.hints(hint)
    with progress(f"Coloring {photo.name}") as notify:
        from halftone_color import pipeline, registry

        options = assigned(registry.find("colorizers", method), set_)
        options |= shared.given(saturation=saturation, variety=variety, ref_strength=ref_strength)
        result = pipeline.colorize(
            photo,
            references=references,
            samples=samples,
            seed=seed,
            hints=hints,
            scribbles=scribbles,
            mask=mask,
            gallery=ref_dir,
            palette=palette or [],
            method=method,
            keep_luminance=keep_luminance,
            refine=refine,
            weights=weights,
            max_pixels=max_pixels,
            progress=notify,
            **options,
        )
    deliver(result, names, overwrite)
