"""Maps of uncertainty: the legend's scale, the order of its colors, and where the picture lies."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.images.heat_map import LEGEND_PX, NARROWEST_PX, RAMP, heat_map, scale_end
from halftone_color.types import Result


@pytest.mark.parametrize(
    ("value", "end"), [(0, 0.1), (0.15, 0.2), (1.0, 1), (1.1, 2), (2.5, 5), (127.5, 200), (900, 500)]
)
def test_the_scale_ends_at_a_round_number(value, end):
    assert scale_end(value) == pytest.approx(end)


def test_more_is_brighter_and_lies_where_it_was():
    deviation = np.linspace(0, 0.1, 400, dtype=np.float32)[None, None].repeat(40, 1)
    page = heat_map(deviation, "of a test")
    assert page.shape == (3, 40 + LEGEND_PX, 400)
    luma = rgb_to_luma(page)[0, 20]
    assert np.all(np.diff(luma) > -0.02)
    assert luma[-1] - luma[0] > 0.3, "0.1 is 25.5 levels, half of the scale's 50"
    np.testing.assert_allclose(page[:, 20, 0], RAMP[0], atol=1 / 255)


def test_a_small_picture_has_room_for_its_legend():
    page = heat_map(np.zeros((1, 5, 7), np.float32), "")
    assert page.shape == (3, 5 + LEGEND_PX, NARROWEST_PX)
    assert (page[:, 0, 20] == 1).all(), "paper beside the picture"


def test_uncertainty_is_the_standard_deviation():
    pictures = tuple(np.random.default_rng(0).random((5, 3, 6, 7), np.float32))
    wanted = np.sqrt(np.var(pictures, axis=0).mean(0, keepdims=True))
    np.testing.assert_allclose(Result(pictures).uncertainty, wanted, atol=1e-6)
    assert not Result(pictures[:1]).uncertainty.any()
