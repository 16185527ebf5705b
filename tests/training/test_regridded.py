"""Halftones on a grid of their own: size, tone, and the detail that their targets may have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.training.regridded import Regridder

KINDS = {
    "rescaled": Regridder(smooth=1),
    "reduced": Regridder(smooth=1, scales=(0.6, 0.8)),
    "squares": Regridder(smooth=0, squares=1),
    "needles": Regridder(smooth=0, squares=0, needles=1),
    "spots": Regridder(smooth=0, squares=0, needles=0),
}


@pytest.fixture(scope="module")
def contone(scene):
    return np.ascontiguousarray(scene(96, 96)[0] * 0.7 + 0.15)


def pairs(kind, contone, count=12):
    rng = np.random.default_rng(7)
    return [KINDS[kind](contone, rng) for _ in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_planes_of_the_same_size_in_range(kind, contone):
    for planes in pairs(kind, contone):
        for plane in planes:
            assert plane.shape == contone.shape
            assert plane.dtype == np.float32
            assert plane.min() >= 0
            assert plane.max() <= 1 + 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_targets_have_the_local_tone_of_the_halftone_but_not_its_dots(kind, contone):
    apart = []
    for halftone, target in pairs(kind, contone):
        inner = (slice(12, -12),) * 2
        near = gaussian_filter(halftone, 7)[inner] - gaussian_filter(target, 7)[inner]
        apart.append(np.abs(near).mean())
        assert np.std(halftone - gaussian_filter(halftone, 7)) > 1.5 * np.std(target - gaussian_filter(target, 7))
    assert np.mean(apart) < 0.04
    assert max(apart) < 0.1


def test_squares_are_of_whole_pixels(contone):
    for halftone, _ in pairs("squares", contone):
        assert set(np.unique(halftone)) <= {0.0, 1.0}
        runs = [np.diff(np.flatnonzero(np.diff(row))) for row in halftone]
        lengths = np.concatenate(runs).astype(int)
        assert np.gcd.reduce(lengths) in (2, 3, 4)


def test_a_reduced_dither_is_asked_for_all_detail(contone):
    for _, target in pairs("reduced", contone):
        np.testing.assert_array_equal(target, contone)
