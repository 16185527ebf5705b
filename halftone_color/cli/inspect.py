"""hcolor inspect: say what kind of halftone a scan is."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halftone_color.cli._groups import with_options
from halftone_color.cli._options import Invert, MaxPixels, Overwrite, Scan, Threads, under
from halftone_color.cli._piped import source_file
from halftone_color.cli._running import progress, refuse_existing, tell
from halftone_color.errors import UsageError
from halftone_color.types import MAX_PIXELS

if TYPE_CHECKING:
    from halftone_color.steps.inspection import Inspection

EXAMPLES = """Examples:
  hcolor inspect scan.png
  hcolor inspect scan.tif --spectrum spectrum.png
  hcolor inspect scan.jpg --json | jq .lpi
"""
WORDS = {
    "none": "none: nothing to descreen",
    "error-diffusion": "error diffusion",
    "ordered": "ordered dither",
    "clustered-dot": "clustered dots",
    "line": "lines",
    "stochastic": "stochastic (blue noise and the like)",
}
_found = under("Files")


@with_options
def command(
    scan: Scan,
    json: Annotated[bool, _found("--json", None, "Print one JSON object instead of a table.")] = False,
    spectrum: Annotated[
        Path | None, _found("--spectrum", "FILE", "Draw the spectrum, with the screen's waves marked.")
    ] = None,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = MAX_PIXELS,
    invert: Invert = False,
    threads: Threads = None,
) -> None:
    """Say what kind of halftone a scan is: screen, period, angle, ink and paper. Nothing is changed.

    The angle runs from +x towards +y (down), modulo 90 degrees for dots and 180 across lines; lpi needs a file that
    states its dpi. Ink and paper are sRGB from 0 to 255.
    """
    if spectrum:
        _check(spectrum, scan, overwrite)
    with source_file(scan) as file, progress(f"Looking at {scan.name}"):
        from halftone_color.steps.inspection import inspect

        found = inspect(file, spectrum=spectrum is not None, max_pixels=max_pixels, invert=invert, threads=threads)
    if spectrum and found.spectrum is not None:
        from halftone_color.images.writing import write

        write(spectrum, found.spectrum, overwrite=overwrite)
    tell(found.notes)
    if json:
        typer.echo(json_.dumps({"file": str(scan)} | found.as_dict()))
        return
    _show(scan, found)
    if spectrum:
        typer.echo(spectrum)


def _check(spectrum: Path, scan: Path, overwrite: bool) -> None:
    """Refuse what could not be written, before the work.

    Raises:
        UsageError: the file has no picture's name, or is the scan.
        OutputError: it exists and may not be replaced.
    """
    from halftone_color.images import naming

    if naming.is_folder(spectrum):
        raise UsageError(f"--spectrum takes the name of a picture, not {spectrum}; write --spectrum spectrum.png.")
    if spectrum.resolve() == scan.resolve():
        raise UsageError(f"The spectrum {spectrum} would replace the scan; choose another name with --spectrum.")
    refuse_existing([spectrum], overwrite)


def _show(scan: Path, found: Inspection) -> None:
    """Print the table."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    from halftone_color.screen.words import in_words

    screen, inks = found.screen, found.inks
    rows = {
        "size": f"{found.width} x {found.height} px" + (f", {found.dpi[0]:g} dpi" if found.dpi else ""),
        "screen": WORDS[screen.kind],
        "in doubt": f"{in_words(screen.doubt)}, or a texture" if screen.doubt else "",
        "period": f"{screen.period_px:.2f} px" if screen.period_px else "",
        "frequency": f"{found.lpi:.1f} lpi" if found.lpi else "",
        "angle": f"{screen.angle_deg:.1f} degrees" if screen.angle_deg is not None else "",
        "inks": _inks(inks.single_ink, found.pigment_share),
        "ink" if inks.single_ink else "darkest": _color(inks.ink_color),
        "paper": _color(inks.paper_color),
    }
    table = Table("", box=SIMPLE)
    table.add_column(escape(str(scan)), overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, Text(value))
    Console().print(table)


def _inks(single_ink: bool, pigment_share: float) -> str:
    """Say how many inks there are, and whether there are colors in places."""
    if not single_ink:
        return "several: a color print"
    return f"one, and colors of its own in {100 * pigment_share:.1f} %" if pigment_share else "one"


def _color(values: tuple[float, ...]) -> str:
    return " ".join(f"{255 * value:.0f}" for value in values)
