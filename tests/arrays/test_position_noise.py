"""Noise by position: a part is part of the whole, seeds and draws differ, its power is 1."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.position_noise import BLOCK, gaussian_noise


def test_a_smaller_picture_gets_the_corner():
    whole = gaussian_noise((BLOCK + 9, 2 * BLOCK + 5), 3)
    np.testing.assert_array_equal(gaussian_noise((7, BLOCK + 30), 3), whole[:, :7, : BLOCK + 30])


def test_seeds_draws_and_blocks_differ():
    noise = gaussian_noise((2 * BLOCK, 2 * BLOCK), 3)
    others = [gaussian_noise((2 * BLOCK, 2 * BLOCK), 4), gaussian_noise((2 * BLOCK, 2 * BLOCK), 3, 1)]
    blocks = [noise[:, :BLOCK, :BLOCK], noise[:, BLOCK:, :BLOCK], noise[:, :BLOCK, BLOCK:]]
    for first, second in [(noise, other) for other in others] + [(blocks[0], b) for b in blocks[1:]]:
        assert abs(float((first * second).mean())) < 0.02


def test_it_is_white_and_of_unit_power():
    noise = gaussian_noise((512, 512), 0)
    assert noise.dtype == np.float32
    assert float(noise.std()) == pytest.approx(1, abs=0.01)
    assert abs(float((noise[:, 1:] * noise[:, :-1]).mean())) < 0.01
    assert abs(float((noise[..., 1:] * noise[..., :-1]).mean())) < 0.01
