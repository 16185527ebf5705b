"""Can a file hold the picture that its header states, and the memory? Asked before any of it is decoded."""

from __future__ import annotations

from halftone_color.images.tiff_blocks import UNCOMPRESSED, Layout
from halftone_color.system.memory import available_bytes

LONGEST_RATIO, LARGE_PIXELS = 200, 24_000_000
"""Largest ratio of the sides of pictures of more than so many pixels; a strip of film or a scroll has 100 at most."""
DEFLATE, LZW, PACKBITS = 1032, 2731, 128
"""Bytes that a byte of compressed data can give at most: zlib's, 4,096 for a code of 12 bits, a run of two bytes."""
JPEG_PIXELS = 1024
"""Pixels that a byte of a JPEG can give at most: a block of 64 takes a bit, and twice that for a margin."""
FAX_ROWS, FAX_PIXELS = 8, 1800
"""Rows that a byte of group 4 can give at most (a bit each); pixels that one of group 3 can, by codes of 2,560."""
_GROUP_4, _FAX = 4, (2, 3)
_TIFF_RATIOS = {UNCOMPRESSED: 1, 5: LZW, 8: DEFLATE, 32946: DEFLATE, 32773: PACKBITS}
_TIFF_JPEG = 7
_BITS = {"RGB": 24, "RGBA": 32, "LA": 16, "I;16": 16, "CMYK": 32}
"""Bits of a pixel at least, by Pillow's mode; 1 of any other."""
MARGIN_BYTES = 4096
"""Number of bytes by which a file may be smaller than possible: the last rows may be missing, which decoders tell."""
BYTES_PER_PIXEL = {"1": 5, "L": 5}
"""Memory for reading a pixel, by Pillow's mode: as decoded, and as float32."""
BYTES_PER_COLOR_PIXEL = 16
"""The same for all other modes."""

BYTES_IN_STRIPS = 4
"""The same for a gray picture that is decoded in strips."""


def why_implausible(kind: str, mode: str, size: tuple[int, int], file_bytes: int, layout: Layout | None) -> str | None:
    """Return why a file cannot hold what its header states, or None.

    Args:
        kind: format of the file.
        mode: Pillow's mode.
        size: width and height in px.
        file_bytes: size of the file.
        layout: of a TIFF.
    """
    width, height = size
    pixels = width * height
    if pixels > LARGE_PIXELS and max(size) > LONGEST_RATIO * min(size):
        return f"no picture is {max(size) // max(1, min(size))} times as long as wide"
    least = _least_bytes(kind, mode, size, layout)
    if least > file_bytes + MARGIN_BYTES:
        return f"it would take {least:,} bytes at least, and the file has {file_bytes:,}"
    return None


def why_too_large(mode: str, pixels: int, in_strips: bool = False) -> str | None:
    """Return why a picture does not fit into the memory that is free, or None if it does or nobody knows.

    Args:
        mode: Pillow's mode.
        pixels: their number.
        in_strips: whether it is decoded in strips; it is then held as float32 alone, and may turn out to be gray.
    """
    each = BYTES_IN_STRIPS if in_strips else BYTES_PER_PIXEL.get(mode, BYTES_PER_COLOR_PIXEL)
    needed, free = pixels * each, available_bytes()
    if free is None or needed <= free:
        return None
    return f"takes {needed / 1e9:.1f} GB of memory to be read, and {free / 1e9:.1f} GB are free"


def _least_bytes(kind: str, mode: str, size: tuple[int, int], layout: Layout | None) -> int:
    """Return the size of the smallest file of a format that holds so many pixels; 0 where there is no bound."""
    width, height = size
    pixels = width * height
    if kind == "TIFF" and layout is not None:
        return _least_bytes_of_tiff(size, layout)
    if kind == "PNG":
        return pixels * _BITS.get(mode, 1) // (8 * DEFLATE)
    if kind == "JPEG":
        return pixels // JPEG_PIXELS
    if kind == "GIF":
        return pixels // LZW
    return 0


def _least_bytes_of_tiff(size: tuple[int, int], layout: Layout) -> int:
    width, height = size
    pixels = width * height
    if layout.compression == _GROUP_4:
        return height // FAX_ROWS
    if layout.compression in _FAX:
        return pixels // FAX_PIXELS
    if layout.compression == _TIFF_JPEG:
        return pixels // JPEG_PIXELS
    if layout.compression in _TIFF_RATIOS:
        return pixels * max(1, layout.bits) * layout.samples // (8 * _TIFF_RATIOS[layout.compression])
    return 0
