"""Encode pictures as PNG and TIFF files of 16 bits per channel, which Pillow does not write in color."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from halftone_color.images.profiles import srgb_profile
from halftone_color.types import Picture

BAND_ROWS = 256
"""Number of rows encoded at a time, and of a TIFF's strips."""
COMPRESSION = 4
"""Level of zlib, as for 8 bits."""
LARGEST_TIFF = 2**32 - 1
"""Number of bytes that a TIFF's offsets reach."""
ROOM_FOR_TAGS = 2**20
"""Number of bytes kept for a TIFF's tags, which are fewer."""
METERS_PER_INCH = 0.0254

Resolution = tuple[float, float] | None
"""Pixels per inch (x, y), if known."""


def encode_png(pixels: Picture, dpi: Resolution, bits: int = 16) -> bytes:
    """Return a PNG file (ISO/IEC 15948) of a picture (1, H, W) or (3, H, W); color has an sRGB profile.

    Args:
        pixels: values outside [0, 1] are clipped; levels are rounded half up.
        dpi: resolution to state.
        bits: of each channel, 16, or 8 for large pages: Pillow would hold all of one, with 7 bytes a pixel.
    """
    channels, height, width = pixels.shape
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", struct.pack(">2I5B", width, height, bits, channels - 1, 0, 0, 0))]
    if channels == 3:
        parts.append(_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(srgb_profile())))
    else:
        parts.append(_chunk(b"sRGB", b"\0"))  # its rendering intent is perceptual
    if dpi is not None:
        per_meter = (int(value / METERS_PER_INCH + 0.5) for value in dpi)
        parts.append(_chunk(b"pHYs", struct.pack(">2IB", *per_meter, 1)))
    stream = zlib.compressobj(COMPRESSION)
    above = np.zeros((1, width * channels * bits // 8), np.uint8)
    for levels in _bands(pixels, bits):
        stored = np.ascontiguousarray(levels, f">u{bits // 8}").view(np.uint8).reshape(len(levels), -1)
        rows = np.full((len(stored), 1 + stored.shape[1]), 2, np.uint8)  # filter 2: the difference to the row above
        rows[:, 1:] = stored - np.concatenate([above, stored[:-1]])
        above = stored[-1:]
        parts.append(_chunk(b"IDAT", stream.compress(rows.tobytes())))
    parts += [_chunk(b"IDAT", stream.flush()), _chunk(b"IEND", b"")]
    return b"".join(parts)


def encode_tiff(pixels: Picture, dpi: Resolution, largest: int = LARGEST_TIFF) -> bytes:
    """Return a TIFF file (revision 6.0, deflate, horizontal differences) of a picture (1, H, W) or (3, H, W).

    Args:
        pixels: values outside [0, 1] are clipped; levels are rounded half up.
        dpi: resolution to state.
        largest: size of the file that is not exceeded, in bytes.

    Raises:
        ValueError: the file would be larger.
    """
    channels, height, width = pixels.shape
    strips = []
    for levels in _bands(pixels):
        differences = levels.copy()
        differences[:, 1:] -= levels[:, :-1]
        strips.append(zlib.compress(differences.astype("<u2").tobytes(), COMPRESSION))
    sizes = [len(strip) for strip in strips]
    offsets = [8 + sum(sizes[:place]) for place in range(len(sizes))]
    entries: list[tuple[int, str, list[int]]] = [
        (256, "I", [width]),
        (257, "I", [height]),
        (258, "H", [16] * channels),
        (259, "H", [8]),  # deflate
        (262, "H", [1 if channels == 1 else 2]),  # black is zero, or RGB
        (273, "I", offsets),
        (277, "H", [channels]),
        (278, "I", [BAND_ROWS]),
        (279, "I", sizes),
    ]
    if dpi is not None:
        entries += [(282 + axis, "II", _ratio(value)) for axis, value in enumerate(dpi)]
    entries.append((284, "H", [1]))  # channels side by side
    entries += [(296, "H", [2])] if dpi is not None else []  # inch
    entries.append((317, "H", [2]))  # horizontal differences
    entries += [(34675, "B", list(srgb_profile()))] if channels == 3 else []
    body = b"".join(strips)
    body += b"\0" * (len(body) % 2)
    if 8 + len(body) + ROOM_FOR_TAGS > largest:
        raise ValueError("a TIFF holds no more than 4 GB")
    return struct.pack("<2sHI", b"II", 42, 8 + len(body)) + body + _directory(entries, 8 + len(body))


def _directory(entries: list[tuple[int, str, list[int]]], start: int) -> bytes:
    """Return a TIFF's directory of entries (tag, format of a value, numbers), followed by what does not fit in it."""
    kinds = {"B": 7, "H": 3, "I": 4, "II": 5}
    table, rest = struct.pack("<H", len(entries)), b""
    after = start + 2 + 12 * len(entries) + 4
    for tag, form, numbers in entries:
        content = struct.pack(f"<{len(numbers)}{form[0]}", *numbers)
        table += struct.pack("<2HI", tag, kinds[form], len(numbers) // len(form))
        if len(content) <= 4:
            table += content.ljust(4, b"\0")
        else:
            table += struct.pack("<I", after + len(rest))
            rest += content + b"\0" * (len(content) % 2)
    return table + b"\0" * 4 + rest


def _bands(pixels: Picture, bits: int = 16) -> Iterator[NDArray[np.uint16]]:
    """Yield the levels (rows, W, C) of bands of a picture (C, H, W)."""
    for top in range(0, pixels.shape[1], BAND_ROWS):
        band = np.moveaxis(pixels[:, top : top + BAND_ROWS], 0, 2)
        yield np.floor(np.clip(band, 0, 1) * (2**bits - 1) + 0.5).astype(np.uint16)


def _chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _ratio(value: float) -> list[int]:
    """Return a number as numerator and denominator."""
    return list(Fraction(value).limit_denominator(10_000).as_integer_ratio())
