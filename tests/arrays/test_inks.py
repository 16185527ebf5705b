"""Separation by known colors, and prints that give the picture back in the mean."""

import numpy as np
import pytest

from halftone_color.arrays.inks import TURNS_DEG, overprint, separate


def pixel(*color):
    return np.float32(color)[:, None, None]


@pytest.mark.parametrize(
    ("color", "coverages"),
    [
        ((1, 1, 1), (0, 0, 0, 0)),
        ((0, 0, 0), (0, 0, 0, 1)),
        ((0, 1, 1), (1, 0, 0, 0)),
        ((1, 0, 1), (0, 1, 0, 0)),
        ((1, 1, 0), (0, 0, 1, 0)),
        ((0.5, 0.5, 0.5), (1 / 3, 1 / 3, 1 / 3, 0.25)),  # half gray: black is its square, what is left .75
    ],
)
def test_known_colors(color, coverages):
    separated = separate(pixel(*color))
    assert (separated.shape, separated.dtype) == ((4, 1, 1), np.float32)
    assert separated.ravel() == pytest.approx(coverages)


def test_what_inks_leave_in_the_mean_is_the_picture():
    rgb = np.random.default_rng(0).random((3, 20, 30), dtype=np.float32)
    coverages = separate(rgb)
    assert coverages.min() >= 0
    assert coverages.max() <= 1
    np.testing.assert_allclose(overprint(1 - coverages), rgb, atol=1e-6)


def test_black_lies_over_all_three():
    papers = np.float32([0, 1, 1, 1])[:, None, None], np.float32([1, 1, 1, 0])[:, None, None]
    assert overprint(papers[0]).ravel().tolist() == [0, 1, 1]
    assert overprint(papers[1]).ravel().tolist() == [0, 0, 0]


def test_the_standard_angles():
    assert [(45 + turn_deg) % 180 for turn_deg in TURNS_DEG.values()] == [15, 75, 0, 45]
    assert list(TURNS_DEG) == ["cyan", "magenta", "yellow", "black"]
