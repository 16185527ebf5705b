"""Records as lines of JSON (NDJSON) in UTF-8, in which names that are not UTF-8 survive."""

from __future__ import annotations

import json
import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes in file names that are not UTF-8 (PEP 383); as text it could not be encoded."""


def to_line(record: dict[str, Any]) -> bytes:
    """Return a record as one line, with its line feed; byte 0xNN that is not UTF-8 is written as \\udcNN."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"


def from_line(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line, or None if it is incomplete or none."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
