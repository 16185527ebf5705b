"""Matrices of ranks laid over a picture."""

import numpy as np
import pytest

from halftone_color.arrays.ranks import levels_of, screen_by_ranks

RANKS = np.array([[0, 3, 1], [5, 2, 4]])


def test_levels_lie_in_the_middle_of_their_steps():
    np.testing.assert_allclose(levels_of(RANKS), [[1 / 12, 7 / 12, 3 / 12], [11 / 12, 5 / 12, 9 / 12]])


@pytest.mark.parametrize("size", [(1, 1), (1, 8), (7, 2), (5, 7)])
def test_each_pixel_is_held_against_its_place_of_the_matrix(size):
    gray = np.random.default_rng(0).random((1, *size), dtype=np.float32)
    screened = screen_by_ranks(gray, RANKS)
    for y, x in np.ndindex(size):
        assert screened[0, y, x] == (gray[0, y, x] > (RANKS[y % 2, x % 3] + 0.5) / 6)
    assert screened.dtype == np.float32


def test_the_ends_stay():
    for tone in (0, 1):
        assert (screen_by_ranks(np.full((1, 4, 5), tone, np.float32), RANKS) == tone).all()
