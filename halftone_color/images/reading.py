"""Read pictures: files of the allowed formats become upright, sRGB-coded float planes, with resolution and notes."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import BmpImagePlugin, Image, Jpeg2KImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin
from PIL import WebPImagePlugin as WebpImagePlugin
from PIL.ExifTags import Base as Tag
from PIL.ImageFile import ImageFile

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.images.planes import Decoder
from halftone_color.images.sniffing import HEAD_BYTES, format_of, why_unreadable
from halftone_color.types import MAX_PIXELS, Picture, Scan

logging.getLogger("PIL").addHandler(logging.NullHandler())  # its exceptions repeat what it logs

# The plugins are called directly, because Image.open would try others and refuse legitimate large scans; and with open
# files only, because Pillow scrambles memory-mapped TIFFs of orientation 5 to 8.
_PLUGINS: dict[str, type[ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "JPEG 2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "WebP": WebpImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Transposition that undoes each EXIF orientation (Exif 2.3, tag 274)."""
_QUARTER_TURNS = (5, 6, 7, 8)
"""Orientations that exchange width and height."""
_BAND_PIXELS = 4_000_000
"""Number of pixels converted at a time, which bounds the memory beside the decoded file and the result."""
_GRAY_TOLERANCE = 2.5 / 255
"""Largest difference between the channels of a picture that counts as gray."""


class _TiffLoading:
    """Lifts Pillow's size limit and silences libtiff while a TIFF is decoded, in one thread at a time.

    Pillow's limit refuses legitimate scans above 179 MP, and our own has been checked before. Libtiff writes messages
    to file descriptor 2 that repeat Pillow's exception.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            self._kept = os.dup(2)
        except OSError:  # without a standard error there is nothing to silence
            self._kept = -1
            return
        with Path(os.devnull).open("wb") as silence:
            os.dup2(silence.fileno(), 2)

    def __exit__(self, *_: object) -> None:
        if self._kept >= 0:
            os.dup2(self._kept, 2)
            os.close(self._kept)
        Image.MAX_IMAGE_PIXELS = self._limit
        self._lock.release()


_TIFF_LOADING = _TiffLoading()


def read(path: str | Path, max_pixels: int = MAX_PIXELS, *, color: bool = True) -> Scan:
    """Read the first picture of a PNG, JPEG, JPEG 2000, WebP, TIFF or BMP file.

    Args:
        path: a file; its format is recognized by its content, not its name.
        max_pixels: larger pictures are refused by their header, before anything is decoded.
        color: False returns the Rec. 601 luma (1, H, W) also for color files, with a note if colors are dropped.

    Returns:
        Pixels, (1, H, W) for gray files and (3, H, W) for color ones, the resolution, and notes for the user.

    Raises:
        InputError: the file does not exist, or is a folder, empty, truncated, damaged, too large or not a picture.
    """
    path = Path(path)
    kind = kind_of(path)
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            return _decode(_PLUGINS[kind](file), path, kind, max_pixels, color)
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


def read_opacity(path: str | Path) -> Picture | None:
    """Return the upright opacity (1, H, W) in [0, 1] of a file that `read` accepts, or None if it has none."""
    path = Path(path)
    with path.open("rb") as file:
        picture = _PLUGINS[kind_of(path)](file)
        if picture.mode not in ("LA", "La", "PA", "RGBA", "RGBa") and "transparency" not in picture.info:
            return None
        with _TIFF_LOADING if picture.format == "TIFF" else nullcontext():
            picture.load()
        alpha = (picture if picture.mode in ("LA", "RGBA") else picture.convert("RGBA")).getchannel("A")
        if picture.format != "TIFF" and (turn := _UPRIGHT.get(_orientation(picture))):
            alpha = alpha.transpose(turn)
    return np.asarray(alpha, np.float32)[None] / np.float32(255)


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


def _decode(picture: ImageFile, path: Path, kind: str, max_pixels: int, color: bool) -> Scan:
    width, height = picture.size
    if width < 1 or height < 1:
        raise InputError(f"{path} has no pixels ({width} x {height}); scan it again.")
    if width * height > max_pixels:
        raise InputError(
            f"{path} has {width} x {height} pixels, more than the limit of {max_pixels}; "
            "raise it with --max-pixels, or crop the picture."
        )
    notes = []
    frames = _frames(path, kind)
    if frames > 1:
        notes.append(f"The file holds {frames} pages or frames; the first was read.")
    decoder = Decoder(picture)
    upright: Image.Image = picture
    if isinstance(picture, TiffImagePlugin.TiffImageFile):  # Pillow turns these upright itself
        orientation = picture.tag_v2.get(Tag.Orientation, 1)
        with _TIFF_LOADING:
            picture.load()
    else:
        picture.load()
        orientation = _orientation(picture)
        if orientation in _UPRIGHT:
            upright = picture.transpose(_UPRIGHT[orientation])
            upright.info = picture.info
    dpi = _dpi(picture)
    if dpi and orientation in _QUARTER_TURNS:
        dpi = dpi[::-1]
    del picture
    pixels, colors_dropped = _planes(upright, decoder, color)
    notes += decoder.notes()
    if colors_dropped:
        notes.append("The picture's colors were discarded.")
    return Scan(pixels, dpi, tuple(notes))


def _planes(picture: Image.Image, decoder: Decoder, color: bool) -> tuple[Picture, bool]:
    """Convert a decoded picture band by band; also return whether color was dropped."""
    width, height = picture.size
    decoder.survey(picture)
    to_luma = decoder.channels == 3 and not color
    pixels = np.empty((1 if to_luma else decoder.channels, height, width), np.float32)
    dropped = False
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = decoder.planes(picture.crop((0, top, width, bottom)))
        if to_luma:
            dropped = dropped or bool(np.ptp(band, axis=0).max() > _GRAY_TOLERANCE)
            band = rgb_to_luma(band)
        np.clip(band, 0, 1, out=pixels[:, top:bottom])
    return pixels, dropped


def _frames(path: Path, kind: str) -> int:
    """Count pages with a second file handle, so that a damaged later page does not affect the first."""
    try:
        with path.open("rb") as file:
            return int(getattr(_PLUGINS[kind](file), "n_frames", 1))
    except Exception:  # the first page may still be intact
        return 1


def _orientation(picture: ImageFile) -> int:
    try:
        return int(picture.getexif().get(Tag.Orientation, 1))
    except Exception:  # broken metadata must not make the picture unreadable
        return 1


def _dpi(picture: ImageFile) -> tuple[float, float] | None:
    """Return the stated resolution, with the rounding to dots per meter undone; None if it is implausible."""
    try:
        if isinstance(picture, JpegImagePlugin.JpegImageFile) and picture.info.get("jfif_unit") not in (1, 2):
            picture.getexif()[Tag.XResolution]  # raises if it is missing, where Pillow would assume 72 dpi
        x, y = (float(value) for value in picture.info["dpi"])
    except Exception:  # a missing, incomplete or impossible value
        return None
    if not (1 < x < 1e5 and 1 < y < 1e5):
        return None
    return _round_dpi(x), _round_dpi(y)


def _round_dpi(dpi: float) -> float:
    return float(round(dpi)) if abs(dpi - round(dpi)) < 0.013 else dpi
