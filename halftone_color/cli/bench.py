"""hcolor bench: measure, and print the tables as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._running import progress, refuse_existing

EXAMPLES = """Examples:

hcolor bench descreen

hcolor bench all photos --backbone mobilenet_v2.safetensors -o tables.md
"""


def command(
    section: Annotated[
        str, typer.Argument(metavar="all|descreen|recovery|random|speed|scans", help="What to measure.")
    ],
    photos: Annotated[
        Path | None, typer.Argument(metavar="[PHOTOS]", show_default=False, help="Folder of photographs, or of scans.")
    ] = None,
    backbone: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="MobileNetV2 features, for some rows.")
    ] = None,
    weights: shared.Weights = "default",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="Write it here as well.")
    ] = None,
    overwrite: shared.Overwrite = False,
) -> None:
    """Measure quality and speed and print the tables as Markdown."""
    if output:
        refuse_existing([output], overwrite)
    with progress("Measuring") as notify:
        from halftone_color.evaluation import bench

        markdown = bench(section, photos, backbone, weights, notify)
    typer.echo(markdown, nl=False)
    if output:
        from halftone_color import atomic

        atomic.write(output, markdown.encode())
