"""Feature distances against hand-computed values."""

import numpy as np
import pytest

from halftone_color.metrics.features import feature_distance, kid


def test_orthogonal_opposite_and_equal_directions():
    a = np.zeros((2, 1, 3))
    b = np.zeros((2, 1, 3))
    a[0] = 5.0
    b[1, 0, 0], b[0, 0, 1], b[0, 0, 2] = 0.1, -2.0, 7.0
    assert feature_distance([a], [b]) == pytest.approx((2.0 + 4.0 + 0.0) / 3)


def test_taps_weigh_the_same_whatever_their_size():
    small, large = np.ones((1, 1, 1)), np.ones((4, 8, 8))
    assert feature_distance([small, large], [-small, large]) == pytest.approx(2.0)


def test_unequal_taps_are_refused():
    with pytest.raises(ValueError, match="zip"):
        feature_distance([np.ones((1, 1, 1))], [])


def test_kid_by_hand():
    # d = 1, kernel (xy + 1)^3: k(0, 1) = 1 within a; k(1, 2) = 27 within b; across: 1, 1, 8, 27.
    assert kid([[0.0], [1.0]], [[1.0], [2.0]]) == pytest.approx(1 + 27 - 2 * (1 + 1 + 8 + 27) / 4)


def test_kid_is_unbiased_and_sees_a_shift():
    rng = np.random.default_rng(0)
    same = [kid(rng.normal(size=(20, 4)), rng.normal(size=(20, 4))) for _ in range(200)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(200)
    assert min(same) < 0
    assert kid(rng.normal(size=(20, 4)), rng.normal(1.0, 1.0, size=(20, 4))) > np.mean(same) + 3 * np.std(same)
