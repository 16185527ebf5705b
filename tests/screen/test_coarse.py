"""Coarse dots are found with their own period, no harmonic of it; even patterns of the same size are not."""

import numpy as np
import pytest

from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.screen.coarse import find_coarse_dots
from halftone_color.screen.detect import detect

SIDE = 320


def _print(period_px, angle_deg, tones):
    return 0.1 + 0.8 * (tones > thresholds(SIDE, SIDE, period_px, angle_deg, "round"))[None].astype(np.float32)


@pytest.mark.parametrize(("period_px", "angle_deg"), [(16, 45.0), (27, 20.0)])
def test_the_period_is_that_of_the_dots(period_px, angle_deg):
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    found = detect(_print(period_px, angle_deg, 0.5 + 0.35 * np.sin(5 * x + 3 * y)))
    assert found.kind == "clustered-dot"
    assert found.period_px == pytest.approx(period_px, rel=0.02)
    assert found.angle_deg == pytest.approx(angle_deg, abs=1)


def test_dots_of_equal_size_are_a_pattern():
    even = _print(20, 45.0, np.full((SIDE, SIDE), 0.6))
    assert find_coarse_dots(even, detect) is None
