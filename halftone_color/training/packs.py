"""Where photographs lie: a folder, or a pack, which is one ZIP archive of photographs and their index.

A pack is made by tools/pack_photographs.py. It travels as one file and is read in place: nothing of it is ever written
to the disk, whatever its names say.
"""

from __future__ import annotations

import csv
import io
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

from halftone_color.errors import InputError

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
INDEX = "index.csv"
"""Lists the photographs beside it; its columns file and split are needed."""
HELD_OUT = 40
"""Without an index, every so many photographs by name one is held out for validation."""
LARGEST = 256 * 2**20
"""Bytes that a file of a pack may have."""
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""What reading a damaged, encrypted or oddly compressed archive raises."""

Row = dict[str, str]
"""A line of an index: file and split at least."""


class Source(Protocol):
    """Photographs that are listed and read one by one."""

    path: Path

    def rows(self) -> list[Row]:
        """Return what is known of each photograph, by column.

        Raises:
            InputError: the index is damaged or not one of photographs.
        """

    def read(self, file: str) -> bytes:
        """Return the bytes of a photograph that is listed.

        Raises:
            OSError: there is no such file, or it cannot be read.
            InputError: it belongs to a damaged pack.
        """


def open_source(path: Path) -> Source:
    """Return the folder or pack at `path`; a path where nothing is counts as an empty folder.

    Raises:
        InputError: a file that is not a pack.
    """
    return Pack(path) if path.is_file() else Folder(path)


class Folder:
    """Photographs of a folder and the folders in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[Row]:
        """Return the lines of index.csv; without one, all photographs by name, every fortieth held out."""
        index = self.path / INDEX
        if index.exists():
            return _rows(index.read_bytes(), self.path)
        found = (p for p in self.path.rglob("*") if p.suffix.lower() in SUFFIXES)
        files = sorted(str(p.relative_to(self.path)) for p in found)
        return [{"file": file, "split": "train" if i % HELD_OUT else "val"} for i, file in enumerate(files)]

    def read(self, file: str) -> bytes:
        """Return the bytes of a photograph."""
        return (self.path / file).read_bytes()


class Pack:
    """Photographs of one ZIP archive, listed by the index.csv in it."""

    def __init__(self, path: Path, largest_bytes: int = LARGEST) -> None:
        """Open the archive, whose files may have so many bytes.

        Raises:
            InputError: the file is not a ZIP archive, or its list of files is damaged.
        """
        self.path, self._largest_bytes = path, largest_bytes
        self._lock = threading.Lock()  # an open archive counts its readers without one
        try:
            self._archive = zipfile.ZipFile(path)
        except DAMAGE as error:
            raise InputError(
                f"{path} is not a pack of photographs, or is damaged ({error}); "
                "make one with tools/pack_photographs.py, or name a folder."
            ) from error

    def rows(self) -> list[Row]:
        """Return the lines of index.csv.

        Raises:
            InputError: there is no such index, it is damaged, or it names files outside the pack.
        """
        if INDEX not in self._archive.namelist():
            raise InputError(
                f"{self.path} is not a pack of photographs, for it holds no {INDEX}; "
                "make one with tools/pack_photographs.py, or name a folder."
            )
        rows = _rows(self.read(INDEX), self.path)
        leaving = next((row["file"] for row in rows if _leaves(row["file"])), None)
        if leaving is not None:
            raise InputError(
                f"{self.path} names a file outside itself ({leaving}) and is not trusted; "
                "make a pack with tools/pack_photographs.py."
            )
        return rows

    def read(self, file: str) -> bytes:
        """Return the bytes of a file of the pack.

        Raises:
            FileNotFoundError: it holds no such file.
            InputError: the file is damaged, encrypted or far too large.
        """
        try:
            member = self._archive.getinfo(file)
        except KeyError:
            raise FileNotFoundError(f"{self.path} does not hold it") from None
        if member.file_size > self._largest_bytes:
            raise InputError(f"{file} in {self.path} is larger than a photograph; make the pack again.")
        try:
            with self._lock:
                return self._archive.read(member)
        except DAMAGE as error:
            raise InputError(f"{self.path} is damaged at {file} ({error}); copy or make the pack again.") from error


def unique(names: Iterable[str]) -> list[str]:
    """Return the names, each changed before its suffix where it has been before: a.jpg, a~2.jpg.

    How a name begins says what source a photograph is of, so the beginning stays.
    """
    seen: set[str] = set()
    changed = []
    for name in names:
        path, count, free = PurePosixPath(name), 1, name
        while free in seen:
            count += 1
            free = f"{str(path)[: len(str(path)) - len(path.suffix)]}~{count}{path.suffix}"
        seen.add(free)
        changed.append(free)
    return changed


def _rows(content: bytes, path: Path) -> list[Row]:
    """Return the lines of an index.

    Raises:
        InputError: it is not a CSV in UTF-8, or lacks the columns file and split.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [{name: value or "" for name, value in row.items() if name is not None} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{INDEX} of {path} cannot be read ({error}); write it as CSV in UTF-8.") from error
    if not {"file", "split"} <= set(reader.fieldnames or ()):
        raise InputError(f"{INDEX} of {path} lacks the columns file and split; add them, or leave the index out.")
    return rows


def _leaves(file: str) -> bool:
    """Return whether a name would lead out of the pack, were it one of the disk."""
    windows = PureWindowsPath(file)  # takes both kinds of slash for one
    return bool(windows.anchor) or ".." in windows.parts
