"""Read pictures: files of the allowed formats become upright, sRGB-coded float planes, with resolution and notes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, JpegImagePlugin
from PIL.ExifTags import Base as Tag

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.images import damage, plausibility, png_strips, squares
from halftone_color.images.opening import Opened, open_file
from halftone_color.images.planes import Decoder
from halftone_color.images.regions import require_inside
from halftone_color.images.sniffing import HEAD_BYTES, format_of, why_unreadable
from halftone_color.images.tiff_pages import picture_numbers
from halftone_color.types import MAX_PIXELS, Box, Picture, Scan

Result = TypeVar("Result")
_BAND_PIXELS = 1_000_000
"""Number of pixels converted at a time, which bounds the memory beside the decoded file and the result."""
_GRAY_TOLERANCE = 2.5 / 255
"""Largest difference between the channels of a picture that counts as gray."""


def read(
    path: str | Path,
    max_pixels: int = MAX_PIXELS,
    *,
    color: bool = True,
    examine: bool = False,
    page: int | None = None,
    region: Box | None = None,
) -> Scan:
    """Read the first picture of a PNG, JPEG, JPEG 2000, WebP, TIFF, BMP, GIF or AVIF file.

    Args:
        path: a file; its format is recognized by its content, not its name.
        max_pixels: larger pictures are refused by their header, before anything is decoded.
        color: False returns the Rec. 601 luma (1, H, W) also for color files, with a note if colors are dropped.
        examine: look for damage of which decoders say nothing; a JPEG file takes three times as long.
        page: page of a TIFF, from 1; by default the first that is a picture in full size.
        region: part of the upright picture that is returned; by default all of it.

    Returns:
        Pixels, (1, H, W) for gray files and (3, H, W) for color ones, the resolution, notes for the user, and what is
        damaged.

    Raises:
        InputError: the file does not exist, or is a folder, empty, truncated, damaged, too large or not a picture; or
            there is no such page or region.
    """
    return _guarded(Path(path), lambda opened: _decode(opened, max_pixels, color, examine, region), page)


def read_opacity(path: str | Path) -> Picture | None:
    """Return the upright opacity (1, H, W) in [0, 1] of a file that `read` accepts, or None if it has none."""
    path = Path(path)
    with path.open("rb") as file:
        opened = open_file(file, path, kind_of(path))
        if opened.picture is not None and not _may_have_opacity(opened.picture):
            return None
        picture, _ = opened.load()
        if isinstance(picture, png_strips.Strips) or not _may_have_opacity(picture):
            return None
        alpha = (picture if picture.mode in ("LA", "RGBA") else picture.convert("RGBA")).getchannel("A")
    return np.asarray(alpha, np.float32)[None] / np.float32(255)


def size_of(path: Path, page: int | None = None) -> tuple[int, int]:
    """Return the size in px of what `read` would return, by its header alone; a quarter turn may be missing.

    Raises:
        InputError: the header cannot be read.
    """
    return _guarded(path, _read_size, page)


def page_numbers(path: Path) -> tuple[int, ...]:
    """Return the numbers, from 1, of a TIFF's pages that are pictures in full size; any other file has page 1 alone.

    Raises:
        InputError: the file cannot be read, or the directory of a page is damaged.
    """
    if kind_of(path) != "TIFF":
        return (1,)
    return _guarded(path, lambda opened: picture_numbers(opened.file))


def kind_of(path: Path) -> str:
    """Return the format of a file by its content.

    Raises:
        InputError: it does not exist, cannot be opened, or is not a picture.
    """
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist; check the name.")
        if path.is_dir():
            raise InputError(f"{path} is a folder; name a picture in it, or use hcolor batch for all of them.")
        if not path.is_file():
            raise InputError(f"{path} is not a regular file; give a picture file.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} cannot be opened ({reason}); check its name and permissions.") from error
    kind = format_of(head)
    if kind is None:
        raise InputError(why_unreadable(str(path), head))
    return kind


def _guarded(path: Path, act: Callable[[Opened], Result], page: int | None = None) -> Result:
    """Do something with an opened file; whatever a damaged file raises becomes InputError."""
    kind = kind_of(path)
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            return act(open_file(file, path, kind, page))
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path} needs more memory than is available; crop it or scale it down first.") from error
    except Exception as error:  # damaged files make Pillow raise nearly every kind of exception
        reason = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise InputError(
            f"{path} is a damaged, truncated or unsupported {kind} file ({reason}); copy or scan it again, "
            "or save it as PNG with a program that opens it."
        ) from error


def _decode(opened: Opened, max_pixels: int, color: bool, examine: bool, region: Box | None) -> Scan:
    width, height = _read_size(opened)
    _require_plausible(opened, (width, height), max_pixels)
    dpi = _dpi(opened)
    picture, decoder = opened.load()
    tags = opened.page.tags if opened.page else {}
    found = opened.damage or (damage.of_file(opened.kind, opened.file, width * height, tags) if examine else [])
    if dpi and opened.quarter_turned:
        dpi = dpi[::-1]
    notes = opened.notes
    if dpi and opened.is_fax and (width, height) != picture.size and not isinstance(picture, png_strips.Strips):
        picture = squares.squared(picture, (width, height))
        notes.append(squares.note(dpi))
        dpi = (max(dpi), max(dpi))
    opened.picture = None
    width, height = picture.size
    if region is not None:
        require_inside(region, height, width)
    pixels, colors_dropped = _planes(picture, decoder, color, region or Box(0, 0, width, height))
    notes += decoder.notes()
    if colors_dropped:
        notes.append("The picture's colors were discarded.")
    whole = None if region is None else (height, width)
    all_notes = (*notes, *map(damage.note, found))
    return Scan(pixels, dpi, all_notes, damage=tuple(found), region=region, whole=whole, bits=decoder.bits)


def _require_plausible(opened: Opened, size: tuple[int, int], max_pixels: int) -> None:
    """Refuse what is too large, or what its file cannot hold, before anything is decoded.

    Raises:
        InputError: the sentence says which.
    """
    path, (width, height) = opened.path, size
    if width < 1 or height < 1:
        raise InputError(f"{path} has no pixels ({width} x {height}); scan it again.")
    if width * height > max_pixels:
        raise InputError(
            f"{path} has {width} x {height} pixels, more than the limit of {max_pixels}; "
            "raise it with --max-pixels, or crop the picture."
        )
    reason = plausibility.why_implausible(opened.kind, opened.mode, opened.size, path.stat().st_size, opened.layout)
    if reason:
        raise InputError(
            f"{path} states {width} x {height} pixels, which is not plausible: {reason}; copy or scan it again."
        )
    if reason := plausibility.why_too_large(opened.mode, width * height, opened.in_strips):
        raise InputError(f"{path} {reason}; crop it, scale it down or close other programs.")


def _read_size(opened: Opened) -> tuple[int, int]:
    """Return the width and height in px that a picture will have, before a quarter turn unless it is a TIFF's."""
    dpi = _dpi(opened) if opened.is_fax else None
    if dpi is None:
        return opened.size
    return squares.square_size(opened.size, dpi[::-1] if opened.quarter_turned else dpi)


def _may_have_opacity(picture: Image.Image) -> bool:
    return picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info


def _planes(picture: Image.Image | png_strips.Strips, decoder: Decoder, color: bool, part: Box) -> tuple[Picture, bool]:
    """Convert a part of a decoded picture band by band; also return whether color was dropped.

    A large picture whose channels are equal everywhere becomes gray, which takes a third of the memory.
    """
    width, height = part.width, part.height
    decoder.survey(picture)
    to_luma = decoder.channels == 3 and not color
    may_be_gray = decoder.channels == 3 and color and width * height > png_strips.LEAST_PIXELS
    pixels = np.empty((1 if to_luma or may_be_gray else decoder.channels, height, width), np.float32)
    dropped = False
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = decoder.planes(picture.crop((part.x, part.y + top, part.right, part.y + bottom)))
        if to_luma:
            dropped = dropped or bool(np.ptp(band, axis=0).max() > _GRAY_TOLERANCE)
            band = rgb_to_luma(band)
        elif may_be_gray:
            may_be_gray = np.array_equal(band[0], band[1]) and np.array_equal(band[0], band[2])
            if may_be_gray:
                band = band[:1]
            else:
                pixels = _in_color(pixels, top)
        np.clip(band, 0, 1, out=pixels[:, top:bottom])
    return pixels, dropped


def _in_color(gray: Picture, rows: int) -> Picture:
    """Return room for a picture (3, H, W) of which so many rows are those of a gray one (1, H, W)."""
    pixels = np.empty((3, *gray.shape[1:]), np.float32)
    pixels[:, :rows] = gray[:, :rows]
    return pixels


def _dpi(opened: Opened) -> tuple[float, float] | None:
    """Return the stated resolution, with the rounding to dots per meter undone; None if it is implausible."""
    picture = opened.picture
    try:
        if isinstance(picture, JpegImagePlugin.JpegImageFile) and picture.info.get("jfif_unit") not in (1, 2):
            picture.getexif()[Tag.XResolution]  # raises if it is missing, where Pillow would assume 72 dpi
        x, y = (float(value) for value in opened.info["dpi"])
    except Exception:  # a missing, incomplete or impossible value
        return None
    if not (1 < x < 1e5 and 1 < y < 1e5):
        return None
    return _round_dpi(x), _round_dpi(y)


def _round_dpi(dpi: float) -> float:
    return float(round(dpi)) if abs(dpi - round(dpi)) < 0.013 else dpi
