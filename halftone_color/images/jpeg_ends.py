"""Wrong bytes in a JPEG file, of which its decoder says nothing: the coded data no longer end where the picture does.

The codes of a JPEG have different lengths, so after wrong bytes the decoder finds more or fewer blocks in the rest of
the data than there are. Two experiments show it: bytes added to the end of the data must not be used, and the last of
them must have been (ITU-T T.81, F.2.2: a scan ends with its last block, filled up to a byte).
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, JpegImagePlugin

ADDED = bytes((37 * n + 11) % 251 for n in range(1, 257))
"""What is added: bytes of all sorts but 255, which would be a marker."""
REMOVED = 24
"""Number of bytes that are taken away; a few blocks of any picture."""
LARGEST_PIXELS = 200_000_000
"""Number of pixels above which a progressive file is not examined, since it is decoded twice at full size."""
_BAND_ROWS = 256
_LAST_ROWS = 64
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_RESTARTS = range(0xD0, 0xD8)


@dataclass(frozen=True)
class _Parts:
    """Where the coded data of a file lie."""

    frame: int
    """Marker of the frame: how it is coded."""
    runs: tuple[tuple[int, int], ...]
    """Start and end of each run of coded data, between markers; restart markers end runs too."""
    whole: bool
    """Whether the file ends with its end marker."""


def find_damage(content: bytes, pixels: int) -> str | None:
    """Return what is wrong with the coded data of a JPEG file that can be decoded, or None; some damage goes unseen.

    Args:
        content: of the file.
        pixels: number of pixels of the picture.
    """
    parts = _parts(content)
    if not parts.runs:
        return None
    if not parts.whole:
        return "it has no end mark"
    once = parts.frame in _SEQUENTIAL
    if not once and (parts.frame != _PROGRESSIVE or pixels > LARGEST_PIXELS):
        return None
    seen = _digest(content, once)
    if _digest(_with_more(content, parts), once) != seen:
        return "its coded data end too early"
    start, end = parts.runs[-1]
    if once and len(parts.runs) == 1 and end - start > 4 * REMOVED:
        cut = _safe_cut(content, end - REMOVED)
        shorter = content[:cut] + content[end:]
        if _digest(shorter, once) == seen and pixels <= LARGEST_PIXELS and _ends_alike(content, shorter):
            return "its coded data end too late"
    return None


def _parts(content: bytes) -> _Parts:
    """Return where the coded data lie; what comes after the end marker, such as another picture, is left out."""
    frame, runs, place, whole = 0, [], 2, False
    while (place := content.find(b"\xff", place)) >= 0 and place + 4 <= len(content) + 2:
        marker = content[place + 1] if place + 1 < len(content) else 0
        if marker == _END_OF_IMAGE:
            whole = True
            break
        if marker in (0, 1, 0xFF, *_RESTARTS):
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = marker
        place += 2 + length
        if marker == _START_OF_SCAN:
            found, place = _runs(content, place)
            runs += found
    return _Parts(frame, tuple(runs), whole)


def _runs(content: bytes, start: int) -> tuple[list[tuple[int, int]], int]:
    """Return the runs of coded data of a scan that starts here, and where the next marker is."""
    runs, place = [], start
    while (place := content.find(b"\xff", place)) >= 0 and place + 1 < len(content):
        marker = content[place + 1]
        if marker == 0:
            place += 2
        elif marker == 0xFF:
            place += 1
        else:
            runs.append((start, place))
            if marker not in _RESTARTS:
                return runs, place
            start = place = place + 2
    return runs, len(content)


def _with_more(content: bytes, parts: _Parts) -> bytes:
    """Return the file with bytes added to every run of coded data."""
    pieces, last = [], 0
    for _, end in parts.runs:
        pieces += [content[last:end], ADDED]
        last = end
    return b"".join([*pieces, content[last:]])


def _safe_cut(content: bytes, place: int) -> int:
    """Return a place at or before the given one that does not part an escaped byte 255."""
    while content[place - 1] == 0xFF:
        place -= 1
    return place


def _ends_alike(content: bytes, shorter: bytes) -> bool:
    """Tell whether the last rows of two files are the same at full size, and not of one tone, which proves nothing."""
    ends = []
    for each in (content, shorter):
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(each))
        ends.append(picture.crop((0, max(0, picture.height - _LAST_ROWS), *picture.size)))
    corner = ends[0].crop((max(0, ends[0].width - _LAST_ROWS), 0, *ends[0].size)).convert("L")
    low, high = corner.getextrema()
    return low != high and ends[0].tobytes() == ends[1].tobytes()


def _digest(content: bytes, small: bool) -> bytes:
    """Return a digest of the decoded pixels; of an eighth of the size if that is enough."""
    picture: Image.Image = JpegImagePlugin.JpegImageFile(io.BytesIO(content))
    if small:
        picture.draft(None, (max(1, picture.width // 8), max(1, picture.height // 8)))
    picture.load()
    digest = hashlib.blake2b()
    for top in range(0, picture.height, _BAND_ROWS):
        digest.update(picture.crop((0, top, picture.width, min(top + _BAND_ROWS, picture.height))).tobytes())
    return digest.digest()
