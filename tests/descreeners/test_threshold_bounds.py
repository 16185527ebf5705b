"""Clustered dots as bounds: the grid is read off the halftone, and what agrees with it is nearer to the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import correlate1d, gaussian_filter

from halftone_color.descreeners import _consistency, _dot_grid, _threshold_bounds
from halftone_color.descreeners._dot_grid import DotGrid
from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.types import Screen

PHASE = (0.3, 0.85)


@pytest.fixture(scope="module")
def truth(scene):
    return np.asarray(gaussian_filter(scene(300, 320)[:1], (0, 1, 1)), np.float32)


@pytest.fixture(scope="module")
def estimate(truth):
    noise = np.random.default_rng(1).standard_normal(truth.shape).astype(np.float32)
    return np.asarray(gaussian_filter(truth, (0, 2, 2)) + 0.03 * gaussian_filter(noise, (0, 1, 1)), np.float32)


def screened(truth, period_px, angle_deg, shape):
    levels = thresholds(*truth.shape[1:], period_px, angle_deg, shape, PHASE)
    return (truth > levels).astype(np.float32), levels


@pytest.mark.parametrize("shape", ["round", "diamond", "ellipse", "line"])
@pytest.mark.parametrize(("period_px", "angle_deg"), [(4.0, 45.0), (6.3, 17.0), (9.1, 80.0)])
def test_a_grid_is_read_off_exactly(shape, period_px, angle_deg, truth, estimate):
    halftone, _ = screened(truth, period_px, angle_deg, shape)
    grid = _dot_grid.identify(estimate, halftone, period_px * 1.004, angle_deg - 0.3)
    assert grid is not None
    assert grid.shape == shape
    assert grid.period_px == pytest.approx(period_px, rel=5e-4)
    assert ((truth[0] > grid.thresholds(0, 0, *truth.shape[1:])) == (halftone[0] > 0.5)).mean() > 0.985


def test_parts_of_a_grid_fit_the_whole():
    grid = DotGrid(5.3, 31.0, "ellipse", PHASE)
    whole = grid.thresholds(0, 0, 60, 70)
    same = whole[20:50, 12:64] == grid.thresholds(20, 12, 30, 52)
    assert same.mean() > 0.995, "but for places that fall on the edge of a cell's sample"


def test_what_agrees_with_the_bounds_is_nearer_to_the_truth(truth, estimate):
    halftone, levels = screened(truth, 5.0, 30.0, "round")
    grid = DotGrid(5.0, 30.0, "round", PHASE)
    found = _threshold_bounds.project(estimate, halftone, grid)
    assert np.square(found - truth).mean() < 0.93 * np.square(estimate - truth).mean()
    outside, before = (
        np.maximum(np.where(halftone[0] > 0.5, levels - x[0], x[0] - levels), 0) for x in (found, estimate)
    )
    assert outside.sum() < 0.4 * before.sum(), "little is left beyond the bounds"


@pytest.mark.parametrize("size", [(150, 151), (151, 150), (151, 151)])
def test_nothing_is_known_beyond_an_odd_border(size, truth, estimate):
    part = (slice(None), slice(size[0]), slice(size[1]))
    halftone, _ = screened(truth[part], 5.0, 30.0, "round")
    found = _threshold_bounds.project(estimate[part], halftone, DotGrid(5.0, 30.0, "round", PHASE))
    for border in ((0, -1), (0, slice(None), -1)):
        before, after = (np.square((x - truth[part])[border]).mean() for x in (estimate[part], found))
        assert after < 1.5 * before


def test_what_is_found_balances_the_estimate_and_the_bounds():
    """The least of the cost is where the estimate's pull equals the bounds', blurred: checked with another blur."""
    rng = np.random.default_rng(3)
    estimate, levels = (rng.random((18, 22), np.float32) for _ in range(2))
    scale = rng.uniform(0.6, 1.8, estimate.shape).astype(np.float32)
    side = np.where(rng.random(estimate.shape) > 0.5, 1, -1).astype(np.float32)
    found = _threshold_bounds._most_likely(estimate, levels, side, scale, _threshold_bounds.CORRELATION, 150)
    missing = np.maximum(_threshold_bounds.MARGIN * scale - side * (found - levels), 0)
    pull = side * scale * missing
    for axis in (0, 1):
        pull = correlate1d(pull, _threshold_bounds.CORRELATION, axis, mode="constant")
    np.testing.assert_allclose(found - estimate, _threshold_bounds.BOUND_WEIGHT * scale * pull, atol=2e-3)
    assert np.abs(found - estimate).max() > 0.1


def test_errors_are_looked_for_at_edges_rather_than_in_flat_parts():
    step = np.zeros((40, 40), np.float32)
    step[:, 20:] = 0.8
    scale = _threshold_bounds._error_scale(step)
    assert scale.shape == step.shape
    assert scale[:, 18:22].min() > 1.5 > 1 > scale[:, :10].max()
    assert scale.max() <= _threshold_bounds.LARGEST_SCALE


def test_tiles_show_no_seams_and_threads_change_nothing(truth, estimate):
    halftone, _ = screened(truth, 5.0, 30.0, "round")
    grid = DotGrid(5.0, 30.0, "round", PHASE)
    whole = _threshold_bounds.project(estimate, halftone, grid)
    tiled, threaded = (_threshold_bounds.project(estimate, halftone, grid, n, tile=64) for n in (1, 3))
    assert np.abs(tiled - whole).max() < 1 / 255
    np.testing.assert_array_equal(threaded, tiled)


def test_another_screen_is_not_taken_for_a_known_one(truth, estimate):
    rows, columns = np.indices(truth.shape[1:])
    cross = np.minimum(rows % 6, columns % 6) / 6 + 0.08  # crosses of lines, 6 px apart
    halftone = (truth > cross).astype(np.float32)
    assert _dot_grid.identify(estimate, halftone, 6.0, 0.0) is None


def test_where_nothing_was_removed_there_is_no_grid(truth):
    halftone, _ = screened(truth, 4.0, 45.0, "round")
    assert _dot_grid.identify(halftone, halftone, 4.0, 45.0) is None


def test_small_pictures_say_too_little(truth, estimate):
    assert _dot_grid.identify(estimate[:, :100], estimate[:, :100] > 0.5, 4.0, 45.0) is None


def test_prints_and_unknown_screens_are_left_alone(truth, estimate):
    halftone, _ = screened(truth, 4.0, 45.0, "round")
    dots = Screen("clustered-dot", 4.0, 45.0)
    assert _consistency.identify(estimate, halftone, dots) is not None
    assert _consistency.identify(estimate, 0.1 + 0.8 * halftone, dots) is None
    assert _consistency.identify(estimate, halftone, Screen("stochastic")) is None
