"""Vertical offsets between two pictures are measured, and undone."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, rotate, shift

from halftone_color.arrays.rectification import measure_offsets


@pytest.fixture(scope="module")
def luma():
    rng = np.random.default_rng(0)
    spots = gaussian_filter((rng.random((160, 220)) > 0.98).astype(float), 1.5)
    return (spots / spots.max()).astype(np.float32)


def test_a_rectified_pair_has_none_whatever_its_disparity(luma):
    assert measure_offsets(luma, np.roll(luma, 9, 1)).typical_px < 0.1


def test_an_offset_is_measured(luma):
    assert measure_offsets(luma, shift(luma, (3, 0), mode="nearest")).typical_px == pytest.approx(3, abs=0.3)


def test_a_turned_picture_is_aligned(luma):
    turned = rotate(luma, 1.5, reshape=False, order=1, mode="nearest").astype(np.float32)
    offsets = measure_offsets(luma, turned)
    assert offsets.typical_px > 1
    assert measure_offsets(luma, offsets.align(turned)).typical_px < 0.3


def test_nothing_is_said_of_a_picture_without_points():
    assert measure_offsets(np.full((80, 80), 0.5, np.float32), np.full((80, 80), 0.5, np.float32)) is None
    assert measure_offsets(np.ones((4, 4), np.float32), np.ones((4, 4), np.float32)) is None
