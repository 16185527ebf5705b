"""Heat maps of gains and losses as an SVG, readable on light and on dark backgrounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

CELL_PX = (58, 26)
"""Width and height of a cell."""
LEFT_PX, TOP_PX, GAP_PX = 64, 58, 40
"""Room for the rows' names, for the captions, and between maps."""
INK = "#808080"
"""Of the words outside of the cells: as clear on white as on black."""
GAIN, LOSS, NEITHER = (33, 102, 172), (178, 24, 43), (226, 228, 232)
"""Colors of the greatest gain and loss, and of none."""
BRIGHT = 0.45
"""Luma of a cell from which its figure is black."""


def heat_maps(
    maps: Mapping[str, NDArray[np.float64]], rows: Sequence[str], columns: Sequence[str], caption: str
) -> str:
    """Return an SVG with a heat map for each name, side by side.

    Args:
        maps: name -> values (rows, columns); above zero they are gains, below losses.
        rows: their names.
        columns: their names.
        caption: what the values are.
    """
    reach = max([float(np.abs(values).max()) for values in maps.values()] + [1e-9])
    step = LEFT_PX + len(columns) * CELL_PX[0] + GAP_PX
    width, height = step * len(maps) - GAP_PX + 10, TOP_PX + len(rows) * CELL_PX[1] + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" text-anchor="middle">'
    ]
    for place, (name, values) in enumerate(maps.items()):
        left = place * step + LEFT_PX
        lines.append(_word(left + len(columns) * CELL_PX[0] / 2, 20, f"{name}: {caption}", INK, bold=True))
        lines += [_word(left + (x + 0.5) * CELL_PX[0], TOP_PX - 10, word, INK) for x, word in enumerate(columns)]
        for y, row in enumerate(rows):
            lines.append(_word(left - LEFT_PX / 2, TOP_PX + (y + 0.65) * CELL_PX[1], row, INK))
            lines += [_cell(left, x, y, float(value), reach) for x, value in enumerate(values[y])]
    return "\n".join([*lines, "</svg>\n"])


def _cell(left: float, x: int, y: int, value: float, reach: float) -> str:
    """Return a cell and its figure."""
    share = abs(value) / reach
    red, green, blue = (
        round(none + share * (end - none)) for none, end in zip(NEITHER, GAIN if value >= 0 else LOSS, strict=True)
    )
    luma = (0.299 * red + 0.587 * green + 0.114 * blue) / 255
    corner = left + x * CELL_PX[0], TOP_PX + y * CELL_PX[1]
    rectangle = (
        f'<rect x="{corner[0]}" y="{corner[1]}" width="{CELL_PX[0] - 1}" height="{CELL_PX[1] - 1}" '
        f'fill="#{red:02x}{green:02x}{blue:02x}"/>'
    )
    ink = "#000000" if luma >= BRIGHT else "#ffffff"
    return rectangle + _word(corner[0] + CELL_PX[0] / 2, corner[1] + 0.65 * CELL_PX[1], f"{value:+.1f}", ink)


def _word(x: float, y: float, word: str, ink: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}"{weight}>{escape(word)}</text>'
