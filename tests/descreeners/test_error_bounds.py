"""Bounds on diffused errors: an independent solver agrees, errors never grow, kernels are identified."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.optimize import lsq_linear

from halftone_color.descreeners import _error_bounds
from halftone_color.descreeners._error_bounds import DIFFUSIONS, Diffusion
from halftone_color.halftoners.error_diffusion import diffuse


def handing_on(height, width, way):
    """Return W as a dense matrix, from what the halftoning itself does to one pixel's error."""
    ahead, down, share, _ = way.error_filter()
    matrix = np.zeros((height * width, height * width))
    for y in range(height):
        for x in range(width):
            for dx, dy, part in zip(ahead, down, share, strict=True):
                there = x + (-dx if way.serpentine and y % 2 else dx), y + dy
                if 0 <= there[0] < width and there[1] < height:
                    matrix[there[1] * width + there[0], y * width + x] += part
    return matrix


def evenness(height, width):
    """Return R with |R r|^2 = |r|^2 + 2 (|r|^2 - r' (r blurred by 1 2 1 along both axes))."""
    blur = [
        np.diag(np.full(n, 2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1) for n in (height, width)
    ]
    return np.linalg.cholesky(3 * np.eye(height * width) - 2 / 16 * np.kron(*blur)).T


@pytest.fixture(scope="module")
def truth(scene):
    smooth = gaussian_filter(scene(208, 208)[:1], (0, 1.5, 1.5))
    return np.asarray(smooth, np.float32)


def blurred(truth):
    """Return what a descreener might make of it: soft and a little noisy."""
    noise = np.random.default_rng(5).standard_normal(truth.shape).astype(np.float32)
    return np.asarray(gaussian_filter(truth, (0, 1, 1)) + 0.02 * gaussian_filter(noise, (0, 1, 1)), np.float32)


@pytest.mark.parametrize("way", [DIFFUSIONS[0], DIFFUSIONS[1], Diffusion("jarvis", True), Diffusion("atkinson", False)])
def test_a_dense_solver_agrees(way, truth):
    part = truth[:, 40:50, 60:72]
    halftone = diffuse(part[0], way.kernel, way.serpentine)
    estimate = blurred(truth)[0, 40:50, 60:72]
    operator = np.eye(part.size) - handing_on(10, 12, way)
    weights = evenness(10, 12)
    solved = lsq_linear(weights @ operator, weights @ (estimate - halftone).ravel(), (-0.49, 0.49), tol=1e-12)
    expected = halftone.ravel() + operator @ solved.x
    found = _error_bounds._find_nearest(estimate, halftone, way, np.full_like(estimate, 0.49), 3000)
    np.testing.assert_allclose(found.ravel(), expected, atol=2e-3)


@pytest.mark.parametrize("way", DIFFUSIONS, ids=str)
def test_no_kernel_is_steeper_than_the_descent_allows(way):
    operator = evenness(14, 14) @ (np.eye(14 * 14) - handing_on(14, 14, way))
    assert np.linalg.norm(operator, 2) ** 2 < _error_bounds.LARGEST_EIGENVALUE * (1 + _error_bounds.ROUGHNESS_WEIGHT)


@pytest.mark.parametrize("way", DIFFUSIONS, ids=str)
def test_within_the_set_is_nearer_to_the_truth(way, truth):
    halftone = diffuse(truth[0], way.kernel, way.serpentine)[None]
    estimate = blurred(truth)
    projected = _error_bounds.project(estimate, halftone, way)
    before, after = (np.square(x - truth).mean() for x in (estimate, projected))
    assert after < before


def test_it_is_moved_inside_the_set_and_on(truth):
    way = Diffusion("floyd-steinberg", True)
    halftone, estimate = diffuse(truth[0], way.kernel, way.serpentine), blurred(truth)[0]
    off = (
        _error_bounds._find_nearest(estimate, halftone, way, np.full_like(estimate, 0.5), _error_bounds.PROBE_STEPS)
        - estimate
    )
    largest = 0.5 - np.minimum(2 * np.sqrt(gaussian_filter(off**2, 8, mode="nearest")), 0.03)
    nearest = _error_bounds._find_nearest(estimate, halftone, way, largest, _error_bounds.STEPS)
    expected = np.clip(estimate + 1.2 * (nearest - estimate), 0, 1)
    np.testing.assert_allclose(_error_bounds.project(estimate[None], halftone[None], way)[0], expected, atol=1e-6)


@pytest.mark.parametrize("size", [(100, 101), (101, 100), (101, 101)])
def test_nothing_was_diffused_beyond_an_odd_border(size, truth, monkeypatch):
    part, way = (slice(None), slice(size[0]), slice(size[1])), Diffusion("floyd-steinberg", True)
    contone, estimate = (np.ascontiguousarray(x[part]) for x in (truth, blurred(truth)))
    halftone = diffuse(contone[0], way.kernel, way.serpentine)[None]
    seen = []
    monkeypatch.setattr(_error_bounds, "_find_nearest", lambda x, h, *rest: seen.append((x.shape, h.shape)) or x)
    np.testing.assert_allclose(_error_bounds.project(estimate, halftone, way), estimate, atol=1e-6)
    assert set(seen) == {(size, size)}


def test_the_truth_itself_stays(truth):
    halftone = diffuse(truth[0], "stucki", True)[None]
    found = _error_bounds.project(truth, halftone, Diffusion("stucki", True))
    assert np.square(found - truth).mean() ** 0.5 < 0.002


@pytest.mark.parametrize(
    "way", [w for w in DIFFUSIONS if w.kernel in ("floyd-steinberg", "jarvis", "atkinson")], ids=str
)
def test_kernels_are_identified(way, truth):
    halftone = diffuse(truth[0], way.kernel, way.serpentine)[None]
    assert _error_bounds.identify(blurred(truth), halftone) == way


def test_dots_are_no_error_diffusion(truth):
    rng = np.random.default_rng(0)
    white_noise = (truth > rng.random(truth.shape)).astype(np.float32)
    assert _error_bounds.identify(blurred(truth), white_noise) is None


def test_noise_in_the_threshold_is_no_known_diffusion(truth):
    noise = np.random.default_rng(1).uniform(-1, 1, truth[0].shape).astype(np.float32)
    for spread, known in ((0.0, True), (0.25, False)):
        halftone = diffuse(truth[0], "floyd-steinberg", False, np.float32(0.5) + np.float32(spread) * noise)[None]
        assert (_error_bounds.identify(blurred(truth), halftone) is not None) == known


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (8, 40), (9, 1)])
def test_tiny_pictures_are_looked_at_without_a_warning(size):
    halftone = (np.random.default_rng(2).random((1, *size)) > 0.5).astype(np.float32)
    found = _error_bounds.identify(np.full_like(halftone, 0.5), halftone)
    assert found is None or size[0] > _error_bounds.UNSETTLED_ROWS


def test_tiles_show_no_seams_and_threads_change_nothing(truth):
    halftone, estimate = diffuse(truth[0], "floyd-steinberg", False)[None], blurred(truth)
    whole = _error_bounds.project(estimate, halftone, DIFFUSIONS[0])
    tiled, threaded = (_error_bounds.project(estimate, halftone, DIFFUSIONS[0], n, tile=96) for n in (1, 3))
    assert np.abs(tiled - whole).max() < 1 / 255
    np.testing.assert_array_equal(threaded, tiled)
