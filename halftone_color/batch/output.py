"""The output folder: opened once and watched, so that nothing is written anywhere else.

If it vanishes or another disk lies at its place (a share that was unmounted), the batch ends instead of writing below
the mount point. Its own records lie in the hidden folder .hcolor, by which an output is recognized.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from halftone_color.batch.shards import Shard
from halftone_color.errors import OutputError
from halftone_color.system import atomic, locks

logger = logging.getLogger(__name__)

RECORDS = ".hcolor"
"""Name of the folder for journal and lock, in the output."""
LOCK = "lock"
"""Name of the file, in RECORDS, that running batches lock."""
LEAST_FREE_BYTES = 32_000_000
"""Free space below which a batch does not start: one large result."""
STALE_S = 3600.0
"""Age in seconds of an unfinished file that no other shard can still be writing."""
UNUSABLE = tuple(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "ENODEV", "ENXIO", "ESTALE", "ENOTCONN", "EHOSTDOWN")
    if hasattr(errno, name)
)
"""Error numbers after which no further file can be written: the disk is full, failing or gone."""


class OutputLostError(OutputError):
    """The output can no longer be written to; it ends a batch."""


@dataclass(frozen=True)
class OutputFolder:
    """An output folder as it was when it was opened; plain, so that it travels to workers."""

    path: Path
    device: int
    """Number of the file system on which it lies."""
    inode: int
    """Its number there; 0 where the system has none."""

    @classmethod
    def open(cls, path: Path) -> OutputFolder:
        """Create the folder if needed, and try out writing into it.

        Raises:
            OutputError: it cannot be created or written to, or there is no space.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            found = path.stat()
            folder = cls(path, found.st_dev, found.st_ino)
            folder.records.mkdir(exist_ok=True)
            free_bytes = shutil.disk_usage(path).free
        except OSError as error:
            raise OutputError(
                f"{path} cannot be written to ({error.strerror}); check its permissions or choose another folder "
                "with -o."
            ) from error
        if folder.records.is_symlink():
            raise OutputError(f"{folder.records} is a link; choose another folder with -o.")
        atomic.write(folder.records / "written", b"Files can be written here.\n")
        (folder.records / "written").unlink()
        if free_bytes < LEAST_FREE_BYTES:
            raise OutputError(
                f"{path} has {free_bytes / 1e6:.0f} MB of free space; make room or choose another folder with -o."
            )
        return folder

    @property
    def records(self) -> Path:
        """The folder for journal and lock."""
        return self.path / RECORDS

    def check(self) -> None:
        """Check that the folder is still the one that was opened.

        Raises:
            OutputLostError: it has vanished, or another one lies at its place.
        """
        try:
            found = self.path.stat()
        except OSError as error:
            raise OutputLostError(
                f"{self.path} is no longer there ({error.strerror}); mount or create it and run the same command again."
            ) from error
        if (found.st_dev, found.st_ino) != (self.device, self.inode):
            raise OutputLostError(
                f"{self.path} is no longer the folder that was opened; mount it again and run the same command again."
            )

    def make_room_for(self, path: Path) -> None:
        """Create the folders between the output folder and a file in it, none of which may be a link.

        Raises:
            OutputLostError: the output folder has vanished.
            OutputError: one cannot be created, is a link or not a folder.
        """
        self.check()
        place = self.path
        for name in path.parent.relative_to(self.path).parts:
            place = place / name
            try:
                with contextlib.suppress(FileExistsError):
                    place.mkdir()
                is_folder = stat.S_ISDIR(place.lstat().st_mode)
            except OSError as error:
                raise unwritable(place, error) from error
            if not is_folder:
                raise OutputError(f"{place} is a link or a file where a folder is needed; move it away.")

    def lock(self, shard: Shard) -> locks.RangeLock:
        """Take the lock of a shard, which is held until it is released.

        Raises:
            OutputError: another batch is working on these files.
        """
        try:
            return locks.RangeLock(self.records / LOCK, shard.buckets.start, len(shard.buckets))
        except locks.HeldError as error:
            raise OutputError(
                f"Another batch is writing to {self.path}; wait for it to end, share the work with --shard, "
                "or choose another folder with -o."
            ) from error
        except OSError as error:
            raise unwritable(self.records / LOCK, error) from error

    def sweep(self, older_than_s: float = 0.0, folders: Iterable[Path] | None = None) -> int:
        """Remove the unfinished files of batches that were killed, and return their number.

        Args:
            older_than_s: their least age in seconds.
            folders: where they are looked for; None means everywhere.
        """
        swept = 0
        for path in self.unfinished() if folders is None else _unfinished_in(folders):
            with contextlib.suppress(OSError):
                if time.time() - path.lstat().st_mtime >= older_than_s:
                    path.unlink()
                    swept += 1
        if swept:
            logger.info("%d unfinished files of an earlier run were removed from %s", swept, self.path)
        return swept

    def unfinished(self) -> Iterator[Path]:
        """Yield the files that were being written when a batch was killed."""
        for folder, _, names in os.walk(self.path):
            for name in names:
                if name.startswith(atomic.UNFINISHED_PREFIX) and name.endswith(".part"):
                    yield Path(folder, name)


def _unfinished_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in set(folders):
        yield from folder.glob(f"{atomic.UNFINISHED_PREFIX}*.part")


def unwritable(path: Path, error: OSError) -> OutputError:
    """Return the error for a place that cannot be written: OutputLostError, where that concerns every file."""
    kind = OutputLostError if error.errno in UNUSABLE else OutputError
    return kind(f"{path} could not be written ({error.strerror or error}); check permissions and free space.")


def is_output(folder: Path) -> bool:
    """Tell whether a folder is the output of a batch."""
    return any((folder / RECORDS).glob("journal*.ndjson"))
