"""Interpolation as a matrix agrees with Pillow's, and its inverse returns the small picture."""

import numpy as np
import pytest
from PIL import Image

from halftone_color.arrays.interpolation import enlarge, reduce_exactly
from halftone_color.types import Grid

PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


@pytest.mark.parametrize("kernel", PILLOW)
def test_enlarging_is_that_of_pillow(kernel):
    small = np.random.default_rng(1).random((1, 12, 15), np.float32)
    large = enlarge(small, Grid.spread(12, 36), Grid.spread(15, 45), (36, 45), kernel)
    expected = np.asarray(Image.fromarray(small[0]).resize((45, 36), PILLOW[kernel]))
    np.testing.assert_allclose(large[0], expected, atol=1e-5)


@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic", "sharp-bicubic"])
def test_the_inverse_returns_the_small_picture(kernel):
    small = np.random.default_rng(2).random((1, 20, 24), np.float32)
    down, across = Grid(20, 1.6, 0.1), Grid(24, 1.7, -0.3)
    large = enlarge(small, down, across, (32, 41), kernel)
    found = reduce_exactly(large, down, across, kernel)
    np.testing.assert_allclose(found[:, 2:-2, 2:-2], small[:, 2:-2, 2:-2], atol=0.02)
