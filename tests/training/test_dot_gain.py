"""Dot gain: middle tones move, ink and paper stay."""

from __future__ import annotations

import numpy as np

from halftone_color.training.dot_gain import with_dot_gain


def test_dot_gain_moves_middle_tones_and_nothing_else():
    contone = np.linspace(0, 1, 101, dtype=np.float32)[None]
    grown = contone - 0.4 * contone * (1 - contone)
    np.testing.assert_allclose(with_dot_gain(contone, grown), grown, atol=1e-5)
    np.testing.assert_allclose(with_dot_gain(contone, contone), contone, atol=1e-6)
