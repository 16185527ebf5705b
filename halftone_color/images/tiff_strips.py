"""Wrong bytes in the strips and tiles of a TIFF, of which libtiff says nothing: each is a JPEG, or has a checksum."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from halftone_color.images import jpeg_ends
from halftone_color.images.tiff_blocks import Tags, numbers, one

JPEG, DEFLATE = 7, (8, 32946)
"""TIFF's numbers of the compressions that are examined."""
_COMPRESSION, _JPEG_TABLES = 259, 347
_PLACES = ((273, 279), (324, 325))
"""Tags of where strips and tiles are, and of their sizes."""
_PIECE_BYTES = 1 << 20


def find_damage(file: BinaryIO, tags: Tags, pixels: int) -> str | None:
    """Return what is wrong with the strips of a page that can be decoded, or None; some damage goes unseen.

    Args:
        file: the file.
        tags: of the page.
        pixels: number of its pixels.
    """
    compression = one(tags, _COMPRESSION, 1)
    if compression == JPEG:
        found = [_of_jpeg(strip, tags, pixels) for strip in _strips(file, tags)]
    elif compression in DEFLATE:
        found = [_of_deflate(strip) for strip in _strips(file, tags)]
    else:
        return None
    bad = [reason for reason in found if reason]
    if not bad:
        return None
    return bad[0] if len(found) == 1 else f"in {len(bad)} of its {len(found)} strips or tiles, {bad[0]}"


def _strips(file: BinaryIO, tags: Tags) -> Iterator[bytes]:
    """Yield what each strip or tile holds; empty ones are left out."""
    for places, sizes in _PLACES:
        for place, size in zip(numbers(tags, places), numbers(tags, sizes), strict=False):
            file.seek(place)
            if content := file.read(size):
                yield content


def _of_jpeg(strip: bytes, tags: Tags, pixels: int) -> str | None:
    """Return what is wrong with a strip that is a JPEG, whose tables may lie apart (TIFF Technical Note 2, 1995)."""
    tables = bytes(tags.get(_JPEG_TABLES, b""))
    try:
        return jpeg_ends.find_damage(tables[:-2] + strip[2:] if len(tables) > 4 else strip, pixels)
    except (OSError, SyntaxError, ValueError, IndexError):
        return None  # what cannot be decoded alone says nothing


def _of_deflate(strip: bytes) -> str | None:
    """Return what is wrong with a strip in zlib's format (RFC 1950)."""
    unpacking = zlib.decompressobj()
    try:
        left = strip
        while left and not unpacking.eof:
            unpacking.decompress(left, _PIECE_BYTES)
            left = unpacking.unconsumed_tail
    except zlib.error:
        return "a checksum of its pixels is wrong"
    return None if unpacking.eof else "its coded data end too early"
