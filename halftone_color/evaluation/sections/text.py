"""Whether letters stay sharp: pages of nothing but text, and text beside a picture in dots."""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from halftone_color import api
from halftone_color.evaluation import halftones
from halftone_color.evaluation._report import NO_SCANS, Materials, section, table, verdict
from halftone_color.evaluation.filters import tuned_gaussian
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.images.reading import read
from halftone_color.images.sources import luma_of
from halftone_color.metrics.fidelity import psnr
from halftone_color.run import Conditions
from halftone_color.types import Picture

TITLE = "Text"
PAGES = "*textonly*"
"""Pages of text among the scans, by name."""
MUST_KEPT = 0.995
"""Share of a text page's pixels that stay on their side of mid-gray."""
MUST_GAIN_DB = 3.0
"""By how much the text has to lie above the tuned Gaussian."""
PHOTOGRAPH = "astronaut"
PERIODS_PX, ANGLE_DEG = (4.0, 5.0, 6.0), 45.0
COLUMN_PX = (512, 400)
"""Height and width of the column of text."""
MARGIN_PX, LETTERS_PX = 20, (14, 18, 24)
"""Margin of the text, and sizes of its letters."""
SEED = 11


def measure(
    materials: Materials, periods_px: Sequence[float] = PERIODS_PX, column_px: tuple[int, int] = COLUMN_PX
) -> str:
    """Return the section: pixels kept of pages of text, and PSNR of text beside dots.

    Args:
        materials: what to measure.
        periods_px: of the dots.
        column_px: height and width of the text beside them.
    """
    pages = sorted({path for folder in materials.scans for path in folder.rglob(PAGES) if path.is_file()})
    kept = []
    for index, path in enumerate(pages):
        materials.notify(0.5 * index / len(pages), f"descreening {path.name}")
        kept.append([path.name, *_kept(path, materials.conditions)])
    mixed = []
    for index, period_px in enumerate(periods_px):
        for soft in (False, True):
            materials.notify(0.5 + 0.5 * index / len(periods_px), f"descreening text beside dots of {period_px:g} px")
            name = f"{period_px:g} px, {'anti-aliased' if soft else 'bilevel'}"
            mixed.append([name, *_beside_dots(*page(period_px, soft, column_px), column_px[1], materials.conditions)])
    if pages:
        head = ["", "screen found", "pixels kept", "must", "pixels kept by the network all the same"]
        of_pages = (
            "Pages of text: the share of pixels that lie on the same side of mid-gray before and after descreening; in "
            "the last column with the network at work whether or not a screen was found (`--screen yes`).\n\n"
            + table(head, kept)
        )
    else:
        of_pages = f"Pages of text: {NO_SCANS} FOLDER with {PAGES}." if not materials.scans else f"No scan is {PAGES}."
    return section(
        TITLE,
        of_pages,
        f"A page of text beside {PHOTOGRAPH} in round dots at {ANGLE_DEG:g} degrees: PSNR in dB of the column of text. "
        "The Gaussian is tuned on the truth of the whole page.",
        table(["dots", "Gaussian", "ours", "gain", "must", "picture, Gaussian", "picture, ours"], mixed),
    )


def page(period_px: float, soft: bool, column_px: tuple[int, int]) -> tuple[Picture, Picture]:
    """Return a page (1, H, W) of text at the left and dots at the right, and its truth.

    Args:
        period_px: of the dots.
        soft: letters and dots are anti-aliased; otherwise both are black and white.
        column_px: height and width of the text.
    """
    text = letters(*column_px)
    text = text if soft else np.asarray(text >= 0.5, np.float32)
    gray = luma_of(standard_picture(PHOTOGRAPH))[:, : column_px[0]]
    dots = halftones.dots(gray, period_px, ANGLE_DEG, antialias=soft)
    return np.concatenate([text, dots], axis=2), np.concatenate([text, gray], axis=2)


def letters(height: int, width: int) -> Picture:
    """Return paper (1, height, width) with lines of seeded words in black, in several sizes."""
    rng = np.random.default_rng(SEED)
    paper = Image.new("L", (width, height), 255)
    draw, top, line = ImageDraw.Draw(paper), MARGIN_PX, 0
    while top < height - 2 * MARGIN_PX:
        size_px = LETTERS_PX[line // 4 % len(LETTERS_PX)]
        font, words = ImageFont.load_default(size_px), ""
        while True:
            word = "".join(rng.choice(list(string.ascii_lowercase), rng.integers(2, 10)))
            word = word.capitalize() if rng.random() < 0.2 else word
            if draw.textlength(f"{words} {word}", font=font) > width - 2 * MARGIN_PX:
                break
            words = f"{words} {word}".strip()
        draw.text((MARGIN_PX, top), words, fill=0, font=font)
        top, line = top + round(1.5 * size_px), line + 1
    return np.asarray(paper, np.float32)[None] / np.float32(255)


def _kept(path: Path, conditions: Conditions) -> list[str]:
    """Return the cells of a page of text."""
    gray = luma_of(read(path).pixels)
    result = api.descreen(gray, **vars(conditions))
    forced = api.descreen(gray, screened="yes", **vars(conditions)).picture
    share, all_the_same = (float(np.mean((picture >= 0.5) == (gray >= 0.5))) for picture in (result.picture, forced))
    assert result.screen is not None
    found = verdict(f"{share:.3%}", share >= MUST_KEPT)
    return [result.screen.kind, found, f"{MUST_KEPT:.1%}", f"{all_the_same:.3%}"]


def _beside_dots(given: Picture, truth: Picture, width: int, conditions: Conditions) -> list[str]:
    """Return the cells of text, so wide, beside dots."""
    blurred, ours = tuned_gaussian(given, truth), api.descreen(given, **vars(conditions)).picture
    decibels = [
        psnr(picture[:, :, columns], truth[:, :, columns])
        for columns in (slice(0, width), slice(width, None))
        for picture in (blurred, ours)
    ]
    gain = decibels[1] - decibels[0]
    shown = [f"{value:.2f}" for value in decibels]
    return [*shown[:2], verdict(f"{gain:+.2f}", gain >= MUST_GAIN_DB), f"{MUST_GAIN_DB:g}", *shown[2:]]
