"""Photographs for training: a folder decoded once into one memory-mapped file of 8-bit sRGB pixels."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from halftone_color.errors import InputError

logger = logging.getLogger(__name__)

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
SHORT_SIDE = 256
"""Pictures are brought down to this shorter side (px) when packed; smaller ones stay as they are."""


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


def open_split(folder: Path, split: str, cache: Path) -> Photographs:
    """Return the photographs of `folder` that belong to `split` ("train" or "val").

    An index.csv with the columns file and split decides; without one every fortieth picture by name is validation.
    The decoded pixels are written once to `cache` and mapped from there.

    Raises:
        InputError: the folder holds no photographs.
    """
    index = cache / "index.json"
    if not index.exists():
        _pack(folder, cache)
    table = json.loads(index.read_text())
    rows = [row for row in table if row["split"] == split]
    if not rows:
        raise InputError(f"{folder} holds no photographs of the split {split!r}; name a folder of colour photographs.")
    pixels = np.memmap(cache / "pixels.bin", dtype=np.uint8, mode="r")
    places = tuple((row["offset"], row["height"], row["width"]) for row in rows)
    return Photographs(tuple(row["file"] for row in rows), pixels, places)


def listing(folder: Path) -> list[tuple[str, str]]:
    """Return (file, split) of every photograph under `folder`."""
    if (folder / "index.csv").exists():
        with (folder / "index.csv").open(newline="") as handle:
            return [(row["file"], row["split"]) for row in csv.DictReader(handle)]
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return [(file, "val" if i % 40 == 0 else "train") for i, file in enumerate(files)]


def _decode(path: Path) -> NDArray[np.uint8] | None:
    """Return (h, w, 3) sRGB pixels of a photograph, or None with a logged warning if it cannot be read."""
    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file).convert("RGB")
    except Exception as error:
        logger.warning("skipped %s: %s", path, error)
        return None
    scale = SHORT_SIDE / min(picture.size)
    if scale < 1:
        picture = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
        )
    return np.asarray(picture)


def _pack(folder: Path, cache: Path) -> None:
    """Decode every photograph of `folder` into cache/pixels.bin and list them in cache/index.json.

    Raises:
        InputError: the folder holds no photographs.
    """
    listed = listing(folder)
    if not listed:
        raise InputError(f"{folder} holds no photographs; name a folder of colour photographs.")
    cache.mkdir(parents=True, exist_ok=True)
    logger.info("decoding %d photographs of %s into %s", len(listed), folder, cache)
    rows, offset = [], 0
    with (cache / "pixels.bin").open("wb") as sink, ThreadPoolExecutor(2) as pool:
        for start in range(0, len(listed), 256):
            chunk = listed[start : start + 256]
            for (file, split), pixels in zip(chunk, pool.map(_decode, [folder / f for f, _ in chunk]), strict=True):
                if pixels is None:
                    continue
                sink.write(pixels.tobytes())
                height, width = pixels.shape[:2]
                rows.append({"file": file, "split": split, "offset": offset, "height": height, "width": width})
                offset += pixels.size
    partial = cache / "index.json.partial"
    partial.write_text(json.dumps(rows))
    partial.replace(cache / "index.json")
