"""Contact sheets of gray photographs by ways of coloring, for looking: automatic, four samples, each reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from halftone_color import api
from halftone_color.evaluation._report import DEFAULT, Notify
from halftone_color.images.reading import read
from halftone_color.images.sheet import contact_sheet
from halftone_color.images.writing import write
from halftone_color.run import Conditions
from halftone_color.types import Picture

SAMPLES, SEED = 4, 0
BLANK: Picture = np.ones((1, 1, 1), np.float32)


def sheet(
    photographs: Sequence[Path],
    references: Sequence[Path],
    output: Path,
    conditions: Conditions = DEFAULT,
    cell_px: int = 320,
    notify: Notify = lambda share, line: None,
) -> Path:
    """Write a contact sheet with a row per photograph: gray, automatic, four samples, and the result by each reference.

    The first row shows the references. Photographs are colored as they are, without a look for a halftone screen.

    Args:
        photographs: files of gray pictures, at least one; colors that they have are dropped.
        references: color pictures, each used alone.
        output: the sheet's file; replaced where it exists.
        conditions: under which our networks run.
        cell_px: side of a cell in px.
        notify: called with the share done and the photograph at hand.

    Returns:
        The file that was written.

    Raises:
        InputError: a picture cannot be read.
        WeightsError: the trained weights are missing or damaged.
    """
    cells: list[tuple[str, Picture]] = []
    if references:
        cells += [("", BLANK)] * (2 + SAMPLES)
        cells += [(f"reference {path.stem}", read(path).pixels) for path in references]
    for done, photograph in enumerate(photographs):
        notify(done / len(photographs), f"coloring {photograph.name}")
        cells += _row(photograph, references, conditions)
    return write(output, contact_sheet(cells, 2 + SAMPLES + len(references), cell_px), overwrite=True)


def _row(photograph: Path, references: Sequence[Path], conditions: Conditions) -> list[tuple[str, Picture]]:
    """Return captions and pictures of one photograph."""
    gray = read(photograph, color=False).pixels
    sampled = api.colorize(gray, samples=SAMPLES, seed=SEED, **vars(conditions)).pictures
    return [
        (photograph.stem, gray),
        ("automatic", api.colorize(gray, **vars(conditions)).picture),
        *((f"sample {SEED + k}", picture) for k, picture in enumerate(sampled)),
        *(
            (f"by {path.stem}", api.colorize(gray, references=[path], **vars(conditions)).picture)
            for path in references
        ),
    ]
