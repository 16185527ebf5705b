"""Channels of pictures dithered to a palette: few levels, and the tone of what was dithered."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.training.palette_dithers import palette_dithered


@pytest.fixture(scope="module")
def contone(scene):
    return np.ascontiguousarray(scene(96, 96)[0] * 0.7 + 0.15)


def test_few_levels_and_the_same_local_tone(contone):
    rng = np.random.default_rng(3)
    for _ in range(25):
        halftone, target = palette_dithered(contone, rng)
        assert halftone.shape == target.shape == contone.shape
        assert halftone.dtype == target.dtype == np.float32
        assert len(np.unique(halftone)) <= 128
        near = gaussian_filter(halftone, 6) - gaussian_filter(target, 6)
        assert np.abs(near).mean() < 0.1
        assert np.abs(halftone - target).mean() > 0.005, "it is dithered"


def test_the_same_seed_gives_the_same_pair(contone):
    first, second = (palette_dithered(contone, np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
