"""Colour photographs and their warped selves."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from halftone_color.color import rgb_to_luma
from halftone_color.edges import canny
from halftone_color.training.color_pairs import color_batches, edge_map, square_crop, warp, worn_luma
from halftone_color.training.photographs import Photographs, open_split


def test_batches(train_split):
    batch = next(color_batches(train_split, 4, 64, seed=1))
    for name, channels in (("truth", 3), ("gray", 1), ("edge", 1), ("reference", 3), ("reference_edge", 1)):
        planes = getattr(batch, name)
        assert planes.shape == (4, channels, 64, 64)
        assert planes.dtype == np.float32
        assert planes.min() >= 0
        assert planes.max() <= 1
    assert set(np.unique(batch.edge)) <= {0, 1}
    np.testing.assert_array_equal(batch.edge[0, 0], canny(batch.gray[0, 0], 80, 250))
    np.testing.assert_array_equal(batch.reference_edge[2, 0], canny(rgb_to_luma(batch.reference[2])[0], 80, 250))
    again = next(color_batches(train_split, 4, 64, seed=1))
    np.testing.assert_array_equal(batch.gray, again.gray)


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


def test_worn_luma_stays_the_picture(scene):
    gray = np.ascontiguousarray(scene(64, 64)[0])
    rng = np.random.default_rng(0)
    clean = 0
    for _ in range(60):
        worn = worn_luma(gray, rng)
        assert worn.shape == gray.shape
        assert worn.dtype == np.float32
        assert worn.min() >= 0
        assert worn.max() <= 1
        cells = [x.reshape(8, 8, 8, 8).mean((1, 3)).ravel() for x in (worn, gray)]
        assert np.corrcoef(*cells)[0, 1] > 0.9
        clean += np.array_equal(worn, gray)
    assert 0.25 < clean / 60 < 0.55


def test_a_warped_picture_has_the_same_colours_elsewhere(scene):
    picture = scene(64, 64)
    rng = np.random.default_rng(0)
    for _ in range(10):
        bent = warp(picture, rng)
        assert bent.shape == picture.shape
        assert bent.dtype == np.float32
        assert bent.min() >= picture.min() - 1e-6
        assert bent.max() <= picture.max() + 1e-6
        assert np.abs(bent - picture).mean() > 0.02


def test_warping_mirrors_half_of_the_time():
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (1, 64, 1))
    rng = np.random.default_rng(0)
    rises = [np.diff(warp(ramp, rng)[0].mean(0)).mean() > 0 for _ in range(60)]
    assert 0.3 < np.mean(rises) < 0.7


def test_edge_map_of_a_step():
    step = np.zeros((16, 16), np.float32)
    step[:, 8:] = 1
    edge = edge_map(step)
    assert edge.sum(1).tolist() == [1] * 16
