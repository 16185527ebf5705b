"""Going on: by the journal, which pictures are done, which failed before, and which are to be done."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from halftone_color.batch.journal import Ledger, Record, StoredFile, key_of, stamp_of
from halftone_color.batch.report import Outcome
from halftone_color.batch.work import digest, sha256_of
from halftone_color.batch.worklist import Item
from halftone_color.errors import UsageError
from halftone_color.request import Request
from halftone_color.run import Conditions

FIXED = ("precision", "threads")
"""Conditions that change results in the last bits; the first start of an output decides them."""


@dataclass(frozen=True)
class Resume:
    """What decides whether a picture is done."""

    ledger: Ledger
    output: Path
    weights: str
    """Digest of the set of weights."""
    redo: bool = False
    """Whether what is done is done anew."""
    retry_failed: bool = False
    """Whether what failed before is tried again."""

    def outcome(self, item: Item, request: Request) -> Outcome | None:
        """Return the outcome of a picture that needs no work now, or None."""
        record = self.ledger.records.get(key_of(item.relative, item.page))
        if record is None or self.redo or record.weights != self.weights:
            return None
        outcome = self._settled(item, request, record)
        return None if outcome is None else replace(outcome, page=item.page)

    def _settled(self, item: Item, request: Request, record: Record) -> Outcome | None:
        if record.outcome == "failed":
            if self.retry_failed or record.request != request.digest() or not _is_same(item.source, record):
                return None
            return Outcome(item.source, "failed", f"{record.reason} (As before; --retry-failed tries it again.)")
        if record.request != digest(request) or not _is_same(item.source, record):
            return None
        if record.outcome == "skipped":
            return Outcome(item.source, "skipped", record.reason)
        if not self._is_complete(item, record):
            return None
        if record.outcome == "damaged":
            return Outcome(item.source, "damaged", notes=record.notes)
        return Outcome(item.source, "existing")

    def known(self, item: Item) -> dict[str, StoredFile]:
        """Return what the journal knows of files at the places of a picture's results."""
        places = [path.relative_to(self.output).as_posix() for path in _paths(item)]
        record = self.ledger.records.get(key_of(item.relative, item.page))
        places += [stored.path for stored in record.results] if record else []
        return {place: self.ledger.files[place] for place in places if place in self.ledger.files}

    def _is_complete(self, item: Item, record: Record) -> bool:
        """Tell whether every result is there in its size; `hcolor verify` looks at the bytes as well."""
        sizes = {self.output / stored.path: stored.bytes for stored in record.results}
        if not sizes.keys() >= set(_paths(item)):
            return False
        for path, size in sizes.items():
            try:
                found = path.lstat()
            except OSError:
                return False
            if not stat.S_ISREG(found.st_mode) or found.st_size != size:
                return False
        return True


def fixed_conditions(asked: Conditions, ledger: Ledger, redo: bool = False) -> Conditions:
    """Return the conditions with what the first start of the output has fixed.

    Raises:
        UsageError: others are asked for, which would give the rest of the results other bytes.
    """
    start: Mapping[str, Any] = (ledger.start or {}).get("conditions", {})
    fixed = {name: start[name] for name in FIXED if name in start}
    unset = Conditions()
    for name, value in fixed.items():
        wanted = getattr(asked, name)
        if wanted not in (getattr(unset, name), value):
            if redo:
                return asked
            raise UsageError(
                f"The results there were made with --{name} {value}, and {wanted} would give others; leave --{name} "
                "out, choose another folder with -o, or make all anew with --redo."
            )
    return replace(asked, **fixed) if not redo else asked


def _paths(item: Item) -> list[Path]:
    return [*item.names.pictures, *([item.names.sheet] if item.names.sheet else [])]


def _is_same(source: Path, record: Record) -> bool:
    """Tell whether a picture is the one that a record is about: by its stamp, or else by its sha256."""
    try:
        stamp = stamp_of(source)
        if record.source_sha256 is None or record.source_stamp is None or stamp[0] != record.source_stamp[0]:
            return False
        return stamp == record.source_stamp or sha256_of(source) == record.source_sha256
    except OSError:
        return False
