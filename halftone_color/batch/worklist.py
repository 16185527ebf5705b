"""The worklist of a batch: the pictures in a folder tree, and where their results go in a mirrored tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from halftone_color.batch.names import keeps_names_apart, result_names
from halftone_color.batch.own_results import own_files, why_own_folder
from halftone_color.batch.pages import pages_of
from halftone_color.batch.report import Outcome
from halftone_color.batch.selection import Selection, relative_to_archive
from halftone_color.batch.shards import Shard
from halftone_color.errors import InputError, UsageError
from halftone_color.images import naming
from halftone_color.images.sniffing import HEAD_BYTES, is_picture_name, sniff, why_unreadable


@dataclass(frozen=True)
class Item:
    """One picture and the names of its results."""

    source: Path
    names: naming.Names
    relative: str
    """Path of the picture relative to the archive, with slashes."""
    page: int | None = None
    """Its page, from 1; None reads the first that is a picture in full size."""


@dataclass(frozen=True)
class Worklist:
    """The work of a batch."""

    output: Path
    """Folder of the results."""
    items: tuple[Item, ...]
    """Pictures to restore."""
    settled: tuple[Outcome, ...]
    """Outcomes of all other files: skipped, or failed because they cannot be opened."""
    archive: Path = Path()
    """The folder that was searched."""
    shard: Shard = field(default_factory=Shard)
    """The part of the archive that it is."""
    left_out: int = 0
    """Number of pages of the pictures' files that were not asked for."""

    @property
    def count(self) -> int:
        """Number of files, of which each gets an outcome."""
        return len(self.items) + len(self.settled)


@dataclass(frozen=True)
class Wanted:
    """What is asked of each picture, as far as names depend on it."""

    count: int = 1
    """Number of results for each picture."""
    format: str = "png"
    """png or tiff."""
    pages: str | None = None
    """Pages of a TIFF, each of which is an item of its own: 1-3,10-end or all; None reads one of them."""
    crop: bool = False
    """Whether each photograph of a page becomes a result of its own."""
    selection: Selection = field(default_factory=Selection)
    shard: Shard = field(default_factory=Shard)
    folds: bool = False
    """Whether the output's file system does not distinguish case."""


def output_of(archive: Path, output: str | None = None, ending: str = "restored") -> Path:
    """Return the folder for results; None means ARCHIVE-restored beside the archive.

    Raises:
        InputError: `archive` is missing or not a folder.
        UsageError: `output` is a file's name or the archive itself, or has to be named.
    """
    if not archive.exists():
        raise InputError(f"{archive} does not exist; check the name.")
    if not archive.is_dir():
        raise InputError(f"{archive} is not a folder; use hcolor restore for a single picture.")
    if output is not None and not naming.is_folder(output):
        raise UsageError(f"{output} is a file name, but a batch writes into a folder; name one with -o.")
    named = archive.resolve() if archive.name in ("", "..") else archive
    if output is None and not named.name:
        raise UsageError(f"There is no place beside {archive}, the root of a drive; name a folder for results with -o.")
    into = named.with_name(f"{named.name}-{ending}") if output is None else Path(output)
    if into.resolve() == archive.resolve():
        raise UsageError(f"The results would be mixed with the pictures in {archive}; choose another folder with -o.")
    return into


def make_worklist(archive: Path, output: str | Path | None = None, wanted: Wanted | None = None) -> Worklist:
    """Search a folder and its subfolders for pictures, in the order of names; nothing is written.

    Hidden files are skipped, hidden folders, results of hcolor and the output folder are not entered, and links to
    folders not followed. What is needed grows with the number of files only, however they are named.

    Args:
        archive: the folder.
        output: the folder for results; None means ARCHIVE-restored beside the archive.
        wanted: what is asked of each picture.

    Raises:
        InputError: `archive` is missing or not a folder.
        UsageError: as in output_of, a listed file is elsewhere, or a result would replace a picture.
    """
    wanted = wanted or Wanted()
    into = output_of(archive, None if output is None else str(output))
    sources: list[tuple[str, Path]] = []
    settled: list[Outcome] = []
    listed = wanted.selection.listed
    found = _search(archive, into, wanted.selection) if listed is None else _listed(archive, listed)
    for relative, thing in found:
        if not wanted.shard.takes(relative):
            continue
        if isinstance(thing, Outcome):
            settled.append(thing)
        else:
            sources.append((relative, thing))
    marked = wanted.folds and all(keeps_names_apart(path) for _, path in sources[:1])
    items, left_out = [], 0
    for relative, source in sources:
        folder = into.joinpath(*relative.split("/")[:-1])
        chosen, outcome = pages_of(source, wanted.pages)
        settled += [outcome] if outcome else []
        left_out += chosen.left_out
        for page, part in zip(chosen.numbers, chosen.parts(crop=wanted.crop), strict=True):
            names = result_names(relative, folder, count=wanted.count, format=wanted.format, marked=marked, part=part)
            items.append(Item(source, names, relative, page))
    _refuse_replaced(archive, into, items)
    return Worklist(into, tuple(items), tuple(settled), archive, wanted.shard, left_out)


def _refuse_replaced(archive: Path, into: Path, items: list[Item]) -> None:
    """Refuse an output around the archive, if a result would have the name of a picture there."""
    root, inside = str(archive.resolve()), str(into.resolve())
    if not root.startswith(inside.rstrip(os.sep) + os.sep):
        return
    inputs = {os.path.join(root, *item.relative.split("/")) for item in items}  # noqa: PTH118 (twenty times as fast)
    for item in items:
        if any(os.path.join(inside, path.relative_to(into)) in inputs for path in item.names.pictures):  # noqa: PTH118
            raise UsageError(f"The result of {item.source} would replace a picture; choose another folder with -o.")


def _search(archive: Path, output: Path, selection: Selection) -> Iterator[tuple[str, Path | Outcome]]:
    """Yield the pictures of an archive, folder by folder, and the outcomes of all other files."""
    troubles: list[OSError] = []
    leave_out = _identity(output)
    for name, subfolders, files in os.walk(archive, onerror=troubles.append):
        folder, above = Path(name), _joined(Path(name).relative_to(archive).as_posix())
        entered = []
        for subfolder in sorted(subfolders):
            path, relative = folder / subfolder, above + subfolder
            if not selection.enters(relative) or subfolder.startswith("."):
                continue
            if path.is_symlink():
                yield relative, Outcome(path, "skipped", f"{path} is a link to a folder; run a batch on that folder.")
            elif leave_out is not None and _identity(path) == leave_out:
                continue
            elif reason := why_own_folder(path, subfolders):
                yield relative, Outcome(path, "skipped", f"{path} {reason}.")
            else:
                entered.append(subfolder)
        subfolders[:] = entered
        own = own_files(files)
        for file in sorted(files):
            if selection.takes(above + file):
                yield above + file, _judged(folder / file, own.get(file))
        while troubles:
            error = troubles.pop()
            path = Path(error.filename)
            yield path.relative_to(archive).as_posix(), _cannot_open(path, error)
    for error in troubles:
        yield ".", _cannot_open(Path(error.filename), error)


def _listed(archive: Path, names: tuple[str, ...]) -> Iterator[tuple[str, Path | Outcome]]:
    """Yield the files of a list, each once, in its order."""
    for relative in dict.fromkeys(relative_to_archive(name, archive) for name in names):
        path = archive / relative
        if path.is_dir():
            yield relative, Outcome(path, "skipped", f"{path} is a folder; list the files in it.")
        else:
            yield relative, _judged(path) if os.path.lexists(path) else _missing(path)


def _missing(path: Path) -> Outcome:
    return Outcome(path, "failed", f"{path} does not exist; correct the list of files.")


def _joined(above: str) -> str:
    return "" if above == "." else f"{above}/"


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from all others, or None if it does not exist."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_ino else (hash(folder.resolve()), 0)


def _judged(path: Path, made_from: str | None = None) -> Path | Outcome:
    """Return a picture's path, also if it is damaged, or else the outcome of the file."""
    if path.name.startswith("."):
        return Outcome(path, "skipped", f"{path} is hidden.")
    if made_from is not None:
        return Outcome(path, "skipped", f"{path} is a result that was made from {made_from}.")
    try:
        if not path.is_file():
            if is_picture_name(path) and path.is_symlink():
                return Outcome(path, "failed", f"{path} is a link that leads nowhere: what it names does not exist.")
            return Outcome(path, "skipped", f"{path} is not a regular file.")
        if sniff(path):
            return path
        with path.open("rb") as stream:
            return Outcome(path, "skipped", why_unreadable(str(path), stream.read(HEAD_BYTES)))
    except OSError as error:
        return _cannot_open(path, error)


def _cannot_open(path: Path, error: OSError) -> Outcome:
    return Outcome(path, "failed", f"{path} cannot be opened ({error.strerror}); check its permissions.")
