"""PNG files whose tones are stated by a gAMA chunk alone: their values become sRGB-coded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from halftone_color.arrays.light import linear_to_srgb

_SRGB = 0.45455
"""What PNG's specification (section 11.3.2.5) writes for sRGB."""
_TOLERANCE = 0.05
"""Relative difference up to which a gAMA is taken for sRGB's."""
_PLAUSIBLE = (0.1, 3.0)
_BAND_ROWS = 256


def stated_gamma(picture: ImageFile) -> float | None:
    """Return the exponent with which a PNG codes light, if neither a profile nor an sRGB chunk overrules it.

    None where it is sRGB's, is implausible or does not matter (1-bit pictures).
    """
    gamma = picture.info.get("gamma")
    overruled = "icc_profile" in picture.info or "srgb" in picture.info or picture.mode == "1"
    if overruled or not isinstance(gamma, float) or not _PLAUSIBLE[0] <= gamma <= _PLAUSIBLE[1]:
        return None
    return None if abs(gamma / _SRGB - 1) <= _TOLERANCE else gamma


def load_coded(picture: ImageFile, again: ImageFile, gamma: float) -> Image.Image:
    """Decode a PNG of a stated gamma and return it sRGB-coded, in the same mode, but with a key color as opacity.

    Args:
        picture: the opened file, not loaded yet.
        again: the same file opened once more: it gives the lower bytes of 16 bits, which Pillow drops.
        gamma: exponent: the stored values are light to the power of it.
    """
    raw_mode = picture.tile[0][3] if picture.tile else ""
    if picture.mode in ("RGB", "RGBA") and raw_mode in ("RGB;16B", "RGBA;16B"):
        again.tile = [tile._replace(args=raw_mode.replace("16B", "16L")) for tile in again.tile]
        return _of_two_bytes(picture, again, gamma)
    picture.load()
    if picture.mode == "P":
        palette = np.array(picture.getpalette("RGB"), np.uint8)
        picture.putpalette(_curve(256, gamma)[palette].tobytes())
        return picture
    if picture.mode.startswith("I;16"):
        return _deep(picture, gamma)
    coded = picture.convert({"L": "LA", "RGB": "RGBA"}[picture.mode]) if "transparency" in picture.info else picture
    curve, straight = _curve(256, gamma).tolist(), list(range(256))
    opaque = "A" not in coded.mode
    result = coded.point(curve * (len(coded.mode) - (not opaque)) + ([] if opaque else straight))
    result.info = picture.info
    return result


def _of_two_bytes(high: Image.Image, low: Image.Image, gamma: float) -> Image.Image:
    """Return colors of 16 bits, given by their bytes, coded in 8 bits; an opacity keeps its upper byte."""
    width, height = high.size
    curve = np.rint(_curve(65536, gamma) / 257).astype(np.uint8)
    levels = np.empty((height, width, len(high.mode)), np.uint8)
    for top in range(0, height, _BAND_ROWS):
        box = (0, top, width, min(top + _BAND_ROWS, height))
        upper, lower = (np.asarray(part.crop(box)) for part in (high, low))
        levels[top : box[3]] = upper
        levels[top : box[3], :, :3] = curve[(upper[..., :3].astype(np.uint16) << 8) | lower[..., :3]]
    coded = Image.fromarray(levels)
    coded.info = high.info
    return coded


def _deep(picture: Image.Image, gamma: float) -> Image.Image:
    """Return gray of 16 bits coded in 16 bits; a key color becomes white, as what is transparent does."""
    numbers = np.asarray(picture)
    coded_numbers = _curve(65536, gamma)[numbers]
    key = picture.info.pop("transparency", None)
    if key is not None:
        coded_numbers[numbers == key] = 65535
    coded = Image.fromarray(coded_numbers)
    coded.info = picture.info
    return coded


def _curve(count: int, gamma: float) -> NDArray[Any]:
    """Return the sRGB-coded value for each of 256 or 65536 stored ones, in as many levels."""
    light = np.linspace(0, 1, count) ** (1 / gamma)
    coded: NDArray[Any] = np.rint(linear_to_srgb(light) * (count - 1)).astype(np.uint8 if count == 256 else np.uint16)
    return coded
