"""Palettes: colors of words, the main colors of a picture, and patches of their areas."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.errors import UsageError
from halftone_color.images.palettes import MAIN_COLORS, SIDE, draw_patches, main_colors, parse_colors


def test_colors_of_a_word():
    found = parse_colors("red, #00ff00,rgb(0, 51,255)")
    np.testing.assert_allclose(found, [[1, 0, 0], [0, 1, 0], [0, 0.2, 1]], atol=1e-6)
    for wrong in ("red,tael", "beach.jpg", "red,,blue", ""):
        with pytest.raises(UsageError, match="is not a color"):
            parse_colors(wrong)


def test_main_colors_of_a_picture_with_few(scene):
    picture = np.empty((3, 40, 60), np.float32)
    picture[:] = np.float32([0.9, 0.8, 0.1])[:, None, None]
    picture[:, :10] = np.float32([0.1, 0.2, 0.7])[:, None, None]
    found = sorted(main_colors(picture), key=lambda patch: patch[1])
    assert [area for _, area in found] == pytest.approx([0.25, 0.75])
    np.testing.assert_allclose([color for color, _ in found], [[0.1, 0.2, 0.7], [0.9, 0.8, 0.1]], atol=1e-6)


def test_main_colors_are_near_the_pictures_and_the_same_again(scene):
    picture = scene(70, 90, 2)
    before, found = picture.copy(), main_colors(picture)
    assert 2 <= len(found) <= MAIN_COLORS
    assert sum(area for _, area in found) == pytest.approx(1)
    mean = sum(color * area for color, area in found)
    np.testing.assert_allclose(mean, picture.mean((1, 2)), atol=0.01)
    colors = np.stack([color for color, _ in found])
    distance = np.linalg.norm(picture.reshape(3, 1, -1) - colors.T[:, :, None], axis=0).min(0)
    spread = np.linalg.norm(picture.reshape(3, -1) - picture.mean((1, 2))[:, None], axis=0)
    assert distance.mean() < 0.5 * spread.mean()
    np.testing.assert_array_equal(colors, [color for color, _ in main_colors(picture)])
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("areas", [[1.0], [0.5, 0.5], [0.7, 0.1, 0.2], [0.05] * 20, [0.994, 0.006]])
def test_patches_have_their_areas(areas):
    colors = np.linspace(0, 1, 3 * len(areas), dtype=np.float32).reshape(-1, 3)
    picture = draw_patches(list(zip(colors, areas, strict=True)))
    assert picture.shape == (3, SIDE, SIDE)
    assert picture.dtype == np.float32
    for color, area in zip(colors, areas, strict=True):
        assert (picture == color[:, None, None]).all(0).mean() == pytest.approx(area, rel=0.1, abs=0.01)


def test_more_patches_than_pixels_leave_the_largest():
    rng = np.random.default_rng(0)
    many = [(rng.random(3).astype(np.float32), float(area)) for area in rng.random(2 * SIDE**2) / SIDE**2]
    assert np.isfinite(draw_patches(many)).all()
