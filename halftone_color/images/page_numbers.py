"""Which pages of a file are read: numbers and ranges such as 1-3,10-end, or all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from halftone_color.errors import InputError, UsageError
from halftone_color.images.naming import Part
from halftone_color.images.reading import page_numbers

ALL, END = "all", "end"

Range = tuple[int, int | None]
"""First and last page, from 1; None is the last of the file."""


@dataclass(frozen=True)
class ChosenPages:
    """The pages of a file that are read."""

    numbers: tuple[int | None, ...]
    """Their numbers in ascending order, from 1; None is the page that is read where none is asked for."""
    there: int
    """Number of pages of the file that are pictures in full size."""

    @property
    def left_out(self) -> int:
        """Number of pages that are not read."""
        return self.there - len(self.numbers)

    def parts(self, *, crop: bool = False) -> list[Part]:
        """Return what has result files of its own, for each page; a file's only page adds nothing to their names.

        With `crop` that is each photograph of a page.
        """
        return [Part(None if self.there == 1 else page, crop) for page in self.numbers]


def require_pages(path: str | Path, asked: str | None) -> ChosenPages:
    """Return the pages of a file that are asked for, of which there is at least one; see `choose_pages`.

    Raises:
        UsageError: the text cannot be understood.
        InputError: the file cannot be read, or has none of these pages.
    """
    chosen = choose_pages(path, asked)
    if not chosen.numbers:
        raise InputError(f"{path} {why_none(chosen, asked)}")
    return chosen


def why_none(chosen: ChosenPages, asked: str | None) -> str:
    """Return why no page of a file is read, as the end of a sentence."""
    count = "1 page" if chosen.there == 1 else f"{chosen.there} pages"
    return f"has {count}, and so no page {asked}; choose others with --pages."


def choose_pages(path: str | Path, asked: str | None) -> ChosenPages:
    """Return the pages of a file that are asked for; where None is asked for, the one that is read by default.

    Pages of a TIFF that are reduced versions of others, or masks, do not count. Any other file has one page.

    Args:
        path: the file.
        asked: see `parse_pages`.

    Raises:
        UsageError: the text cannot be understood.
        InputError: the file cannot be read.
    """
    ranges = None if asked is None else parse_pages(asked)
    there = page_numbers(Path(path))
    if ranges is None:
        return ChosenPages((None,), len(there))
    chosen = tuple(page for page in there if any(a <= page and (b is None or page <= b) for a, b in ranges))
    return ChosenPages(chosen, len(there))


def parse_pages(asked: str) -> list[Range]:
    """Return the ranges of pages of a text such as "1-3,10-end" or "all".

    Raises:
        UsageError: it is no such text.
    """
    if asked.strip().lower() == ALL:
        return [(1, None)]
    try:
        return [_parse_range(part.strip().lower()) for part in asked.split(",")]
    except ValueError as error:
        raise UsageError(f"{asked!r} are no pages; write numbers and ranges such as 1-3,10-end, or all.") from error


def _parse_range(part: str) -> Range:
    first, dash, last = part.partition("-")
    start = int(first)
    stop = start if not dash else None if last == END else int(last)
    if start < 1 or (stop is not None and stop < start):
        raise ValueError(part)
    return start, stop
