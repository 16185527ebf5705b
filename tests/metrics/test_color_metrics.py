"""Colourfulness against hand-computed values."""

import numpy as np
import pytest

from halftone_color.metrics.color import colorfulness


def test_gray_has_none():
    gray = np.random.default_rng(0).random((1, 6, 6), dtype=np.float32)
    assert colorfulness(np.repeat(gray, 3, axis=0)) == pytest.approx(0.0, abs=1e-4)


def test_flat_red_has_the_means_term_alone():
    red = np.zeros((3, 4, 4), np.float32)
    red[0] = 1.0
    assert colorfulness(red) == pytest.approx(0.3 * np.hypot(255.0, 127.5), rel=1e-6)


def test_half_red_half_green():
    # rg is +-255 with mean 0, yb is 127.5 everywhere.
    halves = np.zeros((3, 4, 4), np.float32)
    halves[0, :2] = halves[1, 2:] = 1.0
    assert colorfulness(halves) == pytest.approx(255.0 + 0.3 * 127.5, rel=1e-6)
