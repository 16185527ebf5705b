"""Faxes of unequal resolution: their pixels become square."""

from __future__ import annotations

from PIL import Image

_LEAST_RATIO, _GREATEST_RATIO = 1.1, 8
"""Ratios of the resolutions that are evened out; 204 x 196 dpi of a fine fax counts as square."""
Resolution = tuple[float, float]


def square_size(size: tuple[int, int], dpi: Resolution) -> tuple[int, int]:
    """Return the size in px at which a picture of a resolution (x, y) has square pixels: the finer axis stays."""
    ratio = max(dpi) / min(dpi)
    if not _LEAST_RATIO < ratio < _GREATEST_RATIO:
        return size
    finest = max(dpi)
    return round(size[0] * finest / dpi[0]), round(size[1] * finest / dpi[1])


def squared(fax: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a 1-bit picture at another size, smoothly enlarged in mode L."""
    enlarged = fax.convert("L").resize(size, Image.Resampling.BICUBIC)
    enlarged.info = fax.info
    return enlarged


def note(dpi: Resolution) -> str:
    """Return what the user should know."""
    return f"The fax of {dpi[0]:g} x {dpi[1]:g} dpi was resampled to square pixels of {max(dpi):g} dpi."
