"""Checksums of a PNG's chunks, which Pillow does not compare where the pixels lie."""

from __future__ import annotations

import zlib
from typing import BinaryIO

_SIGNATURE_BYTES = 8
_PIECE_BYTES = 1 << 20


def find_damage(file: BinaryIO) -> str | None:
    """Return what is wrong with the chunks that hold the pixels of a PNG file, or None."""
    file.seek(_SIGNATURE_BYTES)
    while len(header := file.read(8)) == 8:
        length, name = int.from_bytes(header[:4], "big"), header[4:]
        if name == b"IEND":
            return None
        if name != b"IDAT":
            file.seek(length + 4, 1)
            continue
        checksum = zlib.crc32(name)
        while length and (piece := file.read(min(length, _PIECE_BYTES))):
            checksum, length = zlib.crc32(piece, checksum), length - len(piece)
        if file.read(4) != checksum.to_bytes(4, "big"):
            return "a checksum of its pixels is wrong"
    return "it has no end mark"
