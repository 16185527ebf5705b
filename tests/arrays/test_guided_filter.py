"""Channels of a color print share detail: unlike errors fall, gray and color edges stay, tiles show no seams."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter

from halftone_color.arrays.guided_filter import _coefficients, filter_color_differences


def test_unlike_errors_of_the_channels_fall(scene):
    truth = scene(160, 192)
    noisy = np.clip(truth + 0.04 * np.random.default_rng(1).standard_normal(truth.shape), 0, 1).astype(np.float32)
    found = filter_color_differences(noisy, 6.0)
    before, after = (np.square(x - truth).mean((1, 2)) for x in (noisy, found))
    assert np.all(after < 0.7 * before)
    np.testing.assert_allclose(found.mean(0), noisy.mean(0), atol=0.02)  # what they share is left alone


def test_gray_stays_gray(scene):
    gray = scene(96, 80)[:1].repeat(3, 0)
    np.testing.assert_allclose(filter_color_differences(gray, 4.0), gray, atol=1e-6)


def test_colors_that_follow_the_light_stay():
    light = np.random.default_rng(2).random((1, 64, 64)).astype(np.float32)
    light = uniform_filter(light, (0, 3, 3)) * 0.8
    rgb = np.concatenate([0.2 + 0.9 * light, light, 0.5 * light])
    assert np.abs(filter_color_differences(rgb, 4.0) - rgb).max() < 0.03


def test_without_periods_nothing_is_changed(scene):
    rgb = scene(64, 64)
    assert filter_color_differences(rgb, None) is rgb


def test_a_plane_is_the_guided_filter_of_the_paper(scene):
    """Against the paper's equations 5, 6 and 8 at full size, written with another library's box filter."""
    guide, plane = (x.astype(np.float64) for x in scene(60, 70)[:2])
    radius, inside = 3, (slice(6, -6), slice(6, -6))

    def mean(x):
        return uniform_filter(x, 2 * radius + 1)

    slope = (mean(guide * plane) - mean(guide) * mean(plane)) / (mean(guide**2) - mean(guide) ** 2 + 1e-3)
    level = mean(plane) - slope * mean(guide)
    tensors = (torch.from_numpy(x)[None, None] for x in (guide, plane))
    found = [x[0, 0].numpy() for x in _coefficients(*tensors, radius)]
    for ours, theirs in zip(found, (mean(slope), mean(level)), strict=True):
        np.testing.assert_allclose(ours[inside], theirs[inside], atol=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (131, 97)])
def test_any_size(size):
    rgb = np.random.default_rng(3).random((3, *size)).astype(np.float32)
    found = filter_color_differences(rgb, 14.0)
    assert found.shape == rgb.shape
    assert found.min() >= 0
    assert found.max() <= 1


def test_tiles_show_no_seams_and_threads_change_nothing(scene):
    rgb = np.clip(scene(300, 301) + 0.05 * np.random.default_rng(4).standard_normal((3, 300, 301)), 0, 1)
    rgb = rgb.astype(np.float32)
    whole = filter_color_differences(rgb, 14.0)
    tiled, threaded = (filter_color_differences(rgb, 14.0, threads, tile=128) for threads in (1, 3))
    assert np.abs(tiled - whole).max() < 1e-5
    np.testing.assert_array_equal(threaded, tiled)
