"""Convert a decoded Pillow picture of any mode, band by band, to sRGB-coded float planes on white."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT

from halftone_color.images.png_strips import Strips
from halftone_color.images.profiles import gray_curve, to_srgb
from halftone_color.types import Picture

_DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_FULL_SCALES = {
    "float": (1.0, 255.0, 65535.0),
    "signed": (255.0, 65535.0),
    "signed 16-bit": (255.0, 32767.0),
    "unsigned": (255.0, 65535.0),
}
"""White of 32-bit, signed and float numbers, of which the first that is not exceeded is taken."""
_DEEPEST = 2.0**32
"""White of unsigned 32-bit numbers; one in 2**32 is lost in the rounding to float32 anyway."""
_SURELY_DEEPEST = 2.0**24
"""Value from which unsigned 32-bit numbers must use their whole range: a smaller range would be one of 24 bits."""
_SURVEY_ROWS = 256
LAB_CONVERTED = "CIELAB was converted to sRGB."
NOT_FINITE = "Pixels whose values are not finite were set to white or black."


def full_range(low: float, high: float, kind: str) -> tuple[float, float]:
    """Guess the values of black and white of numbers from their extremes; `kind` is a key of _FULL_SCALES."""
    full = next((scale for scale in _FULL_SCALES[kind] if low >= 0 and high <= scale), None)
    if kind == "unsigned" and high >= _SURELY_DEEPEST:
        full = _DEEPEST
    return (0.0, full) if full else (low, high if high > low else low + 1)


def narrowed(bits: int) -> str:
    """Return the note that says that channels of many bits were reduced."""
    return f"The {bits} bits of each channel were reduced to 8."


def scaled_from(black: float, white: float) -> str:
    """Return the note that says which values were taken for black and white."""
    return f"The file's values were scaled from {black:g}...{white:g} to black...white."


class Decoder:
    """Converts bands of one file to planes; must be created before the file is decoded, because it reads its header."""

    def __init__(self, picture: Image.Image, tags: Mapping[int, Any]) -> None:
        """Take a picture that was not loaded yet and, of a TIFF, its tags."""
        raw_mode = _raw_mode(picture)
        self._mode = picture.mode
        self._white_is_zero = tags.get(PHOTOMETRIC_INTERPRETATION) == 0
        self._bits = max(tags.get(BITSPERSAMPLE, (16,))) if picture.mode.startswith("I;16") else 16
        self._kind = _kind_of_numbers(picture.mode, tags)
        self._gray_stored_as_rgb = raw_mode.startswith("LA")
        self._narrowed = raw_mode.endswith((";16L", ";16B", ";16N")) and picture.mode not in _DEEP
        self._notes: list[str] = []
        self._transparent = False

    def survey(self, picture: Image.Image | Strips) -> None:
        """Determine what depends on the whole decoded picture: palette, color profile, range of values."""
        self._working = self._working_mode(picture)
        self.channels = 1 if self._working in ("L", "LA", "deep") else 3
        self._black, self._white = self._range(picture)
        self._key = picture.info.get("transparency") if self._mode.startswith("I;16") else None
        self._convert: Callable[[Image.Image], Image.Image] | None = None
        self._curve: NDArray[np.float32] | None = None
        self._set_profile(picture.info.get("icc_profile"))

    @property
    def bits(self) -> int:
        """Bits of each channel of the planes: 16 of files with more than 8, unless Pillow has dropped them."""
        return 16 if self._mode in _DEEP else 8

    def notes(self) -> list[str]:
        """Return notes about what was converted or dropped in the bands so far."""
        notes = list(self._notes)
        if self._narrowed:
            notes.append(narrowed(16))
        if self._transparent:
            notes.append("Transparent parts were composited on white.")
        return notes

    def planes(self, band: Image.Image) -> Picture:
        """Return a band (rows of the picture) as (1, h, W) or (3, h, W) float32, in [0, 1] up to rounding errors."""
        if self._working == "deep":
            return self._deep_planes(band)
        if self._working in ("CMYK", "LAB"):
            opaque, alpha = band, None
        else:
            has_alpha = self._working in ("LA", "RGBA")
            band = _to_mode(band, self._working)
            alpha = np.asarray(band.getchannel("A"), np.float32) / np.float32(255) if has_alpha else None
            opaque = band.convert("L" if self.channels == 1 else "RGB") if has_alpha else band
        if self._convert is not None:
            opaque = self._convert(opaque)
        elif self.channels == 3:
            opaque = opaque.convert("RGB")
        if self.channels == 3:
            return self._on_white(np.moveaxis(np.asarray(opaque, np.float32), 2, 0) / np.float32(255), alpha)
        levels = np.arange(256, dtype=np.float32) / np.float32(255) if self._curve is None else self._curve
        levels = levels[:: (len(levels) - 1) // 255]
        return self._on_white(levels[np.asarray(opaque)][None], alpha)

    def _deep_planes(self, band: Image.Image) -> Picture:
        numbers = np.asarray(band)
        alpha = None if self._key is None else (numbers != self._key).astype(np.float32)
        gray = (np.nan_to_num(numbers.astype(np.float32), nan=self._white) - self._black) / (self._white - self._black)
        gray = np.clip(gray, 0, 1)
        if self._white_is_zero:
            gray = 1 - gray
        if self._curve is not None:
            gray = np.interp(gray, np.linspace(0, 1, len(self._curve)), self._curve).astype(np.float32)
        return self._on_white(gray[None], alpha)

    def _on_white(self, planes: Picture, alpha: NDArray[np.float32] | None) -> Picture:
        if alpha is None or alpha.min() == 1:
            return planes
        self._transparent = True
        return planes * alpha + (1 - alpha)

    def _working_mode(self, picture: Image.Image | Strips) -> str:
        """Return the Pillow mode to which bands are converted, or `deep` for values of more than 8 bits."""
        mode = self._mode
        if mode in _DEEP:
            return "deep"
        if mode in ("CMYK", "LAB"):
            return mode
        gray = mode in ("1", "L", "LA", "La") or self._gray_stored_as_rgb
        if mode in ("P", "PA") and isinstance(picture, Image.Image):
            palette = np.array(picture.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
            gray = bool((np.ptp(palette, axis=1) == 0).all())
        alpha = mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info
        return ("L" if gray else "RGB") + ("A" if alpha else "")

    def _range(self, picture: Image.Image | Strips) -> tuple[float, float]:
        """Return the values of black and white in the file; for 32-bit and float files they are guessed."""
        if self._mode not in ("I", "F"):
            return 0.0, 2.0**self._bits - 1
        width, height = picture.size
        lows, highs, unreal = [], [], False
        for top in range(0, height, _SURVEY_ROWS):
            numbers = np.asarray(picture.crop((0, top, width, min(top + _SURVEY_ROWS, height))))
            real = numbers[np.isfinite(numbers)]
            unreal = unreal or real.size < numbers.size
            if real.size:
                lows.append(float(real.min()))
                highs.append(float(real.max()))
        if unreal:
            self._notes.append(NOT_FINITE)
        low, high = (min(lows), max(highs)) if lows else (0.0, 1.0)
        black, white = full_range(low, high, self._kind)
        self._notes.append(scaled_from(black, white))
        return black, white

    def _set_profile(self, profile: bytes | None) -> None:
        try:
            if self._working == "LAB":
                self._convert = to_srgb(None, "LAB")
                self._notes.append(LAB_CONVERTED)
            elif profile and self.channels == 1:
                self._curve = gray_curve(profile)
            elif profile:
                self._convert = to_srgb(profile, "CMYK" if self._working == "CMYK" else "RGB")
        except ValueError as error:
            self._notes.append(f"The embedded color profile was ignored: {error}.")
        else:
            if profile and (self._convert is not None or self._curve is not None) and self._working != "LAB":
                self._notes.append("The embedded color profile was converted to sRGB.")
        if self._working == "CMYK" and self._convert is None:
            self._notes.append("CMYK was converted to sRGB without a color profile, so colors are approximate.")


def _to_mode(band: Image.Image, mode: str) -> Image.Image:
    if band.mode == mode:
        return band
    if mode == "LA" and band.mode not in ("1", "L", "La"):
        return band.convert("RGBA").convert("LA")
    return band.convert(mode)


def _kind_of_numbers(mode: str, tags: Mapping[int, Any]) -> str:
    """Return which of _FULL_SCALES hold for a picture of mode I or F."""
    bits, formats = {*tags.get(BITSPERSAMPLE, ())}, {*tags.get(SAMPLEFORMAT, (1,))}
    if bits == {32} and formats == {1}:
        return "unsigned"
    if mode == "F":
        return "float"
    return "signed 16-bit" if bits == {16} and formats == {2} else "signed"


def _raw_mode(picture: Image.Image) -> str:
    """Return Pillow's raw mode, which says how the file stores its values."""
    if not isinstance(picture, ImageFile) or not picture.tile:
        return ""
    arguments = picture.tile[0][3]
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""
