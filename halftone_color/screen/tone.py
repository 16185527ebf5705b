"""Read a print's tones between its paper and its ink, and undo what printing did to them.

The mean of a digital halftone is its tone. A print's ink is not black, its paper not white, seldom gray and unevenly
lit, and its dots came out larger than they were meant (dot gain). So a print is read as: how far from ink to paper is
this pixel? and once its dots are gone, the gain is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halftone_color.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.errors import UsageError
from halftone_color.screen.ink import InkAndPaper, ink_and_paper
from halftone_color.types import Picture

TONES = ("auto", "digital", "print")
DOT_GAIN = 0.15
"""Gain g of a print: coverage a became a + g a (1 - a). On the bench's synthetic scan .1 to .2 come nearest."""
PURE = 0.02
"""Distance from black and from white within which a digital halftone's ink and paper lie ..."""
SHARE = 0.01
"""... in at least this share of its pixels each."""
GRAY_SPREAD = 0.02
"""What the channels of a gray picture differ by at most."""
BAND = 256
"""Rows read at a time."""


@dataclass(frozen=True)
class Reading:
    """A scan as descreening should see it."""

    gray: Picture
    """(1, H, W): 0 is ink and 1 is paper."""
    colors: Picture | None = None
    """(3, H, W) where the print has several inks: its own colours, on white paper unless it is digital."""
    print_: InkAndPaper | None = None
    """What the tones were read between; None for a digital halftone, whose tones are what they are."""

    def finished(self, picture: Picture, keep_paper: bool = False) -> Picture:
        """Take the dot gain back from a descreened or restored (1 or 3, H, W); put it on its own paper if asked to."""
        if self.print_ is None:
            return picture
        if len(picture) == 1:
            picture = without_gain(picture)
        else:
            luma, chroma = rgb_to_ycc(picture)
            picture = add_chroma(without_gain(np.asarray(luma, np.float32)), np.asarray(chroma, np.float32))
        return _on_paper(picture, self.print_) if keep_paper else picture


def read_tones(pixels: Picture, tone: str = "auto") -> Reading:
    """Return the tones of a halftone (1, H, W) or (3, H, W).

    Args:
        pixels: the scan.
        tone: digital (the mean is the tone), print, or auto: a gray picture of pure black and white is digital.

    Raises:
        UsageError: there is no such reading.
    """
    if tone not in TONES:
        raise UsageError(f"There is no tone {tone!r}; choose one of {', '.join(TONES)}.")
    gray = pixels if len(pixels) == 1 else np.asarray(rgb_to_luma(pixels), np.float32)
    digital = tone == "digital" or (tone == "auto" and is_digital(gray))
    if digital and (gray is pixels or np.abs(pixels - gray).max() <= GRAY_SPREAD):
        return Reading(gray)
    found = ink_and_paper(pixels)
    if digital:
        return Reading(gray, None if found.single_ink else pixels)
    if found.single_ink:
        return Reading(_between(pixels, found), None, found)
    colors = _on_white(pixels, found)
    return Reading(np.asarray(rgb_to_luma(colors), np.float32), colors, found)


def is_digital(gray: Picture) -> bool:
    """Tell whether a gray halftone has pure black and pure white, as no scan of a print has."""
    return bool((gray <= PURE).mean() >= SHARE and (gray >= 1 - PURE).mean() >= SHARE)


def without_gain(gray: Picture, gain: float = DOT_GAIN) -> Picture:
    """Return the tones (1, H, W) whose dots, grown by the gain, would have the tones of gray; 0 and 1 stay."""
    grown = 1 - gray
    meant = ((1 + gain) - np.sqrt((1 + gain) ** 2 - 4 * gain * grown)) / (2 * gain)
    return np.asarray(1 - meant, np.float32)


def _between(pixels: Picture, found: InkAndPaper) -> Picture:
    """Return how far each pixel is from ink to paper, along the line that joins their colours."""
    height, width = pixels.shape[1:]
    gray = np.empty((1, height, width), np.float32)
    for rows in _bands(height):
        ink, paper = found.ink_at(height, width, rows), found.paper_at(height, width, rows)
        reach = paper - ink
        along = ((pixels[:, rows] - ink) * reach).sum(0) / np.maximum((reach * reach).sum(0), 1e-4)
        gray[0, rows] = np.clip(along, 0, 1)
    return gray


def _on_white(pixels: Picture, found: InkAndPaper) -> Picture:
    """Return a colour print as if its paper were white."""
    height, width = pixels.shape[1:]
    white = np.empty_like(pixels)
    for rows in _bands(height):
        white[:, rows] = np.clip(pixels[:, rows] / np.maximum(found.paper_at(height, width, rows), 1 / 16), 0, 1)
    return white


def _on_paper(picture: Picture, found: InkAndPaper) -> Picture:
    """Return a picture (1 or 3, H, W) printed with the ink on the paper that were found."""
    height, width = picture.shape[1:]
    printed = np.empty((max(len(picture), len(found.paper)), height, width), np.float32)
    for rows in _bands(height):
        ink, paper = found.ink_at(height, width, rows), found.paper_at(height, width, rows)
        printed[:, rows] = ink + (paper - ink) * picture[:, rows]
    return printed


def _bands(height: int) -> list[slice]:
    return [slice(top, min(top + BAND, height)) for top in range(0, height, BAND)]
