"""Bayer's matrices are identified wherever they lie, and what they say brings an estimate nearer to the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color import registry
from halftone_color.descreeners import _bayer_matrix, _consistency
from halftone_color.descreeners._bayer_matrix import BayerMatrix
from halftone_color.request import Choice
from halftone_color.run import Run
from halftone_color.types import Screen, Task


def halftoned(truth, method, **options):
    return registry.build("halftoners", Choice.of(method, options))(Task(truth), Run.open())


@pytest.fixture(scope="module")
def truth(scene):
    return np.asarray(gaussian_filter(scene(170, 190)[:1], (0, 1.5, 1.5)), np.float32)


@pytest.fixture(scope="module")
def estimate(truth):
    noise = np.random.default_rng(1).standard_normal(truth.shape).astype(np.float32)
    return np.asarray(gaussian_filter(truth, (0, 1, 1)) + 0.12 * gaussian_filter(noise, (0, 1, 1)), np.float32)


@pytest.mark.parametrize("size", [2, 4, 8])
def test_thresholds_are_those_of_the_halftoning(size, truth):
    halftone = halftoned(truth, "bayer", size=size)
    np.testing.assert_array_equal(
        truth[0] > BayerMatrix(size, 0, 0).thresholds(0, 0, *truth.shape[1:]), halftone[0] > 0.5
    )


@pytest.mark.parametrize(("size", "down", "right"), [(2, 1, 0), (4, 3, 1), (8, 0, 0), (8, 5, 2)])
def test_a_matrix_is_identified_wherever_it_lies(size, down, right, truth, estimate):
    halftone = (truth > BayerMatrix(size, down, right).thresholds(0, 0, *truth.shape[1:])).astype(np.float32)
    found = _bayer_matrix.identify(estimate, halftone)
    assert found is not None
    expected = BayerMatrix(size, down, right).thresholds(7, 11, 40, 40)
    assert np.abs(found.thresholds(7, 11, 40, 40) - expected).max() <= 1 / 16, "16 x 16 refines 8 x 8"
    assert _consistency.identify(estimate, halftone, Screen("ordered")) == found
    better = _consistency.project(estimate, halftone, found)
    assert np.square(better - truth).mean() < 0.9 * np.square(estimate - truth).mean()


@pytest.mark.parametrize("method", ["blue-noise", "floyd-steinberg"])
def test_other_dispersed_dots_are_no_matrix(method, truth, estimate):
    halftone = halftoned(truth, method)
    assert _bayer_matrix.identify(estimate, halftone) is None
    assert _consistency.identify(estimate, halftone, Screen("ordered")) is None


def test_small_pictures_say_too_little(truth, estimate):
    assert _bayer_matrix.identify(estimate[:, :20, :20], (truth > 0.5)[:, :20, :20]) is None
