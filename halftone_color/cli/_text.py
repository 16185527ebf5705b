"""Text for people: names of files are shown so that they cannot disturb the terminal."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """Return text in which control characters, and bytes that are not UTF-8, are written as \\xNN or \\uNNNN."""
    return "".join(_shown(letter) for letter in text)


def duration(seconds: float) -> str:
    """Return a time in words: 40 s, 12 min, 3.5 h, 2.1 days."""
    for size, word, digits in ((86400, "days", 1), (3600, "h", 1), (60, "min", 0)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.{digits}f} {word}"
    return f"{seconds:.0f} s"


def _shown(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return letter
