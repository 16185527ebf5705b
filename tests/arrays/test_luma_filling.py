"""Unmatched pixels are filled in from matched ones: of their luma nearby, and of their look anywhere."""

import numpy as np
import pytest

from halftone_color.arrays.look_filling import joined, plan_by_look
from halftone_color.arrays.luma_filling import plan_filling


@pytest.fixture
def halves():
    """Return luma and a plane with a dark and a bright half, of values -1 and 1; a hole over both is not known."""
    luma = np.full((24, 40), 0.2, np.float32)
    luma[:, 20:] = 0.8
    values = np.where(luma > 0.5, 1, -1).astype(np.float32)[None]
    known = np.ones((24, 40), bool)
    known[6:18, 14:26] = False
    return luma, values, known


def test_a_hole_gets_the_values_of_its_own_luma(halves):
    luma, values, known = halves
    holed = np.where(known, values, 9).astype(np.float32)
    filled = plan_filling(luma, known).apply(holed)
    np.testing.assert_allclose(filled, values, atol=1e-3)
    np.testing.assert_array_equal(filled[:, known], values[:, known])


def test_by_look_the_place_does_not_matter(halves):
    luma, values, known = halves
    known[:, :2] = known[:, -12:] = False
    plan = plan_filling(luma, known)
    by_look = plan_by_look(luma, known, plan.pixels)
    holed = np.where(known, values, 9).astype(np.float32)
    np.testing.assert_allclose(by_look.apply(holed)[:, :, -12:], 1, atol=0.05)
    both = joined(plan, by_look, known)
    np.testing.assert_allclose(both.weights.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(both.apply(holed), values, atol=0.3)


def test_without_matches_nothing_changes(halves):
    luma, values, known = halves
    nothing = np.zeros_like(known)
    plan = plan_filling(luma, nothing)
    both = joined(plan, plan_by_look(luma, nothing, plan.pixels), nothing)
    np.testing.assert_array_equal(both.apply(values), values)
