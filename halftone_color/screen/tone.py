"""Read a print's tones between its paper and its ink, and undo what printing did to them.

The mean of a digital halftone is its tone. A print's ink is not black, its paper not white, seldom gray and unevenly
lit, and its dots came out larger than they were meant (dot gain). So a print is read as: how far from ink to paper is
this pixel? and once its dots are gone, the gain is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
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
COLORFUL = 0.02
"""What the channels of a color picture differ from its luma by at least, somewhere."""
LEAST_CONTRAST = 1 / 16
"""Paper minus ink is taken to be this at least."""
BLANK = 0.01
"""Luma of the paper minus that of the ink, below which there is no ink; black is taken for it."""
DARKEST_CORNER = 0.75
"""Luma of the darkest paper over that of the brightest, below which it is not the light that differs."""
DEEPEST_TINT = 0.5
"""Least channel of a paper's color over its greatest; what has more color is ink, and paper is taken for white."""
DARKEST_PAPER = 0.8
"""Level of gray paper at least."""
BEYOND = 0.002
"""Share of the tones that may lie beyond ink, and beyond paper."""
BAND = 256
"""Rows read at a time."""


@dataclass(frozen=True)
class Reading:
    """A halftone as descreening should see it, and what its tones mean once the dots are gone."""

    gray: Picture
    """(1, H, W) luma."""
    colors: Picture | None = None
    """(3, H, W) where the print has several inks, whose colors are its own."""
    print_: InkAndPaper | None = None
    """What tones lie between; None for a digital halftone, whose tones are what they are."""

    @property
    def shown(self) -> Picture:
        """The picture as it is: in its own colors where it has them."""
        return self.gray if self.colors is None else self.colors

    def toned(self, picture: Picture, out: Picture | None = None) -> Picture:
        """Return a descreened (1, H, W), or (3, H, W) colored on it, read between ink and paper, without dot gain.

        Chroma stays. What is brighter than the paper that was found was paper too, so nothing is cut off.

        Args:
            picture: the descreened print.
            out: where the tones of a gray picture go; `picture` itself spares a large page the room.
        """
        if self.print_ is None:
            return picture
        luma = picture if len(picture) == 1 else np.asarray(rgb_to_luma(picture), np.float32)
        low, high = _ends(luma, self.print_)
        read = np.empty_like(luma) if out is None or luma is not picture else out
        for rows in _bands(luma.shape[1]):
            way = _between(luma, self.print_, rows)
            read[:, rows] = without_gain(np.clip((way - low) / (high - low), 0, 1))
        return read if luma is picture else add_chroma(read, np.asarray(rgb_to_ycc(picture)[1], np.float32))

    def whitened(self, rgb: Picture) -> Picture:
        """Return a descreened print in several inks (3, H, W) as if on white paper, without dot gain in its luma."""
        if self.print_ is None:
            return rgb
        white = _on_white(rgb, self.print_)
        luma, chroma = (np.asarray(part, np.float32) for part in rgb_to_ycc(white))
        return add_chroma(without_gain(luma), chroma)

    def on_paper(self, picture: Picture) -> Picture:
        """Return a picture (1 or 3, H, W) as if printed with the ink on the paper that were found."""
        if self.print_ is None:
            return picture
        height, width = picture.shape[1:]
        printed = np.empty((max(len(picture), len(self.print_.paper)), height, width), np.float32)
        for rows in _bands(height):
            ink, paper = self.print_.ink_at(height, width, rows), self.print_.paper_at(height, width, rows)
            printed[:, rows] = ink + (paper - ink) * picture[:, rows]
        return printed


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
    if tone == "digital" or (tone == "auto" and is_digital(gray)):
        return Reading(gray, own_colors(pixels, gray))
    found = _trusted(ink_and_paper(pixels))
    return Reading(gray, None if found.single_ink else pixels, found)


def _trusted(found: InkAndPaper) -> InkAndPaper:
    """Return ink and paper as far as they can be believed; a picture without bare paper shows its own parts instead.

    No scanner lights paper very unevenly, no paper has a deep color, and none is dark.
    """
    planes, paper, ink = _luma(found.paper), found.paper, found.ink
    if planes.min() < DARKEST_CORNER * planes.max():
        paper, ink = (np.broadcast_to(np.median(p, axis=(1, 2), keepdims=True), p.shape) for p in (paper, ink))
    if np.median(planes - _luma(found.ink)) < BLANK:
        ink = np.zeros_like(ink)
    color = np.array(found.paper_color)
    if color.min() < DEEPEST_TINT * color.max() or not color.any():
        paper = np.ones_like(paper)
    elif len(paper) == 1:  # a tint shows that paper is seen; gray may be the brightest part of a dark picture
        paper = paper * max(1.0, DARKEST_PAPER / float(color[0]))
    return replace(found, paper=np.asarray(paper, np.float32), ink=np.asarray(ink, np.float32))


def is_digital(gray: Picture) -> bool:
    """Tell whether a gray halftone has pure black and pure white, as no scan of a print has."""
    return bool((gray <= PURE).mean() >= SHARE and (gray >= 1 - PURE).mean() >= SHARE)


def without_gain(gray: Picture, gain: float = DOT_GAIN) -> Picture:
    """Return the tones (1, H, W) whose dots, grown by the gain, would have the tones of gray; 0 and 1 stay."""
    grown = 1 - gray
    meant = ((1 + gain) - np.sqrt((1 + gain) ** 2 - 4 * gain * grown)) / (2 * gain)
    return np.asarray(1 - meant, np.float32)


def _between(luma: Picture, found: InkAndPaper, rows: slice) -> Picture:
    """Return how far rows of luma (1, H, W) are from the ink's to the paper's; a little beyond is possible."""
    height, width = luma.shape[1:]
    ink, paper = (_luma(plane) for plane in (found.ink_at(height, width, rows), found.paper_at(height, width, rows)))
    return np.asarray((luma[:, rows] - ink) / np.maximum(paper - ink, LEAST_CONTRAST), np.float32)


def _ends(luma: Picture, found: InkAndPaper) -> tuple[np.float32, np.float32]:
    """Return what is to become 0 and 1: ink and paper, or the few tones beyond, with which all others then move."""
    sample = [_between(luma, found, rows)[:, ::3, ::3].ravel() for rows in _bands(luma.shape[1])]
    low, high = np.quantile(np.concatenate(sample), (BEYOND, 1 - BEYOND))
    return np.float32(min(low, 0.0)), np.float32(max(high, 1.0))


def _on_white(rgb: Picture, found: InkAndPaper) -> Picture:
    """Return (3, H, W) over the color of its paper."""
    height, width = rgb.shape[1:]
    white = np.empty_like(rgb)
    for rows in _bands(height):
        white[:, rows] = np.clip(rgb[:, rows] / np.maximum(found.paper_at(height, width, rows), LEAST_CONTRAST), 0, 1)
    return white


def _luma(planes: Picture) -> Picture:
    return planes if len(planes) == 1 else np.asarray(rgb_to_luma(planes), np.float32)


def _bands(height: int) -> list[slice]:
    return [slice(top, min(top + BAND, height)) for top in range(0, height, BAND)]


def own_colors(pixels: Picture, gray: Picture) -> Picture | None:
    """Return the pixels (3, H, W) if they show several colors, or None if they are gray or tinted gray (1, H, W)."""
    if gray is pixels or np.abs(pixels - gray).max() <= COLORFUL or ink_and_paper(pixels).single_ink:
        return None
    return pixels
