"""Write the results of one input: the pictures, and if there are several a contact sheet and where they disagree."""

from __future__ import annotations

import os
from pathlib import Path

from halftone_color.images.heat_map import heat_map
from halftone_color.images.naming import Names
from halftone_color.images.sheet import contact_sheet
from halftone_color.images.writing import write
from halftone_color.types import Result

SHEET_COLUMNS = 4
"""Number of pictures in a row of the contact sheet."""


def write_results(
    result: Result, names: Names, *, bits: int = 8, overwrite: bool = False, keep: bool = False
) -> list[Path]:
    """Write every picture of a result, a contact sheet with the file names as captions, and a map of uncertainty.

    Args:
        result: has as many pictures as there are names.
        names: of the files.
        bits: of each channel of the pictures, 8 or 16.
        overwrite: whether existing files may be replaced.
        keep: whether existing files that may not be replaced are left unchanged instead of refused.

    Returns:
        The paths written, in order.

    Raises:
        OutputError: a file exists (unless `keep`), or cannot be written.
    """
    contents = [
        (path, picture, result.dpi, bits) for path, picture in zip(names.pictures, result.pictures, strict=True)
    ]
    if names.sheet:
        captioned = [(path.name, picture) for path, picture, *_ in contents]
        contents.append((names.sheet, contact_sheet(captioned, SHEET_COLUMNS), None, 8))
    if names.uncertainty:
        words = f"levels of 255, standard deviation of {len(result.pictures)} samples"
        contents.append((names.uncertainty, heat_map(result.uncertainty, words), None, 8))
    written = []
    for path, picture, dpi, depth in contents:
        if not (keep and not overwrite and os.path.lexists(path)):
            written.append(write(path, picture, dpi=dpi, bits=depth, overwrite=overwrite))
    return written
