"""The options of hcolor batch that no single picture has: which files, going on, workers, what is said."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from halftone_color.cli._options import Colors, Machine, ScanFiles, under
from halftone_color.errors import InputError, UsageError

_file, _color = under("Files"), under("Colors")


@dataclass(frozen=True)
class ArchiveFiles(ScanFiles):
    """Where the results of a folder go."""

    output: Annotated[str | None, _file("--output -o", "FOLDER", "Folder to write to; by default FOLDER-restored.")] = (
        None
    )
    overwrite: Annotated[
        bool, _file("--overwrite", None, "Like --redo, and replace files that the journal does not know.")
    ] = False
    strict: Annotated[
        bool, _file("--strict", None, "Files found to be damaged count as failed; their results are written.")
    ] = False

    def words(self) -> dict[str, Any]:
        """Return the words of steps/parsing.py; what `strict` means here is no matter of the request."""
        return {name: value for name, value in super().words().items() if name != "strict"}


@dataclass(frozen=True)
class ArchiveColors(Colors):
    """Where the colors of a folder of scans come from."""

    scribbles: Annotated[
        Path | None,
        _color("--scribbles", "FOLDER", "For each scan a file of its name: colors drawn."),
    ] = None
    mask: Annotated[
        Path | None,
        _color("--mask", "FOLDER", "For each scan a file of its name: white keeps colors."),
    ] = None


_machine = under("Machine")


@dataclass(frozen=True)
class ArchiveMachine(Machine):
    """Under which conditions a folder is restored."""

    threads: Annotated[
        int | None,
        _machine("--threads", "N", "How many each worker uses; by default half of all processors, 4 at most."),
    ] = None


_which = under("Which files")


@dataclass(frozen=True)
class Which:
    """Which files of the archive are wanted."""

    include: Annotated[
        list[str],
        _which("--include", "PATTERN", "Only files whose name, or path with a /, is like '*.tif'. Repeatable."),
    ] = field(default_factory=list)
    exclude: Annotated[
        list[str], _which("--exclude", "PATTERN", "Leave out files and folders like 'thumbs'. Repeatable.")
    ] = field(default_factory=list)
    files_from: Annotated[
        str | None, _which("--files-from", "FILE", "Only the files listed there, relative to FOLDER; - is stdin.")
    ] = None
    zero: Annotated[
        bool, _which("--null -0", None, "Names in --files-from and on stdout end with a zero byte, not a line.")
    ] = False
    shard: Annotated[
        str, _which("--shard", "I/N", "Only the I-th of N parts, to share an output between machines.")
    ] = "1/1"
    preview: Annotated[
        int | None,
        _which("--preview", "N", "Only N files spread over FOLDER, into FOLDER-preview, with a report.", min=1),
    ] = None
    dry_run: Annotated[
        bool, _which("--dry-run -n", None, "Write nothing; say what would be done, and how long it would take.")
    ] = False

    def listed(self) -> tuple[str, ...] | None:
        """Return the names of --files-from, or None without it.

        Raises:
            InputError: the list cannot be read.
        """
        from halftone_color.batch.selection import read_list

        if self.files_from is None:
            return None
        try:
            content = sys.stdin.buffer.read() if self.files_from == "-" else Path(self.files_from).read_bytes()
        except OSError as error:
            raise InputError(
                f"{self.files_from} cannot be read ({error.strerror}); name a list of files, or - for stdin."
            ) from error
        return read_list(content, self.zero)


_going = under("Going on")


@dataclass(frozen=True)
class GoingOn:
    """What a second run does."""

    redo: Annotated[bool, _going("--redo", None, "Make anew what the journal says is done.")] = False
    retry_failed: Annotated[bool, _going("--retry-failed", None, "Try again what failed before.")] = False


_workers = under("Workers")


@dataclass(frozen=True)
class AtWork:
    """The processes that work."""

    jobs: Annotated[
        str,
        _workers("--jobs -j", "N", "Pictures at a time: auto (default), or a number; 0 works without isolation."),
    ] = "auto"
    timeout: Annotated[
        float | None, _workers("--timeout", "SECONDS", "Give a picture up after that time.", min=0.1)
    ] = None
    memory_limit: Annotated[
        str | None, _workers("--memory-limit", "SIZE", "Give up pictures for which one needs more: 3GB.")
    ] = None

    def engine(self, threads: int, device: str) -> Any:
        """Return the engine.

        Raises:
            UsageError: a number or a size is none, or too small.
        """
        from halftone_color.batch.this_process import ThisProcess
        from halftone_color.batch.workers import Workers, automatic_jobs
        from halftone_color.system.process_memory import parse_bytes

        if self.jobs != "auto" and not self.jobs.isdigit():
            raise UsageError(f"{self.jobs!r} is no number of pictures at a time; give -j a number, or auto.")
        limit = None if self.memory_limit is None else parse_bytes(self.memory_limit)
        if limit is not None and limit < LEAST_MEMORY_BYTES:
            raise UsageError("Networks alone need 1GB; give --memory-limit 1GB or more.")
        if self.jobs == "0":
            if limit is not None or self.timeout is not None:
                raise UsageError("-j 0 works without isolation, so there is no --timeout or --memory-limit; use -j 1.")
            return ThisProcess()
        jobs = automatic_jobs(threads, device) if self.jobs == "auto" else int(self.jobs)
        return Workers(jobs, self.timeout, limit)


LEAST_MEMORY_BYTES = 1_000_000_000
"""Smallest memory of a worker: torch, its threads and the networks."""
LOGS = "Help and logs"


@dataclass(frozen=True)
class Said:
    """What is said while it works."""

    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", rich_help_panel=LOGS, help="Say only what fails, and the counts.")
    ] = False
    json: Annotated[
        bool, typer.Option("--json", rich_help_panel=LOGS, help="Write a line of JSON for each file to stdout.")
    ] = False
