"""The samples of a TIFF, from its strips or tiles, in any layout that Pillow misreads or does not know."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

Tags = Mapping[int, Any]
"""Values of a page's tags by number (TIFF 6.0)."""
UNCOMPRESSED = 1
_COMPRESSIONS = (UNCOMPRESSED, 5, 8, 32946, 32773, 34925, 50000)
"""What is undone here: none, LZW, deflate (two numbers), PackBits, LZMA, Zstandard."""
_KINDS = {1: "u", 2: "i", 3: "f"}
"""Kind of number for each SampleFormat."""
_BITS = {"u": (8, 16, 32), "i": (8, 16, 32), "f": (16, 32, 64)}
_HORIZONTAL, _FLOATING = 2, 3
"""Predictors: differences of neighbors, and of the bytes of floats (TIFF Technical Note 3)."""
_LARGEST_MARGIN = 4096
"""Number of px by which a tile may be larger than the picture; more is damage."""


@dataclass(frozen=True)
class Layout:
    """How a page of a TIFF stores its samples."""

    width: int
    height: int
    photometric: int
    bits: int
    """Bits of each sample; 0 if they differ."""
    kind: str
    """u, i or f: unsigned, signed or float; empty if unknown or mixed."""
    samples: int
    """Number of samples of a pixel."""
    planar: bool
    """Whether each sample is a plane of its own."""
    big_endian: bool
    compression: int
    predictor: int
    fill_order: int
    extra: tuple[int, ...]
    """Meaning of the samples beyond the colors: 0 unknown, 1 premultiplied opacity, 2 opacity."""

    @classmethod
    def of(cls, tags: TiffImagePlugin.ImageFileDirectory_v2) -> Layout:
        """Return the layout that a page's tags state."""
        bits, formats = set(numbers(tags, 258, 1)), set(numbers(tags, 339, 1))
        samples = one(tags, 277, 1)
        return cls(
            width=one(tags, 256, 0),
            height=one(tags, 257, 0),
            photometric=one(tags, 262, 0),
            bits=bits.pop() if len(bits) == 1 else 0,
            kind=_KINDS.get(formats.pop(), "") if len(formats) == 1 else "",
            samples=samples,
            planar=one(tags, 284, 1) == 2 and samples > 1,
            big_endian=tags.prefix == b"MM",
            compression=one(tags, 259, 1),
            predictor=one(tags, 317, 1),
            fill_order=one(tags, 266, 1),
            extra=numbers(tags, 338),
        )

    def unreadable(self) -> str | None:
        """Return why the samples cannot be read here, or None if they can."""
        if self.compression not in _COMPRESSIONS:
            return f"the compression {self.compression} in this layout"
        if not self.kind or self.bits not in _BITS[self.kind]:
            return f"samples of {self.bits or 'different numbers of'} bits in this layout"
        if self.fill_order != 1:
            return "bits in reverse order"
        if self.predictor not in (1, _HORIZONTAL, *([_FLOATING] if self.kind == "f" else [])):
            return f"the predictor {self.predictor}"
        return None


def numbers(tags: Tags, tag: int, default: int | None = None) -> tuple[int, ...]:
    """Return the values of a tag; without the tag the default, or nothing."""
    value = tags.get(tag)
    if value is None:
        return () if default is None else (default,)
    return tuple(int(number) for number in value) if isinstance(value, tuple) else (int(value),)


def one(tags: Tags, tag: int, default: int) -> int:
    """Return the only or first value of a tag, or the default."""
    return numbers(tags, tag, default)[0]


def samples(file: BinaryIO, tags: Tags, layout: Layout) -> NDArray[Any]:
    """Return the samples (S, H, W) of a page in the computer's byte order; `layout.unreadable()` must be None.

    Raises:
        ValueError: the file is truncated or damaged.
    """
    planes = np.empty((layout.samples, layout.height, layout.width), f"{layout.kind}{layout.bits // 8}")
    for data, shape, plane, top, left in _blocks(file, tags, layout):
        block = np.moveaxis(_block(data, shape, layout), 2, 0)
        place = planes[plane, top : top + shape[0], left : left + shape[1]]
        place[:] = block[:, : place.shape[1], : place.shape[2]]
    return planes


def _blocks(
    file: BinaryIO, tags: Tags, layout: Layout
) -> Iterator[tuple[bytes, tuple[int, int, int], slice, int, int]]:
    """Yield each strip or tile: its data, shape (h, w, samples), planes, and place (top, left)."""
    tiled = 324 in tags
    offsets, sizes = (numbers(tags, tag) for tag in ((324, 325) if tiled else (273, 279)))
    width = one(tags, 322, 0) if tiled else layout.width
    height = one(tags, 323, 0) if tiled else min(one(tags, 278, layout.height), layout.height)
    if not (0 < width <= layout.width + _LARGEST_MARGIN and 0 < height <= layout.height + _LARGEST_MARGIN):
        raise ValueError("the size of its strips or tiles is impossible")
    across, down = -(-layout.width // width), -(-layout.height // height)
    per_plane = across * down
    if not len(offsets) == len(sizes) == per_plane * (layout.samples if layout.planar else 1):
        raise ValueError("the number of its strips or tiles is impossible")
    for index, (offset, size) in enumerate(zip(offsets, sizes, strict=True)):
        plane, place = divmod(index, per_plane)
        top, left = place // across * height, place % across * width
        rows = height if tiled else min(height, layout.height - top)
        file.seek(offset)
        depth = slice(plane, plane + 1) if layout.planar else slice(0, layout.samples)
        yield file.read(size), (rows, width, depth.stop - depth.start), depth, top, left


def _block(data: bytes, shape: tuple[int, int, int], layout: Layout) -> NDArray[Any]:
    """Return the samples (h, w, S) of one strip or tile."""
    rows, width, depth = shape
    length = layout.bits // 8
    if layout.compression != UNCOMPRESSED:
        data = _decompressed(data, width * depth * length, rows, layout.compression)
    needed = rows * width * depth * length
    if len(data) < needed:
        raise ValueError("it ends early")
    content = np.frombuffer(data, np.uint8, needed)
    order = ">" if layout.big_endian else "<"
    if layout.predictor == _FLOATING:
        summed = content.reshape(rows, width * length, depth).cumsum(1, np.uint8)
        content = np.ascontiguousarray(summed.reshape(rows, length, width * depth).swapaxes(1, 2))
        order = ">"
    elif layout.predictor == _HORIZONTAL:
        differences = content.view(f"{order}u{length}").reshape(shape)
        content = differences.astype(f"u{length}").cumsum(1, f"u{length}")
        order = "="
    return content.reshape(-1).view(f"{order}{layout.kind}{length}").reshape(shape)


def _decompressed(data: bytes, width: int, height: int, compression: int) -> bytes:
    """Undo a compression with libtiff, to which the data are shown as a picture of bytes, `width` in a row."""
    entries = (
        (256, width),
        (257, height),
        (258, 8),
        (259, compression),
        (262, 1),
        (273, 8 + 2 + 9 * 12 + 4),
        (277, 1),
        (278, height),
        (279, len(data)),
    )
    content = struct.pack("<2sHLH", b"II", 42, 8, len(entries))
    content += b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in entries) + bytes(4) + data
    return TiffImagePlugin.TiffImageFile(io.BytesIO(content)).tobytes()
