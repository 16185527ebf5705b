"""Large pages are looked at in bands and thinned out; others whole."""

import numpy as np
import pytest

from halftone_color.screen import coarse, large, page, palette
from halftone_color.screen.coarse import find_coarse_dots
from halftone_color.screen.enlarged import is_bilevel
from halftone_color.screen.tone import is_digital
from halftone_color.types import Screen


def test_bands_cover_all_rows_once(monkeypatch):
    monkeypatch.setattr(large, "BAND_PX", 1000)
    for height, width, multiple in ((1, 5, 1), (97, 31, 1), (96, 31, 3), (10, 4000, 2)):
        found = list(large.bands(height, width, multiple))
        rows = [row for band in found for row in range(band.start, band.stop)]
        assert rows == list(range(height))
        assert all((band.stop - band.start) % multiple == 0 for band in found[:-1])


def test_only_large_planes_are_thinned(monkeypatch):
    plane = np.arange(600.0).reshape(20, 30)
    assert large.thinned(plane).shape == (20, 30)
    monkeypatch.setattr(large, "LARGE_PX", 100)
    assert large.thinning(600) == 3
    assert np.array_equal(large.thinned(plane), plane[::3, ::3])


@pytest.mark.parametrize("levels", [2, 5, 300])
def test_in_bands_as_in_one(monkeypatch, levels):
    gray = np.random.default_rng(levels).integers(0, levels, (1, 301, 203)).astype(np.float32) / (levels - 1)
    colors = np.concatenate([gray, gray[:, ::-1], gray])

    def seen():
        return [
            is_bilevel(gray),
            is_digital(gray),
            palette._has_few_colors(gray),
            palette._has_few_colors(colors),
            *(coarse._reduce(gray, reduction).tolist() for reduction in (2, 3, 4)),
        ]

    whole = seen()
    monkeypatch.setattr(large, "BAND_PX", 999)
    assert seen() == whole
    assert whole[0] == (levels == 2)


def test_the_middle_of_what_is_large_is_reduced(monkeypatch):
    monkeypatch.setattr(coarse, "LARGEST_REDUCED_PX", 10_000)
    sizes = []
    find_coarse_dots(np.zeros((1, 400, 800), np.float32), lambda small: sizes.append(small.shape) or Screen("none"))
    assert sizes == [(1, 70, 141), (1, 70, 141), (1, 70, 141)]


def test_letters_of_a_thinned_page():
    inked = np.zeros((600, 600), bool)
    for y in range(10, 590, 30):
        for x in range(10, 590, 20):
            inked[y : y + 10, x : x + 8] = True
    text = np.ones((38, 38), bool)
    assert page._has_letters(inked, text, 16, 1)
    assert page._has_letters(inked[::2, ::2], text, 16, 2)
    assert not page._has_letters(inked[::2, ::2], text, 16, 1), "these would be too small to read"
