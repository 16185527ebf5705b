"""Measure a print's tones between its ink and its paper, and undo dot gain.

The mean of a digital halftone is its tone. In a print the ink is not black, the paper is not white, often tinted and
unevenly lit, and the dots are larger than intended (dot gain). So each pixel of a print is measured as a position
between ink and paper, and dot gain is undone after descreening. A print that does not show its paper (`bare.py`) keeps
its tones, as a picture with a screen that is no print does: what its paper was nobody can see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.errors import UsageError
from halftone_color.screen.bare import dots_show_ink, gaps_show_paper
from halftone_color.screen.ink import InkAndPaper, measure_ink_and_paper
from halftone_color.screen.large import bands, thinned
from halftone_color.types import Box, Picture, Screen

TONES = ("auto", "digital", "print")
DOT_GAIN = 0.15
"""Dot gain g of a print: coverage a became a + g a (1 - a). On the bench's synthetic scan 0.1 to 0.2 fit best."""
COLOR_DOT_GAIN = 0.1
"""Dot gain of a print in several inks, as seen in its luma: inks lighter than black change it less."""
PURE = 0.02
"""Distance from black and white, in [0, 1], within which the ink and paper of a digital halftone lie ..."""
SHARE = 0.01
"""... and the least share of its pixels that are within it, for each of the two."""
NEARLY, FEW = 0.06, (0.1, 99.9)
"""The same distance for dithers that were enlarged or reduced, whose black and white are mixed in most pixels; and the
percentiles of the tones that must be within it."""
COLORFUL = 0.02
"""Least difference, somewhere, between a channel of a color picture and its luma."""
LEAST_CONTRAST = 1 / 16
"""Lower bound for the difference between paper and ink."""
BLANK = 0.01
"""Difference in luma between paper and ink below which there is no ink; it is then assumed to be black."""
DARKEST_CORNER = 0.75
"""Least ratio of the luma of the darkest and the brightest paper that uneven light can explain."""
DEEPEST_TINT = 0.5
"""Least ratio of the smallest and the largest channel of paper; a deeper color is ink, and paper is assumed white."""
DARKEST_PAPER = 0.8
"""Least level of gray paper."""
LIGHTEST_INK = 0.3
"""Largest level of ink, relative to paper, where no dot is solid: the darkest tone may be dots in a light tone."""
BEYOND = 0.002
"""Share of the tones that may lie beyond ink, and beyond paper."""
BAND = 256
"""Number of rows processed at a time, which bounds the memory."""


@dataclass(frozen=True)
class ToneReading:
    """A halftone prepared for descreening, and the calibration of its tones for afterwards."""

    gray: Picture
    """Luma (1, H, W)."""
    colors: Picture | None = None
    """The print (3, H, W) if it has several inks, so that its colors are kept; otherwise None."""
    print_: InkAndPaper | None = None
    """Ink and paper between which the tones lie; None for a digital halftone, whose tones need no correction."""

    @property
    def shown(self) -> Picture:
        """The picture to descreen: in color if it has several inks, otherwise gray."""
        return self.gray if self.colors is None else self.colors

    def part(self, box: Box) -> ToneReading:
        """Return the reading of a part of the picture."""
        height, width = self.gray.shape[1:]
        gray, colors = (
            None if picture is None else np.ascontiguousarray(picture[:, *box.slices])
            for picture in (self.gray, self.colors)
        )
        assert gray is not None
        return ToneReading(gray, colors, self.print_ and self.print_.part(box, height, width))

    def correct_tones(self, picture: Picture, out: Picture | None = None) -> Picture:
        """Map the tones of a descreened print, (1, H, W) or colored (3, H, W), from ink ... paper to 0 ... 1.

        Dot gain is removed; chroma is kept. Tones slightly beyond the measured ink, and paper that is not bare, are not
        clipped: the range is widened to include them.

        Args:
            picture: the descreened print.
            out: array for the result of a gray picture; passing `picture` itself saves memory on large pages.
        """
        if self.print_ is None:
            return picture
        luma = picture if len(picture) == 1 else np.asarray(rgb_to_luma(picture), np.float32)
        low, high = _ends(luma, self.print_)
        read = np.empty_like(luma) if out is None or luma is not picture else out
        for rows in _bands(luma.shape[1]):
            way = _position_between(luma, self.print_, rows)
            read[:, rows] = remove_dot_gain(np.clip((way - low) / (high - low), 0, 1))
        return read if luma is picture else add_chroma(read, np.asarray(rgb_to_ycc(picture)[1], np.float32))

    def whiten_paper(self, rgb: Picture) -> Picture:
        """Return a descreened print in several inks (3, H, W) as if on white paper, with dot gain removed from luma."""
        if self.print_ is None:
            return rgb
        white = _on_white(rgb, self.print_)
        luma, chroma = (np.asarray(part, np.float32) for part in rgb_to_ycc(white))
        return add_chroma(remove_dot_gain(luma, COLOR_DOT_GAIN), chroma)

    def on_paper(self, picture: Picture) -> Picture:
        """Return a picture (1 or 3, H, W) as if printed with the measured ink on the measured paper."""
        if self.print_ is None:
            return picture
        height, width = picture.shape[1:]
        printed = np.empty((max(len(picture), len(self.print_.paper)), height, width), np.float32)
        for rows in _bands(height):
            ink, paper = self.print_.ink_at(height, width, rows), self.print_.paper_at(height, width, rows)
            printed[:, rows] = ink + (paper - ink) * picture[:, rows]
        return printed


def read_tones(
    pixels: Picture, tone: str = "auto", screen: Screen | None = None, several: bool | None = None
) -> ToneReading:
    """Measure the tones of a halftone (1, H, W) or (3, H, W).

    Args:
        pixels: the scan.
        tone: digital (the mean is the tone), print, or auto: a gray picture of pure black and white is digital, and so
            is any in which no paper is seen.
        screen: of the scan, from `detect`.
        several: whether it has several inks; None decides it by the colors of blocks.

    Raises:
        UsageError: `tone` is none of these.
    """
    if tone not in TONES:
        raise UsageError(f"There is no tone {tone!r}; choose one of {', '.join(TONES)}.")
    gray = pixels if len(pixels) == 1 else np.asarray(rgb_to_luma(pixels), np.float32)
    if tone == "digital" or (tone == "auto" and (is_digital(gray) or has_no_print_tones(gray, screen))):
        return ToneReading(gray, find_colors(pixels, gray) if several is None else pixels if several else None)
    found = measure_ink_and_paper(pixels, screen)
    if several is not None:
        found = replace(found, single_ink=not several)
    colors = None if found.single_ink else pixels
    is_seen = found.is_bare or (found.single_ink and gaps_show_paper(gray, *_lumas(_make_plausible(found)), screen))
    if tone == "auto" and not is_seen:
        return ToneReading(gray, colors)
    if found.single_ink and not dots_show_ink(gray, *_lumas(found), screen):
        found = _darken_ink(found)
    return ToneReading(gray, colors, _make_plausible(found, found.is_bare))


def measure_plausibly(pixels: Picture, screen: Screen | None = None) -> InkAndPaper:
    """Measure ink and paper of a scan (1, H, W) or (3, H, W), limited to plausible values."""
    return _make_plausible(measure_ink_and_paper(pixels, screen))


def _darken_ink(found: InkAndPaper) -> InkAndPaper:
    """Return ink and paper with ink that is at most as light as LIGHTEST_INK."""
    paper, ink = _lumas(found)
    share = np.minimum(1, LIGHTEST_INK * paper / np.maximum(ink, 1 / 255))
    return replace(found, ink=np.asarray(found.ink * share, np.float32))


def _lumas(found: InkAndPaper) -> tuple[Picture, Picture]:
    """Return the luma (1, GRID, GRID) of paper and of ink."""
    return _luma(found.paper), _luma(found.ink)


def _make_plausible(found: InkAndPaper, is_bare: bool = True) -> InkAndPaper:
    """Return ink and paper limited to plausible values; without bare paper parts of the picture are mistaken for it.

    Scanners do not light paper very unevenly, and paper is neither deeply colored nor dark, unless it is seen bare.
    """
    planes, paper, ink = _luma(found.paper), found.paper, found.ink
    if planes.min() < DARKEST_CORNER * planes.max():
        paper, ink = (np.broadcast_to(np.median(p, axis=(1, 2), keepdims=True), p.shape) for p in (paper, ink))
    if np.median(planes - _luma(found.ink)) < BLANK:
        ink = np.zeros_like(ink)
    color = np.array(found.paper_color)
    if color.min() < DEEPEST_TINT * color.max() or not color.any():
        paper = np.ones_like(paper)
    elif len(paper) == 1 and not is_bare:  # gray may be the brightest part of a dark picture
        paper = paper * max(1.0, DARKEST_PAPER / float(color[0]))
    return replace(found, paper=np.asarray(paper, np.float32), ink=np.asarray(ink, np.float32))


def has_no_print_tones(gray: Picture, screen: Screen | None) -> bool:
    """Tell whether a picture is a digital dither that was enlarged, reduced or made of few colors, or shows no dots."""
    if screen is None:
        return False
    if screen.enlarged is not None:
        return screen.enlarged.ink <= NEARLY and screen.enlarged.paper >= 1 - NEARLY
    if screen.form in ("palette", "moire"):
        return True
    dark, light = np.percentile(thinned(gray), FEW)
    return screen.form == "soft" and bool(dark <= NEARLY and light >= 1 - NEARLY)


def is_digital(gray: Picture) -> bool:
    """Tell whether a gray halftone has pure black and pure white, which scans of prints do not have."""
    dark = light = 0
    for rows in bands(*gray.shape[1:]):
        dark += int(np.count_nonzero(gray[:, rows] <= PURE))
        light += int(np.count_nonzero(gray[:, rows] >= 1 - PURE))
    return min(dark, light) / gray.size >= SHARE


def remove_dot_gain(gray: Picture, gain: float = DOT_GAIN) -> Picture:
    """Invert dot gain: return the intended tones (1, H, W) of printed tones (1, H, W) in [0, 1]; 0 and 1 stay."""
    grown = 1 - gray
    meant = ((1 + gain) - np.sqrt((1 + gain) ** 2 - 4 * gain * grown)) / (2 * gain)
    return np.asarray(1 - meant, np.float32)


def _position_between(luma: Picture, found: InkAndPaper, rows: slice) -> Picture:
    """Return the position of rows of luma (1, H, W) between ink (0) and paper (1); it may lie slightly beyond."""
    height, width = luma.shape[1:]
    ink, paper = (_luma(plane) for plane in (found.ink_at(height, width, rows), found.paper_at(height, width, rows)))
    return np.asarray((luma[:, rows] - ink) / np.maximum(paper - ink, LEAST_CONTRAST), np.float32)


def _ends(luma: Picture, found: InkAndPaper) -> tuple[np.float32, np.float32]:
    """Return the positions that are mapped to 0 and 1: ink and paper, or the darkest and brightest tones beyond."""
    sample = [_position_between(luma, found, rows)[:, ::3, ::3].ravel() for rows in _bands(luma.shape[1])]
    low, high = np.quantile(np.concatenate(sample), (BEYOND, 1 - BEYOND))
    return np.float32(min(low, 0.0)), np.float32(1.0 if found.is_bare else max(high, 1.0))


def _on_white(rgb: Picture, found: InkAndPaper) -> Picture:
    """Divide sRGB (3, H, W) by the color of its paper."""
    height, width = rgb.shape[1:]
    white = np.empty_like(rgb)
    for rows in _bands(height):
        white[:, rows] = np.clip(rgb[:, rows] / np.maximum(found.paper_at(height, width, rows), LEAST_CONTRAST), 0, 1)
    return white


def _luma(planes: Picture) -> Picture:
    return planes if len(planes) == 1 else np.asarray(rgb_to_luma(planes), np.float32)


def _bands(height: int) -> list[slice]:
    return [slice(top, min(top + BAND, height)) for top in range(0, height, BAND)]


def find_colors(pixels: Picture, gray: Picture) -> Picture | None:
    """Return the pixels (3, H, W) if they have several colors, or None if they are gray or a tinted gray (1, H, W)."""
    if gray is pixels or np.abs(pixels - gray).max() <= COLORFUL or measure_ink_and_paper(pixels).single_ink:
        return None
    return pixels
