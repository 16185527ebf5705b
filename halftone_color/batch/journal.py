"""The journal of an output: what was made from what, by which request and weights, one line of JSON per file.

NDJSON with fsync, and not SQLite in WAL mode: archives lie on network shares, where WAL does not work (it needs memory
shared by all processes, that is, one host); lines can be read without any program, in fifty years as well; and a line
that was torn by a power failure is recognized and dropped, while every earlier one stays valid. It is only appended to,
so that it is the history of the output, and each shard writes a file of its own, so that machines can share an output.
A line is written after the results it names are on disk: what it says is there, was there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from halftone_color.batch.lines import from_line, to_line
from halftone_color.batch.output import RECORDS, OutputFolder, OutputLostError
from halftone_color.batch.shards import Shard

FORMAT = 1
"""Version of the lines."""
Stamp = tuple[int, int, int]
"""Size of a file in bytes, and the times in ns of its last modification and of its last change of any kind."""


@dataclass(frozen=True)
class StoredFile:
    """A result as it was written."""

    path: str
    """Relative to the output, with slashes."""
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Record:
    """What became of one picture."""

    source: str
    """Path relative to the archive, with slashes."""
    outcome: str
    """done, damaged, failed, or skipped if it has nothing of what was asked for."""
    request: str
    """Digest of the request, with what is the scan's own, such as its scribbles."""
    weights: str
    """Digest of the set of weights."""
    source_sha256: str | None = None
    """None if the picture could not be read."""
    source_stamp: Stamp | None = None
    """While it stays the same, the picture needs not be read to know its sha256."""
    results: tuple[StoredFile, ...] = ()
    seconds: float = 0.0
    """Time that it took."""
    pixels: int = 0
    """Number of pixels of the picture; 0 if that is unknown."""
    notes: tuple[str, ...] = ()
    """Sentences about the result."""
    reason: str = ""
    """Why it failed or was skipped."""
    page: int | None = None
    """Page of the file, if pages were asked for."""

    @property
    def key(self) -> str:
        """What tells it from other pictures of the archive."""
        return key_of(self.source, self.page)


@dataclass
class Ledger:
    """What the journals of an output say now."""

    records: dict[str, Record] = field(default_factory=dict)
    """The last record of each picture, by its path and page, see `key_of`."""
    files: dict[str, StoredFile] = field(default_factory=dict)
    """Every result that was ever written, as it was written last, by its path."""
    start: dict[str, Any] | None = None
    """The last line that says how the batch was started, or None in a new output."""

    def note(self, record: Record) -> None:
        """Take a record in."""
        self.records[record.key] = record
        self.files.update({stored.path: stored for stored in record.results})


class Journal:
    """The journal that this process appends to."""

    def __init__(self, output: OutputFolder, shard: Shard) -> None:
        """Open the shard's journal, creating it if needed; a torn last line is cut off.

        Raises:
            OutputLostError: it cannot be opened.
        """
        self._output = output
        self._path = output.records / shard.journal_name
        try:
            self._stream = self._path.open("ab", buffering=0)
            self._end = _whole_lines(self._path)
            self._stream.truncate(self._end)
        except OSError as error:
            raise self._lost(error) from error

    def start(self, words: dict[str, Any]) -> None:
        """Append how the batch was started.

        Raises:
            OutputLostError: it cannot be written.
        """
        self._append({"record": "start", "format": FORMAT, "time": _now(), **words})

    def add(self, record: Record) -> None:
        """Append what became of a picture, and wait until that is on disk.

        Raises:
            OutputLostError: it cannot be written.
        """
        self._append({"record": "file", "time": _now(), **asdict(record)})

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _append(self, record: dict[str, Any]) -> None:
        self._output.check()
        line = to_line(record)
        try:
            if self._stream.write(line) != len(line):
                raise OSError(None, "there was no room for a whole line")
            os.fsync(self._stream.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                self._stream.truncate(self._end)
            raise self._lost(error) from error
        self._end += len(line)

    def _lost(self, error: OSError) -> OutputLostError:
        return OutputLostError(
            f"The journal {self._path} could not be written ({error.strerror or error}); check permissions and free "
            "space, then run the same command again."
        )


def read(output: Path) -> Ledger:
    """Return what the journals of an output say; an empty ledger if there are none."""
    lines = [line for path in sorted((output / RECORDS).glob("journal*.ndjson")) for line in _lines(path)]
    lines.sort(key=lambda line: str(line.get("time", "")))  # of several shards, and files that went to another shard
    ledger = Ledger()
    for line in lines:
        if line.get("record") == "start":
            ledger.start = line
        elif line.get("record") == "file" and (record := _record(line)) is not None:
            ledger.note(record)
    return ledger


def key_of(source: str, page: int | None) -> str:
    """Return what tells a picture from all others: the path, and a page if pages were asked for."""
    return source if page is None else f"{source}\0{page}"


def stamp_of(path: Path) -> Stamp:
    """Return the stamp of a file.

    Raises:
        OSError: it cannot be looked at.
    """
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            if line.endswith(b"\n") and (record := from_line(line)) is not None:
                yield record


def _record(line: dict[str, Any]) -> Record | None:
    """Return the record of a line, or None if it lacks something; what later versions add is left out."""
    words = {name: line[name] for name in Record.__dataclass_fields__ if name in line}
    try:
        stored = tuple(StoredFile(one["path"], one["sha256"], one["bytes"]) for one in words.pop("results", ()))
        stamp = words.pop("source_stamp", None)
        notes = tuple(words.pop("notes", ()))
        return Record(**words, results=stored, notes=notes, source_stamp=tuple(stamp) if stamp else None)
    except (KeyError, TypeError):
        return None


def _whole_lines(path: Path) -> int:
    """Return the number of bytes of a file up to its last line feed."""
    with path.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            stream.seek(start)
            place = stream.read(end - start).rfind(b"\n")
            if place >= 0:
                return start + place + 1
            end = start
    return 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
