"""Color photographs as squares."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from halftone_color.training.color_pairs import square_crop
from halftone_color.training.photographs import Photographs, open_split


def test_a_square_is_most_of_the_photograph_and_mirrored_at_times(tmp_path):
    ramp = np.zeros((300, 200, 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, 200)
    ramp[..., 1] = np.linspace(0, 255, 300)[:, None]
    Image.fromarray(ramp).save(tmp_path / "a.png")
    (tmp_path / "index.csv").write_text("file,split\na.png,train\n")
    photographs = open_split(tmp_path, "train", tmp_path / "cache")
    rng = np.random.default_rng(0)
    rises, reach = [], []
    for _ in range(60):
        square = square_crop(photographs, 32, rng)
        rises.append(square[0, 0, -1] > square[0, 0, 0])
        reach.append(np.ptp(square[0, 0]))
        down = np.ptp(square[1, :, 0]) * 300 / 200  # the same distance in px
        assert down == pytest.approx(reach[-1], abs=0.03)
        assert square[1, -1, 0] > square[1, 0, 0], "never upside down"
    assert 0.25 < np.mean(rises) < 0.75
    assert min(reach) > 0.65
    assert max(reach) < 1


def test_squashed_photographs_are_stretched_back():
    ramp = np.tile(np.linspace(0, 255, 256), (256, 1))
    pixels = np.stack([ramp, ramp.T, 0 * ramp], 2).astype(np.uint8)  # across in red, down in green
    squashed = Photographs(("flickr8k-1.png",), pixels.ravel(), ((0, 256, 256),))
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(30):
        square = square_crop(squashed, 64, rng)
        ratios.append(float(np.ptp(square[1]) / np.ptp(square[0])))
    from_wide = [ratio for ratio in ratios if ratio > 1]
    assert from_wide == pytest.approx([4 / 3] * len(from_wide), abs=0.06)
    from_tall = [ratio for ratio in ratios if ratio < 1]
    assert from_tall == pytest.approx([3 / 4] * len(from_tall), abs=0.04)
    assert 5 < len(from_wide) < 25
