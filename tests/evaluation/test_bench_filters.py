import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.evaluation import filters, halftones
from halftone_color.metrics.fidelity import psnr


@pytest.fixture(scope="module")
def edge():
    """Two tones with a slanted edge (1, 72, 72) between them."""
    y, x = np.mgrid[:72, :72]
    return np.where(x + 0.3 * y < 46, 0.25, 0.75).astype(np.float32)[None]


def test_no_gaussian_of_the_grid_beats_the_tuned_one():
    x = np.linspace(0, 3, 96)
    gray = (0.5 + 0.3 * np.sin(x)[None, :, None] * np.cos(x)[None, None, :]).astype(np.float32)
    halftone = halftones.error_diffused(gray)
    best = psnr(filters.tuned_gaussian(halftone, gray), gray)
    for sigma in (0.5, 1, 1.5, 2, 3, 5):
        assert best >= psnr(gaussian_filter(halftone[0], sigma, mode="nearest")[None], gray) - 1e-6
    assert best > psnr(halftone, gray) + 10


def test_the_tone_fit_undoes_ink_and_paper():
    gray = np.linspace(0.2, 0.8, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    faded = 0.3 + 0.4 * gray
    fitted = filters.tuned_gaussian(faded, gray, fit_tone=True)
    assert psnr(fitted, gray) > 40
    assert psnr(filters.tuned_gaussian(faded, gray), gray) < 25


def test_filters_that_keep_edges_beat_the_gaussian_at_an_edge(edge):
    halftone = halftones.error_diffused(edge)
    tuned = filters.tuned_filters(halftone, edge)
    assert set(tuned) == {filters.GAUSSIAN, filters.BILATERAL, filters.MEANS}
    assert all(picture.shape == edge.shape for picture in tuned.values())
    decibels = {name: psnr(picture, edge) for name, picture in tuned.items()}
    np.testing.assert_array_equal(tuned[filters.GAUSSIAN], filters.tuned_gaussian(halftone, edge))
    assert decibels[filters.BILATERAL] > decibels[filters.GAUSSIAN] + 0.3
    assert decibels[filters.MEANS] > decibels[filters.GAUSSIAN] + 0.3


def test_every_filter_takes_the_tone_fit(edge, monkeypatch):
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0]))
    faded = 0.2 + 0.5 * edge
    for picture in filters.tuned_filters(faded, edge, fit_tone=True).values():
        assert psnr(picture, edge) > psnr(faded, edge) + 5


def test_paper_stays_paper(monkeypatch):
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0]))
    white = np.ones((1, 20, 20), np.float32)
    for picture in filters.tuned_filters(white, white).values():
        np.testing.assert_allclose(picture, white, atol=1e-5)
