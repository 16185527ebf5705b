import numpy as np
import pytest

from halftone_color.evaluation import halftones
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
