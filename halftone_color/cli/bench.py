"""hcolor bench: measure, and print the tables as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._running import Notify, progress, refuse_existing
from halftone_color.errors import InputError, NothingToDoError, UsageError

SHEETS = ("sheets", "color-sheets")
"""Words that draw instead of measuring."""
EXAMPLES = """Examples:

hcolor bench descreen

hcolor bench descreen photos --scans ./scans --plot sweep.svg

hcolor bench unseen photos --weights ./trained

hcolor bench sheets ./scans --ref beach.jpg --ref street.jpg -o sheet.jpg

hcolor bench methods photos --pairs pairs --sheet methods.jpg

hcolor bench color photos --backbone mobilenet_v2.safetensors --scans ./old --pairs pairs --count 60

hcolor bench inputs photos --count 60 -o inputs

hcolor bench color photos --backbone mobilenet_v2.safetensors --count 60 --beside ./another-program

hcolor bench color-sheets ./old --ref beach.jpg -o sheet.jpg

hcolor bench ablation photos --backbone mobilenet_v2.safetensors --features efficientnet_lite1.safetensors --minutes 10

hcolor bench all photos --backbone mobilenet_v2.safetensors -o tables.md
"""


def command(
    section: Annotated[
        str,
        typer.Argument(
            metavar="SECTION",
            help="all; descreen (all about dots), or of it standard, kernels, unseen, identity, text, cmyk, sweep, "
            "scans, inspect, speed; recovery, random, color, methods (of colouring); sheets, color-sheets; inputs; "
            "ablation.",
        ),
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
    ref: shared.References = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", show_default=False, help="Prints with references, for methods and color."),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Page of pictures that the section methods draws."),
    ] = None,
    scans: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            show_default=False,
            help="Real scans with INDEX.csv, or old photographs with faces.csv; repeat it for more.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="Chart of the section sweep, an SVG.")
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default=False, help="Photographs that color measures, else all; or ablation, else 100."
        ),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", show_default=False, help="Pictures of another program, for the section color."),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="EfficientNet-Lite1, which ablation trains from."),
    ] = None,
    minutes: Annotated[float, typer.Option(metavar="N", min=0.0, help="Training of each row of ablation.")] = 10.0,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Times that ablation trains each row.")] = 2,
    run: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where ablation keeps what it has trained, and goes on.")
    ] = Path("runs/ablation"),
    overwrite: shared.Overwrite = False,
) -> None:
    """Measure quality and speed and print the tables as Markdown.

    `sheets` draws instead: a contact sheet (-o FILE.jpg) of every picture of a folder by every --ref, for looking;
    `color-sheets` does so of gray photographs, with four samples each. `inputs` writes what another program is to
    color (-o FOLDER, jobs.csv in it), for --beside. `ablation` trains: each part of the colorizer's training anew.
    """
    refuse_existing([path for path in (output, sheet, plot) if path], overwrite)
    if section in SHEETS:
        _draw_sheet(section, photos, ref or [], output, weights)
        return
    if section == "inputs":
        _write_inputs(photos, output, count, scans or [], pairs)
        return
    with progress("Measuring") as notify:
        if section == "ablation":
            markdown = _ablation(photos, backbone, features, notify, minutes, seeds, run, count, weights)
        else:
            from halftone_color.evaluation import bench

            markdown = bench(
                section, photos, backbone, weights, notify, pairs, sheet, scans or [], plot, count, beside or []
            )
    typer.echo(markdown, nl=False)
    if output:
        from halftone_color.system import atomic

        atomic.write(output, markdown.encode())


def _ablation(photos: Path | None, backbone: Path | None, features: Path | None, notify: Notify, *how: Any) -> str:
    """Return the table of the ablation; see evaluation.ablation.measure."""
    if photos is None or backbone is None or features is None:
        raise UsageError(
            "The ablation needs a folder of photographs, --backbone with MobileNetV2 and --features with "
            "EfficientNet-Lite1."
        )
    for file in (backbone, features):
        if not file.is_file():
            raise InputError(f"{file} does not exist; name the network's file with --backbone or --features.")
    from halftone_color.evaluation import ablation

    return ablation.measure(photos, backbone, features, notify, *how)


def _draw_sheet(section: str, folder: Path | None, references: list[Path], output: Path | None, weights: str) -> None:
    """Write the contact sheet of a folder of scans or of gray photographs."""
    if folder is None or output is None:
        raise UsageError("A contact sheet needs a folder of scans and the file to draw: -o sheet.jpg.")
    with progress("Drawing") as notify:
        from halftone_color.evaluation import color_sheets, sheets
        from halftone_color.images.sniffing import sniff

        scans = [path for path in sorted(folder.iterdir()) if path.is_file() and sniff(path)]
        if not scans:
            raise NothingToDoError(f"There is no picture in {folder}; name a folder of scans.")
        draw = sheets.sheet if section == "sheets" else color_sheets.sheet
        draw(scans, references, output, weights, notify=notify)
    typer.echo(output)


def _write_inputs(
    photos: Path | None, output: Path | None, count: int | None, scans: list[Path], pairs: Path | None
) -> None:
    """Write the gray pictures that another program is to color, and the list of them."""
    if photos is None or output is None:
        raise UsageError("Inputs need the folder of photographs and a folder to write to: -o inputs.")
    with progress("Writing") as notify:
        from halftone_color.evaluation.color_inputs import write_inputs

        jobs = write_inputs(photos, output, count, tuple(scans), pairs, notify)
    typer.echo(jobs)
