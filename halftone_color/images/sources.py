"""Input of a job: files, arrays and scans become pictures, and pictures named by a request are opened."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import InputPicture
from halftone_color.errors import InputError
from halftone_color.images.reading import kind_of, read, read_opacity
from halftone_color.images.regions import require_inside
from halftone_color.request import Reading
from halftone_color.types import Box, Picture, Scan

FilePath = str | Path
"""Name of a file or a folder."""
Source = FilePath | NDArray[Any] | Scan
"""A file, an array (H, W), (1, H, W) or (3, H, W) in [0, 1] or of unsigned integers, or a Scan."""
ROUNDING = 1e-3
"""Distance outside [0, 1] up to which values of an array are clipped instead of refused."""
LARGEST_LEVEL = np.float32(65535)
"""White in 16 bits; the levels of 8 bits are multiples of 257 of these."""
GRAY_SPREAD = 0.01
"""Largest difference between the channels of a picture that counts as gray."""
CHUNK_BYTES = 1 << 20
"""Number of bytes read at a time."""
WHOLE = Reading()
"""All of a file or an array."""


def scan_of(source: Source, reading: Reading = WHOLE, *, color: bool = True, examine: bool = False) -> Scan:
    """Return the Scan of a file or an array.

    Args:
        source: what to read.
        reading: the largest size, page and region, whether it is a negative, whether a damaged file is refused.
        color: False reads the luma (1, H, W) of a file.
        examine: whether to look for damage of which decoders say nothing.

    Raises:
        InputError: an array has another shape or range; a file is unreadable, or damaged and damaged ones are refused;
            or there is no such page or region.
    """
    if reading.invert:
        negative = scan_of(source, replace(reading, invert=False), color=color, examine=examine)
        return replace(negative, pixels=_inverted(negative.pixels))
    if isinstance(source, str | Path):
        part = {"page": reading.page, "region": reading.region}
        scan = read(Path(source), reading.max_pixels, color=color, examine=examine, **part)  # type: ignore[arg-type]
        if reading.strict and scan.damage:
            raise InputError(
                f"{source} is damaged: {'; '.join(scan.damage)}; copy or scan it again, or leave out --strict."
            )
        return replace(scan, path=str(source))
    if reading.page not in (None, 1):
        raise InputError(f"An array has 1 page, so there is no page {reading.page}; name a TIFF file instead.")
    return _part(source if isinstance(source, Scan) else _scan_of_array(source), reading.region)


def _scan_of_array(source: NDArray[Any]) -> Scan:
    pixels = np.asarray(source)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3) or 0 in pixels.shape:
        raise InputError(f"An array of shape {pixels.shape} is not a picture; pass (H, W), (1, H, W) or (3, H, W).")
    return Scan(_in_range(pixels))


def _part(scan: Scan, region: Box | None) -> Scan:
    """Return the region of a scan, or all of it."""
    if region is None:
        return scan
    height, width = scan.pixels.shape[1:]
    require_inside(region, height, width)
    return replace(scan, pixels=scan.pixels[:, *region.slices].copy(), region=region, whole=(height, width))


def require_picture(source: Source) -> None:
    """Refuse a file that is missing or not a picture, before any work is done.

    Raises:
        InputError: the file cannot be read.
    """
    if isinstance(source, str | Path):
        kind_of(Path(source))


def input_picture(source: Source) -> InputPicture:
    """Return the form in which a request refers to a picture; an array may have its opacity as a fourth plane.

    Raises:
        InputError: the file does not exist, or the array is not a picture.
    """
    if isinstance(source, str | Path):
        return InputPicture(_sha256_of(Path(source)), str(source))
    pixels = np.asarray(source.pixels if isinstance(source, Scan) else source)
    if pixels.ndim == 3 and pixels.shape[0] == 4 and 0 not in pixels.shape:
        pixels = _in_range(pixels)
    else:
        pixels = scan_of(pixels).pixels
    digest = hashlib.sha256(f"{pixels.dtype} {pixels.shape} ".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return InputPicture(digest.hexdigest(), pixels=pixels)


def open_picture(named: InputPicture, max_pixels: int, *, color: bool = True) -> Scan:
    """Return the Scan of a picture to which a request refers.

    Raises:
        InputError: its file cannot be read.
    """
    return scan_of(named.path if named.pixels is None else named.pixels, Reading(max_pixels), color=color)  # type: ignore[arg-type]


def open_layer(named: InputPicture, max_pixels: int) -> tuple[Picture, Picture | None]:
    """Return a picture composited on white, and its opacity (1, H, W) if it has one.

    Raises:
        InputError: its file cannot be read.
    """
    if named.pixels is None:
        assert named.path is not None
        return read(named.path, max_pixels).pixels, read_opacity(named.path)
    if len(named.pixels) == 4:
        colors, opacity = named.pixels[:3], named.pixels[3:]
        return 1 - (1 - colors) * opacity, opacity
    return named.pixels, None


def is_file(name: str) -> bool:
    """Tell whether a file or folder of that name exists."""
    return Path(name).exists()


def is_gray(pixels: Picture) -> bool:
    """Tell whether the channels of a picture (C, H, W) differ by GRAY_SPREAD at most."""
    return bool(np.ptp(pixels, axis=0).max() <= GRAY_SPREAD)


def rgb_of(pixels: Picture) -> Picture:
    """Return a gray or color picture as (3, H, W)."""
    return pixels if pixels.shape[0] == 3 else pixels.repeat(3, 0)


def luma_of(pixels: Picture) -> Picture:
    """Return the luma (1, H, W) of a gray or color picture."""
    return pixels if pixels.shape[0] == 1 else np.asarray(rgb_to_luma(pixels), dtype=np.float32)


def _inverted(pixels: Picture) -> Picture:
    """Return 1 - pixels; a level of 8 or 16 bits becomes exactly the float of its opposite level."""
    inverted = np.empty_like(pixels)
    for row in range(pixels.shape[1]):
        levels = np.rint(pixels[:, row] * LARGEST_LEVEL)
        opposite = (LARGEST_LEVEL - levels) / LARGEST_LEVEL
        inverted[:, row] = np.where(levels / LARGEST_LEVEL == pixels[:, row], opposite, 1 - pixels[:, row])
    return inverted


def _in_range(pixels: NDArray[Any]) -> Picture:
    """Return an array as float32 in [0, 1]; unsigned integers are divided by their largest value."""
    white = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    scaled = np.ascontiguousarray(pixels, dtype=np.float32) / np.float32(white)
    if not (scaled.min() >= -ROUNDING and scaled.max() <= 1 + ROUNDING):  # so written that NaN is refused
        raise InputError(
            "The array has values outside [0, 1]; divide it by its white level, or pass unsigned integers."
        )
    return scaled.clip(0, 1)


def _sha256_of(path: Path) -> str:
    """Return the sha256 of a file, after checking that it is a picture."""
    kind_of(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
