"""hcolor demo: the whole job on a photograph that comes along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._running import Notify, progress, refuse_existing
from halftone_color.errors import UsageError
from halftone_color.images.naming import is_folder

if TYPE_CHECKING:
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
    "restored-by-itself.png": "restored, true colours as reference",
    "restored-automatic.png": "restored, automatic",
    "restored-random-1.png": "restored at random, 1",
    "restored-random-2.png": "restored at random, 2",
}
"""Files and their captions, in the sheet's order."""


def command(
    output: Annotated[str, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write.")] = FOLDER,
    weights: shared.Weights = "default",
    overwrite: shared.Overwrite = False,
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

        pictures = make(weights, notify)
        sheet = contact_sheet(list(zip(PICTURES.values(), pictures, strict=True)), SHEET_COLUMNS)
        for path, picture in zip(paths, [*pictures, sheet], strict=True):
            write(path, picture, overwrite=overwrite or output == FOLDER)
    for path in paths:
        typer.echo(path)
    typer.echo(f"Look at {folder / SHEET}: the photograph, its halftone and what was restored from that.", err=True)


def make(weights: str, notify: Notify) -> list[Picture]:
    """Return the pictures of PICTURES, in order."""
    import numpy as np
    from skimage import data

    from halftone_color import pipeline

    photograph, reference = (
        np.ascontiguousarray(np.moveaxis(picture, 2, 0), np.float32) / np.float32(255)
        for picture in (data.astronaut(), data.coffee())  # type: ignore[no-untyped-call]
    )
    halftone = pipeline.halftone(photograph, method="clustered-dot", **SCREEN).picture
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

        restored += pipeline.restore(halftone, weights=weights, progress=heard, **cue).pictures
    return [photograph, halftone, reference, *restored]
