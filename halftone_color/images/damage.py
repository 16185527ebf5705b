"""What is damaged in a file that decodes all the same, in words: what decoders say, and what its structure shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import BinaryIO

from halftone_color.images import jpeg2000_codes, jpeg_ends, png_checksums, tiff_strips, webp_ends
from halftone_color.images.tiff_blocks import Tags, one

_BAD_CODE = re.compile(r"Bad code word at line (\d+) of strip (\d+)")
_TOO_SHORT = re.compile(r"Uncompressed data \(not supported\) at line (\d+) of strip (\d+)")
_LIBTIFF = re.compile(r"^[A-Za-z][\w.]*: ")
_LONGEST = 120
"""Number of characters of a decoder's own words that are passed on."""


def note(found: str) -> str:
    """Return the note for the user about something that is damaged."""
    return f"The file is damaged: {found}. What could be read was used; parts of the picture may be wrong."


def of_tiff(lines: Sequence[str], tags: Tags) -> list[str]:
    """Return what is damaged by what libtiff wrote while it decoded a page of these tags."""
    height = one(tags, 257, 0)
    strip_rows = min(one(tags, 278, height), height)
    bad = [_row(match, strip_rows) for line in lines if (match := _BAD_CODE.search(line))]
    short = [_row(match, strip_rows) for line in lines if (match := _TOO_SHORT.search(line))]
    others = [
        line for line in lines if _LIBTIFF.match(line) and not (_BAD_CODE.search(line) or _TOO_SHORT.search(line))
    ]
    found = []
    if bad:
        rows = f"{len(set(bad))} rows, the first is row {min(bad)}" if len(set(bad)) > 1 else f"row {bad[0]}"
        found.append(f"impossible codes in {rows} of {height}")
    elif short and strip_rows == height:
        found.append(f"it holds {short[0] - 1} rows instead of {height}")
    elif short:
        found.append(
            f"{len(short)} of its strips hold fewer rows than {strip_rows}, the first ends at row {min(short)}"
        )
    if others and not found:
        found.append(f'its decoder says "{others[0][:_LONGEST].rstrip(".")}"')
    return found


def rows_held(lines: Sequence[str], tags: Tags) -> int:
    """Return how many of its rows a page in group 4 holds, by what libtiff wrote while it decoded marked ends."""
    height = one(tags, 257, 0)
    strip_rows = min(one(tags, 278, height), height)
    missing = 0
    for line in lines:
        if match := _TOO_SHORT.search(line):
            missing += min(strip_rows, height - int(match[2]) * strip_rows) - int(match[1])
    return height - missing


def of_file(kind: str, file: BinaryIO, pixels: int, tags: Tags) -> list[str]:
    """Return what is damaged in a file that was decoded without a word, by its structure; not all formats show it.

    Args:
        kind: its format.
        file: the file.
        pixels: number of pixels of the picture.
        tags: of the page of a TIFF.
    """
    if kind == "PNG":
        found = png_checksums.find_damage(file)
    elif kind == "TIFF":
        found = tiff_strips.find_damage(file, tags, pixels)
    elif kind in _BY_CONTENT:
        file.seek(0)
        found = _BY_CONTENT[kind](file.read(), pixels)
    else:
        found = None
    return [found] if found else []


_BY_CONTENT: dict[str, Callable[[bytes, int], str | None]] = {
    "JPEG": jpeg_ends.find_damage,
    "JPEG 2000": lambda content, pixels: jpeg2000_codes.find_damage(content),
    "WebP": webp_ends.find_damage,
}


def _row(match: re.Match[str], strip_rows: int) -> int:
    """Return the number of a row, from 1, of a message of libtiff."""
    return int(match[2]) * strip_rows + int(match[1]) + 1
