"""Impossible codes in a JPEG 2000 file, of which its decoder says nothing.

The coded data of a tile have no two bytes from 0xFF90 on, which are left to markers (ITU-T T.800, B.10.1 and C.2.1),
and the arithmetic coder does not repeat a byte for long: where it does, a part of a disk or of a copy was lost. Few
wrong bytes make no impossible code and go unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

REPEATED = 128
"""Number of equal bytes one after the other from which they are no coded data."""
_START_OF_TILE, _START_OF_DATA, _START_OF_CODES, _END = b"\xff\x90", b"\xff\x93", b"\xff\x4f\xff\x51", b"\xff\xd9"
_IMPOSSIBLE = re.compile(rb"\xff[\x90-\xff]")
_RUN = re.compile(rb"(.)\1{%d}" % (REPEATED - 1), re.DOTALL)
_TILE_HEAD_BYTES = 12


def find_damage(content: bytes) -> str | None:
    """Return what is wrong with the coded data of a JPEG 2000 file that can be decoded, or None."""
    start = content.find(_START_OF_CODES)
    marks = start >= 0 and _has_marks_in_data(content, start)
    for data in _tiles(content, start) if start >= 0 else ():
        found = None if marks else _IMPOSSIBLE.search(data)
        if found is not None and found.start() < len(data) - 2:
            return "impossible codes in its data"
        if _RUN.search(data):
            return f"{REPEATED} and more equal bytes in its coded data"
    return None


def _has_marks_in_data(content: bytes, start: int) -> bool:
    """Tell whether markers between the packets are announced (SOP or EPH, T.800, A.6.1)."""
    place = content.find(b"\xff\x52", start)
    return place < 0 or place + 4 >= len(content) or bool(content[place + 4] & 0b110)


def _tiles(content: bytes, start: int) -> Iterator[bytes]:
    """Yield the coded data of each part of a tile (T.800, A.4.2); headers and what follows the end are left out."""
    place = content.find(_START_OF_TILE, start)
    while 0 <= place <= len(content) - _TILE_HEAD_BYTES and content[place : place + 2] == _START_OF_TILE:
        length = int.from_bytes(content[place + 6 : place + 10], "big")
        end = place + length if length else content.rfind(_END)
        data = content.find(_START_OF_DATA, place, end)
        if data < 0 or end > len(content):
            return
        yield content[data + 2 : end]
        place = end
