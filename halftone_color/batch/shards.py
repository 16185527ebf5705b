"""Shards: a fixed part of an archive for each of several machines, decided by the names of the files alone.

A file belongs to one of BUCKETS buckets by the digest of its path, and shard i of N takes the i-th of N equal ranges of
buckets. Running shards are kept apart by a lock on exactly that range.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass

from halftone_color.errors import UsageError

BUCKETS = 2**16
"""Number of buckets; a bucket is a byte of the lock."""
MOST_SHARDS = 4096
"""Largest number of shards, so that each has 16 buckets at least and their sizes are similar."""


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, from 1; the default is everything."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that is written as i/N.

        Raises:
            UsageError: it is not so written, or i is not in 1 ... N.
        """
        found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
        number, count = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= count <= MOST_SHARDS:
            raise UsageError(
                f"{text!r} is no shard; write i/N, the i-th of N parts, such as 1/4 (N at most {MOST_SHARDS})."
            )
        return cls(number, count)

    @property
    def buckets(self) -> range:
        """The buckets whose files it takes."""
        return range((self.number - 1) * BUCKETS // self.count, self.number * BUCKETS // self.count)

    @property
    def journal_name(self) -> str:
        """Name of the journal that it writes."""
        return "journal.ndjson" if self.count == 1 else f"journal-{self.number}-of-{self.count}.ndjson"

    def takes(self, relative: str) -> bool:
        """Tell whether a file belongs to it, by its path relative to the archive."""
        return self.count == 1 or bucket_of(relative) in self.buckets


def bucket_of(relative: str) -> int:
    """Return the bucket of a path, in [0, BUCKETS): the same on every machine."""
    return int.from_bytes(hashlib.sha256(os.fsencode(relative)).digest()[:2], "big")
