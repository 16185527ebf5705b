"""hcolor demo: the whole job on a photograph that comes along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halftone_color.cli._groups import with_options
from halftone_color.cli._options import Machine, Overwrite, under
from halftone_color.cli._running import Notify, progress, refuse_existing
from halftone_color.errors import UsageError
from halftone_color.images.naming import is_folder

if TYPE_CHECKING:
    from halftone_color.run import Run
    from halftone_color.types import Picture

EXAMPLES = """Examples:
  hcolor demo
  hcolor demo -o look/ --overwrite
"""
FOLDER = "hcolor-demo"
SHEET = "demo-sheet.jpg"
SHEET_COLUMNS = 4
SCREEN: dict[str, Any] = {"period_px": 3.5, "angle_deg": 30.0, "antialias": True}
"""Halftone of the demo: that of the paper's figures."""
SAMPLES = 2
PICTURES = {
    "photograph.png": "photograph",
    "halftone.png": "its halftone",
    "reference.png": "a reference",
    "restored-by-reference.png": "restored by reference",
    "restored-by-itself.png": "restored, true colors as reference",
    "restored-automatic.png": "restored, automatic",
    "restored-random-1.png": "restored at random, 1",
    "restored-random-2.png": "restored at random, 2",
}
"""Files and their captions, in the sheet's order."""
_place = under("Files")


@with_options
def command(
    output: Annotated[str, _place("--output -o", "FOLDER", "Where to write; hcolor-demo by default.")] = FOLDER,
    overwrite: Overwrite = False,
    *,
    machine: Machine,
) -> None:
    """Halftone a photograph and restore it by reference, automatically and at random; look at the contact sheet."""
    if not is_folder(output):
        raise UsageError(f"{output} is a file's name, but the demo writes into a folder; name one with -o.")
    folder = Path(output)
    paths = [*(folder / name for name in PICTURES), folder / SHEET]
    if output != FOLDER:  # the demo's own folder may be made anew
        refuse_existing(paths, overwrite)
    with progress("Restoring a demo picture") as notify:
        from halftone_color.images.sheet import contact_sheet
        from halftone_color.images.writing import write
        from halftone_color.run import Run

        pictures = make(Run.open(machine.conditions()), notify)
        sheet = contact_sheet(list(zip(PICTURES.values(), pictures, strict=True)), SHEET_COLUMNS)
        for path, picture in zip(paths, [*pictures, sheet], strict=True):
            write(path, picture, overwrite=overwrite or output == FOLDER)
    for path in paths:
        typer.echo(path)
    typer.echo(f"Look at {folder / SHEET}: the photograph, its halftone and what was restored from that.", err=True)


def make(run: Run, notify: Notify) -> list[Picture]:
    """Return the pictures of PICTURES, in order."""
    import numpy as np
    from skimage import data

    from halftone_color import pipeline
    from halftone_color.steps.parsing import make_request

    photograph, reference = (
        np.ascontiguousarray(np.moveaxis(picture, 2, 0), np.float32) / np.float32(255)
        for picture in (data.astronaut(), data.coffee())  # type: ignore[no-untyped-call]
    )
    screened = make_request("halftone", method="clustered-dot", options=SCREEN)
    halftone = pipeline.halftone(photograph, screened, run).picture
    mirrored = np.ascontiguousarray(photograph[:, :, ::-1])
    restored: list[Picture] = []
    cues: tuple[dict[str, Any], ...] = (
        {"references": [reference]},
        {"references": [mirrored]},
        {},
        {"samples": SAMPLES},
    )
    for place, cue in enumerate(cues):

        def heard(share: float, place: int = place) -> None:
            notify((place + share) / len(cues))

        request = make_request("restore", **cue)
        restored += pipeline.restore(halftone, request, run.for_scan(heard)).pictures
    return [photograph, halftone, reference, *restored]
