"""Contact sheets: several pictures with captions side by side on one white page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from halftone_color.images.writing import to_pillow
from halftone_color.types import Picture

_INK = (32, 32, 32)
_PAPER = (255, 255, 255)


def contact_sheet(pictures: Sequence[tuple[str, Picture]], columns: int, cell_px: int = 320) -> Picture:
    """Arrange captioned pictures in rows, each scaled to fit a square cell with its caption below.

    Args:
        pictures: captions and pictures, (1, h, w) or (3, h, w) in [0, 1], of any size; arranged row by row.
        columns: number of cells in a row; with fewer pictures the sheet is narrower.
        cell_px: side of a cell in px.

    Returns:
        (3, H, W) in [0, 1] on white.
    """
    if not pictures or columns < 1:
        raise ValueError("a contact sheet needs a picture and a column")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    gap = max(4, cell_px // 32)
    font = ImageFont.load_default(max(9, cell_px // 20))
    caption_px = int(font.getbbox("Ag")[3]) + gap
    step_x, step_y = cell_px + gap, cell_px + caption_px + gap
    page = Image.new("RGB", (columns * step_x + gap, rows * step_y + gap), _PAPER)
    draw = ImageDraw.Draw(page)
    for place, (caption, picture) in enumerate(pictures):
        left, top = gap + place % columns * step_x, gap + place // columns * step_y
        fitted = ImageOps.contain(to_pillow(picture).convert("RGB"), (cell_px, cell_px), Image.Resampling.LANCZOS)
        page.paste(fitted, (left + (cell_px - fitted.width) // 2, top + (cell_px - fitted.height) // 2))
        words = _shorten(caption, font, cell_px)
        draw.text((left + (cell_px - font.getlength(words)) / 2, top + cell_px + gap / 2), words, _INK, font)
    return np.ascontiguousarray(np.moveaxis(np.asarray(page), 2, 0), np.float32) / np.float32(255)


def _shorten(caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    """Shorten a caption that is wider than its cell, and end it with dots."""
    caption = " ".join(caption.split())
    if font.getlength(caption) <= width_px:
        return caption
    while caption and font.getlength(f"{caption}...") > width_px:
        caption = caption[:-1]
    return f"{caption}..."
