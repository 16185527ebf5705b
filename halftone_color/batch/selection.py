"""Which files of an archive are wanted: by patterns, or by a list."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from halftone_color.errors import UsageError


@dataclass(frozen=True)
class Selection:
    """What is wanted; by default everything.

    A pattern with a slash is compared with the path relative to the archive, one without with the name of the file and
    of every folder on the way to it. `*` stands for any characters, slashes included, `?` for one, `[ab]` for a or b.
    """

    include: tuple[str, ...] = ()
    """Patterns of which a file must meet one; none means all files."""
    exclude: tuple[str, ...] = ()
    """Patterns that leave out a file, or a folder with all that it holds."""
    listed: tuple[str, ...] | None = field(default=None, repr=False)
    """The files themselves, relative to the archive or to the root; None means to search the archive."""

    def enters(self, folder: str) -> bool:
        """Tell whether a folder is searched, by its path relative to the archive."""
        return not (self._excluded and _meets(folder, self._excluded))

    def takes(self, relative: str) -> bool:
        """Tell whether a file is wanted, by its path relative to the archive."""
        if self._excluded and any(_meets(part, self._excluded) for part in _ways(relative)):
            return False
        return not self._included or any(_meets(part, self._included) for part in _ways(relative))

    @cached_property
    def _included(self) -> tuple[tuple[bool, re.Pattern[str]], ...]:
        return _compiled(self.include)

    @cached_property
    def _excluded(self) -> tuple[tuple[bool, re.Pattern[str]], ...]:
        return _compiled(self.exclude)


def read_list(content: bytes, zero: bool) -> tuple[str, ...]:
    """Return the names in a list, one a line, or each ended by a zero byte; empty ones are left out."""
    names = content.split(b"\0" if zero else b"\n")
    return tuple(os.fsdecode(name if zero else name.removesuffix(b"\r")) for name in names if name.strip())


def relative_to_archive(name: str, archive: Path) -> str:
    """Return the path of a listed file relative to the archive, with slashes.

    Raises:
        UsageError: it lies elsewhere.
    """
    path = Path(os.path.normpath(archive / name))
    try:
        return path.relative_to(os.path.normpath(archive)).as_posix()
    except ValueError as error:
        raise UsageError(
            f"{name!r} in the list of files is not in {archive}; give names relative to that folder."
        ) from error


def _compiled(patterns: Iterable[str]) -> tuple[tuple[bool, re.Pattern[str]], ...]:
    """Return, for each pattern, whether it has a slash, and its regular expression."""
    tidy = [pattern.removeprefix("./").strip("/") for pattern in patterns]
    return tuple(("/" in pattern, re.compile(fnmatch.translate(pattern))) for pattern in tidy)


def _ways(relative: str) -> list[str]:
    """Return the folders on the way to a file, from the outermost, and the file."""
    path = PurePosixPath(relative)
    return [*(str(parent) for parent in reversed(path.parents) if parent.name), relative]


def _meets(relative: str, patterns: tuple[tuple[bool, re.Pattern[str]], ...]) -> bool:
    name = relative.rpartition("/")[2]
    return any(pattern.match(relative if slash else name) for slash, pattern in patterns)
