"""Figures of halftones: known tones, the share of white noise, blue noise below it, and directions."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.halftoners.blue_noise import ranks
from halftone_color.metrics.halftones import (
    CONSTANT,
    PERIODOGRAMS,
    anisotropy,
    low_share,
    principal_frequency,
    tone_error,
)


def white(gray, seed=0):
    return (np.random.default_rng(seed).random((1, *CONSTANT)) < gray).astype(np.float32)


def test_tone_error_is_the_difference_of_flat_tones():
    first, second = np.full((1, 40, 50), 0.4, np.float32), np.full((1, 40, 50), 0.42, np.float32)
    assert tone_error(first, second) == pytest.approx(0.02 * 255, rel=1e-4)
    checked = (np.indices((40, 50)).sum(0) % 2).astype(np.float32)[None]
    assert tone_error(checked, np.full((1, 40, 50), 0.5, np.float32)) < 0.5


def test_principal_frequency_is_of_the_minority():
    assert principal_frequency(0.25) == principal_frequency(0.75) == 0.5


def test_white_noise_has_its_area_and_no_direction():
    gray = 0.25
    wanted = np.pi * (principal_frequency(gray) / 2) ** 2
    assert low_share(white(gray), gray) == pytest.approx(wanted, rel=0.05)
    assert anisotropy(white(gray)) == pytest.approx(-10 * np.log10(PERIODOGRAMS), abs=0.5)


def test_blue_noise_has_little_low_power():
    tile = np.tile(ranks(), (10, 4))[None]
    blue = (tile < 0.25 * tile.max()).astype(np.float32)
    assert low_share(blue, 0.25) < 0.2 * low_share(white(0.25), 0.25)


def test_lines_have_a_direction():
    rows = (np.random.default_rng(1).random((1, CONSTANT[0], 1)) < 0.5).astype(np.float32)
    assert anisotropy(np.broadcast_to(rows, (1, *CONSTANT))) > 5


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="constant gray"):
        low_share(np.zeros((1, 64, 64), np.float32), 0.5)
