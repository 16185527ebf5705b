"""The pages of a TIFF, and the first that is a picture in full size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from halftone_color.images.tiff_blocks import numbers, one

_BIG_TIFF = 43
_REDUCED = 1 | 4
"""Bits of NewSubfileType: a reduced version of another page, or a mask (TIFF 6.0)."""
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

    def note(self) -> str | None:
        """Return what the user should know about the choice of the page, if anything."""
        if self.number:
            before = "page 1 is" if self.number == 1 else f"pages 1 to {self.number} are"
            return (
                f"The file holds {self.count} pages; page {self.number + 1} was read, "
                f"because {before} a reduced version or a mask."
            )
        return f"The file holds {self.count} pages or frames; the first was read." if self.count > 1 else None


def first_picture(file: BinaryIO) -> Page:
    """Return the first page that is neither a reduced version nor a mask.

    Raises:
        ValueError: the file has no such page, but keeps its picture in a directory below a reduced one.
        Exception: the directory of the first page is damaged.
    """
    pages = _directories(file)
    number = next((i for i, tags in enumerate(pages) if not _is_reduced(tags)), 0)
    if _is_reduced(pages[number]) and 330 in pages[number]:
        raise ValueError("its only page is a preview, and the full picture is kept as in a camera's raw file")
    return Page(number, pages[number], len(pages))


def _is_reduced(tags: ImageFileDirectory_v2) -> bool:
    return bool(one(tags, 254, 0) & _REDUCED) or one(tags, 255, 0) == _OLD_REDUCED


def _directories(file: BinaryIO) -> list[ImageFileDirectory_v2]:
    """Return the tags of all pages, or of the first alone if a later one is damaged."""
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
            numbers(tags, 254), numbers(tags, 255)  # damage that would show only later
        except Exception:  # the first page may still be intact
            if not pages:
                raise
            return pages[:1]
        pages.append(tags)
        offset = tags.next
    if not pages:
        raise ValueError("it has no pages")
    return pages
