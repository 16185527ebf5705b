"""The worklist of a batch: the pictures in a folder tree, and where their results go in a mirrored tree."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from halftone_color.batch.pages import pages_of
from halftone_color.batch.report import Outcome
from halftone_color.errors import InputError, UsageError
from halftone_color.images import naming
from halftone_color.images.sniffing import HEAD_BYTES, is_picture_name, sniff, why_unreadable


@dataclass(frozen=True)
class Item:
    """One picture and the names of its results."""

    source: Path
    names: naming.Names
    relative: Path
    """Path of the picture relative to the archive."""
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
    left_out: int = 0
    """Number of pages of the pictures' files that were not asked for."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of each file."""

    pages: str | None = None
    """Pages of a TIFF: 1-3,10-end or all; None reads one of them."""
    crop: bool = False
    """Whether each photograph of a page becomes a result of its own."""


def make_worklist(
    archive: Path, output: str | None = None, wanted: Wanted | None = None, *, count: int = 1, format: str = "png"
) -> Worklist:
    """Search a folder and its subfolders for pictures, in the order of names; nothing is written.

    Hidden files are skipped, hidden folders and the output folder are not entered, and links to folders not followed.

    Args:
        archive: the folder.
        output: the folder for results; None means ARCHIVE-restored beside the archive.
        wanted: pages, each of which is an item of its own, and whether photographs are cut out.
        count: number of results for each picture.
        format: png or tiff.

    Raises:
        InputError: `archive` is missing or not a folder.
        UsageError: `output` is a file's name or the archive itself, or a result would replace a picture.
    """
    if not archive.exists():
        raise InputError(f"{archive} does not exist; check the name.")
    if not archive.is_dir():
        raise InputError(f"{archive} is not a folder; use hcolor restore for a single picture.")
    if output is not None and not naming.is_folder(output):
        raise UsageError(f"{output} is a file name, but a batch writes into a folder; name one with -o.")
    named = archive.resolve() if archive.name in ("", "..") else archive
    into = named.with_name(f"{named.name}-restored") if output is None else Path(output)
    if into.resolve() == archive.resolve():
        raise UsageError(f"The results would be mixed with the pictures in {archive}; choose another folder with -o.")
    folders, settled = _pictures(archive, into)
    inputs = {source.resolve() for sources in folders.values() for source in sources}
    items, left_out, wanted = [], 0, wanted or Wanted()
    for folder, sources in folders.items():
        mirrored = f"{into / folder.relative_to(archive)}{os.sep}"
        alike = _group_by_name(sources)
        for source in sources:
            siblings = alike[source.stem.casefold()]
            chosen, outcome = pages_of(source, wanted.pages)
            settled += [outcome] if outcome else []
            left_out += chosen.left_out
            for page, part in zip(chosen.numbers, chosen.parts(crop=wanted.crop), strict=True):
                names = naming.outputs(
                    source, output=mirrored, count=count, format=format, siblings=siblings, part=part
                )
                if any(path.resolve() in inputs for path in names.pictures):
                    raise UsageError(f"The result of {source} would replace a picture; choose another folder with -o.")
                items.append(Item(source, names, source.relative_to(archive), page))
    return Worklist(into, tuple(items), tuple(settled), left_out)


def _pictures(archive: Path, output: Path) -> tuple[dict[Path, list[Path]], list[Outcome]]:
    """Return the pictures in each folder of the archive, and the outcomes of all other files."""
    folders: dict[Path, list[Path]] = {}
    settled: list[Outcome] = []

    def unreadable(error: OSError) -> None:
        settled.append(_cannot_open(Path(error.filename), error))

    leave_out = output.resolve()
    for name, subfolders, files in os.walk(archive, onerror=unreadable):
        folder = Path(name)
        entered = []
        for subfolder in sorted(subfolders):
            path = folder / subfolder
            if path.is_symlink():
                settled.append(Outcome(path, "skipped", f"{path} is a link to a folder; run a batch on that folder."))
            elif not subfolder.startswith(".") and path.resolve() != leave_out:
                entered.append(subfolder)
        subfolders[:] = entered
        sources = []
        for file in sorted(files):
            path = folder / file
            outcome = _skip_reason(path)
            if outcome is None:
                sources.append(path)
            else:
                settled.append(outcome)
        if sources:
            folders[folder] = sources
    return folders, settled


def _skip_reason(path: Path) -> Outcome | None:
    """Return the outcome of a file that is not a picture, or None for pictures, including damaged ones."""
    if path.name.startswith("."):
        return Outcome(path, "skipped", f"{path} is hidden.")
    try:
        if not path.is_file():  # a broken link, a socket, ...
            if is_picture_name(path):
                return None
            return Outcome(path, "skipped", f"{path} is not a regular file.")
        if sniff(path):
            return None
        with path.open("rb") as stream:
            return Outcome(path, "skipped", why_unreadable(str(path), stream.read(HEAD_BYTES)))
    except OSError as error:
        return _cannot_open(path, error)


def _cannot_open(path: Path, error: OSError) -> Outcome:
    return Outcome(path, "failed", f"{path} cannot be opened ({error.strerror}); check its permissions.")


def _group_by_name(sources: list[Path]) -> defaultdict[str, list[Path]]:
    """Return the pictures of a folder by name and by stem, to find those whose results would have the same name."""
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for source in sources:
        for key in {source.name.casefold(), source.stem.casefold()}:
            found[key].append(source)
    return found
