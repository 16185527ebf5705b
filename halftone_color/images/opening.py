"""Open picture files: the one page or frame that is read becomes a decoded, upright Pillow picture."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
)
from PIL import WebPImagePlugin as WebpImagePlugin
from PIL.ExifTags import Base as Tag
from PIL.ImageFile import ImageFile

from halftone_color.errors import InputError
from halftone_color.images import damage, png_strips
from halftone_color.images.fax_ends import GROUP_4, mark_ends
from halftone_color.images.planes import Decoder
from halftone_color.images.plausibility import LARGE_PIXELS
from halftone_color.images.png_gamma import load_coded, stated_gamma
from halftone_color.images.sniffing import HAS_AVIF
from halftone_color.images.tiff_blocks import Layout
from halftone_color.images.tiff_pages import Page, picture_page
from halftone_color.images.tiff_pictures import info_of, is_misread, picture_of, why_refused
from halftone_color.system.error_capture import CapturedErrors

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
    "GIF": GifImagePlugin.GifImageFile,
}
if HAS_AVIF:
    from PIL.AvifImagePlugin import AvifImageFile

    _PLUGINS["AVIF"] = AvifImageFile
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
_FAX = (2, 3, 4)
"""TIFF's compressions for faxes."""
_QUARTER_TURNS = (5, 6, 7, 8)
"""Orientations that exchange width and height."""


class _TiffLoading:
    """Lifts Pillow's size limit and listens to libtiff while a TIFF is decoded, in one thread at a time.

    Pillow's limit refuses legitimate scans above 179 MP, and our own has been checked before. Libtiff writes to
    descriptor 2 what it finds wrong, and goes on if it can.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> CapturedErrors:
        self._lock.acquire()
        self._limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        self._heard = CapturedErrors()
        return self._heard.__enter__()

    def __exit__(self, *_: object) -> None:
        self._heard.__exit__()
        Image.MAX_IMAGE_PIXELS = self._limit
        self._lock.release()


_TIFF_LOADING = _TiffLoading()


@dataclass
class Opened:
    """A file whose header was read; `load` decodes it."""

    path: Path
    kind: str
    file: BinaryIO
    picture: ImageFile | None
    """The page or frame as Pillow opens it, or None if its TIFF layout must be decoded here."""
    page: Page | None = None
    """The page of a TIFF."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the user."""
    damage: list[str] = field(default_factory=list)
    """What is wrong with the file, in words; known once it is decoded."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px, by the header."""
        if self.picture is not None:
            return self.picture.size
        layout = self._layout()
        return layout.width, layout.height

    @cached_property
    def in_strips(self) -> bool:
        """Whether it is decoded as it is converted, so that it takes no memory of its own."""
        if self.kind != "PNG" or self.picture is None or stated_gamma(self.picture) is not None:
            return False
        return png_strips.suits(self.file, self.picture)

    def load(self) -> tuple[Image.Image | png_strips.Strips, Decoder]:
        """Return the decoded upright picture, and what converts its bands; `info` holds resolution and profile."""
        tags: Mapping[int, Any] = self.page.tags if self.page else {}
        if self.in_strips:
            assert self.picture is not None
            return png_strips.Strips(self.file, self.picture), Decoder(self.picture, tags)
        if self.picture is not None:
            decoder = Decoder(self.picture, tags)
            gamma = stated_gamma(self.picture) if self.kind == "PNG" else None
            if self.page is not None:
                picture = self._tiff(self.picture, self.page)
            else:
                picture = _loaded(self.picture) if gamma is None else self._with_gamma(self.picture, gamma)
        else:
            assert self.page is not None
            with _TIFF_LOADING as heard:
                picture, notes = picture_of(self.file, self.page.tags, self._layout())
            self.notes += notes
            self.damage += damage.of_tiff(heard.lines, tags)
            decoder = Decoder(picture, tags)
            picture = _turned(picture, tags.get(Tag.Orientation, 1))
        return picture, decoder

    @property
    def mode(self) -> str:
        """Pillow's mode, by the header; empty if it is decoded here."""
        return "" if self.picture is None else self.picture.mode

    @property
    def layout(self) -> Layout | None:
        """How a TIFF stores its samples; None for other formats."""
        return None if self.page is None else Layout.of(self.page.tags)

    @property
    def orientation(self) -> int:
        """EXIF orientation of what the file stores."""
        if self.page is not None:
            return int(self.page.tags.get(Tag.Orientation, 1))
        assert self.picture is not None
        return 1 if self.in_strips else _orientation(self.picture)

    @property
    def info(self) -> Mapping[Any, Any]:
        """Resolution and color profile as Pillow gives them."""
        if self.picture is not None:
            return self.picture.info
        assert self.page is not None
        return info_of(self.page.tags)

    @property
    def is_fax(self) -> bool:
        """Whether the file is a 1-bit TIFF in a compression for faxes (CCITT)."""
        return self.page is not None and self._layout().bits == 1 and self._layout().compression in _FAX

    @property
    def quarter_turned(self) -> bool:
        """Whether the stored width is the upright height."""
        return self.orientation in _QUARTER_TURNS

    def _tiff(self, picture: ImageFile, page: Page) -> Image.Image:
        """Return a TIFF's page as Pillow decodes it, which also turns it upright."""
        if self._layout().compression == GROUP_4:
            content = bytearray(self.path.read_bytes())
            mark_ends(content, page.tags)
            picture = TiffImagePlugin.TiffImageFile(io.BytesIO(content))
            picture.seek(page.number)
        with _TIFF_LOADING as heard:
            picture.load()
        width, height = self.size
        if width * height > LARGE_PIXELS and (rows := damage.rows_held(heard.lines, page.tags)) < height / 2:
            raise InputError(
                f"{self.path} states {width} x {height} pixels, but its data end after {rows} rows of that width; "
                "scan it again, or correct its header."
            )
        self.damage += damage.of_tiff(heard.lines, page.tags)
        return picture

    def _with_gamma(self, picture: ImageFile, gamma: float) -> Image.Image:
        self.notes.append(f"The file's gamma of {gamma:g} was converted to sRGB.")
        with self.path.open("rb") as file:
            return _turned(load_coded(picture, _PLUGINS["PNG"](file), gamma), _orientation(picture))

    def _layout(self) -> Layout:
        assert self.page is not None
        return Layout.of(self.page.tags)


def open_file(file: BinaryIO, path: Path, kind: str, page: int | None = None) -> Opened:
    """Open the first picture of a file of a known format, or a page of a TIFF; nothing is decoded yet.

    Raises:
        InputError: its layout cannot be read, or there is no such page.
        Exception: it is damaged (Pillow raises nearly every kind).
    """
    if kind == "TIFF":
        return _open_tiff(file, path, page)
    if page not in (None, 1):
        raise InputError(f"{path} has 1 page, so there is no page {page}; only TIFF files have several.")
    opened = Opened(path, kind, file, _PLUGINS[kind](file))
    frames = _frames(path, kind)
    if frames > 1:
        opened.notes.append(f"The file holds {frames} pages or frames; the first was read.")
    return opened


def _open_tiff(file: BinaryIO, path: Path, asked: int | None) -> Opened:
    page = picture_page(file, asked)
    opened = Opened(path, "TIFF", file, None, page, [note] if (note := page.note()) else [])
    layout = Layout.of(page.tags)
    reason = why_refused(layout)
    if not is_misread(layout):
        try:
            file.seek(0)
            opened.picture = TiffImagePlugin.TiffImageFile(file)
            opened.picture.seek(page.number)
        except SyntaxError:  # damage, or a mode that Pillow does not know
            if not (layout.width and layout.height and 262 in page.tags):
                raise
            opened.picture = None
    if opened.picture is None and reason:
        raise InputError(f"{path} is a TIFF with {reason}, which is not read; convert it to PNG or 8-bit TIFF first.")
    return opened


def _loaded(picture: ImageFile) -> Image.Image:
    """Decode and return a picture that is no TIFF, turned upright."""
    picture.load()
    return _turned(picture, _orientation(picture))


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    """Return a picture whose stored orientation is undone."""
    if orientation not in _UPRIGHT:
        return picture
    upright = picture.transpose(_UPRIGHT[orientation])
    upright.info = picture.info
    return upright


def _frames(path: Path, kind: str) -> int:
    """Count frames with a second file handle, so that a damaged later one does not affect the first."""
    try:
        with path.open("rb") as file:
            return int(getattr(_PLUGINS[kind](file), "n_frames", 1))
    except Exception:  # the first frame may still be intact
        return 1


def _orientation(picture: ImageFile) -> int:
    try:
        return int(picture.getexif().get(Tag.Orientation, 1))
    except Exception:  # broken metadata must not make the picture unreadable
        return 1
