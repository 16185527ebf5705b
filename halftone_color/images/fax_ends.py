"""The ends of fax data (CCITT group 4), marked so that libtiff says when a page has fewer rows than its header states.

Where the data end early, libtiff is silent and the rest of the page is white. A decoder that finds as many rows as it
wants does not read the end mark (EOFB, ITU-T T.6, 2.4.1.1); one that wants more does, and complains if it finds a code
of an extension that it does not know in its place.
"""

from __future__ import annotations

from halftone_color.images.tiff_blocks import Tags, numbers, one

GROUP_4 = 4
"""TIFF's number of this compression."""
_END = "000000000001" * 2
"""EOFB."""
_UNKNOWN = "0000001111".ljust(len(_END), "1")
"""The code of an extension, and single bits, which are rows like those above."""
_TAIL_BYTES = 16
"""Number of bytes at the end of a strip in which the mark is looked for: it has three, and some files are padded."""
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits in reverse order (FillOrder 2)."""


def mark_ends(content: bytearray, tags: Tags) -> None:
    """Replace the end mark of every strip of a page in group 4 by a code that libtiff reports if it reads it."""
    reverse = one(tags, 266, 1) == 2
    for offset, size in zip(numbers(tags, 273), numbers(tags, 279), strict=False):
        end = min(offset + size, len(content))
        start = max(offset, end - _TAIL_BYTES)
        if start >= end:
            continue
        tail = bytes(content[start:end])
        tail = tail.translate(_REVERSED) if reverse else tail
        bits = "".join(f"{byte:08b}" for byte in tail)
        place = bits.rfind(_END)
        if place < 0:
            continue
        bits = bits[:place] + _UNKNOWN + bits[place + len(_END) :]
        tail = int(bits, 2).to_bytes(len(tail), "big")
        content[start:end] = tail.translate(_REVERSED) if reverse else tail
