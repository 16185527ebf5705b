"""hcolor bench: measure, and print the tables as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halftone_color.cli._groups import with_options
from halftone_color.cli._options import Machine, Overwrite, References, under
from halftone_color.cli._running import progress, refuse_existing
from halftone_color.errors import InputError, NothingToDoError, UsageError
from halftone_color.run import Conditions

if TYPE_CHECKING:
    from halftone_color.evaluation import Materials

SHEETS = ("sheets", "color-sheets")
"""Words that draw instead of measuring."""
EXAMPLES = """Examples:
  hcolor bench descreen
  hcolor bench descreen photos --scans ./scans --plot sweep.svg
  hcolor bench unseen photos --weights ./trained
  hcolor bench diffusion photos --backbone mobilenet_v2.safetensors --count 20
  hcolor bench sheets ./scans --ref beach.jpg --ref street.jpg -o sheet.jpg
  hcolor bench methods photos --pairs pairs --sheet methods.jpg
  hcolor bench color photos --backbone mobilenet_v2.safetensors --scans ./old \\
      --pairs pairs --count 60 --beside ./another-program
  hcolor bench stereo --pairs pairs --sheet stereo.jpg
  hcolor bench inputs photos --count 60 -o inputs
  hcolor bench color-sheets ./old --ref beach.jpg -o sheet.jpg
  hcolor bench ablation photos --backbone mobilenet_v2.safetensors \\
      --features efficientnet_lite1.safetensors --minutes 10
  hcolor bench all photos --backbone mobilenet_v2.safetensors -o tables.md
"""
_file, _material, _ablation = under("Files"), under("Materials"), under("Ablation")


@dataclass(frozen=True)
class Written:
    """What is written beside the tables on the screen."""

    output: Annotated[Path | None, _file("--output -o", "FILE", "Write the tables, or the sheet, here.")] = None
    sheet: Annotated[Path | None, _file("--sheet", "FILE", "Page of pictures that methods or stereo draws.")] = None
    plot: Annotated[Path | None, _file("--plot", "FILE", "Chart of the section sweep, an SVG.")] = None
    overwrite: Overwrite = False


@dataclass(frozen=True)
class Measured:
    """What is measured, and on what."""

    references: References = field(default_factory=list)
    backbone: Annotated[Path | None, _material("--backbone", "FILE", "MobileNetV2 features, for some rows.")] = None
    pairs: Annotated[
        Path | None,
        _material("--pairs", "FOLDER", "Prints with references: methods and color; or rectified pairs: stereo."),
    ] = None
    scans: Annotated[
        list[Path],
        _material(
            "--scans", "FOLDER", "Real scans with INDEX.csv, or old photographs with faces.csv; repeat it for more."
        ),
    ] = field(default_factory=list)
    beside: Annotated[
        list[Path], _material("--beside", "FOLDER", "Pictures of another program, for color. Repeatable.")
    ] = field(default_factory=list)
    count: Annotated[
        int | None,
        _material(
            "--count",
            "N",
            "Photographs: of color all by default, of diffusion and ablation 100.",
        ),
    ] = None


@dataclass(frozen=True)
class Ablation:
    """How the section ablation trains."""

    features: Annotated[
        Path | None, _ablation("--features", "FILE", "EfficientNet-Lite1, which ablation trains from.")
    ] = None
    minutes: Annotated[
        float, _ablation("--minutes", "N", "Training of each row of ablation; 10 by default.", min=0.0)
    ] = 10.0
    seeds: Annotated[int, _ablation("--seeds", "N", "Times that it trains each row; 2 by default.", min=1)] = 2
    run: Annotated[
        Path,
        _ablation("--run", "FOLDER", "Where it keeps what it has trained, and goes on; runs/ablation by default."),
    ] = Path("runs/ablation")


@with_options
def command(
    section: Annotated[
        str,
        typer.Argument(
            metavar="SECTION",
            help="all; descreen (all about dots), or of it standard, kernels, unseen, identity, text, cmyk, sweep, "
            "scans, inspect, speed; recovery, random, color, methods (of coloring), stereo; diffusion; sheets, "
            "color-sheets; inputs; ablation.",
        ),
    ],
    photos: Annotated[
        Path | None, typer.Argument(metavar="PHOTOS", help="Folder of photographs, or of scans.", show_default=False)
    ] = None,
    *,
    written: Written,
    measured: Measured,
    ablation: Ablation,
    machine: Machine,
) -> None:
    """Measure quality and speed and print the tables as Markdown.

    `sheets` draws instead: a contact sheet (-o FILE.jpg) of every picture of a folder by every --ref, for looking;
    `color-sheets` does so of gray photographs, with four samples each. `inputs` writes what another program is to
    color (-o FOLDER, jobs.csv in it), for --beside. `ablation` trains: each part of the colorizer's training anew.
    """
    files = [path for path in (written.output, written.sheet, written.plot) if path]
    refuse_existing(files, written.overwrite)
    if section in SHEETS:
        _draw_sheet(section, photos, written.output, measured.references, machine.conditions())
    elif section == "inputs":
        _write_inputs(photos, written.output, measured)
    else:
        with progress("Measuring") as notify:
            from halftone_color.evaluation import Materials, bench

            materials = Materials(
                photos,
                measured.backbone,
                machine.conditions(),
                notify,
                pairs=measured.pairs,
                sheet=written.sheet,
                scans=tuple(measured.scans),
                plot=written.plot,
                count=measured.count,
                beside=tuple(measured.beside),
            )
            markdown = _ablate(materials, ablation) if section == "ablation" else bench(section, materials)
        _show(markdown, written.output)


def _show(markdown: str, output: Path | None) -> None:
    """Print tables, and write them where that is asked for."""
    typer.echo(markdown, nl=False)
    if output:
        from halftone_color.system import atomic

        atomic.write(output, markdown.encode())


def _ablate(materials: Materials, asked: Ablation) -> str:
    """Return the table of the ablation; see evaluation.ablation.measure."""
    backbone, features = materials.backbone, asked.features
    if materials.photos is None or backbone is None or features is None:
        raise UsageError(
            "The ablation needs a folder of photographs, --backbone with MobileNetV2 and --features with "
            "EfficientNet-Lite1."
        )
    for file in (backbone, features):
        if not file.is_file():
            raise InputError(f"{file} does not exist; name the network's file with --backbone or --features.")
    if replace(materials.conditions, weights="default") != Conditions():
        raise UsageError("The ablation trains on all processors; leave out --device, --precision and --threads.")
    from halftone_color.evaluation import ablation

    return ablation.measure(materials, features, asked.minutes, asked.seeds, asked.run)


def _draw_sheet(
    section: str, folder: Path | None, output: Path | None, references: list[Path], conditions: Conditions
) -> None:
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
        draw(scans, references, output, conditions, notify=notify)
    typer.echo(output)


def _write_inputs(photos: Path | None, output: Path | None, measured: Measured) -> None:
    """Write the gray pictures that another program is to color, and the list of them."""
    if photos is None or output is None:
        raise UsageError("Inputs need the folder of photographs and a folder to write to: -o inputs.")
    with progress("Writing") as notify:
        from halftone_color.evaluation.color_inputs import write_inputs

        jobs = write_inputs(photos, output, measured.count, tuple(measured.scans), measured.pairs, notify)
    typer.echo(jobs)
