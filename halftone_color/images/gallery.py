"""A folder of color pictures with a descriptor of each, which is remembered between runs in the user's cache.

What is remembered of a file holds as long as its size and its time of change stay. A remembered index that is damaged
is made anew, and one that cannot be written is done without.
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
"""What the channels of a gray picture differ by at most; it has no colors to give."""

Descriptors = NDArray[np.float16]
Stamp = tuple[int, int]
"""Size in bytes and time of change in ns."""


@dataclass
class FolderGallery:
    """The pictures under a folder, as types.Gallery asks for them."""

    folder: Path
    stamps: dict[str, Stamp]
    """Each file's, by its name below the folder."""
    max_pixels: int
    cache: Path
    """Folder that the index is remembered in."""
    _made: dict[str, tuple[list[str], Descriptors]] = field(default_factory=dict)

    def described(
        self, key: str, describe: Callable[[Picture], Descriptors], progress: Progress | None = None
    ) -> tuple[Sequence[str], Descriptors]:
        """Return names (n) and descriptors (n, ...) of the color pictures; files that are none are passed over.

        Raises:
            InputError: there is no color picture.
        """
        if key not in self._made:
            self._made[key] = self._described(key, describe, progress)
        return self._made[key]

    def picture(self, name: str) -> Picture:
        """Return a picture (3, H, W) by its name."""
        return read(self.folder / name, self.max_pixels).pixels

    def name_of(self, path: str | Path) -> str | None:
        """Return the name of a file of this gallery, None for any other."""
        try:
            name = str(Path(path).resolve().relative_to(self.folder.resolve()))
        except ValueError:
            return None
        return name if name in self.stamps else None

    def _described(
        self, key: str, describe: Callable[[Picture], Descriptors], progress: Progress | None
    ) -> tuple[list[str], Descriptors]:
        remembered = self.cache / f"{_digest(str(self.folder.resolve()), key)}.npz"
        index = {name: row for name, row in _recalled(remembered).items() if self.stamps.get(name) == row[0]}
        changed = [name for name in self.stamps if name not in index]
        try:
            for done, name in enumerate(changed):
                index[name] = (self.stamps[name], self._describe(name, describe))
                if progress:
                    progress((done + 1) / len(changed))
        finally:  # what is done is kept, also when the user interrupts
            if changed:
                _remember(remembered, index)
        found = [(name, row[1]) for name in self.stamps if (row := index[name])[1] is not None]
        if not found:
            raise InputError(f"{self.folder} holds no color picture that can be read; name a folder of photographs.")
        return [name for name, _ in found], np.stack([descriptor for _, descriptor in found])

    def _describe(self, name: str, describe: Callable[[Picture], Descriptors]) -> Descriptors | None:
        """Return the descriptor of a file, None where it is no color picture."""
        path = self.folder / name
        try:
            if sniff(path) is None:
                return None
            pixels = read(path, self.max_pixels).pixels
        except (OSError, HcolorError) as error:
            log.warning("A picture of the gallery was passed over: %s", error)
            return None
        if len(pixels) == 1 or np.ptp(pixels, axis=0).max() < GRAY_SPREAD:
            return None
        return describe(np.asarray(rgb_to_luma(pixels), np.float32)).astype(np.float16)


@dataclass(frozen=True)
class Without:
    """A gallery without one of its pictures, such as the print itself."""

    whole: Gallery
    missing: str

    def described(
        self, key: str, describe: Callable[[Picture], Descriptors], progress: Progress | None = None
    ) -> tuple[Sequence[str], Descriptors]:
        """Return names and descriptors of the others.

        Raises:
            InputError: there is no other picture.
        """
        names, descriptors = self.whole.described(key, describe, progress)
        kept = [place for place, name in enumerate(names) if name != self.missing]
        if not kept:
            raise InputError(f"The only color picture to choose from is the print itself, {self.missing}; add others.")
        return [names[place] for place in kept], descriptors[kept]

    def picture(self, name: str) -> Picture:
        """Return a picture (3, H, W) by its name."""
        return self.whole.picture(name)


def open_gallery(folder: str | Path, max_pixels: int, cache: Path | None = None) -> FolderGallery:
    """List a folder and those below it; nothing is read yet. The index is kept in `cache`, by default the user's.

    Raises:
        InputError: there is no such folder, or no file in it.
    """
    folder = Path(require_folder(folder))
    stamps: dict[str, Stamp] = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            try:
                status = path.stat()
            except OSError:  # a link to nowhere, or a file that has just gone
                continue
            stamps[str(path.relative_to(folder))] = (status.st_size, status.st_mtime_ns)
    if not stamps:
        raise InputError(f"{folder} is empty; name a folder that holds color photographs.")
    return FolderGallery(folder, stamps, max_pixels, cache or cache_folder())


def require_folder(folder: str | Path) -> str:
    """Return the name of a gallery's folder.

    Raises:
        InputError: there is no such folder.
    """
    if not isinstance(folder, str | Path) or not Path(folder).is_dir():
        raise InputError(f"{folder} is no folder; name one that holds color photographs.")
    return str(folder)


def cache_folder() -> Path:
    """Return the folder that indexes are remembered in."""
    return Path(platformdirs.user_cache_dir("hcolor", appauthor=False)) / "galleries"


Index = dict[str, tuple[Stamp, Descriptors | None]]
"""File name -> its stamp when it was described, and its descriptor, None where it is no color picture."""


def _recalled(path: Path) -> Index:
    """Return a remembered index, an empty one where there is none or it is damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            names, stamps, rows, descriptors = (stored[k] for k in ("names", "stamps", "rows", "descriptors"))
        return {
            str(name): ((int(size), int(changed)), descriptors[row] if row >= 0 else None)
            for name, (size, changed), row in zip(names, stamps, rows, strict=True)
        }
    except FileNotFoundError:
        return {}
    except Exception as error:  # a damaged archive raises a dozen kinds
        log.info("the index %s is made anew: %s", path, error)
        return {}


def _remember(path: Path, index: Index) -> None:
    """Write an index whole, or warn that it cannot be written."""
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
        log.warning("The gallery will have to be looked through again: %s", error)


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode(errors="surrogateescape")).hexdigest()[:32]
