import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.evaluation import halftones
from halftone_color.metrics.fidelity import psnr
from halftone_color.metrics.screen_power import screen_power_ratio


def test_dots_lie_where_asked_and_keep_the_tone():
    gray = np.full((1, 160, 160), 0.4, np.float32)
    dots = halftones.dots(gray, 6, 45)
    assert set(np.unique(dots)) == {0.0, 1.0}
    assert dots.mean() == pytest.approx(0.4, abs=0.02)
    assert screen_power_ratio(dots, 6, 45) > 100


def test_the_synthetic_scan_prints_ink_and_paper():
    white, black = (halftones.synthetic_scan(np.full((1, 64, 64), level, np.float32), 0) for level in (1, 0))
    assert white.mean() * 255 == pytest.approx(228, abs=0.7)
    assert black.mean() * 255 == pytest.approx(38, abs=0.7)
    assert white.std() * 255 == pytest.approx(
        np.hypot(6, 12 / (2 * np.sqrt(np.pi) * 1.5)), rel=0.1
    )  # noise and texture
    assert np.array_equal(np.round(white * 255), (white * 255).round(3))


def test_the_synthetic_scan_has_its_screen_and_its_ink_spreads():
    scan = halftones.synthetic_scan(np.full((1, 192, 192), 0.5, np.float32), 0)
    assert screen_power_ratio(scan, 5.3, 46.7) > 100
    assert scan.mean() * 255 < (38 + 228) / 2 - 5


def test_the_synthetic_scan_is_drawn_from_its_seed():
    gray = np.full((1, 32, 32), 0.5, np.float32)
    first, again, other = (halftones.synthetic_scan(gray, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_gaussian_of_the_grid_beats_the_tuned_one():
    x = np.linspace(0, 3, 96)
    gray = (0.5 + 0.3 * np.sin(x)[None, :, None] * np.cos(x)[None, None, :]).astype(np.float32)
    halftone = halftones.error_diffused(gray)
    best = psnr(halftones.tuned_gaussian(halftone, gray), gray)
    for sigma in (0.5, 1, 1.5, 2, 3, 5):
        assert best >= psnr(gaussian_filter(halftone[0], sigma, mode="nearest")[None], gray) - 1e-6
    assert best > psnr(halftone, gray) + 10


def test_the_tone_fit_undoes_ink_and_paper():
    gray = np.linspace(0.2, 0.8, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    faded = 0.3 + 0.4 * gray
    fitted = halftones.tuned_gaussian(faded, gray, fit_tone=True)
    assert psnr(fitted, gray) > 40
    assert psnr(halftones.tuned_gaussian(faded, gray), gray) < 25
