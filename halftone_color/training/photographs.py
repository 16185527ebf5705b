"""Photographs for training: folders and packs decoded once into one memory-mapped file of 8-bit sRGB pixels."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from halftone_color.errors import InputError
from halftone_color.training.packs import Row, Source, open_source, unique

logger = logging.getLogger(__name__)

SHORT_SIDE = 256
"""Pictures are brought down to this shorter side (px) when decoded; smaller ones stay as they are."""
THREADS = min(16, os.cpu_count() or 1)
"""Photographs decoded at a time."""
CHUNK = 256
"""Decoded photographs waiting to be written at most."""
UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow raises at files that are broken or no pictures."""


@dataclass(frozen=True)
class Photographs:
    """Decoded photographs of one split: names, and pixels (h, w, 3) uint8 read from a memory map."""

    names: tuple[str, ...]
    pixels: NDArray[np.uint8]
    places: tuple[tuple[int, int, int], ...]
    """Offset into `pixels`, height, width of each photograph."""

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        offset, height, width = self.places[index]
        return self.pixels[offset : offset + height * width * 3].reshape(height, width, 3)

    def select(self, wanted: Callable[[str], bool]) -> Photographs:
        """Return those photographs whose file name is wanted."""
        kept = [i for i, name in enumerate(self.names) if wanted(name)]
        return Photographs(tuple(self.names[i] for i in kept), self.pixels, tuple(self.places[i] for i in kept))


def open_split(
    photos: Path | Sequence[Path], split: str, cache: Path, threads: int = THREADS, chunk: int = CHUNK
) -> Photographs:
    """Return the photographs that belong to `split` ("train" or "val").

    An index.csv with the columns file and split decides; without one every fortieth picture by name is validation.
    The decoded pixels are written once to `cache` and mapped from there.

    Args:
        photos: a folder, a pack (see halftone_color/training/packs.py), or several of them joined.
        split: as the index calls it.
        cache: folder of the decoded pixels, of these photographs alone.
        threads: photographs decoded at a time.
        chunk: decoded photographs waiting to be written at most.

    Raises:
        InputError: there are no such photographs, or a file is not a pack or a damaged one.
    """
    index = cache / "index.json"
    if not index.exists():
        _decode_all(photos, cache, threads, chunk)
    table = json.loads(index.read_text())
    rows = [row for row in table if row["split"] == split]
    if not rows:
        raise InputError(
            f"{_words(photos)} holds no photographs of the split {split!r}; "
            "name a folder of color photographs, or a pack of them."
        )
    pixels = np.memmap(cache / "pixels.bin", dtype=np.uint8, mode="r")
    places = tuple((row["offset"], row["height"], row["width"]) for row in rows)
    return Photographs(tuple(row["file"] for row in rows), pixels, places)


def listing(photos: Path | Sequence[Path]) -> list[tuple[str, str]]:
    """Return (file, split) of every photograph of a folder, a pack, or several of them, where no name is twice.

    Raises:
        InputError: a file is not a pack, or an index is damaged.
    """
    return [(row["file"], row["split"]) for row in indexed(photos)]


def indexed(photos: Path | Sequence[Path]) -> list[Row]:
    """Return all that is known of every photograph, as `listing` does, by column of index.csv.

    Where source_repo is not known it is the name of the folder or pack.
    """
    rows = [{"source_repo": source.path.name} | row for source, rows in _opened(photos) for row in rows]
    names = unique(row["file"] for row in rows)
    return [row | {"file": name} for row, name in zip(rows, names, strict=True)]


def cache_name(photos: Path | Sequence[Path]) -> str:
    """Return the name of a cache folder: another one for other places, and for a pack that has changed."""
    places = []
    for path in _paths(photos):
        state = path.stat() if path.is_file() else None
        places.append(f"{path.resolve()}" + (f"|{state.st_size}|{state.st_mtime_ns}" if state else ""))
    return f"photographs-{hashlib.sha256(chr(10).join(places).encode()).hexdigest()[:8]}"


def _paths(photos: Path | Sequence[Path]) -> list[Path]:
    return [photos] if isinstance(photos, Path) else list(photos)


def _words(photos: Path | Sequence[Path]) -> str:
    return " with ".join(str(path) for path in _paths(photos)) or "An empty list"


def _opened(photos: Path | Sequence[Path]) -> list[tuple[Source, list[Row]]]:
    sources = [open_source(path) for path in _paths(photos)]
    return [(source, source.rows()) for source in sources]


def _decode(source: Source, file: str) -> NDArray[np.uint8] | None:
    """Return (h, w, 3) sRGB pixels of a photograph, or None with a logged warning if it cannot be read.

    Raises:
        InputError: it belongs to a damaged pack.
    """
    try:
        with Image.open(io.BytesIO(source.read(file))) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except UNREADABLE as error:
        logger.warning("skipped %s: %s", source.path / file, error)
        return None
    scale = SHORT_SIDE / min(picture.size)
    if scale < 1:
        picture = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
        )
    return np.asarray(picture)


def _decode_all(photos: Path | Sequence[Path], cache: Path, threads: int, size: int) -> None:
    """Decode every photograph into cache/pixels.bin and list them in cache/index.json.

    Raises:
        InputError: one of the folders and packs holds no photographs, or is damaged.
    """
    opened = _opened(photos)
    empty = [str(source.path) for source, rows in opened if not rows] or ([] if opened else [_words(photos)])
    if empty:
        raise InputError(f"{empty[0]} holds no photographs; name a folder of color photographs, or a pack of them.")
    listed = [(source, row) for source, rows in opened for row in rows]
    names = unique(row["file"] for _, row in listed)
    cache.mkdir(parents=True, exist_ok=True)
    logger.info("decoding %d photographs of %s into %s", len(listed), _words(photos), cache)
    rows, offset = [], 0
    with (cache / "pixels.bin").open("wb") as sink, ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(listed), size):
            chunk = listed[start : start + size]
            decoded = pool.map(lambda pair: _decode(pair[0], pair[1]["file"]), chunk)
            for (_, row), name, pixels in zip(chunk, names[start : start + size], decoded, strict=True):
                if pixels is None:
                    continue
                sink.write(pixels.tobytes())
                height, width = pixels.shape[:2]
                rows.append({"file": name, "split": row["split"], "offset": offset, "height": height, "width": width})
                offset += pixels.size
    partial = cache / "index.json.partial"
    partial.write_text(json.dumps(rows))
    partial.replace(cache / "index.json")
