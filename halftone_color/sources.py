"""What a job is asked to work on: files, arrays and scans become pictures, and references or samples become cues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halftone_color.color import rgb_to_luma
from halftone_color.errors import InputError, UsageError
from halftone_color.images.reading import read
from halftone_color.types import Cue, Picture, Scan

Source = str | Path | NDArray[Any] | Scan
"""A file, an array (H, W), (1, H, W) or (3, H, W) in [0, 1] or 8-bit, or a Scan."""
ROUNDING = 1e-3
"""By how much the values of an array may miss [0, 1]; they are clipped."""


def scan_of(source: Source, max_pixels: int, *, color: bool = True) -> Scan:
    """Return the Scan of a file or an array.

    Raises:
        InputError: an array of another shape or range, or an unreadable file.
    """
    if isinstance(source, Scan):
        return source
    if isinstance(source, str | Path):
        return read(Path(source), max_pixels, color=color)
    pixels = np.asarray(source)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3) or 0 in pixels.shape:
        raise InputError(f"An array of shape {pixels.shape} is no picture; pass (H, W), (1, H, W) or (3, H, W).")
    white = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    pixels = np.ascontiguousarray(pixels, dtype=np.float32) / np.float32(white)
    if not (pixels.min() >= -ROUNDING and pixels.max() <= 1 + ROUNDING):  # nor is NaN a tone
        raise InputError("The array holds values outside [0, 1]; divide it by its white, or pass unsigned integers.")
    return Scan(pixels.clip(0, 1))


def rgb_of(pixels: Picture) -> Picture:
    """Return (3, H, W) of a gray or colour picture."""
    return pixels if pixels.shape[0] == 3 else pixels.repeat(3, 0)


def gray_scan_of(source: Source, max_pixels: int) -> tuple[Picture, Scan]:
    """Return luma (1, H, W) of a source, and its Scan with a word about discarded colour."""
    scan = scan_of(source, max_pixels, color=False)
    if scan.pixels.shape[0] == 1:
        return scan.pixels, scan
    gray = np.asarray(rgb_to_luma(scan.pixels), dtype=np.float32)
    if np.abs(scan.pixels - gray).max() > 0.02:
        scan = replace(scan, notes=(*scan.notes, "The picture's colours were discarded."))
    return gray, scan


def cues_of(references: Sequence[Source], samples: int, seed: int, max_pixels: int) -> list[Cue]:
    """Return a cue for each picture to be made: one for all references, one a sample, or one for automatic.

    Raises:
        UsageError: references and samples at once, a negative number, or references that are no list.
        InputError: a reference cannot be read.
    """
    if references and samples:
        raise UsageError("Give references or a number of samples, not both.")
    if samples < 0 or seed < 0:
        raise UsageError("The number of samples and the seed must not be negative.")
    if isinstance(references, str | Path):
        raise UsageError("References come as a list; write references=[...], also for one.")
    if references:
        return [Cue(references=tuple(rgb_of(scan_of(reference, max_pixels).pixels) for reference in references))]
    return [Cue(seed=seed + k) for k in range(samples)] or [Cue()]
