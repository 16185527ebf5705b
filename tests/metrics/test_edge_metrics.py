"""Gradient energy on edges: known energies, and no say for brightness, contrast and what lies off the edges."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.metrics.edges import contrast_on, edge_energy, strong_edges

BLUR_PX = 5.0


def step(sigma_px, height=60, width=200):
    """Return an edge from .2 to .8 down the middle, (1, H, W), blurred."""
    gray = np.where(np.arange(width) < width // 2, 0.2, 0.8).astype(np.float32)
    return gaussian_filter(gray, sigma_px, mode="nearest")[None, None].repeat(height, 1)


def test_strong_edges_are_where_the_edge_is():
    edges = strong_edges(step(BLUR_PX))
    rows, columns = np.nonzero(edges)
    assert edges.mean() == pytest.approx(0.05, abs=0.01)
    assert set(rows) == set(range(60))
    assert np.abs(columns - 99.5).max() < 6


def test_a_flat_picture_has_none():
    assert not strong_edges(np.full((1, 50, 60), 0.5, np.float32)).any()
    flat = np.zeros((50, 60), bool)
    assert edge_energy(step(1, 50, 60), flat, BLUR_PX) == 1
    assert contrast_on(flat, step(1, 50, 60), step(1, 50, 60), BLUR_PX) == 1


def test_energy_of_gaussian_edges():
    # The slope of an edge blurred by s is a Gaussian of s, its square's sum 1 / (2 sqrt(pi) s); blurs add in squares.
    everywhere = np.ones((60, 200), bool)
    sigma = 2.0
    expected = np.hypot(sigma, BLUR_PX) / sigma
    assert edge_energy(step(sigma), everywhere, BLUR_PX) == pytest.approx(expected, rel=0.03)


def test_sharper_edges_have_more():
    edges = strong_edges(step(BLUR_PX))
    energies = [edge_energy(step(sigma), edges, BLUR_PX) for sigma in (0.5, 1, 2, 4)]
    assert energies == sorted(energies, reverse=True)
    assert energies[-1] > 1


def test_tone_does_not_count_but_contrast_tells_it():
    edges, gray = strong_edges(step(BLUR_PX)), step(1.0)
    toned = np.float32(0.3) * gray + np.float32(0.1)
    assert edge_energy(toned, edges, BLUR_PX) == pytest.approx(edge_energy(gray, edges, BLUR_PX), rel=1e-3)
    assert contrast_on(edges, toned, gray, BLUR_PX) == pytest.approx(0.3, rel=1e-3)


def test_what_lies_off_the_edges_does_not_count():
    edges, gray = strong_edges(step(BLUR_PX)), step(1.0)
    grainy = gray.copy()
    grainy[:, :, :40] += 0.1 * np.random.default_rng(0).standard_normal((1, 60, 40), np.float32)
    assert edge_energy(grainy, edges, BLUR_PX) == pytest.approx(edge_energy(gray, edges, BLUR_PX))
