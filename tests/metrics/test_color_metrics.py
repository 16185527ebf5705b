"""Colorfulness and histograms of color against hand-computed values."""

import numpy as np
import pytest

from halftone_color.metrics.color import AB_BINS, ab_histogram, colorfulness, mean_ab, reference_distance


def test_gray_has_none():
    gray = np.random.default_rng(0).random((1, 6, 6), dtype=np.float32)
    assert colorfulness(np.repeat(gray, 3, axis=0)) == pytest.approx(0.0, abs=1e-4)


def test_flat_red_has_the_means_term_alone():
    red = np.zeros((3, 4, 4), np.float32)
    red[0] = 1.0
    assert colorfulness(red) == pytest.approx(0.3 * np.hypot(255.0, 127.5), rel=1e-6)


def test_half_red_half_green():
    # rg is +-255 with mean 0, yb is 127.5 everywhere.
    halves = np.zeros((3, 4, 4), np.float32)
    halves[0, :2] = halves[1, 2:] = 1.0
    assert colorfulness(halves) == pytest.approx(255.0 + 0.3 * 127.5, rel=1e-6)


def flat(*rgb):
    return np.float32(rgb)[:, None, None] * np.ones((3, 8, 8), np.float32)


def test_a_histogram_of_one_color_is_a_soft_dot_at_its_place():
    share = ab_histogram(flat(1, 0, 0))  # Lab of red: a = 80.1, b = 67.2
    assert share.shape == (AB_BINS, AB_BINS)
    assert share.sum() == pytest.approx(1)
    width = 220 / AB_BINS
    assert np.unravel_index(share.argmax(), share.shape) == (int((80.1 + 110) / width), int((67.2 + 110) / width))
    assert share.max() == pytest.approx(1 / (2 * np.pi), rel=0.05)  # a Gaussian of one bin


def test_distances_of_colors():
    red, blue = flat(1, 0, 0), flat(0, 0, 1)
    half = np.concatenate([red, blue], 2)
    assert reference_distance(red, red) == 0
    assert reference_distance(red, blue) == pytest.approx(2, abs=1e-3)
    assert reference_distance(half, red) == pytest.approx(1, abs=1e-3)
    assert reference_distance(half, half[:, :, ::-1]) == pytest.approx(0, abs=1e-9), "places do not count"
    assert 0 < reference_distance(red, flat(0.9, 0.1, 0.05)) < 1.5, "near colors are alike"
    assert reference_distance(flat(0.2, 0.2, 0.2), flat(0.8, 0.8, 0.8)) == pytest.approx(0, abs=1e-3), "nor does light"


def test_the_mean_ab_of_halves_lies_between_them():
    red, blue = flat(1, 0, 0), flat(0, 0, 1)
    np.testing.assert_allclose(mean_ab(red), [80.1, 67.2], atol=0.1)
    np.testing.assert_allclose(mean_ab(np.concatenate([red, blue], 2)), (mean_ab(red) + mean_ab(blue)) / 2)
