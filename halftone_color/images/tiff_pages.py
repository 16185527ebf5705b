"""The pages of a TIFF, and which of them are pictures in full size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from halftone_color.errors import InputError
from halftone_color.images.tiff_blocks import numbers, one

_BIG_TIFF = 43
_REDUCED = 1 | 4
"""Bits of NewSubfileType: a reduced version of another page, or a mask (TIFF 6.0)."""
_WIDTH = 256
"""Number of the tag ImageWidth, which every page has."""
_OLD_REDUCED = 2
"""SubfileType of a reduced version."""
_MOST_PAGES = 65536


@dataclass(frozen=True)
class Page:
    """A page of a TIFF."""

    number: int
    """Number of the page, from 0."""
    tags: ImageFileDirectory_v2
    count: int
    """Number of pages of the file; 1 if they cannot be counted."""
    asked: bool = False
    """Whether this page was asked for by its number."""

    def note(self) -> str | None:
        """Return what the user should know about the choice of the page, if anything."""
        if self.asked:
            return None
        if self.number:
            before = "page 1 is" if self.number == 1 else f"pages 1 to {self.number} are"
            return (
                f"The file holds {self.count} pages; page {self.number + 1} was read, "
                f"because {before} a reduced version or a mask."
            )
        return f"The file holds {self.count} pages or frames; the first was read." if self.count > 1 else None


def picture_page(file: BinaryIO, asked: int | None = None) -> Page:
    """Return a page by its number from 1, or the first that is neither a reduced version nor a mask.

    Raises:
        InputError: there is no page of that number.
        ValueError: the file has no such page, but keeps its picture in a directory below a reduced one.
        Exception: the directory of the first page is damaged.
    """
    pages, intact = _directories(file)
    number = _pictures(pages)[0] if asked is None else asked - 1
    if not 0 <= number < len(pages):
        there = f"{len(pages)} pages" if len(pages) > 1 else "1 page"
        raise InputError(f"There is no page {asked} in the file, which has {there}; choose another.")
    if _is_reduced(pages[number]) and 330 in pages[number]:
        raise ValueError("its only page is a preview, and the full picture is kept as in a camera's raw file")
    return Page(number, pages[number], len(pages) if intact else 1, asked is not None)


def picture_numbers(file: BinaryIO) -> tuple[int, ...]:
    """Return the numbers, from 1, of the pages that are neither reduced versions nor masks; of one page if none is.

    Raises:
        ValueError: the directory of a page is damaged, so that the next ones cannot be found.
    """
    pages, intact = _directories(file)
    if not intact:
        raise ValueError(f"the directory of page {len(pages) + 1} is damaged")
    return tuple(number + 1 for number in _pictures(pages))


def _pictures(pages: list[ImageFileDirectory_v2]) -> list[int]:
    """Return the indices of the pages that are pictures in full size, or of the first if none is."""
    return [index for index, tags in enumerate(pages) if not _is_reduced(tags)] or [0]


def _is_reduced(tags: ImageFileDirectory_v2) -> bool:
    return bool(one(tags, 254, 0) & _REDUCED) or one(tags, 255, 0) == _OLD_REDUCED


def _directories(file: BinaryIO) -> tuple[list[ImageFileDirectory_v2], bool]:
    """Return the tags of all pages, or of those before a damaged one, and whether all are intact."""
    file.seek(0)
    header = file.read(8)
    if header[:4] == b"MM\0+":
        raise ValueError("big-endian BigTIFF is not read")  # nor by Pillow, which reads the directories
    if header[2] == _BIG_TIFF:
        header += file.read(8)
    pages: list[ImageFileDirectory_v2] = []
    seen: set[int] = set()
    offset = ImageFileDirectory_v2(header).next
    while offset and offset not in seen and len(pages) < _MOST_PAGES:
        seen.add(offset)
        tags = ImageFileDirectory_v2(header)
        try:
            file.seek(offset)
            tags.load(file)
            if pages and _WIDTH not in tags:  # Pillow only warns where a directory is cut off
                raise ValueError("a directory is truncated")
            numbers(tags, 254), numbers(tags, 255)  # damage that would show only later
        except Exception:  # the first page may still be intact
            if not pages:
                raise
            return pages, False
        pages.append(tags)
        offset = tags.next
    if not pages:
        raise ValueError("it has no pages")
    return pages, True
