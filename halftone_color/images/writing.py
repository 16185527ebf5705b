"""Write pictures as sRGB files of 8 or 16 bits, completely or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from halftone_color.errors import OutputError
from halftone_color.images.naming import DEEP_FORMATS, FORMATS
from halftone_color.images.profiles import srgb_profile
from halftone_color.images.sixteen_bits import encode_png, encode_tiff
from halftone_color.system import atomic
from halftone_color.types import Picture, Result

LARGE_PIXELS = 40_000_000
"""Number of pixels above which a PNG in color is encoded band by band."""
_BAND_ROWS = 512
_PERCEPTUAL = b"\x00"
"""Rendering intent in PNG's sRGB chunk."""


def write(
    path: str | Path,
    pixels: Picture,
    *,
    dpi: tuple[float, float] | None = None,
    format: str | None = None,
    bits: int = 8,
    overwrite: bool = False,
) -> Path:
    """Write a picture atomically: the file appears complete or not at all, also after Ctrl-C.

    Color files are tagged with an sRGB profile. Gray pictures of 0 and 1 only become a 1-bit PNG or a TIFF with group 4
    compression, unless 16 bits are asked for; all others have 8 or 16 bits, rounded half up. TIFF, PNG and WebP are
    lossless, JPEG has quality 95.

    Args:
        path: the file; missing folders are created.
        pixels: (1, H, W) or (3, H, W); values outside [0, 1] are clipped.
        dpi: resolution (x, y) to state in the file, if the format can (all but WebP).
        format: png, tiff, jpeg or webp; None takes it from the suffix.
        bits: of each channel, 8 or 16; JPEG and WebP have 8.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path written.

    Raises:
        OutputError: it already exists, or cannot be written: no permission, no space, too large for the format.
    """
    path = Path(path)
    atomic.refuse_existing(path, overwrite)
    atomic.write(path, encode(path, pixels, dpi=dpi, format=format, bits=bits), overwrite=overwrite)
    return path


def encode(
    path: Path,
    pixels: Picture,
    *,
    dpi: tuple[float, float] | None = None,
    format: str | None = None,
    bits: int = 8,
) -> bytes | memoryview:
    """Return the content of the file that `write` writes; nothing is written.

    Raises:
        OutputError: the format cannot hold the picture.
    """
    kind = (format or FORMATS.get(path.suffix.lower(), "")).lower()
    if kind not in set(FORMATS.values()):
        raise OutputError(f"{path} has an unsupported format; end its name with one of {', '.join(FORMATS)}.")
    if bits > 8 and kind not in DEEP_FORMATS:
        raise OutputError(f"{path} cannot have {bits} bits; end its name with .png or .tif, or choose 8 bits.")
    try:
        if bits > 8:
            return (encode_png if kind == "png" else encode_tiff)(pixels, dpi)
        if kind == "png" and len(pixels) == 3 and pixels.shape[1] * pixels.shape[2] > LARGE_PIXELS:
            return encode_png(pixels, dpi, 8)
        return _encode(to_pillow(pixels), kind, dpi)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} could not be written ({error}); choose another format.") from error


def depth_notes(result: Result, bits: int) -> tuple[str, ...]:
    """Return a note if a result is written with fewer bits than its input's file has."""
    if result.bits <= bits:
        return ()
    return (f"The file has {result.bits} bits of each channel, the result {bits}; --bits {result.bits} keeps them.",)


def to_pillow(pixels: Picture) -> Image.Image:
    """Return a Pillow picture of floats (1, H, W) or (3, H, W): mode 1 for gray of 0 and 1 only, else L or RGB."""
    channels, height, width = pixels.shape
    if channels not in (1, 3):
        raise ValueError(f"a picture has 1 or 3 channels, not {channels}")
    levels = np.empty((height, width, channels), np.uint8)
    bilevel = channels == 1
    for top in range(0, height, _BAND_ROWS):
        band = np.moveaxis(pixels[:, top : top + _BAND_ROWS], 0, 2)
        bilevel = bilevel and bool(((band == 0) | (band == 1)).all())
        levels[top : top + _BAND_ROWS] = np.floor(np.clip(band, 0, 1) * 255 + 0.5)
    if channels == 3:
        return Image.fromarray(levels)
    gray = Image.fromarray(levels[..., 0])
    return gray.convert("1", dither=Image.Dither.NONE) if bilevel else gray


def _encode(picture: Image.Image, kind: str, dpi: tuple[float, float] | None) -> memoryview:
    """Return the file's content, encoded in memory because Pillow's JPEG encoder does not notice a full disk."""
    options: dict[str, Any] = {"compress_level": 4} if kind == "png" else {}  # hardly larger, in half of the time
    if dpi:
        options["dpi"] = dpi
    if picture.mode == "RGB":
        options["icc_profile"] = srgb_profile()
    if kind == "png" and picture.mode != "RGB":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add(b"sRGB", _PERCEPTUAL)
    elif kind == "tiff":
        options["compression"] = "group4" if picture.mode == "1" else "tiff_adobe_deflate"
    elif kind == "jpeg":
        options |= {"quality": 95, "subsampling": 0}
    elif kind == "webp":
        options |= {"lossless": True, "exact": True}
    if kind in ("jpeg", "webp") and picture.mode == "1":
        picture = picture.convert("L")
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getbuffer()
