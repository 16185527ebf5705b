"""TIFF pages that Pillow misreads or does not know become Pillow pictures of an ordinary mode."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from halftone_color.images.planes import LAB_CONVERTED, NOT_FINITE, full_range, narrowed, scaled_from
from halftone_color.images.profiles import lab_to_srgb
from halftone_color.images.tiff_blocks import UNCOMPRESSED, Layout, one, samples

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK, CIELAB, ICCLAB = 0, 1, 2, 5, 8, 9
_COLORS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4, CIELAB: 3, ICCLAB: 3}
"""Number of colors for each photometric interpretation that is read here."""
_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_PREMULTIPLIED, _OPACITY = 1, 2
_CENTIMETERS = 3
LEFT_OUT = "A channel of the file whose meaning it does not state was left out."


def is_misread(layout: Layout) -> bool:
    """Tell whether Pillow would accept a page of this layout and decode it wrongly."""
    colors = _COLORS.get(layout.photometric)
    if colors is None:
        return False
    gray = colors == 1
    return (
        (layout.planar and (gray or layout.photometric == CIELAB))
        or (layout.planar and layout.bits == 16 and layout.compression == UNCOMPRESSED)
        or (layout.kind in ("f", "i") and layout.big_endian and layout.compression != UNCOMPRESSED)
        or (layout.samples > colors + len(layout.extra))
        or (gray and layout.bits == 32 and layout.kind == "u")
        or (gray and layout.bits == 8 and layout.kind == "i")
    )


def why_refused(layout: Layout) -> str | None:
    """Return why a page cannot be read by `picture_of`, or None if it can."""
    colors = _COLORS.get(layout.photometric)
    if colors is None:
        return f"the photometric interpretation {layout.photometric}"
    if layout.samples < colors:
        return f"{layout.samples} samples where there should be {colors}"
    if layout.photometric in (CIELAB, ICCLAB) and (layout.kind != "u" or layout.bits not in (8, 16)):
        return f"CIELAB in {layout.bits} bits or in signed or float numbers"
    if layout.kind == "i" and (layout.samples > 1 or layout.photometric == WHITE_IS_ZERO or layout.bits == 8):
        return f"{layout.bits}-bit signed numbers"
    if layout.kind == "f" and colors == len("CMYK"):
        return "CMYK in float numbers"
    if layout.photometric not in (BLACK_IS_ZERO, WHITE_IS_ZERO, RGB) and {*layout.extra} & {_PREMULTIPLIED, _OPACITY}:
        return "opacity beside CMYK or CIELAB"
    if layout.photometric == WHITE_IS_ZERO and _PREMULTIPLIED in layout.extra:
        return "white as zero and premultiplied opacity"
    return layout.unreadable()


def picture_of(file: BinaryIO, tags: ImageFileDirectory_v2, layout: Layout) -> tuple[Image.Image, list[str]]:
    """Decode a page for which `why_refused` has no reason, as it lies in the file; also return notes.

    The mode is 1-channel L, I;16, I or F (the last three as stored: the Decoder scales and inverts them), LA, RGB,
    RGBA, CMYK or LAB; 16 bits of several channels are reduced to 8 as Pillow does.

    Raises:
        ValueError: the file is truncated or damaged.
    """
    planes = samples(file, tags, layout)
    count = _COLORS[layout.photometric]
    extra = layout.extra[: len(planes) - count]
    at = next((i for i, meaning in enumerate(extra) if meaning in (_PREMULTIPLIED, _OPACITY)), None)
    notes = [LEFT_OUT] if len(planes) > count + (at is not None) else []
    colors = planes[:count]
    if layout.photometric in (CIELAB, ICCLAB):
        lab = _lab(colors, layout)
        if layout.bits == 8:  # as Pillow keeps it: the Decoder converts it
            levels = lab * np.array([2.55, 1, 1])[:, None, None] + np.array([0, 128, 128])[:, None, None]
            mode = "LAB"
        else:
            levels, mode = lab_to_srgb(lab) * 255, "RGB"
            notes.append(LAB_CONVERTED)
        levels = np.rint(levels).clip(0, 255).astype(np.uint8)
        picture = Image.merge(mode, [Image.fromarray(plane) for plane in levels])
    elif count == 1 and at is None:
        picture = _gray(colors[0], layout)
    else:
        units = [_unit(colors, notes)]
        if at is not None:
            units.append(_unit(planes[count + at][None], []))  # one note is enough
            if extra[at] == _PREMULTIPLIED:
                units[0] = np.clip(units[0] / np.maximum(units[1], 1e-6), 0, 1)
        if layout.photometric == WHITE_IS_ZERO:
            units[0] = 1 - units[0]
        levels = np.rint(np.concatenate(units) * 255).astype(np.uint8)
        mode = _MODES[count] + "A" * (len(units) - 1)
        picture = Image.merge(mode, [Image.fromarray(plane) for plane in levels])
    if picture.mode[0] not in "IF" and layout.bits > 8:
        notes.append(narrowed(layout.bits))
    picture.info.update(info_of(tags))
    return picture, notes


def _gray(numbers: NDArray[Any], layout: Layout) -> Image.Image:
    """Return gray samples (H, W) as they are stored, except that 8 bits are black at 0."""
    if layout.kind == "u" and layout.bits == 8:
        return Image.fromarray(255 - numbers if layout.photometric == WHITE_IS_ZERO else numbers)
    if layout.kind == "u" and layout.bits == 16:
        return Image.fromarray(numbers)
    return Image.fromarray(numbers.astype(np.int32 if layout.kind == "i" else np.float32))


def _unit(numbers: NDArray[Any], notes: list[str]) -> NDArray[np.float32]:
    """Return samples of any kind in [0, 1]; black and white of 32 bits and of floats are guessed."""
    if numbers.dtype.itemsize == 1:
        return numbers.astype(np.float32) / np.float32(255)
    if numbers.dtype == np.uint16:
        return (numbers >> 8).astype(np.float32) / np.float32(255)
    real = numbers[np.isfinite(numbers)]
    if real.size < numbers.size:
        notes.append(NOT_FINITE)
    low, high = (float(real.min()), float(real.max())) if real.size else (0.0, 1.0)
    black, white = full_range(low, high, "unsigned" if numbers.dtype.kind == "u" else "float")
    notes.append(scaled_from(black, white))
    filled = np.nan_to_num(numbers.astype(np.float32), nan=white)
    unit: NDArray[np.float32] = np.clip((filled - black) / (white - black), 0, 1).astype(np.float32)
    return unit


def _lab(stored: NDArray[Any], layout: Layout) -> NDArray[np.float64]:
    """Return L* in [0, 100], a* and b* (3, H, W).

    TIFF 6.0, section 23 (CIELab: a*, b* signed), and Adobe's Photoshop TIFF notes (ICCLab: a*, b* moved by half of
    the range; of 16 bits, L* is 100 at FF00, as in ICC.1:2001-04, table 23).
    """
    white, half = 2.0**layout.bits - 1, 2.0 ** (layout.bits - 1)
    if layout.photometric == ICCLAB and layout.bits == 16:
        white = float(0xFF00)
    opponents = stored[1:].astype(np.float64)
    if layout.photometric == CIELAB:
        opponents = np.where(opponents >= half, opponents - 2 * half, opponents)
    else:
        opponents -= half
    return np.concatenate((stored[:1] * (100 / white), opponents * (128 / half)))


def info_of(tags: ImageFileDirectory_v2) -> dict[str, Any]:
    """Return resolution and color profile of a page, as Pillow does in `info`."""
    info: dict[str, Any] = {}
    x, y, unit = tags.get(282), tags.get(283), one(tags, 296, 2)
    if x and y and unit in (2, _CENTIMETERS):
        scale = 2.54 if unit == _CENTIMETERS else 1
        info["dpi"] = (float(x) * scale, float(y) * scale)
    if 34675 in tags:
        info["icc_profile"] = tags[34675]
    return info
