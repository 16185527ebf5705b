"""Wrong bytes in a WebP file, of which its decoder says nothing: the picture is complete before its data end.

Both codings have no codes of fixed length, so after wrong bytes the decoder uses more or fewer bytes than there are. If
it wants more it refuses the file. If it wants fewer, the last bytes may be taken away and the picture stays the same;
of a sound file they are needed (RFC 6386, section 9.6; WebP lossless bitstream, 2023).
"""

from __future__ import annotations

import hashlib
import io

from PIL import WebPImagePlugin

REMOVED = 24
"""Number of bytes that are taken away."""
LARGEST_PIXELS = 200_000_000
"""Number of pixels above which a file is not examined, since it is decoded twice."""
_CODED = (b"VP8 ", b"VP8L")
_HEAD_BYTES = 12


def find_damage(content: bytes, pixels: int) -> str | None:
    """Return what is wrong with the coded data of a WebP file that can be decoded, or None; some damage goes unseen.

    Args:
        content: of the file.
        pixels: number of pixels of the picture.
    """
    shorter = _shortened(content)
    if shorter is None or pixels > LARGEST_PIXELS:
        return None
    try:
        cut = _digest(shorter)
    except (OSError, ValueError, SyntaxError, EOFError):
        return None
    return "its coded data end too late" if cut == _digest(content) else None


def _shortened(content: bytes) -> bytes | None:
    """Return the file with fewer bytes of coded data, or None if it has too few or several pictures."""
    place = _HEAD_BYTES
    while place + 8 <= len(content):
        name, length = content[place : place + 4], int.from_bytes(content[place + 4 : place + 8], "little")
        after = place + 8 + length + length % 2
        if name in _CODED:
            if length < 8 * REMOVED:
                return None
            kept = content[place + 8 : place + 8 + length - REMOVED]
            body = content[_HEAD_BYTES:place] + name + len(kept).to_bytes(4, "little") + kept
            body += bytes(len(kept) % 2) + content[after:]
            return content[:4] + (len(body) + 4).to_bytes(4, "little") + content[8:_HEAD_BYTES] + body
        if name == b"ANIM":
            return None
        place = after
    return None


def _digest(content: bytes) -> bytes:
    """Return a digest of the decoded pixels."""
    picture = WebPImagePlugin.WebPImageFile(io.BytesIO(content))
    picture.load()
    return hashlib.blake2b(picture.tobytes()).digest()
