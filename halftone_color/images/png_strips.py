"""Decode a large PNG a strip of rows at a time; Pillow holds all of it, with 4 bytes for each pixel in color.

Chunks, filters and their order: W3C Recommendation "Portable Network Graphics (PNG) Specification (Second Edition)",
2003, sections 5 and 9.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from halftone_color.arrays.compiled import compile_loop

LEAST_PIXELS = 40_000_000
"""Number of pixels above which a picture is decoded in strips."""
CHANNELS = {"L": 1, "RGB": 3}
"""Channels, of 8 bits each, of the pictures that are decoded here, by Pillow's mode."""
PIECE_BYTES = 1 << 20
"""Number of bytes that are read or unpacked at a time."""
SKIPPED_ROWS = 64
"""Number of rows that are passed over at a time, above the part that is asked for."""
_SIGNATURE_BYTES = 8
_NOT_PLAIN = ("interlace", "transparency", "exif", "Raw profile type exif")
Bytes = NDArray[np.uint8]


def suits(file: BinaryIO, picture: ImageFile) -> bool:
    """Tell whether a PNG that was opened, and not loaded yet, is decoded here: large, of 8 bits, plain and upright."""
    if picture.width * picture.height <= LEAST_PIXELS or picture.mode not in CHANNELS or not picture.tile:
        return False
    if picture.tile[0][3] != picture.mode or any(word in picture.info for word in _NOT_PLAIN):
        return False
    place = file.tell()
    names = [name for name, length in _chunks(file) if file.seek(length + 4, 1)]
    file.seek(place)
    return b"eXIf" not in names


class Strips:
    """A picture that is decoded as its parts are asked for, from the top to the bottom."""

    def __init__(self, file: BinaryIO, picture: ImageFile) -> None:
        """Take an open file, and the picture as Pillow opens it."""
        self.size, self.mode, self.info = picture.size, picture.mode, picture.info
        self._step = CHANNELS[picture.mode]
        self._row_bytes = self.size[0] * self._step
        self._unpacked, self._ready = _unpacked(file), bytearray()
        self._above: Bytes = np.zeros(self._row_bytes, np.uint8)
        self._next = 0

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return a part, given by its left, top, right and bottom; it must not begin above the end of the last one.

        Raises:
            OSError: the file ends before, or its rows are damaged.
        """
        left, top, right, bottom = box
        while self._next < top:
            self._rows(min(SKIPPED_ROWS, top - self._next))
        rows = self._rows(bottom - top).reshape(bottom - top, self.size[0], self._step)[:, left:right]
        return Image.fromarray(np.ascontiguousarray(rows[..., 0] if self._step == 1 else rows))

    def _rows(self, count: int) -> Bytes:
        """Return the next rows (count, bytes)."""
        filtered_bytes = count * (1 + self._row_bytes)
        while len(self._ready) < filtered_bytes:
            piece = next(self._unpacked, None)
            if piece is None:
                raise OSError("image file is truncated")
            self._ready += piece
        filtered = np.frombuffer(bytes(self._ready[:filtered_bytes]), np.uint8).reshape(count, 1 + self._row_bytes)
        del self._ready[:filtered_bytes]
        if filtered[:, 0].max() > 4:
            raise OSError("broken data stream")
        rows = np.empty((count, self._row_bytes), np.uint8)
        compile_loop(_undo_filters)(filtered, self._above, self._step, rows)
        self._next += count
        self._above = rows[-1].copy()
        return rows


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """Yield what the chunks of pixels hold.

    Raises:
        OSError: it cannot be unpacked.
    """
    unpacking: Any = zlib.decompressobj()
    try:
        for packed in _packed(file):
            while packed:
                yield unpacking.decompress(packed, PIECE_BYTES)
                packed = unpacking.unconsumed_tail
    except zlib.error as error:
        raise OSError("broken data stream") from error


def _packed(file: BinaryIO) -> Iterator[bytes]:
    """Yield pieces of the chunks of pixels, as they are in the file."""
    for name, length in _chunks(file):
        if name != b"IDAT":
            file.seek(length + 4, 1)
            continue
        while length and (piece := file.read(min(length, PIECE_BYTES))):
            length -= len(piece)
            yield piece
        file.seek(4, 1)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield name and length of each chunk but the last; its content and checksum (4 bytes) come next in the file."""
    file.seek(_SIGNATURE_BYTES)
    while len(header := file.read(8)) == 8 and header[4:] != b"IEND":
        yield header[4:], int.from_bytes(header[:4], "big")


def _undo_filters(filtered: Bytes, above: Bytes, step: int, rows: Bytes) -> None:
    """Write rows (n, bytes) of which `filtered` (n, 1 + bytes) has the filter and the differences (section 9).

    Args:
        filtered: each row begins with the number of its filter.
        above: the row before the first.
        step: number of bytes of a pixel.
        rows: where the result goes.
    """
    for y in range(filtered.shape[0]):
        kind = filtered[y, 0]
        for x in range(rows.shape[1]):
            left = np.int64(rows[y, x - step]) if x >= step else np.int64(0)
            up = np.int64(rows[y - 1, x]) if y > 0 else np.int64(above[x])
            expected = np.int64(0)
            if kind == 1:
                expected = left
            elif kind == 2:
                expected = up
            elif kind == 3:
                expected = (left + up) // 2
            elif kind == 4:
                corner = np.int64(0)
                if x >= step:
                    corner = np.int64(rows[y - 1, x - step]) if y > 0 else np.int64(above[x - step])
                by_left, by_up, by_both = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                expected = corner
                if by_left <= by_up and by_left <= by_both:
                    expected = left
                elif by_up <= by_both:
                    expected = up
            rows[y, x] = np.uint8((np.int64(filtered[y, x + 1]) + expected) & 255)
