"""A folder of color pictures with a descriptor of each, stored between runs in an index in the user's cache.

The entry of a file is valid as long as its size and modification time stay the same. A damaged index is rebuilt, and
one that cannot be written is skipped with a warning.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Gallery
from halftone_color.errors import HcolorError, InputError, OutputError
from halftone_color.images.reading import read
from halftone_color.images.sniffing import sniff
from halftone_color.system import atomic
from halftone_color.types import Picture, Progress

log = logging.getLogger(__name__)

GRAY_SPREAD = 0.02
"""Largest difference between the channels of a picture that counts as gray; such pictures are left out."""

Descriptors = NDArray[np.float16]
"""Descriptor of one picture, or of n pictures (n, ...)."""
Stamp = tuple[int, int]
"""Size of a file in bytes and its modification time in ns."""


@dataclass
class FolderGallery:
    """The pictures in a folder and its subfolders; implements cue.Gallery."""

    folder: Path
    stamps: dict[str, Stamp]
    """Stamp of each file, by its path relative to the folder."""
    max_pixels: int
    """Larger pictures are left out."""
    cache: Path
    """Folder in which the index is stored."""
    _made: dict[str, tuple[list[str], Descriptors]] = field(default_factory=dict)

    def descriptors(
        self, key: str, describe: Callable[[Picture], Descriptors], progress: Progress | None = None
    ) -> tuple[Sequence[str], Descriptors]:
        """Return names (n) and descriptors (n, ...) of the color pictures; other files are skipped.

        Raises:
            InputError: there is no color picture.
        """
        if key not in self._made:
            self._made[key] = self._update_index(key, describe, progress)
        return self._made[key]

    def picture(self, name: str) -> Picture:
        """Return a picture (3, H, W) by its name."""
        return read(self.folder / name, self.max_pixels).pixels

    def name_of(self, path: str | Path) -> str | None:
        """Return the name of a file in this gallery, or None for any other file."""
        try:
            name = str(Path(path).resolve().relative_to(self.folder.resolve()))
        except ValueError:
            return None
        return name if name in self.stamps else None

    def _update_index(
        self, key: str, describe: Callable[[Picture], Descriptors], progress: Progress | None
    ) -> tuple[list[str], Descriptors]:
        remembered = self.cache / f"{_digest(str(self.folder.resolve()), key)}.npz"
        index = {name: row for name, row in _recall(remembered).items() if self.stamps.get(name) == row[0]}
        changed = [name for name in self.stamps if name not in index]
        try:
            for done, name in enumerate(changed):
                index[name] = (self.stamps[name], self._describe(name, describe))
                if progress:
                    progress((done + 1) / len(changed))
        finally:  # finished descriptors are kept, also if the user interrupts
            if changed:
                _remember(remembered, index)
        found = [(name, row[1]) for name in self.stamps if (row := index[name])[1] is not None]
        if not found:
            raise InputError(f"{self.folder} contains no color picture that can be read; name a folder of photographs.")
        return [name for name, _ in found], np.stack([descriptor for _, descriptor in found])

    def _describe(self, name: str, describe: Callable[[Picture], Descriptors]) -> Descriptors | None:
        """Return the descriptor of a file, or None if it is not a color picture."""
        path = self.folder / name
        try:
            if sniff(path) is None:
                return None
            pixels = read(path, self.max_pixels).pixels
        except (OSError, HcolorError) as error:
            log.warning("A picture of the gallery was skipped: %s", error)
            return None
        if len(pixels) == 1 or np.ptp(pixels, axis=0).max() < GRAY_SPREAD:
            return None
        return describe(np.asarray(rgb_to_luma(pixels), np.float32)).astype(np.float16)


@dataclass(frozen=True)
class GalleryWithout:
    """A gallery without one of its pictures, for example without the print itself."""

    whole: Gallery
    missing: str

    def descriptors(
        self, key: str, describe: Callable[[Picture], Descriptors], progress: Progress | None = None
    ) -> tuple[Sequence[str], Descriptors]:
        """Return names (n) and descriptors (n, ...) of the other pictures.

        Raises:
            InputError: there is no other picture.
        """
        names, descriptors = self.whole.descriptors(key, describe, progress)
        kept = [place for place, name in enumerate(names) if name != self.missing]
        if not kept:
            raise InputError(f"The only color picture in the folder is the print itself, {self.missing}; add others.")
        return [names[place] for place in kept], descriptors[kept]

    def picture(self, name: str) -> Picture:
        """Return a picture (3, H, W) by its name."""
        return self.whole.picture(name)


def open_gallery(folder: str | Path, max_pixels: int, cache: Path | None = None) -> FolderGallery:
    """List the files of a folder and its subfolders; nothing is read yet.

    Args:
        folder: the folder.
        max_pixels: larger pictures are left out.
        cache: folder in which the index is stored; None means the user's cache.

    Raises:
        InputError: there is no such folder, or it has no files.
    """
    folder = Path(require_folder(folder))
    stamps: dict[str, Stamp] = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            try:
                status = path.stat()
            except OSError:  # a broken link, or a file that has just been deleted
                continue
            stamps[str(path.relative_to(folder))] = (status.st_size, status.st_mtime_ns)
    if not stamps:
        raise InputError(f"{folder} is empty; give a folder of color photographs.")
    return FolderGallery(folder, stamps, max_pixels, cache or cache_folder())


def require_folder(folder: str | Path) -> str:
    """Return the name of a gallery's folder.

    Raises:
        InputError: there is no such folder.
    """
    if not isinstance(folder, str | Path) or not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder; give a folder of color photographs.")
    return str(folder)


def cache_folder() -> Path:
    """Return the folder in which indexes are stored."""
    return Path(platformdirs.user_cache_dir("hcolor", appauthor=False)) / "galleries"


Index = dict[str, tuple[Stamp, Descriptors | None]]
"""File name -> its stamp when the descriptor was computed, and the descriptor (None if it is not a color picture)."""


def _recall(path: Path) -> Index:
    """Return a stored index, or an empty one if there is none or it is damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            names, stamps, rows, descriptors = (stored[k] for k in ("names", "stamps", "rows", "descriptors"))
        return {
            str(name): ((int(size), int(changed)), descriptors[row] if row >= 0 else None)
            for name, (size, changed), row in zip(names, stamps, rows, strict=True)
        }
    except FileNotFoundError:
        return {}
    except Exception as error:  # a damaged archive raises a dozen kinds of exceptions
        log.info("the index %s is rebuilt: %s", path, error)
        return {}


def _remember(path: Path, index: Index) -> None:
    """Store an index, or warn that it cannot be written."""
    usable = [descriptor for _, descriptor in index.values() if descriptor is not None]
    rows = np.cumsum([descriptor is not None for _, descriptor in index.values()]) - 1
    rows = np.where([descriptor is not None for _, descriptor in index.values()], rows, -1)
    file = io.BytesIO()
    np.savez(
        file,
        names=np.array(list(index), dtype=np.str_),
        stamps=np.array([stamp for stamp, _ in index.values()], dtype=np.int64).reshape(-1, 2),
        rows=rows,
        descriptors=np.stack(usable) if usable else np.zeros(0, np.float16),
    )
    try:
        atomic.write(path, file.getbuffer())
    except OutputError as error:
        log.warning("The index of the gallery was not stored and will be computed again: %s", error)


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode(errors="surrogateescape")).hexdigest()[:32]
