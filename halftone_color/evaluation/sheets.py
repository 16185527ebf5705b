"""Contact sheets of scans by references, for looking: what no figure tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from halftone_color import api
from halftone_color.evaluation._report import DEFAULT
from halftone_color.images.reading import read
from halftone_color.images.sheet import contact_sheet
from halftone_color.images.writing import write
from halftone_color.run import Conditions
from halftone_color.types import Picture

BLANK: Picture = np.ones((1, 1, 1), np.float32)


def sheet(
    scans: Sequence[Path],
    references: Sequence[Path],
    output: Path,
    conditions: Conditions = DEFAULT,
    cell_px: int = 320,
    notify: Callable[[float, str | None], None] = lambda share, line: None,
) -> Path:
    """Write a contact sheet with a row per scan: scan, descreened, automatic, and the result by each reference.

    The first row shows the references.

    Args:
        scans: files of halftone prints, at least one.
        references: color pictures, each used alone.
        output: the sheet's file; replaced where it exists.
        conditions: under which our networks run.
        cell_px: side of a cell in px.
        notify: called with the share done and the scan at hand.

    Returns:
        The file that was written.
    """
    cells: list[tuple[str, Picture]] = []
    if references:
        cells += [("", BLANK)] * 3
        cells += [(f"reference {path.stem}", read(path).pixels) for path in references]
    for done, scan in enumerate(scans):
        notify(done / len(scans), f"restoring {scan.name}")
        cells += _row(scan, references, conditions)
    return write(output, contact_sheet(cells, 3 + len(references), cell_px), overwrite=True)


def _row(scan: Path, references: Sequence[Path], conditions: Conditions) -> list[tuple[str, Picture]]:
    """Return captions and pictures of one scan."""
    source = read(scan)
    descreened = api.descreen(source, **vars(conditions))
    automatic = api.restore(source, **vars(conditions))
    by_reference = [
        (f"by {path.stem}", api.restore(source, references=[path], **vars(conditions)).picture) for path in references
    ]
    return [
        (scan.stem, source.pixels),
        ("descreened", descreened.picture),
        ("automatic", automatic.picture),
        *by_reference,
    ]
