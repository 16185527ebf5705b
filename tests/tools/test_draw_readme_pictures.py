"""The README's pictures: what is asked of hcolor for them, and how cells are laid out."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def tool(script):
    return script("draw_readme_pictures")


@pytest.fixture
def asked(tool, monkeypatch):
    """Put a quick restoration in place of hcolor's, and return what is asked of it."""
    calls = []

    def restore(scan, references=(), samples=0):
        assert len(scan) == 1, "what is restored is a print in one ink"
        calls.append((len(references), samples))
        return SimpleNamespace(picture=np.tile(scan, (3, 1, 1)), pictures=[np.tile(scan, (3, 1, 1))] * samples)

    monkeypatch.setattr(tool.halftone_color, "restore", restore, raising=False)
    return calls


def test_both_pages_are_drawn(tool, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["draw_readme_pictures.py", "--out", str(tmp_path / "pictures")])
    tool.main()
    assert asked == [(0, 0), (0, 0), (1, 0), (1, 0), (0, tool.SAMPLES), (0, 0)], "nothing but defaults, and once each"
    for name in ("restored.jpg", "colored.jpg"):
        with Image.open(tmp_path / "pictures" / name) as page:
            assert page.width == tool.WIDTH


def test_rows_are_as_wide_as_the_page(tool):
    wide, tall = np.zeros((3, 30, 60), np.float32), np.zeros((1, 60, 60), np.float32)
    row = tool.strip([tool.Cell("a", wide, 0.5), tool.Cell("b", tall)])
    pixels = np.asarray(row)[..., 0]
    unit = (tool.WIDTH - tool.GAP) / 1.5
    assert row.size == (tool.WIDTH, round(unit) + 2 * tool.TEXT)
    assert pixels[0, round(unit / 2) + tool.GAP // 2] == 255, "the gap is white"
    assert pixels[0, 0] == pixels[0, -1] == 0
    assert pixels[round(unit) :].min() < 128, "captions are written"


def test_a_reference_is_cut_to_its_cell(tool):
    picture = np.zeros((3, 100, 200), np.float32)
    picture[:, :, 75:125] = 1
    cut = tool.fitted(picture, 20, 40)
    assert cut.shape == (3, 100, 50)
    assert cut.min() == 1, "its middle"


def test_enlarged_pixels_are_squares(tool):
    picture = np.random.default_rng(0).random((1, 512, 512), dtype=np.float32)
    part = tool.enlarged(picture)
    np.testing.assert_array_equal(part[:, :: tool.ENLARGED, :: tool.ENLARGED], picture[:, tool.FACE[0], tool.FACE[1]])
    np.testing.assert_array_equal(part[:, 0, 0], part[:, tool.ENLARGED - 1, tool.ENLARGED - 1])
