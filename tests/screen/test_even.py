"""An even tint is told from a photograph, noise and dots along its border notwithstanding."""

import numpy as np

from halftone_color.screen.even import is_even


def test_a_tint_is_even_and_a_photograph_is_not(scene):
    tint = np.full((120, 160), 0.7, np.float32) + np.random.default_rng(0).normal(0, 0.02, (120, 160)).astype(
        np.float32
    )
    tint[:6] = tint[:, :6] = 0.2
    assert is_even(tint, 5)
    assert not is_even(np.asarray(scene(120, 160)[0]), 5)
    assert not is_even(np.linspace(0.2, 0.8, 160, dtype=np.float32)[None].repeat(120, 0), 5)
    assert not is_even(tint[:8, :8], 5), "too small to tell"
